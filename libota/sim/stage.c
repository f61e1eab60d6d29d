/* SPDX-License-Identifier: MIT */
/* The device before the update: what it has, and how it came to run what it runs. */
#include <sim/campaign.h>

#include <inttypes.h>
#include <string.h>

#include <base/mem.h>
#include <base/num.h>
#include <model/devfile.h>
#include <model/manifest.h>

#define COPY_LEN 65536U

struct stage {
	ota_campaign *c;
	const ota_campaign_options *opt;
	const char **names;
	uint64_t *sizes, *image_size;
};

static ota_status open_package(
	ota_pkg **pkg, ota_source **src, const ota_campaign *c, ota_source *from, ota_err *err)
{
	uint64_t len;
	ota_status st = ota_source_length(from, &len, err);

	if (!st)
		st = ota_source_slice(src, c->one, from, 0, len, err);
	if (!st)
		st = ota_pkg_open(pkg, c->one, *src, c->scene.trust, NULL, err);
	if (!st)
		st = ota_pkg_choose(*pkg, c->scene.d, NULL, err);
	return st;
}

static uint64_t slot_size(const ota_devfile *d, const char *component)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (strcmp(d->slots[i].component, component) == 0)
			return d->slots[i].size;
	return 0;
}

static ota_status take_components(struct stage *s, const ota_manifest *m, ota_err *err)
{
	ota_campaign *c = s->c;

	s->names = arena_array(&c->arena, m->component_count, sizeof(s->names[0]));
	s->sizes = arena_array(&c->arena, m->component_count, sizeof(s->sizes[0]));
	s->image_size = arena_array(&c->arena, m->component_count, sizeof(s->image_size[0]));
	if (s->names == NULL || s->sizes == NULL || s->image_size == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < m->component_count; i++) {
		const struct manifest_component *k = &m->components[i];

		s->names[i] = arena_strndup(&c->arena, k->name, strlen(k->name));
		if (s->names[i] == NULL)
			return ota_fail_nomem(err);
		s->image_size[i] = k->target.size;
		s->sizes[i] = max_u64(k->target.size, slot_size(c->scene.d, k->name));
	}
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == STEP_SWITCH_SLOT)
			c->scene.tries = (unsigned)min_u64(m->steps[i].tries, UINT8_MAX);
	c->scene.component_count = m->component_count;
	c->scene.image_size = s->image_size;
	return OTA_OK;
}

/* A slot takes what it is said to have, or else both images. */
static ota_status make_room(struct stage *s, const char *component, uint64_t old_size, ota_err *err)
{
	for (size_t i = 0; i < s->c->scene.component_count; i++) {
		if (component != NULL && strcmp(component, s->names[i]) != 0)
			continue;
		if (slot_size(s->c->scene.d, s->names[i]) == 0)
			s->sizes[i] = max_u64(s->sizes[i], old_size);
		if (old_size > s->sizes[i])
			return ota_fail(err, OTA_E_SPACE,
				"%s: what runs has %" PRIu64 " bytes, the slot %" PRIu64,
				s->names[i], old_size, s->sizes[i]);
	}
	return OTA_OK;
}

static ota_status room_for_old(struct stage *s, ota_err *err)
{
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	uint64_t len = 0;
	ota_status st;

	if (s->opt->image != NULL) {
		st = ota_source_length(s->opt->image, &len, err);
		return st ? st : make_room(s, NULL, len, err);
	}
	st = open_package(&pkg, &src, s->c, s->opt->from, err);
	for (size_t i = 0; !st && i < ota_pkg_manifest(pkg)->component_count; i++) {
		const struct manifest_component *k = &ota_pkg_manifest(pkg)->components[i];

		st = make_room(s, k->name, k->target.size, err);
	}
	ota_pkg_free(pkg);
	ota_source_close(src);
	return st;
}

static ota_status blank(struct stage *s, ota_err *err)
{
	ota_campaign *c = s->c;
	struct media_args a = {&c->layout, s->names, s->sizes, c->scene.component_count};
	uint64_t unit = c->layout.image.erase_size;

	for (size_t i = 0; i < a.count; i++)
		if (!align_u64(&s->sizes[i], s->sizes[i], unit) || s->sizes[i] > SIZE_MAX / 4)
			return ota_fail(err, OTA_E_LIMIT, "%s does not fit memory", s->names[i]);
	return media_new(&c->start, c->one, &a, err);
}

/* The first system: a bare image of which nothing is known. */
static ota_status run_image(struct stage *s, ota_err *err)
{
	ota_campaign *c = s->c;
	uint8_t *buf = NULL;
	uint64_t len = 0;
	ota_status st = ota_source_length(s->opt->image, &len, err);

	if (!st)
		st = mem_new_bytes(&buf, c->one, COPY_LEN, err);
	for (uint64_t off = 0; !st && off < len; off += COPY_LEN) {
		size_t n = size_of_u64(min_u64(COPY_LEN, len - off));

		st = ota_source_pread(s->opt->image, buf, n, off, err);
		if (!st)
			st = media_load(
				c->start, media_image_region(c->start, 0, 0), buf, n, off, err);
	}
	mem_free(c->one, buf);
	if (!st)
		st = ota_dev_provision(c->one, c->scene.d, &c->start->port, 0, err);
	return st;
}

/* Both slots hold the old package, each installed by the device itself. */
static ota_status run_package(struct stage *s, ota_err *err)
{
	ota_campaign *c = s->c;
	struct scene old = c->scene;
	ota_status st = ota_dev_provision(c->one, c->scene.d, &c->start->port, 0, err);

	old.pkg = s->opt->from;
	if (!st)
		st = leg_update(&old, c->start, false, err);
	if (!st)
		st = leg_update(&old, c->start, true, err);
	return ota_err_in(err, st, "the package that runs");
}

ota_status stage_start(ota_campaign *c, const ota_campaign_options *opt, ota_err *err)
{
	struct stage s = {.c = c, .opt = opt};
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	ota_status st = open_package(&pkg, &src, c, c->scene.pkg, err);

	if (!st)
		st = take_components(&s, ota_pkg_manifest(pkg), err);
	ota_pkg_free(pkg);
	ota_source_close(src);
	if (!st && opt->image != NULL && c->scene.component_count != 1)
		st = ota_fail(err, OTA_E_ARGUMENT,
			"the package has %zu components: name the package that runs, not an image",
			c->scene.component_count);
	if (!st)
		st = room_for_old(&s, err);
	if (!st)
		st = blank(&s, err);
	if (!st)
		st = opt->image != NULL ? run_image(&s, err) : run_package(&s, err);
	if (!st)
		c->scene.from = c->start->booted;
	return st;
}
