/* SPDX-License-Identifier: MIT */
#include "show_sbom.h"

#include "sbom.h"
#include "show_package.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	struct out *o;
	const char *package, *sbom;
	struct sbom_tally *t;
};

static void show_item(void *arg, const struct sbom_item *item)
{
	const struct listing *l = arg;

	if (l->t->find && fnmatch(l->t->find, item->name, 0))
		return;
	l->t->found++;
	out_row(l->o);
	out_str(l->o, "package", "Package", l->package);
	out_str(l->o, "sbom", "SBOM", l->sbom);
	out_str(l->o, "name", "Name", item->name);
	out_str(l->o, "version", "Version", item->version);
	out_str(l->o, "license", "License", item->license);
	out_str(l->o, "purl", "Purl", item->purl);
	out_end(l->o);
}

static ota_status list(struct cli *c, ota_pkg *pkg, const struct listing *l, ota_err *err)
{
	ota_sink *all = NULL;
	const uint8_t *p = NULL;
	size_t len = 0;
	ota_status st = ota_sink_memory(&all, c->ctx, err);

	if (!st)
		st = ota_pkg_write_attachment(all, pkg, l->sbom, NULL, err);
	if (!st)
		st = ota_sink_commit(all, err);
	if (!st) {
		ota_sink_memory_bytes(all, &p, &len);
		st = sbom_read(p, len, show_item, (void *)l, err);
	}
	ota_sink_close(all);
	return st ? ota_err_in(err, st, "%s: %s", l->package, l->sbom) : OTA_OK;
}

/* What is elsewhere is said and not fetched. */
static ota_status show_one(struct cli *c, ota_pkg *pkg, struct listing *l, size_t i, ota_err *err)
{
	const ota_manifest *m = ota_pkg_manifest(pkg);
	char *role = show_get(m, "attachments.%zu.role", i);
	char *name = show_get(m, "attachments.%zu.name", i);
	char *uri = show_get(m, "attachments.%zu.uri", i);
	ota_status st = OTA_OK;

	if (!role || !name || !uri)
		st = ota_fail_nomem(err);
	l->sbom = name;
	if (!st && !strcmp(role, "sbom")) {
		l->t->sboms++;
		if (*uri)
			ota_report_add(c->rep, &(ota_finding){.size = sizeof(ota_finding),
						       .outcome = OTA_WARN,
						       .off = OTA_NO_OFF,
						       .file = l->package,
						       .subject = name,
						       .text = "is elsewhere and was not looked at",
						       .found = uri});
		else
			st = list(c, pkg, l, err);
	}
	free(uri);
	free(name);
	free(role);
	return st;
}

ota_status show_sbom(
	struct cli *c, ota_pkg *pkg, const char *name, struct sbom_tally *t, ota_err *err)
{
	struct listing l = {c->out, name, NULL, t};
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < ota_manifest_count(ota_pkg_manifest(pkg), "attachments"); i++)
		st = show_one(c, pkg, &l, i, err);
	return st;
}

ota_status show_sbom_verdict(const struct sbom_tally *t, ota_err *err)
{
	if (t->sboms == 0)
		return ota_fail(err, OTA_E_NO_SBOM, "no SBOM is attached");
	if (t->find && t->found == 0)
		return ota_fail(err, OTA_E_NOT_LISTED, "no SBOM lists \"%s\"", t->find);
	return OTA_OK;
}
