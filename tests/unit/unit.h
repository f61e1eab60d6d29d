/* SPDX-License-Identifier: MIT */
/* What every unit test shares. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ota/ctx.h>

/* A context with one job, made at first use; t_ctx_jobs has more. */
ota_ctx *t_ctx(void);
ota_ctx *t_ctx_jobs(unsigned jobs);

/* The folder of external vectors, or NULL: then t_skip and return. */
const char *t_vectors(void);
/* Say visibly that data or a program is missing. */
void t_skip(const char *what);
/* The whole file, freed by the caller; NULL if it cannot be read. */
uint8_t *t_read_file(const char *path, size_t *len);
/* Deterministic pseudo-random numbers: the same on every machine. */
uint64_t t_rand(uint64_t *state);

/* A context whose n-th allocation (from 0) fails, once or (forever) from then on. */
struct t_failing {
	ota_alloc alloc;
	uint64_t count, fail_at;
	int64_t live;
	bool forever;
};
ota_ctx *t_ctx_failing(struct t_failing *f);

#define ck_ok(st, err) ck_assert_msg((st) == OTA_OK, "%s", (err)->msg)
#define ck_id(err, want)                                                                           \
	ck_assert_msg((err).id == (want), "error %s (%s), wanted %s",                              \
		ota_id_find((err).id) ? ota_id_find((err).id)->name : "none", (err).msg, #want)

#endif
