/* SPDX-License-Identifier: MIT */
#include <base/ctx.h>

#include <model/manifest.h>

#include <package/head.h>
#include <package/header.h>
#include <package/slice.h>

struct ota_peek {
	const ota_ctx *ctx;
	struct head head;
	ota_form form;
	ota_manifest *m;
	ota_sigline sigs[SIGLINES_MAX];
};

ota_status ota_pkg_peek(
	ota_peek **out, const ota_ctx *ctx, ota_source *src, ota_report *rep, ota_err *err)
{
	struct input in;
	ota_peek *peek = NULL;
	ota_status st = MEM_NEW(&peek, ctx, err);

	if (st)
		return st;
	peek->ctx = ctx;
	input_init(&in, src);
	st = head_read(&peek->head, ctx, &in, rep, err);
	if (!st)
		st = manifest_read(&peek->m, ctx, peek->head.bytes + HEADER_LEN,
			peek->head.h.manifest_len, rep, err);
	if (st) {
		ota_peek_free(peek);
		return st;
	}
	peek->form = head_form(&peek->head, &in);
	for (size_t i = 0; i < peek->head.sig_count; i++) {
		const struct sigline *s = &peek->head.sigs[i];

		peek->sigs[i] = (ota_sigline){sizeof(ota_sigline), s->alg, s->keyid, s->comment,
			s->time, s->sig, s->sig_len, false};
	}
	*out = peek;
	return OTA_OK;
}

void ota_peek_free(ota_peek *peek)
{
	if (peek == NULL)
		return;
	manifest_free(peek->m);
	head_fini(&peek->head);
	mem_free(peek->ctx, peek);
}

ota_form ota_peek_form(const ota_peek *peek)
{
	return peek->form;
}

bool ota_peek_has_section(const ota_peek *peek, uint32_t index)
{
	return index < peek->m->section_count &&
	       (!peek->head.sliced || slice_has(&peek->head.slice, index));
}

const ota_header *ota_peek_header(const ota_peek *peek)
{
	return &peek->head.h;
}

const ota_manifest *ota_peek_manifest(const ota_peek *peek)
{
	return peek->m;
}

const uint8_t *ota_peek_digest(const ota_peek *peek, size_t *len)
{
	*len = peek->head.d.len;
	return peek->head.d.b;
}

size_t ota_peek_sig_count(const ota_peek *peek)
{
	return peek->head.sig_count;
}

const ota_sigline *ota_peek_sig_at(const ota_peek *peek, size_t index)
{
	return index < peek->head.sig_count ? &peek->sigs[index] : NULL;
}

bool ota_peek_sigarea_ok(const ota_peek *peek)
{
	return peek->head.sig_err.id == OTA_E_NONE;
}

const uint8_t *ota_peek_manifest_bytes(const ota_peek *peek, size_t *len)
{
	*len = peek->head.h.manifest_len;
	return peek->head.bytes + HEADER_LEN;
}
