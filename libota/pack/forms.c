/* SPDX-License-Identifier: MIT */
/* The two smaller forms of a package: its head, and a slice of it for one device. */
#include <ota/pack.h>

#include <string.h>

#include <base/buf.h>
#include <base/num.h>
#include <package/choose.h>
#include <package/header.h>
#include <package/match.h>
#include <package/pkg.h>
#include <package/pump.h>
#include <package/slice.h>

/* As they were read: the grammar has one form for one line. */
static ota_status put_lines(struct buf *b, const struct head *head, ota_err *err)
{
	if (head->sig_err.id != OTA_E_NONE)
		return ota_fail_at(err, OTA_E_SIG_SPOILED, head->sig_err.off,
			"the signatures cannot be read: sign the package anew");
	for (size_t i = 0; i < head->sig_count; i++)
		sigline_write(b, &head->sigs[i]);
	return OTA_OK;
}

ota_status ota_pkg_head(ota_sink *dst, ota_pkg *pkg, ota_err *err)
{
	const struct head *head = &pkg->head;
	const ota_header *h = &head->h;
	struct buf b;
	ota_status st;

	if (head->sliced)
		return ota_fail(err, OTA_E_FORM,
			"a slice has not all the tables that a head holds: take the package");
	buf_init(&b, pkg->ctx);
	buf_put(&b, head->bytes, head->len);
	buf_fill(&b, 0, size_of_u64(h->sig_off) - b.len);
	st = put_lines(&b, head, err);
	if (st)
		goto out;
	buf_fill(&b, 0, size_of_u64(h->tab_off) - b.len);
	pkg->extent = OTA_EXTENT_HEAD;
	st = tables_load(pkg, err);
	if (!st)
		st = input_check_head(&pkg->in, err);
	if (st)
		goto out;
	buf_put(&b, pkg->tables, size_of_u64(h->tables_len));
	buf_fill(&b, 0, size_of_u64(h->data_off) - b.len);
	st = buf_status(&b, err);
	if (!st)
		st = ota_sink_write(dst, b.p, b.len, err);
out:
	buf_fini(&b);
	return st;
}

/* ---- slices ---- */

struct cut {
	ota_pkg *pkg;
	const ota_slice_options *opt;
	struct slice slice;
	ota_slice_result res;
};

/* The hash that the device's image of this component has, NULL: not known. */
static ota_status known_hash(
	const char **hex, const struct cut *cut, const char *component, ota_err *err)
{
	const ota_manifest *from = cut->opt->from;
	const char *name = hash_name(cut->pkg->head.h.hash_alg);
	const struct manifest_component *c;
	size_t n = strlen(name);

	*hex = NULL;
	if (cut->opt->hash != NULL) {
		struct digest d;

		if (strncmp(cut->opt->hash, name, n) != 0 || cut->opt->hash[n] != ':' ||
			!digest_parse(&d, cut->pkg->head.h.hash_alg, cut->opt->hash + n + 1,
				strlen(cut->opt->hash + n + 1)))
			return ota_fail(err, OTA_E_ARGUMENT,
				"%s is not a hash of this package's kind: %s:<hex>", cut->opt->hash,
				name);
		*hex = cut->opt->hash + n + 1;
		return OTA_OK;
	}
	if (from == NULL || manifest_hash_alg(from) != cut->pkg->head.h.hash_alg)
		return OTA_OK;
	c = manifest_component(from, component);
	/* Which of several variants a device runs is not known here. */
	if (c != NULL && c->variant_count == 0)
		*hex = c->target.hash;
	return OTA_OK;
}

static void add(struct cut *cut, uint64_t section)
{
	slice_add(&cut->slice, size_of_u64(section));
	cut->res.data += cut->pkg->m->sections[section].stored_size;
}

/* What a device reads whatever it runs. */
static void add_attachments(struct cut *cut)
{
	const ota_manifest *m = cut->pkg->m;

	for (size_t i = 0; i < m->section_count; i++) {
		const struct section_info *info = &cut->pkg->infos[i];

		if (info->attachment != NULL && attachment_for_device(info->attachment))
			add(cut, i);
	}
}

static ota_status choose(
	struct cut *cut, const struct manifest_component *c, ota_report *rep, ota_err *err)
{
	struct choose_input in = {.c = c, .have_source = true};
	const struct manifest_payload *p;
	const char *hex = NULL;
	uint32_t index = 0;
	ota_status st = OTA_OK;

	/* It travels with the decision alone. */
	if (c->payloads[0].kind == PAYLOAD_PRESENT)
		return OTA_OK;
	for (size_t i = 0; i < c->payload_count; i++)
		if (cut->pkg->infos[c->payloads[i].section].absent)
			in.absent |= UINT64_C(1) << i;
	if (cut->opt->image != NULL)
		st = match_sources(&in.matches, cut->pkg, c, cut->opt->image, err);
	else
		st = known_hash(&hex, cut, c->name, err);
	if (!st && hex != NULL)
		in.matches = match_hash(c, hex);
	if (!st)
		st = choose_payload(&index, &in, rep, err);
	if (st)
		return st;
	p = &c->payloads[index];
	add(cut, p->section);
	cut->res.deltas += p->kind == PAYLOAD_DELTA;
	cut->res.fulls += p->kind == PAYLOAD_FULL;
	return OTA_OK;
}

/* All before the data. */
static ota_status front(struct buf *b, struct cut *cut, ota_err *err)
{
	const struct head *head = &cut->pkg->head;
	uint8_t first[SLICE_LEN];
	ota_status st;

	buf_fill(b, 0, SLICE_LEN);
	buf_put(b, head->bytes, head->len);
	st = put_lines(b, head, err);
	if (!st)
		st = buf_status(b, err);
	if (st)
		return st;
	cut->slice.sig_len = u32_of_u64(b->len - SLICE_LEN - head->len);
	slice_write(first, &cut->slice);
	memcpy(b->p, first, SLICE_LEN);
	for (size_t i = 0; i < cut->pkg->m->section_count; i++)
		if (slice_has(&cut->slice, i))
			buf_put(b, cut->pkg->tables + cut->pkg->infos[i].table_off,
				cut->pkg->infos[i].table_len);
	return buf_status(b, err);
}

/* Stored bytes, each chunk against its hash before it goes on. */
static ota_status copy_section(ota_sink *dst, ota_pkg *pkg, uint32_t section, ota_err *err)
{
	struct pump *pump = NULL;
	struct pump_chunk chunk;
	bool end = false;
	ota_status st = pump_new(&pump, pkg, section, false, err);

	while (!st && !end) {
		st = pump_next(pump, &chunk, &end, err);
		if (!st && !end)
			st = ota_sink_write(dst, chunk.stored, chunk.stored_len, err);
	}
	pump_free(pump);
	return st;
}

ota_status ota_pkg_slice(ota_sink *dst, ota_pkg *pkg, const ota_slice_options *opt,
	ota_slice_result *res, ota_report *rep, ota_err *err)
{
	struct cut cut = {.pkg = pkg, .opt = opt};
	struct buf b;
	ota_status st;

	buf_init(&b, pkg->ctx);
	st = tables_load(pkg, err);
	for (size_t i = 0; !st && i < pkg->m->component_count; i++)
		st = choose(&cut, &pkg->m->components[i], rep, err);
	if (!st)
		add_attachments(&cut);
	if (!st)
		st = front(&b, &cut, err);
	if (!st)
		st = ota_sink_write(dst, b.p, b.len, err);
	for (uint32_t i = 0; !st && i < pkg->m->section_count; i++)
		if (slice_has(&cut.slice, i))
			st = copy_section(dst, pkg, i, err);
	if (!st && res != NULL) {
		res->deltas = cut.res.deltas;
		res->fulls = cut.res.fulls;
		res->data = cut.res.data;
		res->length = b.len + cut.res.data;
	}
	buf_fini(&b);
	return st;
}
