/* SPDX-License-Identifier: MIT */
#include <ota/ota.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROW(num, sym, name, status, threat, hint) {sym, name, OTA_##status, threat, hint},
static const ota_id_info rows[] = {OTA_IDS(ROW)};
#undef ROW

#define MSG_MAX   256U
#define WHERE_MIN 48U
_Static_assert(MSG_MAX == sizeof((ota_err){0}.msg), "the room for a message");

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const char *ota_version(void)
{
	return OTA_VERSION;
}

size_t ota_id_count(void)
{
	return ROWS;
}

const ota_id_info *ota_id_at(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

const ota_id_info *ota_id_find(ota_id id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

const ota_id_info *ota_id_by_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const char *ota_status_name(ota_status st)
{
	static const char *const names[] = {"ok", "usage", "nomem", "io", "format", "unsupported",
		"limit", "untrusted", "refused", "deferred", "cancelled"};

	return (size_t)st < sizeof(names) / sizeof(names[0]) ? names[st] : "?";
}

static ota_status id_status(ota_id id)
{
	const ota_id_info *info = ota_id_find(id);

	return info != NULL ? info->status : OTA_REFUSED;
}

static void set(ota_err *err, ota_id id, uint64_t off, const char *fmt, va_list ap)
{
	char raw[MSG_MAX];
	int n;

	if (err == NULL)
		return;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	err->id = id;
	err->sys_errno = 0;
	err->off = off;
	ota_mask(err->msg, sizeof(err->msg), raw, n < 0 ? 0 : strlen(raw));
}

ota_status ota_fail(ota_err *err, ota_id id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(err, id, OTA_NO_OFF, fmt, ap);
	va_end(ap);
	return id_status(id);
}

ota_status ota_fail_at(ota_err *err, ota_id id, uint64_t off, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(err, id, off, fmt, ap);
	va_end(ap);
	return id_status(id);
}

/* "where: why". If there is no room for both, the middle of where goes: the reason never does. */
static void join(char out[MSG_MAX], const char *where, const char *why)
{
	char whole[2 * MSG_MAX + 8];
	size_t where_len = strlen(where), why_len = strlen(why), room, tail;

	why_len = why_len < MSG_MAX - WHERE_MIN ? why_len : MSG_MAX - WHERE_MIN;
	room = MSG_MAX - 1 - 2 - why_len;
	if (where_len <= room) {
		snprintf(whole, sizeof(whole), "%s: %.*s", where, (int)why_len, why);
	} else {
		tail = (room - 3) / 2;
		snprintf(whole, sizeof(whole), "%.*s...%s: %.*s", (int)(room - 3 - tail), where,
			where + where_len - tail, (int)why_len, why);
	}
	memcpy(out, whole, strlen(whole) + 1);
}

ota_status ota_fail_sys(ota_err *err, const char *fmt, ...)
{
	int saved = errno;
	ota_id id = saved == ENOMEM ? OTA_E_NOMEM : OTA_E_SYSTEM;
	char reason[96];
	va_list ap;

	if (saved == ENOSPC || saved == EDQUOT || saved == EFBIG)
		id = OTA_E_SHORT_WRITE;
	va_start(ap, fmt);
	set(err, id, OTA_NO_OFF, fmt, ap);
	va_end(ap);
	if (err != NULL) {
		err->sys_errno = saved;
		/* The GNU form: thread-safe, and never translated for an unset locale. */
		join(err->msg, err->msg, strerror_r(saved, reason, sizeof(reason)));
	}
	return id_status(id);
}

ota_status ota_fail_nomem(ota_err *err)
{
	return ota_fail(err, OTA_E_NOMEM, "out of memory");
}

ota_status ota_err_in(ota_err *err, ota_status st, const char *fmt, ...)
{
	char raw[MSG_MAX], where[MSG_MAX];
	va_list ap;

	if (st == OTA_OK || err == NULL)
		return st;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	ota_mask(where, sizeof(where), raw, strlen(raw));
	join(err->msg, where, err->msg);
	return st;
}

void ota_err_line(char line[OTA_LINE_MAX + 1], const ota_err *err, const uint8_t *digest)
{
	const ota_id_info *info = ota_id_find(err->id);
	char hex[9] = "-";

	if (digest != NULL)
		ota_hex(hex, digest, 4);
	snprintf(line, OTA_LINE_MAX + 1, "ota1 E%04d %s d=%s", (int)err->id,
		info != NULL ? info->name : "ok", hex);
}
