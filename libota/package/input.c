/* SPDX-License-Identifier: MIT */
#include <package/input.h>

#include <base/num.h>
#include <base/rd.h>
#include <base/source.h>

#define SKIP_BLOCK 4096U

typedef unsigned long long ull;

void input_init(struct input *in, ota_source *src)
{
	*in = (struct input){.src = src, .seek = ota_source_seekable(src)};
}

static ota_status truncated(ota_err *err, const struct input *in, uint64_t at)
{
	if (at == in->head_end && at > 0)
		return ota_fail_at(err, OTA_E_TRUNCATED, at,
			"truncated at byte %llu of %llu: this is the head of a package, without "
			"the payload; `verify --head` checks that much",
			(ull)at, (ull)in->total);
	if (in->total == 0)
		return ota_fail_at(err, OTA_E_TRUNCATED, at, "truncated at byte %llu", (ull)at);
	return ota_fail_at(err, OTA_E_TRUNCATED, at, "truncated at byte %llu of %llu", (ull)at,
		(ull)in->total);
}

static ota_status forward(struct input *in, void *buf, size_t cap, size_t *n, ota_err *err)
{
	ota_status st = ota_source_read(in->src, buf, cap, n, err);

	if (!st)
		in->pos += *n;
	return st;
}

ota_status input_start(struct input *in, uint8_t *buf, size_t cap, size_t *n, ota_err *err)
{
	uint64_t len = 0;
	ota_status st;

	if (!in->seek)
		return forward(in, buf, cap, n, err);
	st = ota_source_length(in->src, &len, err);
	if (st)
		return st;
	*n = size_of_u64(min_u64(cap, len));
	return ota_source_pread(in->src, buf, *n, 0, err);
}

static ota_status skip(struct input *in, uint64_t off, ota_err *err)
{
	uint8_t block[SKIP_BLOCK];

	if (off < in->pos)
		return ota_fail_at(err, OTA_E_SEEK, off,
			"byte %llu of the package is needed, but the pipe is past it: use a file",
			(ull)off);
	while (in->pos < off) {
		size_t n = 0;
		size_t want = size_of_u64(min_u64(sizeof(block), off - in->pos));
		ota_status st = forward(in, block, want, &n, err);

		if (st)
			return st;
		if (n < want)
			return truncated(err, in, in->pos);
	}
	return OTA_OK;
}

static ota_status seek_read(struct input *in, void *buf, size_t len, uint64_t off, ota_err *err)
{
	uint64_t size = 0;
	ota_status st = ota_source_pread(in->src, buf, len, off, err);

	if (!st || ota_source_length(in->src, &size, NULL) != OTA_OK || size >= off + len)
		return st;
	return truncated(err, in, size);
}

ota_status input_read(struct input *in, void *buf, size_t len, uint64_t off, ota_err *err)
{
	size_t n = 0;
	ota_status st;

	if (in->seek)
		return seek_read(in, buf, len, off, err);
	st = skip(in, off, err);
	if (st)
		return st;
	st = forward(in, buf, len, &n, err);
	if (st)
		return st;
	return n < len ? truncated(err, in, in->pos) : OTA_OK;
}

ota_status input_pad(struct input *in, uint64_t off, uint64_t len, ota_err *err)
{
	uint8_t block[SKIP_BLOCK];

	while (len > 0) {
		size_t n = size_of_u64(min_u64(sizeof(block), len));
		ota_status st = input_read(in, block, n, off, err);

		if (st)
			return st;
		if (!mem_is_zero(block, n))
			return ota_fail_at(err, OTA_E_PAD, off,
				"the padding at byte %llu is not zero", (ull)off);
		off += n;
		len -= n;
	}
	return OTA_OK;
}

static ota_status trailing(ota_err *err, const struct input *in, uint64_t len)
{
	return ota_fail_at(err, OTA_E_TRAILING, in->total,
		"%llu bytes follow the end of the package at byte %llu", (ull)(len - in->total),
		(ull)in->total);
}

/* Beyond total a pipe is not read: one byte more says it all. */
static ota_status drain(struct input *in, ota_err *err)
{
	uint8_t block[SKIP_BLOCK];
	size_t n = sizeof(block);
	ota_status st = OTA_OK;

	while (!st && n == sizeof(block) && in->pos <= in->total)
		st = forward(in, block, sizeof(block), &n, err);
	return st;
}

ota_status input_check_head(struct input *in, ota_err *err)
{
	uint64_t len = 0;
	ota_status st = in->seek ? ota_source_length(in->src, &len, err) : drain(in, err);

	if (st)
		return st;
	if (!in->seek)
		len = in->pos;
	if (len > in->total)
		return trailing(err, in, len);
	return len == in->head_end || len == in->total ? OTA_OK : truncated(err, in, len);
}

ota_status input_check_prefix(struct input *in, ota_err *err)
{
	uint64_t len = 0;
	ota_status st = in->seek ? ota_source_length(in->src, &len, err) : OTA_OK;

	return !st && len > in->total ? trailing(err, in, len) : st;
}

ota_status input_check_length(struct input *in, ota_err *err)
{
	uint64_t len = 0;
	ota_status st = input_check_prefix(in, err);

	if (st || !in->seek)
		return st;
	st = ota_source_length(in->src, &len, err);
	return !st && len < in->total ? truncated(err, in, len) : st;
}

ota_status input_end(struct input *in, ota_err *err)
{
	ota_status st = in->seek ? OTA_OK : source_expect_end(in->src, err);

	return st ? ota_err_in(err, st, "after byte %llu", (ull)in->total) : OTA_OK;
}
