/* SPDX-License-Identifier: MIT */
/* `make schemas`: the JSON Schemas of formats/schemas, from the tables that read and write. */
#include <stdio.h>
#include <string.h>

#include <base/buf.h>
#include <device/cloudevent.h>
#include <model/devfile.h>
#include <model/manifest.h>
#include <sign/policy.h>
#include <sim/history.h>

static const struct {
	const char *name;
	const struct schema *schema;
	enum schema_form form;
} schemas[] = {
	{"manifest-source", &manifest_schema, SCHEMA_SOURCE},
	{"manifest", &manifest_schema, SCHEMA_CANON},
	{"device", &devfile_schema, SCHEMA_SOURCE},
	{"sign-policy", &sign_policy_schema, SCHEMA_SOURCE},
	{"history", &history_schema, SCHEMA_CANON},
	{"event", &cloudevent_schema, SCHEMA_CANON},
};

static int write_file(const char *folder, const char *name, const struct buf *b)
{
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	f = fopen(path, "w");
	if (f == NULL) {
		perror(path);
		return 1;
	}
	n = fwrite(b->p, 1, b->len, f);
	return fclose(f) != 0 || n != b->len;
}

int main(int argc, char **argv)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	ota_ctx *ctx = NULL;
	int bad = argc != 2 || ota_ctx_new(&ctx, &cfg, NULL) != OTA_OK;

	for (size_t i = 0; !bad && i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		struct buf b;

		buf_init(&b, ctx);
		bad = schema_export(&b, schemas[i].schema, schemas[i].form, NULL) != OTA_OK ||
		      write_file(argv[1], schemas[i].name, &b);
		buf_fini(&b);
	}
	ota_ctx_free(ctx);
	return bad;
}
