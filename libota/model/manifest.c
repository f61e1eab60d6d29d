/* SPDX-License-Identifier: MIT */
#include <model/check.h>

#include <inttypes.h>
#include <string.h>

enum hash_alg manifest_hash_alg(const ota_manifest *m)
{
	static const enum hash_alg algs[] = {HASH_SHA256, HASH_SHA512, HASH_SHA3_256};

	return algs[m->hash];
}

const struct manifest_component *manifest_component(const ota_manifest *m, const char *name)
{
	for (size_t i = 0; i < m->component_count; i++)
		if (strcmp(m->components[i].name, name) == 0)
			return &m->components[i];
	return NULL;
}

const char *payload_codec(const struct manifest_payload *p)
{
	return p->codec != NULL ? p->codec : CODEC_DEFAULT;
}

const struct manifest_attachment *manifest_attachment(const ota_manifest *m, const char *name)
{
	for (size_t i = 0; i < m->attachment_count; i++)
		if (strcmp(m->attachments[i].name, name) == 0)
			return &m->attachments[i];
	return NULL;
}

bool attachment_for_device(const struct manifest_attachment *a)
{
	return a->role == ROLE_HOOK || a->role == ROLE_BOOT_DOC;
}

ota_status manifest_new(ota_manifest **out, const ota_ctx *ctx, ota_err *err)
{
	ota_manifest *m = NULL;
	ota_status st = MEM_NEW(&m, ctx, err);

	if (st)
		return st;
	arena_init(&m->arena, ctx);
	*out = m;
	return OTA_OK;
}

void manifest_free(ota_manifest *m)
{
	const ota_ctx *ctx;

	if (m == NULL)
		return;
	ctx = m->arena.ctx;
	arena_fini(&m->arena);
	mem_free(ctx, m);
}

/* What its values say together; nothing of what could not be read. */
static ota_status relate(struct check *c, ota_manifest *m)
{
	bool source = c->form == SCHEMA_SOURCE;
	ota_status st = variants_flatten(c, m);

	if (st || (c->finds.st && !source))
		return st ? st : c->finds.st;
	if (source)
		steps_fill(m);
	st = steps_finish(m, c->finds.err);
	if (st)
		return st;
	manifest_check(c, m);
	return c->finds.st ? c->finds.st : ota_report_status(c->finds.rep, c->finds.err);
}

/* Of a later version nothing is known, not even what is wrong. */
static bool is_later(const struct doc *root)
{
	const struct doc *spec = check_node(root, "spec");

	return spec != NULL && spec->s != NULL && strcmp(spec->s, "1.0") != 0;
}

/* The first finding decides; of a source all the others are told too. */
ota_status manifest_from_doc(ota_manifest *m, struct doc *root, enum schema_form form,
	const char *name, ota_report *rep, ota_err *err)
{
	struct check c = {.form = form, .finds = {.name = name, .rep = rep, .err = err}};
	bool source = form == SCHEMA_SOURCE;
	ota_err later = OTA_ERR_INIT, *tell = err;
	ota_status st, first;

	m->doc = root;
	check_gate(&c, root, "otap-manifest");
	first = c.finds.st;
	if (first && (!source || is_later(root)))
		return first;
	tell = first ? &later : err;
	st = schema_read(m, &manifest_schema, root, &m->arena, form, name, &c.unread, rep, tell);
	if (st == OTA_NOMEM || (st && !source))
		return st;
	first = first ? first : st;
	tell = first ? &later : err;
	c.finds = (struct finds){.name = name, .rep = rep, .err = tell};
	st = relate(&c, m);
	if (st == OTA_NOMEM && first && err != NULL)
		*err = later;
	return first && st != OTA_NOMEM ? first : st;
}

/*
 * One meaning, one form: whatever is read must be what would be written. This
 * covers what no single check does, such as an explicit default sequence.
 */
static ota_status expect_same(
	const ota_manifest *m, const uint8_t *p, size_t len, ota_report *rep, ota_err *err)
{
	struct check c = {.form = SCHEMA_CANON, .finds = {"manifest", rep, err, OTA_OK, 0}};
	struct doc at = {.off = 0};
	struct buf b;
	ota_status st;

	buf_init(&b, m->arena.ctx);
	st = manifest_write(&b, m, err);
	if (st)
		goto out;
	while (at.off < len && at.off < b.len && p[at.off] == b.p[at.off])
		at.off++;
	if (at.off < len || at.off < b.len)
		check_find(&c, OTA_E_MANIFEST, &at, NULL,
			"not in its one form: from byte %" PRIu64 " it would be written otherwise",
			at.off);
	st = c.finds.st;
out:
	buf_fini(&b);
	return st;
}

ota_status manifest_parse(ota_manifest **out, struct doc **root, const ota_ctx *ctx,
	const uint8_t *p, size_t len, ota_err *err)
{
	ota_manifest *m = NULL;
	ota_status st;

	st = manifest_new(&m, ctx, err);
	if (st)
		return st;
	st = json_read_canonical(root, &m->arena, p, len, err);
	if (st) {
		manifest_free(m);
		return st;
	}
	*out = m;
	return OTA_OK;
}

ota_status manifest_judge(ota_manifest *m, struct doc *root, const uint8_t *p, size_t len,
	ota_report *rep, ota_err *err)
{
	ota_status st = manifest_from_doc(m, root, SCHEMA_CANON, "manifest", rep, err);

	return st ? st : expect_same(m, p, len, rep, err);
}

ota_status manifest_read(ota_manifest **out, const ota_ctx *ctx, const uint8_t *p, size_t len,
	ota_report *rep, ota_err *err)
{
	ota_manifest *m = NULL;
	struct doc *root = NULL;
	ota_status st = manifest_parse(&m, &root, ctx, p, len, err);

	if (!st)
		st = manifest_judge(m, root, p, len, rep, err);
	if (st) {
		manifest_free(m);
		return st;
	}
	*out = m;
	return OTA_OK;
}

ota_status manifest_write(struct buf *out, const ota_manifest *m, ota_err *err)
{
	ota_manifest bare = *m;
	struct arena a;
	struct doc *d = NULL;
	ota_status st;

	if (m->steps_default)
		bare.step_count = 0;
	arena_init(&a, m->arena.ctx);
	st = variants_group(&bare, &a, err);
	if (!st)
		st = schema_write(&d, &a, &manifest_schema, &bare, err);
	if (!st)
		st = json_write(out, d, err);
	arena_fini(&a);
	return st;
}
