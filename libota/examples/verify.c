/* SPDX-License-Identifier: MIT */
/* verify PKG PUB: exit 0 only if PKG is whole and signed by the key in PUB. */
#include <stdio.h>

#include <ota/package.h>

int main(int argc, char **argv)
{
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = NULL;
	ota_source *src = NULL, *pub = NULL;
	ota_key *key = NULL;
	ota_trust *trust = NULL;
	ota_pkg *pkg = NULL;
	char line[OTA_LINE_MAX + 1];
	ota_status st;

	if (argc != 3) {
		fprintf(stderr, "usage: verify PKG PUB\n");
		return 2;
	}
	st = ota_ctx_new(&ctx, NULL, &err);
	if (!st)
		st = ota_source_file(&pub, ctx, argv[2], &err);
	if (!st)
		st = ota_key_read(&key, ctx, pub, &err);
	if (!st)
		st = ota_trust_from_key(&trust, ctx, key, false, &err);
	if (!st)
		st = ota_source_file(&src, ctx, argv[1], &err);
	if (!st)
		st = ota_pkg_open(&pkg, ctx, src, trust, NULL, &err);
	if (!st)
		st = ota_pkg_verify(pkg, NULL, NULL, &err);
	if (st) {
		ota_err_line(line, &err, NULL);
		fprintf(stderr, "%s\n%s\n", line, err.msg);
	} else {
		printf("authentic, signed by %s\n", ota_pkg_signer_at(pkg, 0));
	}
	ota_pkg_free(pkg);
	ota_source_close(src);
	ota_trust_free(trust);
	ota_key_free(key);
	ota_source_close(pub);
	ota_ctx_free(ctx);
	return st ? 1 : 0;
}
