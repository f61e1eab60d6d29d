/* SPDX-License-Identifier: MIT */
#include <sign/work.h>

#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <crypto/hash.h>
#include <package/header.h>
#include <package/pkg.h>

ota_status work_open(struct work *w, ota_report *rep, ota_err *err)
{
	ota_verify_options opt = {.size = sizeof(opt)};
	const uint8_t *d;
	uint64_t len = 0;
	size_t d_len = 0;
	ota_status st;

	st = ota_source_length(w->src, &len, err);
	/* A view of its own: the caller may have read from src before. */
	if (!st)
		st = ota_source_slice(&w->view, w->ctx, w->src, 0, len, err);
	if (!st)
		st = ota_pkg_open_unauthenticated(&w->pkg, w->ctx, w->view, rep, err);
	if (st)
		return st;
	if (ota_pkg_form(w->pkg) == OTA_FORM_HEAD)
		opt.extent = OTA_EXTENT_HEAD;
	st = ota_pkg_verify(w->pkg, &opt, rep, err);
	if (st)
		return st;
	w->h = *ota_pkg_header(w->pkg);
	d = ota_pkg_digest(w->pkg, &d_len);
	w->digest.alg = w->h.hash_alg;
	w->digest.len = lo8(d_len);
	memcpy(w->digest.b, d, d_len);
	return OTA_OK;
}

void work_close(struct work *w)
{
	mem_free(w->ctx, w->head);
	ota_pkg_free(w->pkg);
	ota_source_close(w->view);
}

/*
 * The head is read once more after the check; what is signed and written is
 * this copy, so it must still have the digest that was checked.
 */
ota_status work_load(struct work *w, ota_err *err)
{
	size_t len = size_of_u64(w->h.tab_off);
	struct digest now;
	ota_form form = ota_pkg_form(w->pkg);
	ota_status st;

	if (form != OTA_FORM_PACKAGE)
		return ota_fail(err, OTA_E_FORM,
			form == OTA_FORM_HEAD
				? "this is a head: its signature goes to a file of its own"
				: "this is a slice: sign the package or its head, and slice it "
				  "again");
	st = mem_new_bytes(&w->head, w->ctx, len, err);
	if (!st)
		st = ota_source_pread(w->src, w->head, len, 0, err);
	if (!st)
		st = hash_bytes(
			&now, w->ctx, w->digest.alg, w->head, HEADER_LEN + w->h.manifest_len, err);
	if (!st && !digest_equal(&now, &w->digest))
		st = ota_fail(err, OTA_E_CHANGED, "the package changed while it was checked");
	return st;
}

/* Only bytes that were hashed leave: the file may have changed since the check. */
ota_status work_copy(ota_sink *dst, const struct work *w, const struct buf *area, ota_err *err)
{
	const size_t len = HEADER_LEN + w->h.manifest_len;
	ota_status st;

	st = ota_sink_write(dst, w->head, len, err);
	if (!st)
		st = ota_sink_zeros(dst, w->h.sig_off - len, err);
	if (!st)
		st = ota_sink_write(dst, area->p, area->len, err);
	if (!st)
		st = pkg_copy_verified(dst, w->pkg, err);
	/* It was all good a moment ago. */
	if (st == OTA_UNTRUSTED || st == OTA_FORMAT)
		st = ota_fail(err, OTA_E_CHANGED, "the package changed while it was signed");
	return st;
}
