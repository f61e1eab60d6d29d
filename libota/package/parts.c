/* SPDX-License-Identifier: MIT */
/* What each byte of a package is for: everything here is derived, as the offsets are. */
#include <stdio.h>

#include <base/num.h>
#include <codec/codec.h>

#include <package/header.h>
#include <package/pkg.h>
#include <package/table.h>

struct walk {
	ota_part_fn *fn;
	void *arg;
	uint64_t at;
	ota_status st;
	ota_err *err;
};

/* From where the last part ended to end; nothing of no length. */
static void put(struct walk *w, ota_part_kind kind, uint64_t end, uint32_t section)
{
	const ota_part part = {sizeof(part), kind, section, w->at, end - w->at};

	if (!w->st && end > w->at)
		w->st = w->fn(w->arg, &part, w->err);
	w->at = end;
}

static void put_tables(struct walk *w, const ota_pkg *pkg)
{
	uint64_t tables = pkg->head.at.tab_off;

	for (uint32_t i = 0; i < pkg->m->section_count; i++) {
		const struct section_info *info = &pkg->infos[i];

		if (!info->absent)
			put(w, OTA_PART_TABLE, tables + info->table_off + info->table_len, i);
	}
}

static void put_data(struct walk *w, const ota_pkg *pkg)
{
	for (uint32_t i = 0; i < pkg->m->section_count; i++) {
		const struct section_info *info = &pkg->infos[i];

		if (info->absent || info->end == info->off)
			continue;
		put(w, OTA_PART_PAD, info->off, 0);
		put(w, OTA_PART_DATA, info->end, i);
	}
}

ota_status ota_pkg_each_part(const ota_pkg *pkg, ota_part_fn *fn, void *arg, ota_err *err)
{
	const struct place *at = &pkg->head.at;
	struct walk w = {.fn = fn, .arg = arg, .err = err};

	put(&w, OTA_PART_SLICE_HEADER, at->base, 0);
	put(&w, OTA_PART_HEADER, at->base + HEADER_LEN, 0);
	put(&w, OTA_PART_MANIFEST, at->base + pkg->head.len, 0);
	put(&w, OTA_PART_PAD, at->sig_off, 0);
	put(&w, OTA_PART_SIGNATURES, at->sig_off + pkg->head.sig_used, 0);
	put(&w, OTA_PART_RESERVE, at->sig_off + at->sig_len, 0);
	put_tables(&w, pkg);
	put(&w, OTA_PART_PAD, at->data_off, 0);
	if (ota_pkg_form(pkg) != OTA_FORM_HEAD)
		put_data(&w, pkg);
	return w.st;
}

bool ota_pkg_owner(ota_owner *out, const ota_pkg *pkg, uint32_t section)
{
	const struct section_info *info;

	if (section >= pkg->m->section_count)
		return false;
	info = &pkg->infos[section];
	*out = (ota_owner){.size = sizeof(*out), .variant = -1};
	out->codec = codec_by_id(pkg->m->sections[section].compression)->name;
	if (info->attachment != NULL) {
		out->attachment = info->attachment->name;
		return true;
	}
	out->component = info->component->name;
	if (info->component->variant_count > 0)
		out->variant = (int)info->component->variant;
	out->payload = u32_of_u64((uint64_t)(info->payload - info->component->payloads));
	out->kind = info->delta ? "delta" : "full";
	if (info->delta) {
		out->codec = payload_codec(info->payload);
		out->source = info->payload->source->hash;
	}
	return true;
}

void ota_owner_text(char out[OTA_OWNER_MAX], const ota_owner *owner)
{
	char variant[32] = "";

	if (owner->attachment != NULL) {
		snprintf(out, OTA_OWNER_MAX, "attachment %.64s", owner->attachment);
		return;
	}
	if (owner->variant >= 0)
		snprintf(variant, sizeof(variant), " variant %d", owner->variant);
	snprintf(out, OTA_OWNER_MAX, "%.64s%s, %s %.64s%s%.12s", owner->component, variant,
		owner->kind, owner->codec, owner->source != NULL ? " from " : "",
		owner->source != NULL ? owner->source : "");
}

ota_status ota_pkg_each_chunk(
	ota_pkg *pkg, uint32_t section, ota_chunk_fn *fn, void *arg, ota_err *err)
{
	const struct section_info *info;
	ota_chunk out = {.size = sizeof(out)};
	struct chunk c;
	ota_status st;

	if (section >= pkg->m->section_count)
		return ota_fail(err, OTA_E_ARGUMENT, "there is no section %u; the package has %zu",
			section, pkg->m->section_count);
	info = &pkg->infos[section];
	if (info->absent)
		return ota_fail(
			err, OTA_E_NOT_IN_SLICE, "section %u is not in this slice", section);
	pkg->extent = OTA_EXTENT_HEAD;
	st = tables_load(pkg, err);
	out.off = info->off;
	for (; !st && out.index < pkg->m->sections[section].chunks; out.index++) {
		st = chunk_parse(&c, pkg->tables + info->table_off + out.index * info->entry_len,
			info->entry_len, &pkg->m->sections[section], pkg->head.h.hash_alg,
			out.index, info->delta, err);
		if (st)
			break;
		out.stored_len = c.stored_len;
		out.raw_len = c.raw_len;
		out.flags = c.flags;
		out.hash = c.stored.b;
		out.hash_len = c.stored.len;
		out.raw_hash = c.raw.len > 0 ? c.raw.b : NULL;
		st = fn(arg, &out, err);
		out.off += c.stored_len;
	}
	return st;
}

size_t ota_pkg_sig_count(const ota_pkg *pkg)
{
	return pkg->head.sig_count;
}

bool ota_pkg_sig_at(ota_sigline *out, const ota_pkg *pkg, size_t index)
{
	const struct sigline *s;

	if (index >= pkg->head.sig_count)
		return false;
	s = &pkg->head.sigs[index];
	*out = (ota_sigline){sizeof(*out), s->alg, s->keyid, s->comment, s->time, s->sig,
		s->sig_len, (pkg->good >> index & 1U) != 0};
	return true;
}

bool ota_pkg_sigarea_ok(const ota_pkg *pkg)
{
	return pkg->head.sig_err.id == OTA_E_NONE;
}

const uint8_t *ota_pkg_manifest_bytes(const ota_pkg *pkg, size_t *len)
{
	*len = pkg->head.h.manifest_len;
	return pkg->head.bytes + HEADER_LEN;
}
