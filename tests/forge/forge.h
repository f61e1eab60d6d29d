/* SPDX-License-Identifier: MIT */
/*
 * The forger: packs real packages in memory, takes them apart, bends a part,
 * and seals and *signs* the result correctly, so that only the rule under test
 * can refuse it. Needs the layers pack and diff in the build. It aborts where
 * it cannot do what a test asks: a forger that fails quietly proves nothing.
 */
#ifndef FORGE_H
#define FORGE_H

#include <stdlib.h>

#include <ota/pack.h>
#include <ota/trust.h>

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

struct forge_file {
	const char *name;
	const void *p;
	size_t len;
};

/* A signature: NULL is the truth; "+N" adds N to it. Borrowed. */
enum {
	SAY_ALG,
	SAY_KEY,
	SAY_TIME,
	SAY_COMMENT,
	SAY_MAGIC,
	SAY_TYPE,
	SAY_HASH,
	SAY_DIGEST,
	SAY_LENGTH,
	SAY_END
};
extern const char *const forge_says[SAY_END]; /* "alg", … */
struct forge_sig {
	const char *line[SAY_END]; /* what the line says and the text too; alg to comment */
	const char *text[SAY_END]; /* what is signed instead */
	bool other;                /* signed by the second key */
	bool own;                  /* which says so */
};

/* A package in parts, all malloc'd. */
struct forge {
	const ota_ctx *ctx;
	ota_header h; /* of the package it was */
	char *json;
	uint8_t *tables, *data;
	size_t json_len, tables_len, data_len;
	size_t entry_len; /* of the tables */
	/* how to seal */
	struct forge_sig sig;
	bool keep_hashes; /* leave table_hash and payload_hash as they are */
	bool bad_crc;
	uint8_t pad;                    /* what every pad is filled with */
	char *sigarea;                  /* instead of one good line */
	char *line_tail;                /* text after the good line */
	uint64_t tail;                  /* zero bytes after the end */
	uint8_t header[128], mask[128]; /* bytes to force into the header, CRC kept right */
};

/* The forger's seeds (32 bytes), the trust in the first key alone, and the key ids. TEST-ONLY. */
const uint8_t *forge_seed(bool other);
ota_key *forge_key(const ota_ctx *ctx, bool other); /* freed with ota_key_free */
ota_trust *forge_trust(const ota_ctx *ctx);         /* freed with ota_trust_free */
const char *forge_keyid(const ota_ctx *ctx, char id[65]);
/* A good signature line, LF included, over a package's head (HEADER and MANIFEST); malloc'd. */
char *forge_line(const ota_ctx *ctx, const uint8_t *head, size_t head_len, uint64_t time,
	const char *comment);
/* The same, bent; the text is built here, not by the library that is on trial. */
char *forge_line_as(
	const ota_ctx *ctx, const uint8_t *head, size_t head_len, const struct forge_sig *how);

/* Pack a YAML whose inputs are files in memory, unsigned; *out is malloc'd. */
ota_status forge_pack(uint8_t **out, size_t *len, const ota_ctx *ctx, const char *yaml,
	const struct forge_file *files, size_t n, ota_err *err);
/* Put one good signature line into the signature area, in place. */
void forge_sign(uint8_t *pkg, const ota_ctx *ctx);
/* forge_pack and forge_sign; aborts if packing fails. */
uint8_t *forge_signed(size_t *len, const ota_ctx *ctx, const char *yaml,
	const struct forge_file *files, size_t n);
/* An open_fn over files; arg is a struct forge_folder. */
struct forge_folder {
	const ota_ctx *ctx;
	const struct forge_file *files;
	size_t n;
};
ota_status forge_open_file(void *arg, const char *name, ota_source **out, ota_err *err);

/* Take a good package apart; freed with forge_fini. */
void forge_init(struct forge *f, const ota_ctx *ctx, const uint8_t *pkg, size_t len);
void forge_fini(struct forge *f);
/* Replace the first (all) `from` in the manifest by `to`. */
void forge_json(struct forge *f, const char *from, const char *to);
/* The first at or after an offset. */
void forge_json_from(struct forge *f, size_t off, const char *from, const char *to);
void forge_json_all(struct forge *f, const char *from, const char *to);
/* Force bytes of the header, little-endian. */
void forge_header(struct forge *f, size_t off, size_t len, uint64_t value);
/* Put a little-endian value into the tables. */
void forge_table(struct forge *f, size_t off, size_t len, uint64_t value);
/* Assemble; malloc'd. */
uint8_t *forge_seal(size_t *len, struct forge *f);

/* A pipe over memory: no pread, no length. Freed with ota_source_close. */
ota_source *forge_pipe(const void *p, size_t len);

#endif
