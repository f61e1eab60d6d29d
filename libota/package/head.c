/* SPDX-License-Identifier: MIT */
#include <package/head.h>

#include <string.h>

#include <base/ctx.h>
#include <base/kind.h>
#include <base/num.h>
#include <crypto/hash.h>

#include <package/header.h>
#include <package/slice.h>

/* The n bytes at p begin with a slice's magic: HEADER begins after its own header. */
static ota_status read_sliced(
	struct head *out, struct input *in, uint8_t *p, size_t n, ota_err *err)
{
	ota_status st;

	if (n < HEADER_LEN)
		return ota_fail_at(err, OTA_E_TRUNCATED, n,
			"truncated at byte %zu of the headers of a slice", n);
	st = slice_parse(&out->slice, p, err);
	if (st)
		return st;
	out->sliced = true;
	out->at.base = SLICE_LEN;
	memmove(p, p + SLICE_LEN, HEADER_LEN - SLICE_LEN);
	st = input_read(in, p + HEADER_LEN - SLICE_LEN, SLICE_LEN, HEADER_LEN, err);
	if (st)
		return st;
	st = header_parse(&out->h, p, HEADER_LEN, err);
	if (!st && out->slice.sig_len > out->h.sig_cap)
		st = ota_fail_at(err, OTA_E_SLICE, 12,
			"the slice has %u bytes of signatures; the package has room for %u",
			out->slice.sig_len, out->h.sig_cap);
	return st;
}

static ota_status read_header(struct head *out, struct input *in, uint8_t *p, ota_err *err)
{
	size_t n = 0;
	size_t more = 0;
	ota_status st = input_start(in, p, HEADER_LEN, &n, err);

	if (st)
		return st;
	if (slice_magic_ok(p, n))
		return read_sliced(out, in, p, n, err);
	/* A foreign file is named by more of its bytes than a header has. */
	if (n == HEADER_LEN && !header_magic_ok(p) && !in->seek)
		st = ota_source_read(in->src, p + n, KIND_HEAD - n, &more, err);
	else if (n == HEADER_LEN && !header_magic_ok(p))
		st = input_start(in, p, KIND_HEAD, &n, err);
	if (st)
		return st;
	return header_parse(&out->h, p, n + more, err);
}

/* A slice has no pads, and no more signature bytes than are used. */
static void place(struct head *out)
{
	const ota_header *h = &out->h;
	struct place *at = &out->at;

	if (out->sliced) {
		at->sig_off = at->base + out->len;
		at->sig_len = out->slice.sig_len;
		at->tab_off = at->sig_off + at->sig_len;
		return;
	}
	*at = (struct place){.sig_off = h->sig_off,
		.sig_len = h->sig_cap,
		.tab_off = h->tab_off,
		.tab_len = h->tables_len,
		.data_off = h->data_off,
		.end = h->file_len};
}

static ota_status read_signed(struct head *out, struct input *in, ota_err *err)
{
	uint8_t first[KIND_HEAD];
	ota_status st = read_header(out, in, first, err);

	if (st)
		return st;
	out->step = OTA_STEP_HEAD;
	out->len = HEADER_LEN + out->h.manifest_len;
	place(out);
	in->total = out->at.end;
	in->head_end = out->h.data_len > 0 ? out->at.data_off : 0;
	st = mem_new_bytes(&out->bytes, out->ctx, out->len, err);
	if (st)
		return st;
	memcpy(out->bytes, first, HEADER_LEN);
	return input_read(
		in, out->bytes + HEADER_LEN, out->h.manifest_len, out->at.base + HEADER_LEN, err);
}

static ota_status parse_area(struct head *out, const uint8_t *area, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = sigarea_parse(
		&out->sigs, &out->sig_count, &out->arena, area, size_of_u64(out->at.sig_len), &why);

	if (st && why.id != OTA_E_SIGLINE) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (st) {
		/* The area is unsigned: anybody may spoil it, and nothing in it then counts. */
		why.off += out->at.sig_off;
		out->sig_err = why;
		ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
					    .outcome = OTA_WARN,
					    .id = why.id,
					    .file = SIG_AREA,
					    .off = why.off,
					    .text = why.msg,
					    .about = OTA_ABOUT_LINE});
	}
	return OTA_OK;
}

static ota_status read_area(struct head *out, struct input *in, ota_report *rep, ota_err *err)
{
	const struct place *at = &out->at;
	uint64_t end = at->base + out->len;
	size_t len = size_of_u64(at->sig_len);
	uint8_t *area = NULL;
	ota_status st;

	st = input_pad(in, end, at->sig_off - end, err);
	if (!st)
		st = mem_new_bytes(&area, out->ctx, len + 1, err);
	if (!st)
		st = input_read(in, area, len, at->sig_off, err);
	if (!st && out->sliced && len > 0 && area[len - 1] != '\n')
		st = ota_fail_at(err, OTA_E_SLICE, at->tab_off - 1,
			"the signatures of the slice do not end with a line");
	if (!st)
		out->sig_used = strnlen((const char *)area, len);
	if (!st)
		st = parse_area(out, area, rep, err);
	mem_free(out->ctx, area);
	return st;
}

ota_status head_read(
	struct head *out, const ota_ctx *ctx, struct input *in, ota_report *rep, ota_err *err)
{
	ota_status st;

	*out = (struct head){.ctx = ctx, .sig_err = OTA_ERR_INIT, .step = OTA_STEP_HEADER};
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

ota_form head_form(const struct head *head, const struct input *in)
{
	uint64_t len = 0;

	if (head->sliced)
		return OTA_FORM_SLICE;
	if (!in->seek || head->h.data_len == 0 || ota_source_length(in->src, &len, NULL) != OTA_OK)
		return OTA_FORM_PACKAGE;
	return len == head->at.data_off ? OTA_FORM_HEAD : OTA_FORM_PACKAGE;
}
