/* SPDX-License-Identifier: MIT */
#include <device/slot.h>

#include <inttypes.h>
#include <string.h>

#include <base/crc32.h>
#include <base/mem.h>
#include <base/num.h>
#include <base/rd.h>
#include <base/wr.h>
#include <crypto/hash.h>
#include <model/devfile.h>
#include <package/header.h>
#include <package/pkg.h>

#define META_HEAD    64U
#define META_VERSION 1U

static const char meta_magic[4] = {'O', 'T', 'S', 'M'};

struct meta_head {
	uint32_t head_len; /* HEADER + MANIFEST */
	uint32_t sig_len;  /* SIGAREA */
	uint32_t body_crc;
};

/* ---- images ---- */

ota_status slot_image(
	ota_flash **out, const ota_dev *dev, unsigned slot, const char *component, ota_err *err)
{
	ota_status st;

	st = dev->port->ops->flash(dev->port, OTA_REGION_IMAGE, slot, component, out, err);
	if (st)
		return st;
	return flash_check(*out, err);
}

ota_status slot_image_verify(const ota_dev *dev, unsigned slot, const ota_manifest *m,
	const struct manifest_component *c, ota_err *err)
{
	enum hash_alg alg = manifest_hash_alg(m);
	struct digest want, got;
	ota_flash *f = NULL;
	ota_status st = slot_image(&f, dev, slot, c->name, err);

	if (st)
		return st;
	if (c->target.size > f->geometry.size)
		return ota_fail(err, OTA_E_HASH_TARGET,
			"slot %u: %s has %" PRIu64 " bytes, the slot only %" PRIu64, slot, c->name,
			c->target.size, f->geometry.size);
	st = flash_hash(&got, dev->ctx, f, c->target.size, alg, err);
	if (st)
		return ota_err_in(err, st, "slot %u: %s", slot, c->name);
	if (!digest_parse(&want, alg, c->target.hash, strlen(c->target.hash)) ||
		!digest_equal(&want, &got))
		return ota_fail(err, OTA_E_HASH_TARGET,
			"slot %u: %s does not hash to its target %.16s…", slot, c->name,
			c->target.hash);
	return OTA_OK;
}

ota_status slot_images_verify(
	const ota_dev *dev, unsigned slot, const ota_manifest *m, ota_err *err)
{
	ota_status st = OTA_UNTRUSTED;

	for (size_t i = 0; i < m->component_count; i++) {
		st = slot_image_verify(dev, slot, m, &m->components[i], err);
		if (st)
			break;
	}
	return st;
}

/* ---- the metadata area ---- */

static ota_status meta_flash(ota_flash **out, const ota_dev *dev, unsigned slot, ota_err *err)
{
	ota_status st;

	st = dev->port->ops->flash(dev->port, OTA_REGION_META, slot, NULL, out, err);
	if (st)
		return st;
	return flash_check(*out, err);
}

ota_status slot_meta_erase(const ota_dev *dev, unsigned slot, ota_err *err)
{
	ota_flash *f = NULL;
	ota_status st = meta_flash(&f, dev, slot, err);

	if (!st)
		st = flash_erase(f, 0, f->geometry.size, err);
	if (!st)
		st = flash_sync(f, err);
	return st;
}

static uint64_t meta_len(const ota_header *h)
{
	return META_HEAD + (uint64_t)HEADER_LEN + h->manifest_len + h->sig_cap;
}

ota_status slot_meta_fits(const ota_dev *dev, unsigned slot, const ota_pkg *pkg, ota_err *err)
{
	uint64_t len = meta_len(ota_pkg_header(pkg));
	ota_flash *f = NULL;
	ota_status st = meta_flash(&f, dev, slot, err);

	if (st)
		return st;
	if (len > f->geometry.size)
		return ota_fail(err, OTA_E_SPACE,
			"manifest and signatures take %" PRIu64
			" bytes, the slot's metadata area has %" PRIu64,
			len, f->geometry.size);
	return OTA_OK;
}

static void meta_encode(uint8_t out[static META_HEAD], const struct meta_head *h)
{
	struct wr w;

	memset(out, 0, META_HEAD);
	wr_init(&w, out, META_HEAD);
	wr_bytes(&w, meta_magic, sizeof(meta_magic));
	wr_u16(&w, META_VERSION);
	wr_u16(&w, META_HEAD);
	wr_u32(&w, h->head_len);
	wr_u32(&w, h->sig_len);
	wr_u32(&w, h->body_crc);
	wr_zeros(&w, 40);
	wr_u32(&w, crc32_of(out, META_HEAD - 4));
}

static bool meta_decode(struct meta_head *h, const uint8_t p[static META_HEAD])
{
	const uint8_t *magic;
	struct rd r;
	bool ok;

	rd_init(&r, p, META_HEAD);
	magic = rd_bytes(&r, sizeof(meta_magic));
	ok = memcmp(magic, meta_magic, sizeof(meta_magic)) == 0;
	ok = rd_u16(&r) == META_VERSION && ok;
	ok = rd_u16(&r) == META_HEAD && ok;
	h->head_len = rd_u32(&r);
	h->sig_len = rd_u32(&r);
	h->body_crc = rd_u32(&r);
	ok = rd_zeros(&r, 40) && ok;
	ok = rd_u32(&r) == crc32_of(p, META_HEAD - 4) && ok;
	return ok && h->head_len > HEADER_LEN && h->head_len <= HEADER_LEN + MANIFEST_LEN_MAX &&
	       h->sig_len <= SIG_CAP_MAX;
}

/* HEADER + MANIFEST as they came, then the signature lines without the NULs behind them. */
static void put_body(struct buf *b, struct meta_head *h, const ota_pkg *pkg)
{
	const struct head *head = &pkg->head;
	size_t start = b->len;

	buf_put(b, head->bytes, head->len);
	h->head_len = u32_of_u64(head->len);
	for (size_t i = 0; i < head->sig_count; i++)
		sigline_write(b, &head->sigs[i]);
	if (b->failed)
		return;
	h->sig_len = u32_of_u64(b->len - start - head->len);
	h->body_crc = crc32_of(b->p + start, b->len - start);
}

ota_status slot_meta_write(const ota_dev *dev, unsigned slot, const ota_pkg *pkg, ota_err *err)
{
	struct meta_head h = {0};
	ota_flash *f = NULL;
	struct buf b;
	ota_status st = meta_flash(&f, dev, slot, err);

	if (st)
		return st;
	buf_init(&b, dev->ctx);
	buf_fill(&b, 0, META_HEAD);
	put_body(&b, &h, pkg);
	buf_fill(&b, f->geometry.erased, -b.len & (f->geometry.program_size - 1));
	st = buf_status(&b, err);
	if (st)
		goto out;
	meta_encode(b.p, &h);
	st = flash_program(f, b.p, b.len, 0, err);
	if (!st)
		st = flash_sync(f, err);
	if (!st)
		st = flash_compare(f, b.p, b.len, 0, err);
	st = ota_err_in(err, st, "slot %u: metadata", slot);
out:
	buf_fini(&b);
	return st;
}

/* The stored bytes after the head, whole by their CRC; what they say is judged by the caller. */
static ota_status read_body(
	uint8_t **out, struct meta_head *h, const ota_ctx *ctx, ota_flash *f, ota_err *err)
{
	uint8_t head[META_HEAD];
	uint8_t *p = NULL;
	uint64_t len;
	ota_status st;

	if (f->geometry.size < META_HEAD)
		return ota_fail(err, OTA_E_STATE, "the metadata area is too small");
	st = flash_read(f, head, META_HEAD, 0, err);
	if (st)
		return st;
	if (flash_is_erased(f, head, META_HEAD))
		return ota_fail(err, OTA_E_STATE, "the metadata area is empty");
	if (!meta_decode(h, head))
		return ota_fail(err, OTA_E_STATE, "the metadata area is damaged");
	len = (uint64_t)h->head_len + h->sig_len;
	if (len > f->geometry.size - META_HEAD)
		return ota_fail(err, OTA_E_STATE, "the metadata area is cut short");
	st = mem_new_bytes(&p, ctx, size_of_u64(len), err);
	if (!st)
		st = flash_read(f, p, size_of_u64(len), META_HEAD, err);
	if (!st && crc32_of(p, size_of_u64(len)) != h->body_crc)
		st = ota_fail(err, OTA_E_STATE, "the metadata area is damaged");
	if (st)
		mem_free(ctx, p);
	else
		*out = p;
	return st;
}

static ota_status parse_doc(struct slot_doc *out, const ota_ctx *ctx, const uint8_t *p,
	const struct meta_head *mh, ota_err *err)
{
	ota_header h = {.size = sizeof(h)};
	struct slot_doc doc = {0};
	ota_status st = header_parse(&h, p, HEADER_LEN, err);

	if (st)
		return st;
	if (h.manifest_len != mh->head_len - HEADER_LEN)
		return ota_fail(err, OTA_E_STATE, "the stored header does not fit its manifest");
	st = hash_bytes(&doc.digest, ctx, (enum hash_alg)h.hash_alg, p, mh->head_len, err);
	if (!st)
		st = manifest_read(&doc.m, ctx, p + HEADER_LEN, h.manifest_len, NULL, err);
	if (!st && manifest_hash_alg(doc.m) != doc.digest.alg)
		st = ota_fail(err, OTA_E_STATE, "stored header and manifest disagree on the hash");
	if (st)
		slot_doc_fini(&doc);
	else
		*out = doc;
	return st;
}

void slot_doc_fini(struct slot_doc *doc)
{
	manifest_free(doc->m);
	doc->m = NULL;
}

ota_status slot_doc_read(struct slot_doc *out, const ota_dev *dev, unsigned slot, ota_err *err)
{
	struct meta_head h = {0};
	ota_flash *f = NULL;
	uint8_t *p = NULL;
	ota_status st = meta_flash(&f, dev, slot, err);

	if (!st)
		st = read_body(&p, &h, dev->ctx, f, err);
	if (!st)
		st = parse_doc(out, dev->ctx, p, &h, err);
	if (!st) {
		st = manifest_resolve(out->m, &dev->d->facts, NULL, err);
		if (st)
			slot_doc_fini(out);
	}
	mem_free(dev->ctx, p);
	return ota_err_in(err, st, "slot %u", slot);
}

/* ---- the chain ---- */

static ota_status check_doc(
	const struct slot_doc *doc, const ota_dev *dev, const uint8_t *want, ota_err *err)
{
	uint8_t digest[OTA_DIGEST_MAX] = {0};
	uint32_t floor = 0;
	ota_status st;

	memcpy(digest, doc->digest.b, doc->digest.len);
	if (want != NULL && memcmp(digest, want, sizeof(digest)) != 0)
		return ota_fail(err, OTA_E_STATE,
			"the stored manifest is not that of the package that was installed");
	/* A device that was made up for an image pair takes its product from the package. */
	if (!dev->d->implied && strcmp(doc->m->product, dev->d->product) != 0)
		return ota_fail(err, OTA_E_PRODUCT, "it holds %s, the device is %s",
			doc->m->product, dev->d->product);
	st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &floor, err);
	if (st)
		return st;
	if (doc->m->security_counter < floor)
		return ota_fail(err, OTA_E_COUNTER,
			"its security counter %" PRIu64 " is below the fused floor %" PRIu32,
			doc->m->security_counter, floor);
	return OTA_OK;
}

ota_status slot_docs(
	struct slot_doc *out, const ota_dev *dev, unsigned slot, const uint8_t *want, ota_err *err)
{
	struct slot_doc doc = {0};
	ota_status st = slot_doc_read(&doc, dev, slot, err);

	if (st)
		return st;
	st = check_doc(&doc, dev, want, err);
	if (st) {
		slot_doc_fini(&doc);
		return ota_err_in(err, st, "slot %u", slot);
	}
	*out = doc;
	return OTA_OK;
}

ota_status slot_chain(
	struct slot_doc *out, const ota_dev *dev, unsigned slot, const uint8_t *want, ota_err *err)
{
	struct slot_doc doc = {0};
	ota_status st = slot_docs(&doc, dev, slot, want, err);

	if (st)
		return st;
	st = slot_images_verify(dev, slot, doc.m, err);
	if (st)
		slot_doc_fini(&doc);
	else
		*out = doc;
	return st;
}

bool slot_is_first(const struct bootctl_slot *s)
{
	return s->successful && mem_is_zero(s->digest, sizeof(s->digest));
}
