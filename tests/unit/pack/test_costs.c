/* SPDX-License-Identifier: MIT */
/* What the packer foretells is what an install of that very package does. */
#include "../device/rig.h"

#include <base/num.h>
#include <package/slice.h>

TCase *tcase_costs(void);

static const char device[] = "format: otap-device\nspec: \"1.0\"\nproduct: rig\n"
			     "slots: [ { component: rootfs } ]\n"
			     "flash: { erase_size: 4096, program_size: 16, erase_us: 50 }\n"
			     "ram: 33554432\npolicy: { unsigned_chain: true }\n"
			     "links: [ { name: lte, bytes_per_second: 1000 } ]\n";
static const char top[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: rig\nversion: 2.0.0\n"
			  "security_counter: 2\n";

/* What differs between the packages; each has a delta from the image that runs. */
static const char *const tails[] = {
	"components:\n  - name: rootfs\n    image: new\n    payloads:\n"
	"      - { kind: full, compression: xz }\n      - { kind: delta, from: old }\n",
	/* Sections at multiples of 4096. */
	"signatures: compact\ncomponents:\n  - name: rootfs\n    image: new\n    payloads:\n"
	"      - { kind: full, compression: none }\n      - { kind: delta, from: old }\n",
	/* Two that nobody fetches, and a hash of 64 bytes. */
	"hash: sha512\nattachments: [ { name: bom, role: sbom, file: old } ]\n"
	"components:\n  - name: rootfs\n    image: new\n    payloads:\n"
	"      - { kind: full, compression: zstd }\n      - { kind: full, compression: xz }\n"
	"      - { kind: delta, from: old }\n"};

/* ---- a source that knows which of its bytes were read ---- */

struct counted {
	ota_source base;
	const uint8_t *p;
	size_t len;
	bool *seen;
};

static ota_status counted_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct counted *c = (struct counted *)s;

	if (off > c->len || len > c->len - off)
		return ota_fail(err, OTA_E_TRUNCATED, "the end");
	memcpy(buf, c->p + off, len);
	memset(c->seen + off, true, len);
	return OTA_OK;
}

static ota_status counted_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct counted *)s)->len;
	return OTA_OK;
}

static ota_status counted_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	(void)s, (void)buf, (void)cap, (void)n;
	return ota_fail(err, OTA_E_SEEK, "it is read by place");
}

static void counted_close(ota_source *s)
{
	(void)s;
}

static const ota_source_ops counted_ops = {
	sizeof(counted_ops), counted_read, counted_pread, counted_length, counted_close};

static uint64_t count(const struct counted *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->len; i++)
		n += c->seen[i];
	return n;
}

/* ---- flash that counts ---- */

static const ota_flash_ops *real;
static uint64_t erases, programs;

static ota_status count_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	erases += len / f->geometry.erase_size;
	return real->erase(f, off, len, err);
}

static ota_status count_program(
	ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	programs += len;
	return real->program(f, buf, len, off, err);
}

/* ---- the test ---- */

struct desk {
	struct rig *rig;
	ota_devfile *d;
	ota_plan *plan;
	uint8_t *pkg, *new_;
	size_t len;
};

static void pack(struct desk *k, const char *tail)
{
	struct forge_file files[] = {
		{"old", k->rig->image[0][0], k->rig->image_len[0]}, {"new", k->new_, 60001}};
	struct forge_folder folder = {t_ctx(), files, 2};
	ota_plan_options opt = {.size = sizeof(opt), .open = forge_open_file, .open_arg = &folder};
	uint8_t digest[OTA_DIGEST_MAX];
	ota_err err = OTA_ERR_INIT;
	ota_source *yaml = NULL;
	ota_sink *out = NULL;
	const uint8_t *p;
	char text[1024];
	size_t n;

	snprintf(text, sizeof(text), "%s%s", top, tail);
	opt.device = k->d;
	ck_ok(ota_source_memory(&yaml, t_ctx(), text, strlen(text), &err), &err);
	ck_ok(ota_plan_new(&k->plan, t_ctx(), yaml, &opt, NULL, &err), &err);
	ck_ok(ota_sink_memory(&out, t_ctx(), &err), &err);
	ck_ok(ota_pack(out, k->plan, digest, &n, NULL, &err), &err);
	ck_ok(ota_sink_commit(out, &err), &err);
	ota_sink_memory_bytes(out, &p, &k->len);
	k->pkg = malloc(k->len);
	memcpy(k->pkg, p, k->len);
	forge_sign(k->pkg, t_ctx());
	ota_sink_close(out);
	ota_source_close(yaml);
}

static void desk_init(struct desk *k, const char *tail)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	struct mp_region *slot;

	*k = (struct desk){.rig = rig_new(16, 0xff, 1, NULL)};
	slot = &k->rig->mp->region[5];
	ck_ok(ota_source_memory(&src, t_ctx(), device, strlen(device), &err), &err);
	ck_ok(ota_devfile_read(&k->d, t_ctx(), src, "device", NULL, &err), &err);
	ota_source_close(src);
	k->new_ = malloc(60001);
	memcpy(k->new_, k->rig->image[0][0], 60001);
	memset(k->new_ + 5000, 0x55, 300);
	pack(k, tail);
	real = slot->flash.ops;
	erases = programs = 0;
}

static void desk_fini(struct desk *k)
{
	ota_plan_free(k->plan);
	ota_devfile_free(k->d);
	rig_free(k->rig);
	free(k->new_);
	free(k->pkg);
}

static void install(struct desk *k, const ota_source_cost *want)
{
	struct counted c = {{&counted_ops}, k->pkg, k->len, calloc(k->len, sizeof(bool))};
	struct mp_region *slot = &k->rig->mp->region[5];
	ota_flash_ops counting = *real;
	ota_err err = OTA_ERR_INIT;
	ota_pkg *pkg = NULL;
	ota_dev *dev = NULL;

	counting.erase = count_erase;
	counting.program = count_program;
	slot->flash.ops = &counting;
	ck_ok(ota_pkg_open(&pkg, t_ctx(), &c.base, k->rig->trust, NULL, &err), &err);
	ck_ok(ota_dev_open(&dev, t_ctx(), k->d, &k->rig->mp->port, &err), &err);
	ck_ok(ota_dev_install(dev, pkg, NULL, NULL, NULL, &err), &err);
	slot->flash.ops = real;
	ck_assert_uint_eq(count(&c), want->fetch);
	ck_assert_uint_eq(erases, want->erases);
	ck_assert_uint_eq(programs, want->programs);
	ota_dev_close(dev);
	ota_pkg_free(pkg);
	free(c.seen);
}

static void cut(const struct desk *k, const ota_source_cost *want)
{
	ota_slice_options opt = {.size = sizeof(opt), .hash = want->hash};
	ota_slice_result res = {.size = sizeof(res)};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *out = NULL;
	ota_pkg *pkg = NULL;
	const uint8_t *p;
	struct slice s;
	size_t len;

	ck_ok(ota_source_memory(&src, t_ctx(), k->pkg, k->len, &err), &err);
	ck_ok(ota_pkg_open(&pkg, t_ctx(), src, k->rig->trust, NULL, &err), &err);
	ck_ok(ota_sink_memory(&out, t_ctx(), &err), &err);
	ck_ok(ota_pkg_slice(out, pkg, &opt, &res, NULL, &err), &err);
	ck_ok(ota_sink_commit(out, &err), &err);
	ota_sink_memory_bytes(out, &p, &len);
	ck_ok(slice_parse(&s, p, &err), &err);
	ck_assert_uint_eq(res.length - s.sig_len, want->slice);
	ota_sink_close(out);
	ota_pkg_free(pkg);
	ota_source_close(src);
}

/* i: which package, and whether the image that runs is the one its delta starts from. */
START_TEST(as_foretold)
{
	bool other = _i % 2;
	const ota_source_cost *want;
	struct desk k;

	desk_init(&k, tails[_i / 2]);
	ck_assert_uint_eq(ota_plan_source_count(k.plan), 2);
	want = ota_plan_source_at(k.plan, other);
	ck_assert_str_eq(want->takes, other ? "rootfs full" : "rootfs delta");
	ck_assert((want->hash == NULL) == other);
	ck_assert_uint_eq(want->full, ota_plan_source_at(k.plan, 1)->fetch);
	ck_assert(want->full >= want->fetch);
	if (other)
		mp_image(k.rig->mp, 0, 0)[3] ^= 1;
	install(&k, want);
	cut(&k, want);
	ck_assert_mem_eq(mp_image(k.rig->mp, 1, 0), k.new_, 60001);
	desk_fini(&k);
}
END_TEST

START_TEST(on_links)
{
	ota_link_cost l;
	struct desk k;

	desk_init(&k, tails[0]);
	ck_assert_uint_eq(ota_plan_link_count(k.plan), 1);
	ota_plan_link_cost(&l, k.plan, 0, 12345);
	ck_assert_str_eq(l.name, "lte");
	ck_assert_uint_eq(l.ms, 12345);
	ck_assert_uint_eq(ota_plan_source_at(k.plan, 0)->flash_us, 15 * 50);
	desk_fini(&k);
}
END_TEST

TCase *tcase_costs(void)
{
	TCase *tc = tcase_create("costs");

	tcase_add_loop_test(tc, as_foretold, 0, 2 * (int)(sizeof(tails) / sizeof(tails[0])));
	tcase_add_test(tc, on_links);
	return tc;
}
