/* SPDX-License-Identifier: MIT */
/*
 * One copy of a redundant U-Boot environment: crc32 of the data, a serial byte, the
 * data, which is `name=value` and a NUL again and again, and one NUL more
 * (formats/device.md section 4). Nothing here knows what the variables mean.
 */
#ifndef DEVICE_ENV_H
#define DEVICE_ENV_H

#include <base/rd.h>

#define ENV_HEAD 5U

struct env_var {
	const char *text; /* the whole of it, with its NUL */
	size_t len;       /* without the NUL */
	size_t name_len;  /* text has no `=`: all of it */
};

/* Of two good copies: does the one of serial a count, not that of b? 0 follows 255. */
bool env_is_newer(uint8_t a, uint8_t b);
uint8_t env_serial(const uint8_t *copy);
/* The crc32 is right. */
bool env_is_good(const uint8_t *copy, size_t len);
/* Serial and crc32 over the data that are there. */
void env_seal(uint8_t *copy, size_t len, uint8_t serial);
/* The variables of a copy, for env_next. */
struct rd env_vars(const uint8_t *copy, size_t len);
/* false at the end of the list; r->failed if it has none. */
bool env_next(struct env_var *out, struct rd *r);
/* "" if it has no `=`. */
const char *env_value(const struct env_var *v);

#endif
