/* SPDX-License-Identifier: MIT */
#include <package/head.h>

#include <string.h>

#include <base/ctx.h>
#include <crypto/hash.h>

#include <package/foreign.h>
#include <package/header.h>

static ota_status read_header(struct head *out, struct input *in, uint8_t *p, ota_err *err)
{
	size_t n = 0;
	size_t more = 0;
	ota_status st = input_start(in, p, HEADER_LEN, &n, err);

	if (st)
		return st;
	/* A foreign file is named by more of its bytes than a header has. */
	if (n == HEADER_LEN && !header_magic_ok(p) && !in->seek)
		st = ota_source_read(in->src, p + n, FOREIGN_HEAD - n, &more, err);
	else if (n == HEADER_LEN && !header_magic_ok(p))
		st = input_start(in, p, FOREIGN_HEAD, &n, err);
	if (st)
		return st;
	return header_parse(&out->h, p, n + more, err);
}

static ota_status read_signed(struct head *out, struct input *in, ota_err *err)
{
	uint8_t first[FOREIGN_HEAD];
	ota_status st = read_header(out, in, first, err);

	if (st)
		return st;
	in->total = out->h.file_len;
	out->len = HEADER_LEN + out->h.manifest_len;
	st = mem_new_bytes(&out->bytes, out->ctx, out->len, err);
	if (st)
		return st;
	memcpy(out->bytes, first, HEADER_LEN);
	return input_read(in, out->bytes + HEADER_LEN, out->h.manifest_len, HEADER_LEN, err);
}

static ota_status parse_area(struct head *out, const uint8_t *area, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st =
		sigarea_parse(&out->sigs, &out->sig_count, &out->arena, area, out->h.sig_cap, &why);

	if (st && why.id != OTA_E_SIGLINE) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (st) {
		/* The area is unsigned: anybody may spoil it, and nothing in it then counts. */
		why.off += out->h.sig_off;
		out->sig_err = why;
		ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
					    .outcome = OTA_WARN,
					    .id = why.id,
					    .off = why.off,
					    .subject = "signature area",
					    .text = why.msg});
	}
	return OTA_OK;
}

static ota_status read_area(struct head *out, struct input *in, ota_report *rep, ota_err *err)
{
	uint8_t *area = NULL;
	ota_status st;

	st = input_pad(in, out->len, out->h.sig_off - out->len, err);
	if (!st)
		st = mem_new_bytes(&area, out->ctx, out->h.sig_cap, err);
	if (!st)
		st = input_read(in, area, out->h.sig_cap, out->h.sig_off, err);
	if (!st)
		st = parse_area(out, area, rep, err);
	mem_free(out->ctx, area);
	return st;
}

ota_status head_read(
	struct head *out, const ota_ctx *ctx, struct input *in, ota_report *rep, ota_err *err)
{
	ota_status st;

	*out = (struct head){.ctx = ctx, .sig_err = OTA_ERR_INIT};
	arena_init(&out->arena, ctx);
	st = read_signed(out, in, err);
	if (!st)
		st = read_area(out, in, rep, err);
	if (!st)
		st = hash_bytes(&out->d, ctx, out->h.hash_alg, out->bytes, out->len, err);
	return st;
}

void head_fini(struct head *head)
{
	mem_free(head->ctx, head->bytes);
	arena_fini(&head->arena);
}
