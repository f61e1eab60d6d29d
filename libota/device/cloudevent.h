/* SPDX-License-Identifier: MIT */
/* A CloudEvent as its table sees it. */
#ifndef DEVICE_CLOUDEVENT_H
#define DEVICE_CLOUDEVENT_H

#include <ota/cloudevent.h>

#include <doc/schema.h>

struct cloudevent_error {
	const char *id, *text;
};

struct cloudevent_data {
	const char *product, *version, *digest;
	uint64_t seq;
	const struct cloudevent_error *error; /* NULL: none */
};

struct cloudevent {
	const char *specversion, *id, *source, *type, *datacontenttype;
	int64_t time;
	struct cloudevent_data data;
};

extern const struct schema cloudevent_schema;

#endif
