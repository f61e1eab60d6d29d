/* SPDX-License-Identifier: MIT */
/*
 * The record store under boot control and journal: records of 512 bytes in the
 * two halves of a region. The newest valid record is the state; a new one never
 * touches the half that holds it, unless there is erased room behind it. So one
 * valid record survives a cut at any moment, torn operations included.
 */
#ifndef DEVICE_RECORD_H
#define DEVICE_RECORD_H

#include <device/flash.h>
#include <model/layout.h>

#define RECORD_HEAD 16U /* magic, u16 version, u16 length, u64 sequence */
#define RECORD_CRC  508U

struct record_kind {
	char magic[5];
	bool single; /* one record a half, each half one erase block */
	bool (*ok)(const uint8_t rec[static RECORD_LEN]); /* the content between head and CRC */
};

struct record_store {
	const ota_ctx *ctx;
	ota_flash *f;
	const struct record_kind *kind;
	uint64_t half_len;
	uint32_t stride, per_half;
	/* what the last scan or append left */
	uint8_t newest[RECORD_LEN];
	bool found;    /* newest is valid */
	bool conflict; /* another valid record has its sequence and other content */
	bool lone;     /* the other half holds no valid record */
	bool expendable; /* set before an append: the newest may go where nothing else can be written */
	unsigned half; /* that holds the newest */
	uint32_t next; /* room behind it; per_half: none */
	uint64_t seq;
};

/* Check the region and read it all. A store without a valid or readable record is no failure. */
ota_status record_open(struct record_store *r, const ota_ctx *ctx, ota_flash *f,
	const struct record_kind *kind, ota_err *err);
/* Fill in head and CRC, program, sync and read back twice. The content becomes the newest. */
ota_status record_append(struct record_store *r, uint8_t rec[static RECORD_LEN], ota_err *err);
/* Copy the newest record into a half that has none, same sequence. */
ota_status record_repair(struct record_store *r, ota_err *err);

#endif
