/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <crypto/hash.h>

#include <package/pkg.h>
#include <package/table.h>

static ota_status check_hash(const ota_pkg *pkg, const uint8_t *p, size_t len, const char *hex,
	const char *what, ota_err *err)
{
	enum hash_alg alg = pkg->head.h.hash_alg;
	struct digest want, found;
	ota_status st;

	if (!digest_parse(&want, alg, hex, strlen(hex)))
		return ota_fail(err, OTA_E_MANIFEST, "%s is not a %s value", what, hash_name(alg));
	st = hash_bytes(&found, pkg->ctx, alg, p, len, err);
	if (st)
		return st;
	if (!digest_equal(&want, &found))
		return ota_fail_at(err, OTA_E_HASH_TABLE, pkg->head.at.tab_off,
			"the chunk tables do not hash to the manifest's %s", what);
	return OTA_OK;
}

static ota_status check_entries(const ota_pkg *pkg, size_t i, const uint8_t *table,
	const struct digest *empty, ota_err *err)
{
	const struct manifest_section *s = &pkg->m->sections[i];
	const struct section_info *info = &pkg->infos[i];
	uint64_t stored = 0;
	uint64_t raw = 0;

	for (uint64_t k = 0; k < s->chunks; k++) {
		struct chunk c;
		ota_status st = chunk_parse(&c, table + k * info->entry_len, info->entry_len, s,
			pkg->head.h.hash_alg, k, info->delta, err);

		if (st)
			return st;
		if (c.flags == CHUNK_ZERO && !digest_equal(&c.stored, empty))
			return ota_fail(err, OTA_E_TABLE,
				"table entry of chunk %llu: a zero chunk with another hash than "
				"that of nothing",
				(unsigned long long)k);
		stored += c.stored_len;
		raw += c.raw_len;
	}
	if (stored != s->stored_size || raw != s->raw_size)
		return ota_fail(err, OTA_E_SUMS,
			"the chunks hold %llu bytes of %llu; the manifest says %llu of %llu",
			(unsigned long long)stored, (unsigned long long)raw,
			(unsigned long long)s->stored_size, (unsigned long long)s->raw_size);
	return OTA_OK;
}

static ota_status check_tables(const ota_pkg *pkg, const uint8_t *tables, ota_err *err)
{
	struct digest empty;
	ota_status st = OTA_OK;

	if (pkg->head.at.tab_len == pkg->head.h.tables_len)
		st = check_hash(pkg, tables, size_of_u64(pkg->head.h.tables_len),
			pkg->m->payload_hash, "payload_hash", err);
	if (!st)
		st = hash_bytes(&empty, pkg->ctx, pkg->head.h.hash_alg, "", 0, err);
	for (size_t i = 0; !st && i < pkg->m->section_count; i++) {
		const struct section_info *info = &pkg->infos[i];
		const uint8_t *table = tables + info->table_off;

		if (info->absent)
			continue;
		st = check_hash(pkg, table, info->table_len, pkg->m->sections[i].table_hash,
			"table_hash", err);
		if (!st)
			st = check_entries(pkg, i, table, &empty, err);
		if (st)
			st = ota_err_in(err, st, "section %zu", i);
	}
	return st;
}

/* First, because it names a partial download as what it is. */
static ota_status check_length(ota_pkg *pkg, ota_err *err)
{
	if (pkg->extent == OTA_EXTENT_PREFIX)
		return input_check_prefix(&pkg->in, err);
	return pkg->extent == OTA_EXTENT_WHOLE ? input_check_length(&pkg->in, err) : OTA_OK;
}

ota_status tables_load(ota_pkg *pkg, ota_err *err)
{
	const struct place *at = &pkg->head.at;
	size_t len = size_of_u64(at->tab_len);
	uint8_t *tables = NULL;
	ota_status st;

	if (pkg->tables != NULL)
		return OTA_OK;
	st = check_length(pkg, err);
	if (!st)
		st = mem_new_bytes(&tables, pkg->ctx, len, err);
	if (!st)
		st = input_read(&pkg->in, tables, len, at->tab_off, err);
	if (!st)
		st = check_tables(pkg, tables, err);
	if (!st)
		st = input_pad(&pkg->in, at->tab_off + len, at->data_off - at->tab_off - len, err);
	if (st) {
		mem_free(pkg->ctx, tables);
		return st;
	}
	pkg->tables = tables;
	return OTA_OK;
}
