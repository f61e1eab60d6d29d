/* SPDX-License-Identifier: MIT */
/* How blocks were compressed, and the virtual image in which they are expanded. */
#include <diff/deep_plan.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/par.h>

#include <string.h>

#define LEARN_FROM 6U /* blocks of a codec, the largest */

/* Accepts the bytes at p and nothing else. */
struct match {
	ota_sink base;
	const uint8_t *p;
	size_t left;
};

static ota_status match_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct match *m = (struct match *)s;

	if (len > m->left || memcmp(m->p, buf, len) != 0)
		return ota_fail(err, OTA_E_RECOMPRESS, "it gives other bytes");
	m->p += len;
	m->left -= len;
	return OTA_OK;
}

/* *yes: the coder makes the packed bytes from the plain ones. */
static ota_status reproduces(bool *yes, const struct deep_coder *c, const struct deep_finds *f,
	const struct deep_found *found, const uint8_t *plain, size_t len, ota_err *err)
{
	static const ota_sink_ops ops = {.size = sizeof(ops), .write = match_write};
	struct match m = {{&ops}, f->p + found->off, found->packed};
	ota_err none = OTA_ERR_INIT;
	ota_status st;

	st = repack_by_id(c->codec)->pack(&m.base, f->ctx, c->how, plain, len, &none);
	*yes = !st && m.left == 0;
	if (st && st != OTA_UNSUPPORTED && err != NULL)
		*err = none;
	return st == OTA_UNSUPPORTED ? OTA_OK : st;
}

/* out: found->plain bytes, of which *made. OTA_FORMAT: it is no block after all. */
static ota_status expand(uint8_t *out, size_t *made, const struct deep_finds *f,
	const struct deep_found *found, ota_err *err)
{
	size_t used = 0;
	ota_status st;

	st = repack_by_id(found->codec)
		     ->expand(f->ctx, out, found->plain, made, f->p + found->off, found->packed,
			     &used, err);
	if (!st && used != found->packed)
		st = ota_fail(err, OTA_E_PATCH, "a block has another length");
	return st;
}

/* ---- learning ---- */

static ota_status try_coders(const struct deep_coders *coders, const struct deep_finds *f,
	struct deep_found *found, const uint8_t *plain, size_t len, ota_err *err)
{
	ota_status st = OTA_OK;
	bool yes = false;

	for (size_t i = 0; !st && i < coders->n; i++) {
		if (coders->at[i].codec != found->codec)
			continue;
		st = reproduces(&yes, &coders->at[i], f, found, plain, len, err);
		if (yes) {
			found->coder = u32_of_u64(i);
			break;
		}
	}
	return st;
}

static ota_status learn(struct deep_coders *coders, const struct deep_finds *f,
	struct deep_found *found, const uint8_t *plain, size_t len, ota_err *err)
{
	struct deep_coder c = {.codec = (uint8_t)found->codec};
	ota_status st = try_coders(coders, f, found, plain, len, err);
	bool yes = false;

	for (unsigned i = 0; !st && !yes && found->coder == DEEP_NO_CODER; i++) {
		if (!repack_by_id(c.codec)->guess(c.how, i, f->p + found->off, found->packed))
			break;
		st = reproduces(&yes, &c, f, found, plain, len, err);
	}
	if (yes && coders->n < DEEP_CODERS) {
		found->coder = u32_of_u64(coders->n);
		coders->at[coders->n++] = c;
	}
	return st;
}

static struct deep_found *largest(
	struct deep_finds *f, unsigned codec, uint32_t below, size_t *from)
{
	struct deep_found *best = NULL;

	for (size_t i = 0; i < f->n; i++) {
		struct deep_found *x = &f->at[i];
		bool later = x->packed == below && i >= *from;

		if (x->codec != codec || (x->packed >= below && !later))
			continue;
		if (best == NULL || x->packed > best->packed)
			best = x;
	}
	if (best != NULL)
		*from = (size_t)(best - f->at) + 1;
	return best;
}

static ota_status learn_codec(
	struct deep_coders *coders, struct deep_finds *f, unsigned codec, ota_err *err)
{
	struct deep_found *found = NULL;
	ota_status st = OTA_OK;
	size_t from = 0, made;

	for (unsigned i = 0; !st && i < LEARN_FROM; i++) {
		uint8_t *plain = NULL;

		found = largest(f, codec, found != NULL ? found->packed : UINT32_MAX, &from);
		if (found == NULL)
			break;
		st = mem_new_bytes(&plain, f->ctx, (size_t)found->plain + 1, err);
		if (!st)
			st = expand(plain, &made, f, found, err);
		if (!st)
			st = learn(coders, f, found, plain, made, err);
		mem_free(f->ctx, plain);
		st = st == OTA_FORMAT ? OTA_OK : st;
	}
	return st;
}

ota_status deep_learn(struct deep_coders *coders, struct deep_finds *f, ota_err *err)
{
	ota_status st = OTA_OK;

	for (unsigned codec = REPACK_DEFLATE; !st && codec < REPACK_END; codec++)
		st = learn_codec(coders, f, codec, err);
	return st;
}

/* ---- expanding ---- */

struct expander {
	const struct deep_coders *coders;
	const struct deep_finds *f;
	bool packed;
};

struct job {
	struct deep_found found; /* coder: DEEP_NO_CODER if it stays as it is */
	uint8_t *plain;
	size_t cap, made;
};

static bool has_codec(const struct deep_coders *c, unsigned codec)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->at[i].codec == codec)
			return true;
	return false;
}

static ota_status job_feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	const struct expander *e = arg;
	struct job *j = slot;

	*end = i == e->f->n;
	if (*end)
		return OTA_OK;
	j->found = e->f->at[i];
	j->made = 0;
	if (j->cap > j->found.plain)
		return OTA_OK;
	mem_free(e->f->ctx, j->plain);
	j->plain = NULL;
	j->cap = (size_t)j->found.plain + 1;
	return mem_new_bytes(&j->plain, e->f->ctx, j->cap, err);
}

static ota_status job_work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct expander *e = arg;
	struct job *j = slot;
	ota_err none = OTA_ERR_INIT;
	ota_status st;

	(void)i;
	if (!has_codec(e->coders, j->found.codec))
		return OTA_OK;
	st = expand(j->plain, &j->made, e->f, &j->found, &none);
	if (!st && e->packed)
		j->found.coder = j->found.codec;
	else if (!st && j->found.coder == DEEP_NO_CODER)
		st = try_coders(e->coders, e->f, &j->found, j->plain, j->made, &none);
	if (st && st != OTA_FORMAT && err != NULL)
		*err = none;
	return st == OTA_FORMAT ? OTA_OK : st;
}

static void job_drop(void *arg, void *slot)
{
	const struct expander *e = arg;
	struct job *j = slot;

	mem_free(e->f->ctx, j->plain);
}

/* The block of a job behind what is there, *raw its end in the image. */
static void append(struct buf *out, struct buf *blocks, const struct expander *e,
	const struct job *j, uint64_t *raw)
{
	struct deep_block b = {.packed_at = j->found.off,
		.plain = u32_of_u64(j->made),
		.packed = j->found.packed,
		.coder = j->found.coder};

	if (j->found.coder == DEEP_NO_CODER || j->made == 0)
		return;
	buf_put(out, e->f->p + *raw, size_of_u64(j->found.off - *raw));
	b.at = out->len;
	buf_put(out, j->plain, j->made);
	buf_put(blocks, &b, sizeof(b));
	*raw = j->found.off + j->found.packed;
}

static uint64_t room_for_one(const struct deep_finds *f)
{
	uint64_t most = 1;

	for (size_t i = 0; i < f->n; i++)
		most = max_u64(most, f->at[i].plain);
	return 2 * most + ((uint64_t)16 << 20U);
}

ota_status deep_expand(struct buf *out, struct buf *blocks, const struct deep_coders *coders,
	const struct deep_finds *f, bool packed, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct job), job_feed, job_work, job_drop};
	struct expander e = {coders, f, packed};
	struct par *par = NULL;
	uint64_t raw = 0;
	ota_status st;

	st = par_new(&par, f->ctx, &ops, &e, par_slots(f->ctx, room_for_one(f)), err);
	while (!st) {
		void *slot = NULL;

		st = par_next(par, &slot, err);
		if (st || slot == NULL)
			break;
		append(out, blocks, &e, slot, &raw);
	}
	par_free(par);
	if (st)
		return st;
	buf_put(out, f->p + raw, f->len - size_of_u64(raw));
	st = buf_status(blocks, err);
	return st ? st : buf_status(out, err);
}
