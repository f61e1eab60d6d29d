/* SPDX-License-Identifier: MIT */
/* A manifest back as people write it. */
#include <ota/pack.h>

#include <inttypes.h>
#include <string.h>

#include <base/buf.h>
#include <model/check.h>

/* What the reader of the YAML form takes at most. */
#define YAML_BYTES_MAX (256U * 1024)
#define NAME_DIGITS    16

struct print {
	const ota_manifest *m;
	struct arena a;
	struct buf yaml;
};

/* COMPONENT@DIGEST.img: no attachment can have that name, and one image has one name. */
static char *image_name(struct print *p, const char *component, const char *hash)
{
	struct buf b;
	char *name = NULL;

	buf_init(&b, p->a.ctx);
	buf_printf(&b, "%s@%.*s.img", component, NAME_DIGITS, hash);
	if (!b.failed)
		name = arena_strndup(&p->a, (const char *)b.p, b.len);
	buf_fini(&b);
	return name;
}

/* ---- the comment on top: which files go where ---- */

/* Once, however many payloads start from it. */
static void say_file(struct print *p, const char *name, const char *hash, uint64_t size)
{
	struct buf line;

	buf_init(&line, p->a.ctx);
	buf_printf(&line, "#   %s: %" PRIu64 " bytes, %s:%s\n", name, size,
		hash_name(manifest_hash_alg(p->m)), hash);
	if (line.failed)
		p->yaml.failed = true;
	else if (memmem(p->yaml.p, p->yaml.len, line.p, line.len) == NULL)
		buf_put(&p->yaml, line.p, line.len);
	buf_fini(&line);
}

static ota_status say_component(struct print *p, const struct manifest_component *c, ota_err *err)
{
	char *name = image_name(p, c->name, c->target.hash);

	if (name == NULL)
		return ota_fail_nomem(err);
	say_file(p, name, c->target.hash, c->target.size);
	for (size_t i = 0; i < c->payload_count; i++) {
		if (c->payloads[i].kind != PAYLOAD_DELTA)
			continue;
		name = image_name(p, c->name, c->payloads[i].source->hash);
		if (name == NULL)
			return ota_fail_nomem(err);
		say_file(p, name, c->payloads[i].source->hash, c->payloads[i].source->size);
	}
	return OTA_OK;
}

static void say_sets(struct print *p)
{
	const struct manifest_build *b = p->m->build;

	for (size_t i = 0; b != NULL && i < b->set_count; i++) {
		buf_str(&p->yaml, "# It was packed with --set ");
		yaml_write_text(&p->yaml, b->sets[i], strlen(b->sets[i]));
		buf_str(&p->yaml, "\n");
	}
}

static ota_status say_files(struct print *p, ota_err *err)
{
	const ota_manifest *m = p->m;
	ota_status st = OTA_OK;

	buf_str(&p->yaml, "# Recreated from a package. Put these files beside it and pack it:\n");
	for (size_t i = 0; !st && i < m->component_count; i++)
		st = say_component(p, &m->components[i], err);
	for (size_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].section != MANIFEST_NO_SECTION)
			buf_printf(&p->yaml, "#   %s: %" PRIu64 " bytes, an attachment\n",
				m->attachments[i].name,
				m->sections[m->attachments[i].section].raw_size);
	say_sets(p);
	return st;
}

/* ---- the source form ---- */

static ota_status source_payload(struct print *p, struct manifest_payload *out,
	const struct manifest_component *c, ota_err *err)
{
	struct manifest_from *from;

	if (out->kind == PAYLOAD_FULL)
		out->compression = p->m->sections[out->section].compression;
	if (out->kind != PAYLOAD_DELTA)
		return OTA_OK;
	from = arena_alloc(&p->a, sizeof(*from));
	if (from != NULL)
		from->path = image_name(p, c->name, out->source->hash);
	if (from == NULL || from->path == NULL)
		return ota_fail_nomem(err);
	out->from = from;
	out->from_count = 1;
	out->from_version = out->source->version;
	return OTA_OK;
}

static ota_status source_component(struct print *p, struct manifest_component *out, ota_err *err)
{
	const struct manifest_component c = *out;
	ota_status st = OTA_OK;

	out->image = image_name(p, c.name, c.target.hash);
	out->payloads = arena_array(&p->a, c.payload_count, sizeof(out->payloads[0]));
	if (out->image == NULL || out->payloads == NULL)
		return ota_fail_nomem(err);
	memcpy(out->payloads, c.payloads, c.payload_count * sizeof(out->payloads[0]));
	for (size_t i = 0; !st && i < c.payload_count; i++)
		st = source_payload(p, &out->payloads[i], &c, err);
	return st;
}

static ota_status source_components(struct print *p, ota_manifest *out, ota_err *err)
{
	size_t n = p->m->component_count;
	ota_status st = OTA_OK;

	out->components = arena_array(&p->a, n, sizeof(out->components[0]));
	if (out->components == NULL)
		return ota_fail_nomem(err);
	memcpy(out->components, p->m->components, n * sizeof(out->components[0]));
	for (size_t i = 0; !st && i < n; i++)
		st = source_component(p, &out->components[i], err);
	if (!st)
		st = variants_group(out, &p->a, err);
	for (size_t i = 0; !st && i < out->component_count; i++)
		if (out->components[i].variants_len > 0)
			out->components[i].image = NULL;
	return st;
}

static ota_status source_attachments(struct print *p, ota_manifest *out, ota_err *err)
{
	size_t n = p->m->attachment_count;

	out->attachments = arena_array(&p->a, n, sizeof(out->attachments[0]));
	if (out->attachments == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		out->attachments[i] = p->m->attachments[i];
		if (out->attachments[i].section != MANIFEST_NO_SECTION)
			out->attachments[i].file = out->attachments[i].name;
	}
	return OTA_OK;
}

/* The source form knows text alone: a number under an x- key of another packer becomes one. */
static bool only_text(const struct doc *d)
{
	const struct doc *stack[DOC_DEPTH_MAX];
	size_t next[DOC_DEPTH_MAX] = {0};
	unsigned depth = 1;

	stack[0] = d;
	while (depth > 0) {
		const struct doc *at = stack[depth - 1];
		bool inner = at->kind == DOC_LIST || at->kind == DOC_MAP;

		if (!inner && at->kind != DOC_STR && at->kind != DOC_TEXT)
			return false;
		if (!inner || next[depth - 1] == at->count) {
			depth--;
			continue;
		}
		stack[depth] = at->items[next[depth - 1]++];
		next[depth] = 0;
		depth++;
	}
	return true;
}

static void check_x(const ota_manifest *m, ota_report *rep)
{
	const struct doc *x = m->x.map;

	for (size_t i = 0; x != NULL && i < x->count; i++)
		if (!only_text(x->items[i]))
			ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
						    .outcome = OTA_WARN,
						    .id = OTA_E_TYPE,
						    .off = OTA_NO_OFF,
						    .subject = x->keys[i],
						    .text = "it holds more than text, which YAML "
							    "cannot say: packed again it is text"});
}

static ota_status source_form(struct print *p, struct doc **out, ota_err *err)
{
	ota_manifest m = *p->m;
	ota_status st;

	if (m.steps_default)
		m.step_count = 0;
	st = source_components(p, &m, err);
	if (!st)
		st = source_attachments(p, &m, err);
	return st ? st : schema_write_source(out, &p->a, &manifest_schema, &m, err);
}

ota_status ota_manifest_print(ota_sink *dst, const ota_manifest *m, ota_report *rep, ota_err *err)
{
	struct print p = {.m = m};
	struct doc *d = NULL;
	ota_status st;

	arena_init(&p.a, m->arena.ctx);
	buf_init(&p.yaml, m->arena.ctx);
	st = say_files(&p, err);
	if (!st)
		st = source_form(&p, &d, err);
	if (!st)
		st = yaml_write(&p.yaml, d, err);
	if (!st && p.yaml.len > YAML_BYTES_MAX)
		st = ota_fail(err, OTA_E_LIMIT,
			"as YAML it has %zu bytes, more than the %u that a "
			"manifest may have",
			p.yaml.len, YAML_BYTES_MAX);
	if (!st)
		check_x(m, rep);
	if (!st)
		st = ota_sink_write(dst, p.yaml.p, p.yaml.len, err);
	buf_fini(&p.yaml);
	arena_fini(&p.a);
	return st;
}
