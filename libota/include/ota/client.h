/* SPDX-License-Identifier: MIT */
/*
 * The client: what an update agent does next. One constant table of states and
 * events (formats/device.md section 9) drives it; what is done, the caller's
 * handlers do. It has no I/O, no clock, no memory of its own and keeps nothing
 * over a restart: what must outlive one is on the flash (<ota/device.h>). One
 * thread at a time, and never from within a handler.
 */
#ifndef OTA_CLIENT_H
#define OTA_CLIENT_H

#include <ota/err.h>

typedef enum ota_client_state {
	OTA_CLIENT_IDLE,
	OTA_CLIENT_CHECKING,
	OTA_CLIENT_DOWNLOADING,
	OTA_CLIENT_VERIFYING,
	OTA_CLIENT_APPLYING,
	OTA_CLIENT_REPORTING,
	OTA_CLIENT_ERROR
} ota_client_state; /* append only, like all here */

typedef enum ota_client_event {
	OTA_ON_WAIT, /* of a handler: its answer comes later, by ota_client_on */
	/* from outside; ignored where nobody waits for them */
	OTA_ON_START,     /* look for an update now */
	OTA_ON_RESTARTED, /* the device came up after an update: on trial, or fell back */
	OTA_ON_RESET,     /* the failure was seen to */
	/* answers of handlers */
	OTA_ON_NOTHING,    /* check: no update for this device */
	OTA_ON_FOUND,      /* check */
	OTA_ON_DOWNLOADED, /* download */
	OTA_ON_VERIFIED,   /* verify */
	OTA_ON_LATER,      /* download, apply: not now; nothing is amiss */
	OTA_ON_APPLIED,    /* apply: without a restart; confirm: committed */
	OTA_ON_REPORTED,   /* report */
	OTA_ON_FAILED      /* any: *why says why */
} ota_client_event;

typedef enum ota_update_event {
	OTA_UPDATE_NONE,
	OTA_UPDATE_AVAILABLE,
	OTA_UPDATE_DOWNLOADED,
	OTA_UPDATE_APPLIED,
	OTA_UPDATE_FAILED
} ota_update_event;

typedef struct ota_client ota_client;

/* Answers with an event. *why is empty at the call, but for report. */
typedef ota_client_event ota_client_fn(void *arg, ota_err *why);

typedef struct ota_client_ops {
	size_t size;
	/* NULL: the caller does it by itself and says how it went by ota_client_on. */
	ota_client_fn *check;    /* is there an update? */
	ota_client_fn *download; /* get it, or what is missing of it */
	ota_client_fn *verify;   /* is all of it authentic? */
	ota_client_fn *apply;    /* install, then restart: WAIT for that */
	ota_client_fn *confirm;  /* after it: health, ota_dev_finish */
	ota_client_fn *report;   /* tell the server; *why says what failed, id 0: applied */
	/* NULL: not told. c is as the event left it; c->why is the reason of FAILED. */
	void (*told)(void *arg, ota_update_event what, const ota_client *c);
	/* NULL: not logged. ev came in state at, where nobody waits for it. */
	void (*ignored)(void *arg, ota_client_state at, ota_client_event ev);
	unsigned downloads; /* download is tried so often; 0: once */
} ota_client_ops;

/* The caller's memory; to be read, not written. */
struct ota_client {
	size_t size;
	const ota_client_ops *ops;
	void *arg;
	ota_client_state state;
	unsigned downloads; /* begun in this update */
	bool failed;        /* UpdateFailed was told of this update */
	ota_err why;        /* of the last failure in it */
};

/* IDLE. ops and arg are borrowed for as long as c is used. */
OTA_API void ota_client_init(ota_client *c, const ota_client_ops *ops, void *arg);
/*
 * Take ev, and what the handlers answer to it, until one says WAIT or none is
 * called. why: the reason of FAILED, else NULL. An event from outside, or after the end, that
 * no row names is ignored. Any other one within an update is client.event: the
 * client is in ERROR then, and nothing was called or told.
 */
OTA_API OTA_MUST_CHECK ota_status ota_client_on(
	ota_client *c, ota_client_event ev, const ota_err *why, ota_err *err);

/* "CHECKING", "found", "UpdateAvailable"; "?" for what is none. Static storage. */
OTA_API const char *ota_client_state_name(ota_client_state state);
OTA_API const char *ota_client_event_name(ota_client_event ev);
OTA_API const char *ota_update_event_name(ota_update_event what);

#endif
