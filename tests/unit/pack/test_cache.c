/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <crypto/hash.h>
#include <forge/forge.h>
#include <pack/cache.h>

TCase *tcase_cache(void);

#define ENTRIES 16
#define SIZE    12000

static const char yaml[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
			   "version: 2.4.0\nsecurity_counter: 7\n"
			   "components:\n  - name: rootfs\n    image: new.img\n    payloads:\n"
			   "      - { kind: full }\n      - { kind: delta, from: old.img }\n"
			   "      - { kind: delta, codec: bsdiff, from: old.img }\n"
			   "      - { kind: delta, codec: otad, profile: std, from: old.img }\n";

/* A cache in memory. */
struct shelf {
	ota_cache ops;
	struct entry {
		char name[65];
		uint8_t *p;
		size_t len;
	} entry[ENTRIES];
	size_t count;
	bool broken;
};

static uint8_t image[2][SIZE];
static struct forge_file files[2];
static struct shelf shelf;

static struct entry *find(const char *name)
{
	for (size_t i = 0; i < shelf.count; i++)
		if (strcmp(shelf.entry[i].name, name) == 0)
			return &shelf.entry[i];
	return NULL;
}

static ota_status get(void *arg, const char *name, ota_source **out, ota_err *err)
{
	const struct entry *e = find(name);

	(void)arg;
	if (shelf.broken)
		return ota_fail(err, OTA_E_SYSTEM, "the disk is gone");
	return e != NULL ? ota_source_memory(out, t_ctx(), e->p, e->len, err) : OTA_OK;
}

static ota_status put(void *arg, const char *name, ota_source *patch, ota_err *err)
{
	struct entry *e = find(name);
	uint64_t len;

	(void)arg;
	if (shelf.broken)
		return ota_fail(err, OTA_E_SYSTEM, "the disk is gone");
	if (e == NULL) {
		ck_assert(shelf.count < ENTRIES);
		e = &shelf.entry[shelf.count++];
	}
	ck_assert_uint_eq(strlen(name), 64);
	snprintf(e->name, sizeof(e->name), "%s", name);
	ck_assert_int_eq(ota_source_length(patch, &len, err), OTA_OK);
	free(e->p);
	e->len = (size_t)len;
	e->p = malloc(e->len);
	return ota_source_pread(patch, e->p, e->len, 0, err);
}

static void setup(void)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < SIZE; i++)
		image[0][i] = (uint8_t)t_rand(&seed);
	memcpy(image[1], image[0], SIZE);
	memset(image[1] + 3000, 0x55, 20);
	files[0] = (struct forge_file){"old.img", image[0], SIZE};
	files[1] = (struct forge_file){"new.img", image[1], SIZE};
	shelf = (struct shelf){.ops = {sizeof(shelf.ops), NULL, get, put}};
}

static void teardown(void)
{
	for (size_t i = 0; i < shelf.count; i++)
		free(shelf.entry[i].p);
}

struct made {
	size_t made, cached, warnings;
	ota_id id; /* of the first warning about the cache */
	uint8_t digest[OTA_DIGEST_MAX];
};

static struct made pack(uint64_t memory)
{
	struct forge_folder folder = {t_ctx(), files, 2};
	ota_plan_options opt = {.size = sizeof(opt), .open = forge_open_file, .open_arg = &folder};
	struct made m = {.made = 0};
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	ota_source *src = NULL;
	ota_plan *plan = NULL;
	ota_sink *dst = NULL;
	size_t len;

	opt.cache = &shelf.ops;
	opt.memory = memory;
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), &err), &err);
	ck_ok(ota_plan_new(&plan, t_ctx(), src, &opt, rep, &err), &err);
	ck_ok(ota_sink_null(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pack(dst, plan, m.digest, &len, rep, &err), &err);
	m.made = ota_plan_deltas_made(plan);
	m.cached = ota_plan_deltas_cached(plan);
	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *f = ota_report_at(rep, i);

		if (strncmp(f->text, "the cache", 9) != 0)
			continue;
		m.id = m.warnings++ == 0 ? f->id : m.id;
		ck_assert_int_eq((int)f->outcome, OTA_WARN);
	}
	ota_sink_close(dst);
	ota_source_close(src);
	ota_plan_free(plan);
	ota_report_free(rep);
	return m;
}

START_TEST(second_run_makes_none)
{
	struct made a = pack(0), b = pack(0);

	ck_assert_uint_eq(a.made, 3);
	ck_assert_uint_eq(a.cached + a.warnings + b.warnings, 0);
	ck_assert_uint_eq(b.made, 0);
	ck_assert_uint_eq(b.cached, 3);
	ck_assert_mem_eq(a.digest, b.digest, 32);
}
END_TEST

/* Give out other bytes as file i, until it is given back. */
static struct forge_file bend(size_t i)
{
	struct forge_file was = files[i];
	uint8_t *p = malloc(was.len);

	memcpy(p, was.p, was.len);
	p[was.len - 5000] ^= 1;
	files[i].p = p;
	return was;
}

static void unbend(size_t i, struct forge_file was)
{
	free((void *)(uintptr_t)files[i].p);
	files[i] = was;
}

/* Codec, profile, memory, either image: what makes another delta has another name. */
START_TEST(names)
{
	struct forge_file was;

	(void)pack(0);
	ck_assert_uint_eq(shelf.count, 3);
	ck_assert_uint_eq(pack(UINT64_C(1) << 40U).made, 3);
	ck_assert_uint_eq(shelf.count, 6);
	for (size_t i = 0; i < 2; i++) {
		was = bend(i);
		ck_assert_uint_eq(pack(0).made, 3);
		ck_assert_uint_eq(shelf.count, 9 + 3 * i);
		unbend(i, was);
	}
}
END_TEST

static void poison(struct entry *e, int how)
{
	switch (how) {
	case 0: /* a bit */
		e->p[e->len / 2] ^= 1;
		break;
	case 1: /* cut short */
		e->len--;
		break;
	case 2: /* nothing but a seal's length */
		e->len = 32;
		break;
	case 3:
		e->len = 0;
		break;
	default: /* the entry of another name */
		e->len = shelf.entry[(how + 1) % 3].len;
		free(e->p);
		e->p = malloc(e->len);
		memcpy(e->p, shelf.entry[(how + 1) % 3].p, e->len);
	}
}

START_TEST(altered_entries_are_made_anew)
{
	struct made a = pack(0), b, c;

	poison(&shelf.entry[1], _i);
	b = pack(0);
	ck_assert_uint_eq(b.made, 1);
	ck_assert_uint_eq(b.cached, 2);
	ck_assert_uint_eq(b.warnings, 1);
	ck_assert_int_eq((int)b.id, (int)OTA_E_HASH_INPUT);
	ck_assert_mem_eq(a.digest, b.digest, 32);
	/* And kept again. */
	c = pack(0);
	ck_assert_uint_eq(c.cached, 3);
	ck_assert_uint_eq(c.warnings, 0);
}
END_TEST

/* Sealed right, but the patch of something else: only the proof can tell. */
START_TEST(a_sealed_lie_is_not_shipped)
{
	struct made a = pack(0), b;
	struct forge_file was = bend(1);
	struct entry *to = &shelf.entry[_i], *from = &shelf.entry[3 + _i];
	ota_err err = OTA_ERR_INIT;
	uint8_t *text;
	struct digest d;

	(void)pack(0);
	unbend(1, was);
	free(to->p);
	to->len = from->len;
	to->p = malloc(to->len);
	memcpy(to->p, from->p, to->len);
	text = malloc(64 + to->len);
	memcpy(text, to->name, 64);
	memcpy(text + 64, to->p, to->len - 32);
	ck_ok(hash_bytes(&d, t_ctx(), HASH_SHA256, text, 64 + to->len - 32, &err), &err);
	memcpy(to->p + to->len - 32, d.b, 32);
	b = pack(0);
	ck_assert_uint_eq(b.made, 1);
	ck_assert_uint_eq(b.warnings, 1);
	ck_assert_int_ne((int)b.id, (int)OTA_E_HASH_INPUT);
	ck_assert_mem_eq(a.digest, b.digest, 32);
	free(text);
}
END_TEST

START_TEST(a_broken_cache_is_as_none)
{
	struct made a = pack(0), b;

	shelf.broken = true;
	b = pack(0);
	ck_assert_uint_eq(b.made, 3);
	ck_assert_uint_eq(b.warnings, 3);
	ck_assert_int_eq((int)b.id, (int)OTA_E_SYSTEM);
	ck_assert_mem_eq(a.digest, b.digest, 32);
}
END_TEST

TCase *tcase_cache(void)
{
	TCase *tc = tcase_create("cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, second_run_makes_none);
	tcase_add_test(tc, names);
	tcase_add_loop_test(tc, altered_entries_are_made_anew, 0, 5);
	tcase_add_loop_test(tc, a_sealed_lie_is_not_shipped, 0, 3);
	tcase_add_test(tc, a_broken_cache_is_as_none);
	return tc;
}
