/* SPDX-License-Identifier: MIT */
/*
 * Results, rendered once: each call feeds text and JSON alike. Text shows what
 * has a label; JSON has every key. Whatever the text, it is masked for a
 * terminal. A failure to render is sticky and shows in out_finish.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

enum out_kind {
	OUT_STR,
	OUT_U64,   /* a JSON number, a string above 2^53 - 1 */
	OUT_BYTES, /* the same, readable in text */
	OUT_BOOL,
	OUT_BARE, /* text: the value alone on its line, however labelled */
	OUT_LINE, /* text only, labelled or not */
	OUT_RAW   /* JSON only: the value is JSON */
};

enum out_shape { OUT_OBJECT, OUT_TABLE, OUT_ROW };

struct out_value {
	const char *key, *label;
	enum out_kind kind;
	const char *text;
	uint64_t number;
};

/* A renderer. false: out of memory. */
struct out_ops {
	bool (*value)(struct out *o, const struct out_value *v);
	bool (*open)(struct out *o, enum out_shape shape, const char *key, const char *label);
	bool (*close)(struct out *o);
	bool (*finish)(struct out *o);
	void (*free)(struct out *o);
};

struct out {
	const struct out_ops *ops;
	bool failed, muted;
	unsigned depth;
};

/* NULL: out of memory. width: columns to wrap tables at, 0: never. */
struct out *out_text_new(unsigned width);
/* The object begins with "schema" and "version". */
struct out *out_json_new(const char *schema);
/* One line of JSON for an event, to be freed; NULL: out of memory. */
char *out_json_event(
	const char *kind, const char *what, uint64_t done, uint64_t total, const char *text);

/* A NULL value is left out. */
void out_str(struct out *o, const char *key, const char *label, const char *value);
void out_u64(struct out *o, const char *key, const char *label, uint64_t value);
void out_bytes(struct out *o, const char *key, const char *label, uint64_t value);
void out_bool(struct out *o, const char *key, const char *label, bool value);
/* Lower-case hex behind "sha256:" or whatever alg is. */
void out_digest(struct out *o, const char *key, const char *label, const char *alg,
	const uint8_t *digest, size_t len);
void out_bare(struct out *o, const char *key, const char *value);
void out_line(struct out *o, const char *line);
/* In text alone, labelled: what JSON says in another way, or need not say. */
void out_cell(struct out *o, const char *label, const char *text);
void out_raw(struct out *o, const char *key, const char *json);
/* Text: an indented block; a table of aligned columns whose rows hold values only. */
void out_object(struct out *o, const char *key, const char *label);
void out_table(struct out *o, const char *key, const char *label);
void out_row(struct out *o);
void out_end(struct out *o);
/* stdout carries the artefact: say nothing more there. */
void out_mute(struct out *o);
/* What is printed so far, now: before a prompt. */
void out_flush(struct out *o);

/* Close what is open, write everything, check stdout. Frees o. false: it did not all get out. */
bool out_finish(struct out *o);

#endif
