/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/source.h>

#include <package/pkg.h>
#include <package/pump.h>

struct section_source {
	ota_source base;
	const ota_ctx *ctx;
	struct pump *pump;
	uint64_t raw_size;
	struct pump_chunk chunk; /* what is left of it */
	bool end;
};

static ota_status section_read(ota_source *src, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct section_source *s = (struct section_source *)src;
	uint8_t *out = buf;
	size_t done = 0;

	while (done < cap) {
		size_t take = min_size(cap - done, s->chunk.raw_len);

		if (take > 0) {
			memcpy(out + done, s->chunk.raw, take);
			s->chunk.raw += take;
			s->chunk.raw_len -= take;
			done += take;
			continue;
		}
		if (!s->end) {
			ota_status st = pump_next(s->pump, &s->chunk, &s->end, err);

			if (st)
				return st;
		}
		if (s->end)
			break;
	}
	*n = done;
	return OTA_OK;
}

static ota_status section_length(ota_source *src, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct section_source *)src)->raw_size;
	return OTA_OK;
}

static void section_close(ota_source *src)
{
	struct section_source *s = (struct section_source *)src;

	pump_free(s->pump);
	mem_free(s->ctx, s);
}

ota_status ota_pkg_section(ota_source **out, ota_pkg *pkg, uint32_t index, ota_err *err)
{
	static const ota_source_ops ops = {
		sizeof(ops), section_read, NULL, section_length, section_close};
	struct section_source *s = NULL;
	ota_status st;

	if (index >= pkg->m->section_count)
		return ota_fail(err, OTA_E_ARGUMENT, "there is no section %u; the package has %zu",
			index, pkg->m->section_count);
	st = tables_load(pkg, err);
	if (!st)
		st = MEM_NEW(&s, pkg->ctx, err);
	if (st)
		return st;
	s->base.ops = &ops;
	s->ctx = pkg->ctx;
	s->raw_size = pkg->m->sections[index].raw_size;
	st = pump_new(&s->pump, pkg, index, true, err);
	if (st) {
		mem_free(pkg->ctx, s);
		return st;
	}
	*out = &s->base;
	return OTA_OK;
}

ota_status ota_pkg_write_attachment(
	ota_sink *dst, ota_pkg *pkg, const char *name, uint64_t *bytes, ota_err *err)
{
	const struct manifest_attachment *a = manifest_attachment(pkg->m, name);
	ota_source *src = NULL;
	ota_status st;

	if (a == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the package has no attachment %.64s", name);
	if (a->section == MANIFEST_NO_SECTION)
		return ota_fail(err, OTA_E_ARGUMENT,
			"attachment %s is not in the package, but at %.128s", name, a->uri);
	st = ota_pkg_section(&src, pkg, u32_of_u64(a->section), err);
	if (!st)
		st = source_copy(dst, pkg->ctx, src, bytes, err);
	ota_source_close(src);
	return st;
}
