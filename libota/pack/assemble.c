/* SPDX-License-Identifier: MIT */
#include <pack/build.h>

#include <string.h>

#include <ota/text.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>
#include <crypto/hash.h>
#include <package/header.h>
#include <package/layout.h>

#define ALIGN_PLAIN 3U
#define ALIGN_BLOCK 12U

/* What a device reads first stands first; what it skips stands last. */
static unsigned rank(const struct build *b, const struct piece *p)
{
	if (p->is_attachment)
		return attachment_for_device(&b->plan->m->attachments[p->attachment]) ? 0 : 3;
	return p->delta ? 1 : 2;
}

/* By rank, deltas by size, each in the manifest's order where these are equal. */
static bool before(const struct build *build, const struct piece *a, const struct piece *b)
{
	if (rank(build, a) != rank(build, b))
		return rank(build, a) < rank(build, b);
	if (a->delta && a->s.stored_size != b->s.stored_size)
		return a->s.stored_size < b->s.stored_size;
	return a < b;
}

static ota_status sort_pieces(struct build *b, ota_err *err)
{
	b->order = arena_array(&b->arena, b->piece_count, sizeof(b->order[0]));
	if (b->order == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < b->piece_count; i++) {
		struct piece *p = &b->pieces[i];
		size_t at = b->order_count;

		if (p->dropped)
			continue;
		for (; at > 0 && before(b, p, b->order[at - 1]); at--)
			b->order[at] = b->order[at - 1];
		b->order[at] = p;
		b->order_count++;
	}
	return OTA_OK;
}

static const char *hex_of(struct build *b, const struct digest *d)
{
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, d);
	return arena_strndup(&b->arena, hex, strlen(hex));
}

static ota_status hash_table(
	const char **out, struct build *b, const struct buf *table, ota_err *err)
{
	struct digest d;
	ota_status st = hash_bytes(&d, b->ctx, b->alg, table->p, table->len, err);

	if (st)
		return st;
	*out = hex_of(b, &d);
	return *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

static ota_status fill_sections(struct build *b, ota_err *err)
{
	struct manifest_section *s = arena_array(&b->arena, b->order_count, sizeof(s[0]));
	ota_status st = OTA_OK;

	if (s == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < b->order_count; i++) {
		const struct made_section *made = &b->order[i]->s;

		s[i].chunk_size = made->chunk_size;
		s[i].chunks = made->chunks;
		s[i].raw_size = made->raw_size;
		s[i].stored_size = made->stored_size;
		s[i].compression = made->compression;
		buf_put(&b->tables, made->table.p, made->table.len);
		st = hash_table(&s[i].table_hash, b, &made->table, err);
	}
	b->m.sections = s;
	b->m.section_count = b->order_count;
	if (!st)
		st = buf_status(&b->tables, err);
	if (!st)
		st = hash_table(&b->m.payload_hash, b, &b->tables, err);
	return st;
}

static ota_status fill_source(
	struct build *b, const struct piece *p, struct manifest_payload *out, ota_err *err)
{
	out->source = arena_alloc(&b->arena, sizeof(*out->source));
	if (out->source == NULL)
		return ota_fail_nomem(err);
	out->source->hash = hex_of(b, &p->source);
	out->source->size = b->plan->components[p->component].from[p->payload].size;
	out->source->version = b->plan->components[p->component].from[p->payload].version;
	return out->source->hash != NULL ? OTA_OK : ota_fail_nomem(err);
}

static size_t place_of(const struct build *b, const struct piece *p)
{
	size_t i = 0;

	while (b->order[i] != p)
		i++;
	return i;
}

static ota_status fill_payload(
	struct build *b, struct piece *p, struct manifest_component *c, ota_err *err)
{
	struct manifest_payload *out = &c->payloads[c->payload_count];

	*out = b->plan->m->components[p->component].payloads[p->payload];
	out->section = place_of(b, p);
	out->window = p->window;
	out->codec = p->codec;
	out->cost = p->s.stored_size;
	out->ram = payload_ram(&b->m, out, p->patcher);
	p->ram = out->ram;
	c->payload_count++;
	return p->delta ? fill_source(b, p, out, err) : OTA_OK;
}

static bool lost_all_deltas(const struct build *b, size_t component)
{
	bool lost = false;

	for (size_t k = 0; k < b->piece_count; k++) {
		const struct piece *p = &b->pieces[k];

		if (p->component != component || !p->delta)
			continue;
		if (!p->dropped)
			return false;
		lost = true;
	}
	return lost;
}

static ota_status fill_target(struct build *b, size_t i, ota_err *err)
{
	struct manifest_target *t = &b->m.components[i].target;

	t->hash = hex_of(b, &b->targets[i]);
	t->size = b->plan->components[i].image.size;
	return t->hash != NULL ? OTA_OK : ota_fail_nomem(err);
}

static ota_status fill_component(struct build *b, size_t i, ota_err *err)
{
	struct manifest_component *c = &b->m.components[i];
	ota_status st = OTA_OK;

	if (c->payloads[0].kind == PAYLOAD_PRESENT)
		return fill_target(b, i, err);
	c->payloads = arena_array(&b->arena, c->payload_count, sizeof(c->payloads[0]));
	c->payload_count = 0;
	if (c->payloads == NULL)
		return ota_fail_nomem(err);
	st = fill_target(b, i, err);
	for (size_t k = 0; !st && k < b->piece_count; k++) {
		if (b->pieces[k].is_attachment || b->pieces[k].component != i ||
			b->pieces[k].dropped)
			continue;
		st = fill_payload(b, &b->pieces[k], c, err);
	}
	if (!st && c->payload_count == 0)
		st = ota_fail(err, OTA_E_NO_FULL,
			"component %s: every delta was dropped and there is no full payload",
			c->name);
	if (!st && manifest_patched(&b->m, c->name) && lost_all_deltas(b, i))
		st = ota_fail(err, OTA_E_DELTA_LARGER,
			"component %s is written by patch, but every delta was dropped", c->name);
	if (!st && c->fallback == FALLBACK_FAIL && lost_all_deltas(b, i))
		st = ota_fail(err, OTA_E_DELTA_LARGER,
			"component %s says fallback: fail, but every delta was dropped", c->name);
	return st;
}

static uint64_t largest_payload(const struct manifest_component *c)
{
	uint64_t most = 0;

	for (size_t k = 0; k < c->payload_count; k++)
		most = max_u64(most, c->payloads[k].cost);
	return most;
}

/* A device takes one of the variants: the largest counts. */
static void fill_resources(struct build *b)
{
	struct manifest_resources *r = &b->m.resources;
	const struct manifest_component *c = b->m.components, *end = c + b->m.component_count;

	while (c < end) {
		uint64_t fetch = 0, write = 0;

		do {
			fetch = max_u64(fetch, largest_payload(c));
			write = max_u64(write, c->target.size);
			c++;
		} while (c < end && c->variant > 0);
		r->download_max += fetch;
		r->flash_write += write;
	}
}

static ota_status fill_attachments(struct build *b, ota_err *err)
{
	const ota_manifest *m = b->plan->m;
	struct manifest_attachment *a = arena_array(&b->arena, m->attachment_count, sizeof(a[0]));

	if (a == NULL)
		return ota_fail_nomem(err);
	if (m->attachment_count > 0)
		memcpy(a, m->attachments, m->attachment_count * sizeof(a[0]));
	for (size_t i = 0; i < b->piece_count; i++)
		if (b->pieces[i].is_attachment)
			a[b->pieces[i].attachment].section = place_of(b, &b->pieces[i]);
	b->m.attachments = a;
	return OTA_OK;
}

static ota_status fill_build(struct build *b, ota_err *err)
{
	const struct manifest_build *said = b->plan->m->build;

	if (b->plan->tools == NULL)
		return OTA_OK;
	b->m.build = arena_alloc(&b->arena, sizeof(*b->m.build));
	if (b->m.build == NULL)
		return ota_fail_nomem(err);
	*b->m.build = said != NULL ? *said : (struct manifest_build){0};
	b->m.build->tools = b->plan->tools;
	return OTA_OK;
}

static ota_status fill_manifest(struct build *b, ota_err *err)
{
	const ota_manifest *m = b->plan->m;
	ota_status st;

	b->m = *m;
	b->m.resources = (struct manifest_resources){0};
	if (b->m.created == OTA_TIME_NONE)
		b->m.created = b->plan->created;
	if (b->m.created != OTA_TIME_NONE && b->m.expires != OTA_TIME_NONE &&
		b->m.expires <= b->m.created)
		return ota_fail(err, OTA_E_RANGE, "it expires before it is created");
	b->m.components = arena_array(&b->arena, m->component_count, sizeof(m->components[0]));
	if (b->m.components == NULL)
		return ota_fail_nomem(err);
	memcpy(b->m.components, m->components, m->component_count * sizeof(m->components[0]));
	st = fill_build(b, err);
	if (!st)
		st = fill_sections(b, err);
	for (size_t i = 0; !st && i < m->component_count; i++)
		st = fill_component(b, i, err);
	if (!st)
		fill_resources(b);
	return st ? st : fill_attachments(b, err);
}

static bool has_plain_image(const struct build *b)
{
	for (size_t i = 0; i < b->order_count; i++)
		if (!b->order[i]->delta && !b->order[i]->is_attachment &&
			b->order[i]->s.compression == CODEC_NONE)
			return true;
	return false;
}

static uint64_t data_len(const struct build *b, uint64_t align)
{
	uint64_t len = 0;

	for (size_t i = 0; i < b->order_count; i++) {
		if (b->order[i]->s.stored_size > 0)
			len = (len + align - 1) & ~(align - 1);
		len += b->order[i]->s.stored_size;
	}
	return len;
}

/* resources.ram counts the manifest that it stands in: write until it holds. */
static ota_status write_manifest(struct build *b, struct buf *json, ota_err *err)
{
	uint64_t need = 0;
	ota_status st;

	do {
		b->m.resources.ram = need;
		buf_clear(json);
		st = manifest_write(json, &b->m, err);
		need = package_ram(&b->m, json->len, payload_ram_max(&b->m));
	} while (!st && need > b->m.resources.ram);
	if (!st && json->len > MANIFEST_LEN_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "the manifest has %zu bytes; the limit is %u",
			json->len, MANIFEST_LEN_MAX);
	return st;
}

static ota_status make_header(struct build *b, size_t manifest_len, ota_err *err)
{
	uint64_t sig_cap = b->m.signatures == 0 ? SIG_CAP_ROOMY : SIG_CAP_MIN;
	uint64_t align;

	b->h = (ota_header){.size = sizeof(b->h), .major = PACKAGE_MAJOR};
	b->h.align_log2 = has_plain_image(b) ? ALIGN_BLOCK : ALIGN_PLAIN;
	align = UINT64_C(1) << b->h.align_log2;
	b->h.hash_alg = lo8(b->alg);
	b->h.manifest_len = u32_of_u64(manifest_len);
	b->h.sig_cap = u32_of_u64((sig_cap + align - 1) & ~(align - 1));
	b->h.tables_len = b->tables.len;
	b->h.data_len = data_len(b, align);
	if (b->h.tables_len > TABLES_LEN_MAX || b->h.data_len > DATA_LEN_MAX ||
		!header_layout(&b->h))
		return ota_fail(err, OTA_E_LIMIT, "the package would be too large");
	return OTA_OK;
}

/* What a reader will refuse must not leave the packer. */
static ota_status read_back(struct build *b, ota_err *err)
{
	struct section_info *infos = arena_array(&b->arena, b->m.section_count, sizeof(infos[0]));
	ota_manifest *m = NULL;
	ota_header h;
	ota_status st;

	if (infos == NULL)
		return ota_fail_nomem(err);
	st = header_parse(&h, b->head.p, b->head.len, err);
	if (!st)
		st = manifest_read(&m, b->ctx, b->head.p + HEADER_LEN, h.manifest_len, NULL, err);
	if (!st)
		st = layout_sections(infos, m, &h, err);
	manifest_free(m);
	return st ? ota_err_in(err, st, "the package just made") : OTA_OK;
}

ota_status assemble(struct build *b, ota_err *err)
{
	uint8_t header[HEADER_LEN];
	struct buf json;
	ota_status st;

	buf_init(&json, b->ctx);
	b->order_count = 0;
	buf_clear(&b->tables);
	buf_clear(&b->head);
	st = sort_pieces(b, err);
	if (!st)
		st = fill_manifest(b, err);
	if (!st)
		st = write_manifest(b, &json, err);
	if (!st)
		st = make_header(b, json.len, err);
	if (st)
		goto out;
	header_write(header, &b->h);
	buf_put(&b->head, header, sizeof(header));
	buf_put(&b->head, json.p, json.len);
	st = buf_status(&b->head, err);
	if (!st)
		st = read_back(b, err);
out:
	buf_fini(&json);
	return st;
}
