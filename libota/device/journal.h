/* SPDX-License-Identifier: MIT */
/*
 * The journal: how far the update under way has come, and which updates fell
 * back (formats/device.md section 5). Every record is the whole state; the
 * newest wins. It is advice: boot control outranks it, and nothing that it says
 * was written goes unread.
 */
#ifndef DEVICE_JOURNAL_H
#define DEVICE_JOURNAL_H

#include <base/digest.h>
#include <device/record.h>

#define JOURNAL_FAILED_MAX 4U

enum journal_state { JOURNAL_IDLE, JOURNAL_WRITING, JOURNAL_TRIAL };

struct journal_failed {
	struct digest digest;
	uint32_t count;
};

struct journal {
	struct record_store rec;
	enum journal_state state;
	unsigned slot;
	struct digest digest; /* of the package; len 0 when idle */
	uint32_t component;   /* index in the manifest: those before it are written */
	uint64_t off;         /* bytes of that component written and synced */
	uint32_t error;       /* why the last update ended; an ota_id */
	unsigned nfailed;
	struct journal_failed failed[JOURNAL_FAILED_MAX]; /* oldest first */
};

/* A journal without a valid record is idle. */
ota_status journal_load(struct journal *j, const ota_ctx *ctx, ota_port *port, ota_err *err);
/* Append *j as a record. */
ota_status journal_save(struct journal *j, ota_err *err);
/* The update with this digest is under way in this state. */
bool journal_is(const struct journal *j, enum journal_state state, const struct digest *d);
/* Idle, without progress; error 0: it ended well. */
ota_status journal_end(struct journal *j, ota_id error, ota_err *err);

bool journal_has_failed(const struct journal *j, const struct digest *d);
/* Count it once more; the oldest is forgotten when there is no room. Not saved yet. */
void journal_remember(struct journal *j, const struct digest *d);
void journal_forget(struct journal *j, const struct digest *d);

#endif
