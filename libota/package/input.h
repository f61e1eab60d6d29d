/* SPDX-License-Identifier: MIT */
/* A package as it comes: read at derived offsets, forward only where it is a pipe. */
#ifndef PACKAGE_INPUT_H
#define PACKAGE_INPUT_H

#include <ota/io.h>

struct input {
	ota_source *src;
	bool seek;
	uint64_t pos;      /* pipe: where the next byte comes from */
	uint64_t total;    /* what the header promises; 0: not known yet */
	uint64_t head_end; /* where a head of this package would end; 0: it could not */
};

void input_init(struct input *in, ota_source *src);
/* Up to cap bytes from the very start. */
ota_status input_start(struct input *in, uint8_t *buf, size_t cap, size_t *n, ota_err *err);
/* Exactly len bytes at off: malformed.truncated, io.seek. */
ota_status input_read(struct input *in, void *buf, size_t len, uint64_t off, ota_err *err);
/* len bytes at off that must be zero: malformed.pad. */
ota_status input_pad(struct input *in, uint64_t off, uint64_t len, ota_err *err);
/*
 * The length must be that of the package or of its head: a pipe is read to its
 * end. malformed.truncated, .trailing
 */
ota_status input_check_head(struct input *in, ota_err *err);
/* Not longer than total, where it can be known ahead: malformed.trailing. */
ota_status input_check_prefix(struct input *in, ota_err *err);
/* The length must be total, where it can be known ahead: malformed.truncated, .trailing. */
ota_status input_check_length(struct input *in, ota_err *err);
/* A pipe must end here: malformed.trailing. */
ota_status input_end(struct input *in, ota_err *err);

#endif
