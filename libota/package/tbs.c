/* SPDX-License-Identifier: MIT */
#include <package/sigline.h>

void tbs_package(struct buf *out, const struct digest *d, uint64_t length, const char *alg,
	const char *keyid, uint64_t time, const char *comment)
{
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, d);
	buf_printf(out,
		"otap-tbs-v1\ntype:package\nalg:%s\nkey:%s\nhash:%s\ndigest:%s\nlength:%llu\n"
		"time:%llu\ncomment:%s\n",
		alg, keyid, hash_name(d->alg), hex, (unsigned long long)length,
		(unsigned long long)time, comment);
}
