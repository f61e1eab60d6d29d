/* SPDX-License-Identifier: MIT */
/*
 * What happened to the device of a folder: a JSON object a line, only ever
 * appended. What decides anything is on its flash.
 */
#include <sim/history.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <base/ctx.h>
#include <sim/world.h>

#define HISTORY  "history"
#define LINE_CAP 1024U /* a line is shorter */

static const char *const whats[] = {
	[OTA_SIM_MADE] = "made",
	[OTA_SIM_INSTALL] = "install",
	[OTA_SIM_CUT] = "power-cut",
	[OTA_SIM_BOOT] = "boot",
	[OTA_SIM_COMMIT] = "commit",
	[OTA_SIM_ROLLBACK] = "rollback",
	[OTA_SIM_HANG] = "hang",
	NULL,
};

#define AT(member) .off = offsetof(struct history_line, member)

/* clang-format off */
static const struct field fields[] = {
	{.key = "what", .type = F_ENUM, .flags = FIELD_REQUIRED, .names = whats, AT(what),
	 .help = "what happened"},
	{.key = "slot", .type = F_STR, .min = 1, .max = 1, AT(slot),
	 .help = "in which slot; absent: in none"},
	{.key = "version", .type = F_STR, AT(version),
	 .help = "of what is in it"},
	{.key = "record", .type = F_STR, AT(record),
	 .help = "how it went: a line that `otatool explain` reads"},
	{.key = "seq", .type = F_U64, AT(seq),
	 .help = "sequence number of boot control after it"},
	{.key = "floor", .type = F_U64, AT(floor),
	 .help = "counter in the fuses after it"},
	{0}};
/* clang-format on */

const struct schema history_schema = {
	.name = "history", .size = sizeof(struct history_line), .fields = fields};

const char *ota_sim_what_name(ota_sim_what what)
{
	return (unsigned)what <= OTA_SIM_HANG ? whats[what] : "?";
}

/* ---- writing ---- */

static ota_status put_line(
	struct buf *b, struct arena *a, const struct history_line *line, ota_err *err)
{
	struct doc *d = NULL;
	ota_status st = schema_write(&d, a, &history_schema, line, err);

	if (!st)
		st = json_write(b, d, err);
	buf_str(b, "\n");
	return st ? st : buf_status(b, err);
}

/* Was the last line cut in the middle? */
static bool is_torn(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';

	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

static ota_status append(const struct folder *f, struct buf *b, size_t begin, ota_err *err)
{
	int fd = openat(f->fd, HISTORY, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t len = b->len;
	ota_status st = OTA_OK;

	if (fd < 0)
		return ota_fail_sys(err, "open %s/%s", f->path, HISTORY);
	if (is_torn(fd))
		begin = 0;
	len -= begin;
	if (write(fd, b->p + begin, len) != (ssize_t)len || fdatasync(fd) != 0)
		st = ota_fail_sys(err, "write %s/%s", f->path, HISTORY);
	close(fd);
	return st;
}

ota_status ota_sim_note(ota_sim *sim, const ota_sim_event *ev, ota_err *err)
{
	const char slot[2] = {(char)('a' + ev->slot), '\0'};
	const struct history_line line = {
		.what = ev->what,
		.slot = ev->slot >= 0 ? slot : NULL,
		.version = ev->version,
		.record = ev->record,
		.seq = ev->seq,
		.floor = ev->floor,
	};
	struct arena a;
	struct buf b;
	ota_status st;

	arena_init(&a, sim->ctx);
	buf_init(&b, sim->ctx);
	/* The first byte ends a line that was torn. */
	buf_str(&b, "\n");
	st = put_line(&b, &a, &line, err);
	if (!st)
		st = append(&sim->folder, &b, 1, err);
	buf_fini(&b);
	arena_fini(&a);
	return st;
}

/* ---- reading ---- */

static void tell(const struct history_line *line, ota_sim_event_fn *fn, void *arg)
{
	const ota_sim_event ev = {
		.size = sizeof(ev),
		.what = (ota_sim_what)line->what,
		.slot = line->slot != NULL ? line->slot[0] - 'a' : -1,
		.version = line->version,
		.record = line->record,
		.seq = line->seq,
		.floor = (uint32_t)line->floor,
	};

	fn(arg, &ev);
}

/* A line that is none was torn: it says nothing. */
static ota_status read_line(const ota_ctx *ctx, const char *text, size_t len, ota_sim_event_fn *fn,
	void *arg, ota_err *err)
{
	struct history_line line = {.what = 0};
	struct doc *d = NULL;
	struct arena a;
	ota_status st;

	arena_init(&a, ctx);
	st = json_read(&d, &a, (const uint8_t *)text, len, NULL);
	if (!st)
		st = schema_read(
			&line, &history_schema, d, &a, SCHEMA_CANON, HISTORY, NULL, NULL, NULL);
	if (!st)
		tell(&line, fn, arg);
	arena_fini(&a);
	return st == OTA_NOMEM ? ota_fail_nomem(err) : OTA_OK;
}

static ota_status read_lines(
	FILE *in, const ota_ctx *ctx, ota_sim_event_fn *fn, void *arg, ota_err *err)
{
	char text[LINE_CAP];
	bool whole = true; /* what comes next is the beginning of a line */
	ota_status st = OTA_OK;

	while (!st && fgets(text, sizeof(text), in) != NULL) {
		size_t len = strlen(text);
		bool ends = len > 0 && text[len - 1] == '\n';

		if (whole && ends)
			st = read_line(ctx, text, len, fn, arg, err);
		whole = ends;
	}
	return st;
}

ota_status ota_sim_history(const ota_sim *sim, ota_sim_event_fn *fn, void *arg, ota_err *err)
{
	const struct folder *f = &sim->folder;
	int fd = openat(f->fd, HISTORY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *in;
	ota_status st;

	if (fd < 0 && errno == ENOENT)
		return OTA_OK;
	if (fd < 0)
		return ota_fail_sys(err, "open %s/%s", f->path, HISTORY);
	in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return ota_fail_nomem(err);
	}
	st = read_lines(in, sim->ctx, fn, arg, err);
	if (!st && ferror(in) != 0)
		st = ota_fail_sys(err, "read %s/%s", f->path, HISTORY);
	fclose(in);
	return st;
}
