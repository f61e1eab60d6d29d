/* SPDX-License-Identifier: MIT */
#include "with_root.h"

#include "with_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

ota_status root_load(ota_root **out, const struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, name, err);

	if (!st)
		st = ota_err_in(err, ota_root_read(out, c->ctx, src, err), "%s", name);
	ota_source_close(src);
	return st;
}

ota_status root_next(void *arg, uint64_t version, ota_source **out, ota_err *err)
{
	const struct root_dir *d = arg;
	struct stat info;
	char path[4096];

	*out = NULL;
	if ((size_t)snprintf(path, sizeof(path), "%s/%" PRIu64 ".root.json", d->path, version) >=
		sizeof(path))
		return ota_fail(err, OTA_E_ARGUMENT, "the path of %s is too long", d->path);
	/* Only what is not there ends the walk: what cannot be read must not hide a root. */
	if (stat(path, &info) && errno == ENOENT)
		return OTA_OK;
	return io_open(out, d->c, path, err);
}

/* ---- in words and JSON ---- */

static void show_key(struct out *o, const ota_root_key *k)
{
	char material[65] = "";

	out_str(o, "keyid", "Key", k->keyid);
	if (k->scheme)
		out_str(o, "scheme", "Scheme", k->scheme);
	else
		out_cell(o, "Scheme", "unknown here");
	if (k->material) {
		ota_hex(material, k->material, 32);
		out_str(o, "material", NULL, material);
	}
	out_bool(o, "revoked", NULL, k->revoked);
	out_bool(o, "test_only", NULL, k->test);
	out_str(o, "name", NULL, k->name);
	out_cell(o, "Name",
		k->revoked ? "REVOKED"
		: k->test  ? "TEST-ONLY"
		: k->name  ? k->name
			   : "-");
}

static void show_roles(struct out *o, const ota_root *root)
{
	ota_root_role role = {.size = sizeof(role)};

	out_table(o, "roles", "Roles");
	for (size_t i = 0; ota_root_role_at(&role, root, i); i++) {
		out_row(o);
		out_str(o, "role", "Role", role.name);
		out_bool(o, "tuf", NULL, role.tuf);
		out_u64(o, "threshold", "Keys needed", role.threshold);
		out_u64(o, "keys", "Of", role.keys);
		out_end(o);
	}
	out_end(o);
}

static void show_keys(struct out *o, const ota_root *root)
{
	ota_root_role role = {.size = sizeof(role)};
	ota_root_key key = {.size = sizeof(key)};

	out_table(o, "keys", "Keys");
	for (size_t i = 0; ota_root_role_at(&role, root, i); i++)
		for (size_t k = 0; ota_root_key_of(&key, root, i, k); k++) {
			out_row(o);
			out_str(o, "role", "Role", role.name);
			show_key(o, &key);
			out_end(o);
		}
	out_end(o);
}

struct words {
	char text[512];
	size_t len;
};

static void add_word(struct words *w, const char *word)
{
	size_t room = sizeof(w->text) - w->len;
	int n = snprintf(w->text + w->len, room, "%s%s", w->len > 0 ? " " : "", word);

	w->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void show_grant(struct out *o, const ota_root *root, size_t i, const ota_root_grant *g)
{
	struct words products = {"", 0}, components = {"", 0}, roles = {"", 0}, may = {"", 0};
	const char *word;

	for (size_t k = 0; k < g->product_count; k++)
		add_word(&products, g->products[k]);
	for (size_t k = 0; k < g->component_count; k++)
		add_word(&components, g->components[k]);
	for (size_t k = 0; (word = ota_root_grant_role(root, i, k)) != NULL; k++)
		add_word(&roles, word);
	for (size_t k = 0; (word = ota_root_grant_power(root, i, k)) != NULL; k++)
		add_word(&may, word);
	out_row(o);
	out_u64(o, "grant", "No", i + 1);
	out_str(o, "products", "Products", products.text);
	out_str(o, "components", NULL, components.text);
	out_cell(o, "Components", components.len ? components.text : "all");
	out_str(o, "roles", "Roles, all of them", roles.text);
	out_str(o, "may", NULL, may.text);
	out_cell(o, "May", may.len ? may.text : "-");
	out_end(o);
}

static void show_policy(struct out *o, const ota_root *root)
{
	ota_root_grant grant = {.size = sizeof(grant)};
	const char *product;
	uint64_t value;

	out_bool(o, "x_ota", NULL, ota_root_extended(root));
	if (!ota_root_extended(root)) {
		out_cell(o, "Packages", "all, under the role targets; none of the powers");
		return;
	}
	out_table(o, "grants", "Packages: every line that matches must be met");
	for (size_t i = 0; ota_root_grant_at(&grant, root, i); i++)
		show_grant(o, root, i, &grant);
	out_end(o);
	out_table(o, "min_counter",
		ota_root_floor_at(&product, &value, root, 0) ? "Security counter at least" : NULL);
	for (size_t i = 0; ota_root_floor_at(&product, &value, root, i); i++) {
		out_row(o);
		out_str(o, "product", "Product", product);
		out_u64(o, "counter", "Counter", value);
		out_end(o);
	}
	out_end(o);
	out_u64(o, "revoked_keys", "Keys revoked", ota_root_revoked_keys(root));
	out_u64(o, "revoked_packages", "Packages revoked", ota_root_revoked_packages(root));
	out_str(o, "on_expiry", "When it has expired",
		ota_root_installs_expired(root) ? "install" : "refuse");
}

ota_status root_show(struct out *o, const ota_root *root, ota_err *err)
{
	char expires[OTA_TIME_LEN + 1];

	if (!ota_time_format(expires, ota_root_expires(root)))
		return ota_fail(err, OTA_E_ROOT, "the root expires in no year of four digits");
	out_object(o, "root", "Root");
	out_u64(o, "version", "Version", ota_root_version(root));
	out_str(o, "expires", "Expires", expires);
	show_roles(o, root);
	show_keys(o, root);
	show_policy(o, root);
	out_end(o);
	return OTA_OK;
}

void root_show_walk(struct out *o, const ota_report *rep)
{
	size_t n = 0;

	for (size_t i = 0; i < ota_report_count(rep); i++)
		n += ota_report_at(rep, i)->about == OTA_ABOUT_ROOT;
	if (n == 0)
		return;
	out_table(o, "walk", "Roots, one after the other");
	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *f = ota_report_at(rep, i);
		const ota_id_info *info = ota_id_find(f->id);

		if (f->about != OTA_ABOUT_ROOT)
			continue;
		out_row(o);
		out_u64(o, "version", "Version", f->step);
		out_bool(o, "accepted", NULL, f->outcome == OTA_PASS);
		out_cell(o, "Outcome", f->outcome == OTA_PASS ? "accepted" : "REFUSED");
		if (info)
			out_str(o, "id", NULL, info->name);
		out_cell(o, "Why", f->text ? f->text : f->subject);
		out_str(o, "text", NULL, f->text);
		out_end(o);
	}
	out_end(o);
}
