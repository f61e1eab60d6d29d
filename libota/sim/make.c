/* SPDX-License-Identifier: MIT */
/* A device folder, new: made under another name, and then renamed. */
#include <sim/world.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>
#include <model/devfile.h>

#define COPY_LEN 65536U
#define TEMP     ".XXXXXX"

struct make {
	const ota_ctx *ctx;
	const ota_devfile *d;
	uint32_t erase_size;
	char *path, *temp; /* path: without slashes at its end; temp: where it is now */
};

/* ---- images ---- */

static ota_status copy_image(const struct make *m, ota_sink *sink, ota_source *src, uint64_t len,
	uint8_t *buf, ota_err *err)
{
	ota_status st = OTA_OK;

	for (uint64_t off = 0; off < len && !st; off += COPY_LEN) {
		size_t n = size_of_u64(min_u64(COPY_LEN, len - off));

		st = ctx_poll(m->ctx, err);
		if (!st)
			st = ota_source_pread(src, buf, n, off, err);
		if (!st)
			st = ota_sink_write(sink, buf, n, err);
	}
	return st;
}

static ota_status fill(
	const struct make *m, ota_sink *sink, uint64_t len, uint8_t *buf, ota_err *err)
{
	ota_status st = OTA_OK;

	if (m->d->erased == 0)
		return ota_sink_zeros(sink, len, err);
	memset(buf, lo8(m->d->erased), COPY_LEN);
	for (; len > 0 && !st; len -= min_u64(COPY_LEN, len)) {
		st = ctx_poll(m->ctx, err);
		if (!st)
			st = ota_sink_write(sink, buf, size_of_u64(min_u64(COPY_LEN, len)), err);
	}
	return st;
}

/* src NULL: all of it is erased. */
static ota_status write_slot(const struct make *m, unsigned slot, const char *component,
	uint64_t size, ota_source *src, uint64_t len, ota_err *err)
{
	uint8_t *buf = NULL;
	char *path = NULL;
	ota_sink *sink = NULL;
	ota_status st = world_image_path(&path, m->ctx, m->temp, slot, component, err);

	if (!st)
		st = mem_new_bytes(&buf, m->ctx, COPY_LEN, err);
	if (!st)
		st = ota_sink_file(&sink, m->ctx, path, NULL, err);
	if (!st && src != NULL)
		st = copy_image(m, sink, src, len, buf, err);
	if (!st)
		st = fill(m, sink, src != NULL ? size - len : size, buf, err);
	if (!st)
		st = ota_sink_commit(sink, err);
	ota_sink_close(sink);
	mem_free(m->ctx, buf);
	mem_free(m->ctx, path);
	return st;
}

static ota_status write_component(
	const struct make *m, const struct devfile_slot *s, ota_source *image, ota_err *err)
{
	uint64_t len = 0, size;
	ota_status st = ota_source_length(image, &len, err);

	if (st)
		return st;
	if (s->size > 0 && len > s->size)
		return ota_fail(err, OTA_E_SPACE,
			"%s takes %" PRIu64 " bytes, the slot has %" PRIu64, s->component, len,
			s->size);
	if (!align_u64(&size, max_u64(len, s->size), m->erase_size))
		return ota_fail(err, OTA_E_LIMIT, "%s cannot have so many bytes", s->component);
	st = write_slot(m, 0, s->component, size, image, len, err);
	if (!st)
		st = write_slot(m, 1, s->component, size, NULL, 0, err);
	return st;
}

/* ---- the folder ---- */

static ota_status write_devfile(const struct make *m, ota_err *err)
{
	size_t len = strlen(m->temp) + sizeof("/" WORLD_DEVFILE);
	char *path = NULL;
	ota_sink *sink = NULL;
	ota_status st = mem_new_bytes(&path, m->ctx, len, err);

	if (st)
		return st;
	snprintf(path, len, "%s/%s", m->temp, WORLD_DEVFILE);
	st = ota_sink_file(&sink, m->ctx, path, NULL, err);
	if (!st)
		st = ota_devfile_write(sink, m->d, err);
	if (!st)
		st = ota_sink_commit(sink, err);
	ota_sink_close(sink);
	mem_free(m->ctx, path);
	return st;
}

static ota_status note_birth(const struct make *m, ota_sim *sim, ota_err *err)
{
	const ota_err well = OTA_ERR_INIT;
	char record[OTA_LINE_MAX + 1];
	const ota_sim_event ev = {.size = sizeof(ev),
		.what = OTA_SIM_MADE,
		.version = ota_devfile_version(m->d),
		.record = record,
		.seq = 1};

	ota_err_line(record, &well, NULL);
	return ota_sim_note(sim, &ev, err);
}

static ota_status provision(const struct make *m, ota_err *err)
{
	ota_sim *sim = NULL;
	ota_status st = world_new(&sim, m->ctx, m->d, m->temp, err);

	if (!st)
		st = note_birth(m, sim, err);
	if (!st)
		st = ota_sim_set_on(sim, true, err);
	ota_sim_close(sim);
	return st;
}

static ota_status fill_folder(const struct make *m, ota_source *const *image, ota_err *err)
{
	ota_status st = write_devfile(m, err);

	for (size_t i = 0; i < m->d->slot_count && !st; i++)
		st = write_component(m, &m->d->slots[i], image[i], err);
	return st ? st : provision(m, err);
}

/* There are only files in it; that needs no memory. */
static void remove_folder(const struct make *m, DIR *dir)
{
	const struct dirent *e;

	rewinddir(dir);
	for (e = readdir(dir); e != NULL; e = readdir(dir))
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	(void)rmdir(m->temp);
}

static ota_status sync_parent(const struct make *m, ota_err *err)
{
	int dir = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int parent = dir < 0 ? -1 : openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ota_status st = OTA_OK;

	if (parent < 0 || fsync(parent) != 0)
		st = ota_fail_sys(err, "sync the folder of %s", m->path);
	if (parent >= 0)
		close(parent);
	if (dir >= 0)
		close(dir);
	return st;
}

/* rename replaces nothing but an empty folder that came a moment ago. */
static ota_status publish(struct make *m, ota_err *err)
{
	if (rename(m->temp, m->path) == 0) {
		memcpy(m->temp, m->path, strlen(m->path) + 1);
		return sync_parent(m, err);
	}
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return ota_fail(err, OTA_E_EXISTS, "%s exists already", m->path);
	return ota_fail_sys(err, "rename %s to %s", m->temp, m->path);
}

static ota_status take_names(struct make *m, const char *path, ota_err *err)
{
	size_t len = strlen(path);
	ota_status st;

	while (len > 1 && path[len - 1] == '/')
		len--;
	st = mem_new_bytes(&m->path, m->ctx, len + 1, err);
	if (!st)
		st = mem_new_bytes(&m->temp, m->ctx, len + sizeof(TEMP), err);
	if (st)
		return st;
	memcpy(m->path, path, len);
	snprintf(m->temp, len + sizeof(TEMP), "%s%s", m->path, TEMP);
	return OTA_OK;
}

static ota_status fill_and_publish(struct make *m, ota_source *const *image, ota_err *err)
{
	DIR *dir = opendir(m->temp);
	ota_status st;

	if (dir == NULL) {
		st = ota_fail_sys(err, "open %s", m->temp);
		(void)rmdir(m->temp);
		return st;
	}
	st = fill_folder(m, image, err);
	if (!st)
		st = publish(m, err);
	if (st)
		remove_folder(m, dir);
	closedir(dir);
	return st;
}

static ota_status make(struct make *m, ota_source *const *image, ota_err *err)
{
	struct stat sb;

	if (lstat(m->path, &sb) == 0)
		return ota_fail(err, OTA_E_EXISTS, "%s exists already", m->path);
	if (mkdtemp(m->temp) == NULL)
		return ota_fail_sys(err, "create a folder beside %s", m->path);
	return fill_and_publish(m, image, err);
}

ota_status ota_sim_make(const ota_ctx *ctx, const ota_devfile *d, const char *path,
	ota_source *const *image, ota_err *err)
{
	struct make m = {.ctx = ctx, .d = d, .erase_size = layout_of(d).image.erase_size};
	ota_status st = take_names(&m, path, err);

	if (!st)
		st = make(&m, image, err);
	mem_free(ctx, m.temp);
	mem_free(ctx, m.path);
	return st;
}
