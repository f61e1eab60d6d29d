/* SPDX-License-Identifier: MIT */
#include "with_edits.h"

#include "show_package.h"
#include "with_io.h"
#include "with_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(name, type, arg, help, member)                                                         \
	{                                                                                          \
		0, type, name, arg, help, offsetof(struct edit_opts, member), NULL                 \
	}
#define END                                                                                        \
	{                                                                                          \
		0, OPT_FLAG, NULL, NULL, NULL, 0, NULL                                             \
	}

static const struct opt first_rows[] = {
	ROW("root-key", OPT_LIST, "PUB", "a key that makes roots; may be repeated", root_key),
	ROW("release-key", OPT_LIST, "PUB", "a key that signs packages; may be repeated",
		release_key),
	ROW("role", OPT_LIST, "NAME=PUB", "a key of another role, such as qa, boot or stop", role),
	END,
};
const struct opt_group edits_first_group = {"Keys", first_rows};

static const struct opt change_rows[] = {
	ROW("add", OPT_LIST, "ROLE=PUB", "add a key to a role", add),
	ROW("remove", OPT_LIST, "ROLE=ID|PUB",
		"take a key out of a role, by the start of its id or its file", remove),
	ROW("revoke", OPT_LIST, "ID|PUB",
		"revoke a key for ever, by the start of its id, its file or its material id",
		revoke),
	ROW("revoke-package", OPT_LIST, "PKG|DIGEST", "revoke a package for ever", revoke_package),
	ROW("ungrant", OPT_LIST, "N", "drop line N of the grants, as `trust show` counts them",
		ungrant),
	END,
};
const struct opt_group edits_change_group = {"Changes", change_rows};

static const char *const expiry_choices[] = {"refuse", "install", NULL};
static const struct opt policy_rows[] = {
	ROW("threshold", OPT_LIST, "ROLE=N", "so many keys of the role must sign (default: 1)",
		threshold),
	ROW("grant", OPT_LIST, "GRANT",
		"PRODUCT,…[:COMPONENT,…]=ROLE,…[+POWER,…]: who signs what, all that match together",
		grant),
	ROW("min-counter", OPT_LIST, "PRODUCT=N", "refuse packages below this security counter",
		min_counter),
	ROW("step-base", OPT_LIST, "PRODUCT=N", "count the largest step from here at least",
		step_base),
	ROW("max-counter-step", OPT_NUMBER, "N", "how far a security counter may leap", max_step),
	ROW("expires", OPT_TIME, "TIME", "until when the root holds, such as +1y", expires),
	{0, OPT_TEXT, "on-expiry", "refuse|install", "what devices do under an expired root",
		offsetof(struct edit_opts, on_expiry), expiry_choices},
	END,
};
const struct opt_group edits_policy_group = {"Policy", policy_rows};

/* ---- words ---- */

static ota_status keep(char **out, struct edits *e, const char *text, size_t len, ota_err *err)
{
	char *word = strndup(text, len);

	if (!word)
		return ota_fail_nomem(err);
	e->owned[e->owned_count++] = word;
	*out = word;
	return OTA_OK;
}

/* NAME=REST, at the first `=`. */
static ota_status split(
	char **name, const char **rest, struct edits *e, const char *text, ota_err *err)
{
	const char *is = strchr(text, '=');

	if (!is || is == text || !is[1])
		return ota_fail(err, OTA_E_ARGUMENT, "'%s' is not of the form NAME=VALUE", text);
	*rest = is + 1;
	return keep(name, e, text, (size_t)(is - text), err);
}

static ota_root_edit *next(struct edits *e, ota_root_op op)
{
	e->v[e->n] = (ota_root_edit){.size = sizeof(ota_root_edit), .op = op};
	return &e->v[e->n++];
}

/* ---- one option each ---- */

static ota_status add_key(
	struct edits *e, const struct cli *c, const char *role, const char *pub, ota_err *err)
{
	ota_root_edit *edit;
	ota_key *key = NULL;
	ota_status st = key_read_public(&key, c, pub, err);

	if (st)
		return st;
	e->keys[e->key_count++] = key;
	edit = next(e, OTA_ROOT_ADD);
	edit->name = role;
	edit->key = key;
	return OTA_OK;
}

static ota_status add_keys(struct edits *e, const struct cli *c, const char *role,
	const struct opt_list *pubs, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < pubs->n; i++)
		st = add_key(e, c, role, pubs->v[i], err);
	return st;
}

static ota_status add_roles(
	struct edits *e, const struct cli *c, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < list->n; i++) {
		const char *pub = NULL;
		char *role = NULL;

		st = split(&role, &pub, e, list->v[i], err);
		if (!st)
			st = add_key(e, c, role, pub, err);
	}
	return st;
}

/* The start of an id as it is; anything else is a public key file, and its id is meant. */
static ota_status key_id(
	const char **out, struct edits *e, const struct cli *c, const char *text, ota_err *err)
{
	ota_key *key = NULL;
	ota_status st;

	*out = text;
	if (text[strspn(text, "0123456789abcdef")] == '\0')
		return OTA_OK;
	st = key_read_public(&key, c, text, err);
	if (st)
		return st;
	e->keys[e->key_count++] = key;
	*out = ota_key_id(key);
	return OTA_OK;
}

static ota_status add_removes(
	struct edits *e, const struct cli *c, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < list->n; i++) {
		ota_root_edit *edit = next(e, OTA_ROOT_REMOVE);
		const char *text = NULL;
		char *role = NULL;

		st = split(&role, &text, e, list->v[i], err);
		edit->name = role;
		if (!st)
			st = key_id(&edit->text, e, c, text, err);
	}
	return st;
}

static ota_status add_revokes(
	struct edits *e, const struct cli *c, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < list->n; i++)
		st = key_id(&next(e, OTA_ROOT_REVOKE)->text, e, c, list->v[i], err);
	return st;
}

static ota_status add_counts(
	struct edits *e, ota_root_op op, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < list->n; i++) {
		ota_root_edit *edit = next(e, op);
		const char *text = NULL;
		char *name = NULL;

		st = split(&name, &text, e, list->v[i], err);
		edit->name = name;
		if (!st && (!opt_u64(&edit->value, text) || edit->value > UINT32_MAX))
			st = ota_fail(err, OTA_E_ARGUMENT,
				"'%s': expected a whole number below 2^32", list->v[i]);
	}
	return st;
}

static ota_status add_ungrants(struct edits *e, const struct opt_list *list, ota_err *err)
{
	/* From the last: the numbers are those of before. */
	for (uint64_t n = OPT_LIST_MAX * 2; n > 0; n--)
		for (size_t i = 0; i < list->n; i++) {
			uint64_t value = 0;

			if (!opt_u64(&value, list->v[i]) || value < 1 || value > OPT_LIST_MAX * 2)
				return ota_fail(err, OTA_E_ARGUMENT,
					"--ungrant takes the number of a line, not '%s'",
					list->v[i]);
			if (value == n)
				next(e, OTA_ROOT_UNGRANT)->value = n;
		}
	return OTA_OK;
}

static ota_status add_revoked(
	struct edits *e, const struct cli *c, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < list->n; i++) {
		char *digest = NULL;

		st = edits_digest(&digest, c, list->v[i], err);
		if (st)
			break;
		e->owned[e->owned_count++] = digest;
		next(e, OTA_ROOT_REVOKE_PACKAGE)->text = digest;
	}
	return st;
}

static void add_rest(struct edits *e, const struct edit_opts *o)
{
	for (size_t i = 0; i < o->grant.n; i++)
		next(e, OTA_ROOT_GRANT)->text = o->grant.v[i];
	if (o->max_step.given)
		next(e, OTA_ROOT_MAX_STEP)->value = o->max_step.value;
	if (o->expires.given)
		next(e, OTA_ROOT_EXPIRES)->time = o->expires.value;
	if (o->on_expiry)
		next(e, OTA_ROOT_ON_EXPIRY)->text = o->on_expiry;
}

ota_status edits_open(
	struct edits *out, const struct cli *c, const struct edit_opts *o, ota_err *err)
{
	ota_status st = add_keys(out, c, "root", &o->root_key, err);

	if (!st)
		st = add_keys(out, c, "release", &o->release_key, err);
	if (!st)
		st = add_roles(out, c, &o->role, err);
	if (!st)
		st = add_roles(out, c, &o->add, err);
	if (!st)
		st = add_removes(out, c, &o->remove, err);
	if (!st)
		st = add_revokes(out, c, &o->revoke, err);
	if (!st)
		st = add_revoked(out, c, &o->revoke_package, err);
	if (!st)
		st = add_counts(out, OTA_ROOT_THRESHOLD, &o->threshold, err);
	if (!st)
		st = add_ungrants(out, &o->ungrant, err);
	if (!st)
		st = add_counts(out, OTA_ROOT_MIN_COUNTER, &o->min_counter, err);
	if (!st)
		st = add_counts(out, OTA_ROOT_STEP_BASE, &o->step_base, err);
	if (!st)
		add_rest(out, o);
	return st;
}

void edits_close(struct edits *e)
{
	for (size_t i = 0; i < e->owned_count; i++)
		free(e->owned[i]);
	for (size_t i = 0; i < e->key_count; i++)
		ota_key_free(e->keys[i]);
}

ota_status edits_digest(char **out, const struct cli *c, const char *name, ota_err *err)
{
	struct io_file in = {NULL, NULL};
	ota_peek *peek = NULL;
	char alg[16], hex[2 * OTA_DIGEST_MAX + 1];
	const uint8_t *d;
	size_t len = 0;
	ota_status st;

	if (!strncmp(name, "sha", 3) && strchr(name, ':')) {
		*out = strdup(name);
		return *out ? OTA_OK : ota_fail_nomem(err);
	}
	st = io_open_file(&in, c, name, err);
	if (!st)
		st = ota_err_in(err, ota_pkg_peek(&peek, c->ctx, in.src, NULL, err), "%s", name);
	if (!st) {
		d = ota_peek_digest(peek, &len);
		ota_hex(hex, d, len);
		*out = malloc(sizeof(alg) + sizeof(hex));
		if (*out)
			snprintf(*out, sizeof(alg) + sizeof(hex), "%s:%s",
				show_hash_name(ota_peek_manifest(peek), alg), hex);
		else
			st = ota_fail_nomem(err);
	}
	ota_peek_free(peek);
	io_close_file(&in);
	return st;
}
