/* SPDX-License-Identifier: MIT */
/*
 * The client's table. It drives client.c; the diagram in the manual and the
 * model that spin exhausts are written from it.
 */
#ifndef DEVICE_CLIENT_H
#define DEVICE_CLIENT_H

#include <ota/client.h>

#define CLIENT_STATES ((unsigned)OTA_CLIENT_ERROR + 1)
#define CLIENT_EVENTS ((unsigned)OTA_ON_FAILED + 1)

enum client_guard {
	GUARD_NONE,
	GUARD_DOWNLOADS, /* less were begun than may be */
	GUARD_FAILED     /* UpdateFailed was told */
};

enum client_action {
	ACTION_NONE,
	ACTION_CHECK,
	ACTION_DOWNLOAD,
	ACTION_VERIFY,
	ACTION_APPLY,
	ACTION_CONFIRM,
	ACTION_REPORT
};

struct client_row {
	ota_client_state state;
	ota_client_event event;
	enum client_guard guard;
	enum client_action action;
	ota_update_event tell;
	ota_client_state next;
};

/* The first row for a state and an event whose guard holds is taken. */
extern const struct client_row client_rows[];
extern const size_t client_row_count;

bool client_from_outside(ota_client_event ev);
/* An update is under way: neither IDLE nor ERROR. */
bool client_in_update(ota_client_state state);
/* "" for none. */
const char *client_action_name(enum client_action action);

#endif
