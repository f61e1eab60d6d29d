/* SPDX-License-Identifier: MIT */
/* What attachments must fulfil beyond their table: V7, V11 and one place for the bytes. */
#include <model/check.h>

#include <stdio.h>
#include <string.h>

struct attachment_at {
	struct check *c;
	const ota_manifest *m;
	const struct manifest_attachment *a;
	const struct doc *doc;
	char place[40];
};

static void find(const struct attachment_at *at, const char *key, const char *text)
{
	const struct doc *node = check_node(at->doc, key);

	check_find(at->c, OTA_E_ATTACHMENT, node != NULL ? node : at->doc, at->place, "%s", text);
}

/* RFC 6838: what a media type is made of, without parameters. */
static bool media_type_ok(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
	size_t type = strspn(s, set), sub;

	if (type == 0 || s[type] != '/')
		return false;
	sub = strspn(s + type + 1, set);
	return sub > 0 && s[type + 1 + sub] == '\0';
}

static bool tagged_ok(const char *s)
{
	const char *colon = strchr(s, ':');
	char name[16] = "";
	struct digest d;
	enum hash_alg alg;

	if (colon == NULL || (size_t)(colon - s) >= sizeof(name))
		return false;
	memcpy(name, s, (size_t)(colon - s));
	alg = hash_by_name(name);
	return alg != HASH_NONE && digest_parse(&d, alg, colon + 1, strlen(colon + 1));
}

/* The bytes are here, or elsewhere under a hash that is signed; a device fetches nothing. */
static void check_place(const struct attachment_at *at)
{
	const struct manifest_attachment *a = at->a;
	bool here =
		at->c->form == SCHEMA_CANON ? a->section != MANIFEST_NO_SECTION : a->file != NULL;
	const char *key = at->c->form == SCHEMA_CANON ? "section" : "file";

	if (here == (a->uri != NULL)) {
		check_find(at->c, OTA_E_ATTACHMENT, at->doc, at->place, "expected either %s or uri",
			key);
		return;
	}
	if (here && (a->hash != NULL || a->size != STEP_NONE))
		find(at, a->hash != NULL ? "hash" : "size",
			"hash and size go with uri; what is in the package has them in its table");
	if (!here && (a->hash == NULL || a->size == STEP_NONE))
		find(at, "uri", "uri needs hash and size");
	if (!here && attachment_for_device(a))
		find(at, "uri", "hooks and boot documents stand in the package");
}

static void check_section(const struct attachment_at *at)
{
	const struct manifest_section *s;

	if (at->a->section == MANIFEST_NO_SECTION)
		return;
	if (at->a->section >= at->m->section_count) {
		find(at, "section", "there is no such section");
		return;
	}
	s = &at->m->sections[at->a->section];
	if (s->chunks != s->raw_size / s->chunk_size + (s->raw_size % s->chunk_size != 0))
		find(at, "section", "the chunks of its section do not go with its size");
}

static void check_attachment(const struct attachment_at *at)
{
	const struct manifest_attachment *a = at->a;

	if (check_read(at->c, (const char *const[]){"attachments.*.name", NULL}) &&
		manifest_attachment(at->m, a->name) != a)
		check_find(at->c, OTA_E_DUPLICATE, at->doc, at->place,
			"V11: an attachment %s stands before", a->name);
	if (a->media_type != NULL && !media_type_ok(a->media_type))
		find(at, "media_type", "expected type/subtype in lower case");
	if (a->hash != NULL && !tagged_ok(a->hash))
		find(at, "hash", "expected sha256:, sha512: or sha3-256: and lowercase hex");
	check_place(at);
	if (at->c->form == SCHEMA_CANON)
		check_section(at);
}

void attachments_check(struct check *c, const ota_manifest *m)
{
	const struct doc *list = check_node(m->doc, "attachments");
	struct attachment_at at = {.c = c, .m = m};

	for (size_t i = 0; i < m->attachment_count; i++) {
		at.a = &m->attachments[i];
		at.doc = check_item(list, i);
		snprintf(at.place, sizeof(at.place), "attachments.%zu", i);
		if (!unread_touches(c->unread, at.place))
			check_attachment(&at);
	}
}
