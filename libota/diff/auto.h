/* SPDX-License-Identifier: MIT */
/*
 * Codec auto: which codecs and profiles are worth a try, by rule and never by clock, so that the
 * same inputs give the same patch.
 */
#ifndef DIFF_AUTO_H
#define DIFF_AUTO_H

#include <diff/diff.h>

#define CODEC_AUTO "auto"

struct diff_tries {
	uint64_t old_len, new_len;
	uint64_t memory;     /* to make it; 0: any */
	uint64_t ram;        /* to apply it; 0: nothing is known, each codec has its own default */
	const char *profile; /* where ram is 0: of the codecs that have profiles; may be NULL */
	/* so far */
	size_t at;
	uint64_t best; /* bytes of the smallest patch that can be used; 0: none */
	const struct diff_format *done;
};

struct diff_try {
	const struct diff_format *format;
	const char *profile; /* NULL: the codec's own */
};

/* Beside what making takes: the smallest patch so far. */
uint64_t diff_tries_held(const struct diff_tries *t);
/* The next one; false: nothing more can help. */
bool diff_tries_next(struct diff_try *out, struct diff_tries *t);
/* The one that was given last made size bytes, and they can be used. true: the smallest yet. */
bool diff_tries_better(struct diff_tries *t, uint64_t size);

#endif
