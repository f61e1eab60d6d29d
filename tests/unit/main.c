/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <unistd.h>

#define CASE(name) TCase *tcase_##name(void);
#include "cases.inc"
#undef CASE

static ota_ctx *ctx_of(unsigned jobs)
{
	static ota_ctx *made[9];
	ota_config cfg = {.size = sizeof(cfg), .jobs = jobs};

	ck_assert_uint_lt(jobs, 9);
	if (made[jobs] == NULL)
		ck_assert_int_eq(ota_ctx_new(&made[jobs], &cfg, NULL), OTA_OK);
	return made[jobs];
}

ota_ctx *t_ctx(void)
{
	return ctx_of(1);
}

ota_ctx *t_ctx_jobs(unsigned jobs)
{
	return ctx_of(jobs);
}

const char *t_vectors(void)
{
	const char *dir = getenv("OTA_VECTORS");

	if (dir == NULL)
		dir = "../shared/vectors";
	return access(dir, R_OK) == 0 ? dir : NULL;
}

void t_skip(const char *what)
{
	printf("SKIPPED %s\n", what);
}

uint8_t *t_read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	long size;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0) {
		size = ftell(f);
		rewind(f);
		/* Exactly as long as the file, so that a sanitizer sees every read past the end. */
		p = size < 0 ? NULL : malloc(size > 0 ? (size_t)size : 1);
		*len = p != NULL ? fread(p, 1, (size_t)size, f) : 0;
	}
	fclose(f);
	return p;
}

uint64_t t_rand(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30U)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27U)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31U);
}

static void *failing_alloc(void *arg, size_t len)
{
	struct t_failing *f = arg;
	uint64_t n = f->count++;
	void *p;

	if (n == f->fail_at || (f->forever && n > f->fail_at))
		return NULL;
	p = malloc(len);
	if (p != NULL)
		f->live++;
	return p;
}

static void failing_free(void *arg, void *p)
{
	struct t_failing *f = arg;

	if (p != NULL)
		f->live--;
	free(p);
}

ota_ctx *t_ctx_failing(struct t_failing *f)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1, .alloc = &f->alloc};
	ota_ctx *ctx = NULL;

	f->alloc = (ota_alloc){failing_alloc, failing_free, f};
	return ota_ctx_new(&ctx, &cfg, NULL) == OTA_OK ? ctx : NULL;
}

/* list: "power,forms", or "-power,forms" for all the others; NULL: all. */
static bool is_wanted(const char *list, const char *name)
{
	bool but = list != NULL && *list == '-';
	size_t len = strlen(name), n;

	if (list == NULL)
		return true;
	for (const char *p = list + but; *p != '\0'; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		if (n == len && strncmp(p, name, n) == 0)
			return !but;
	}
	return but;
}

int main(int argc, char **argv)
{
	Suite *s = suite_create("libota");
	SRunner *sr;
	int failed, run;

#define CASE(name)                                                                                 \
	if (is_wanted(argc < 2 ? NULL : argv[1], #name))                                           \
		suite_add_tcase(s, tcase_##name());
#include "cases.inc"
#undef CASE
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	run = srunner_ntests_run(sr);
	printf("%d passed, %d failed\n", run - failed, failed);
	srunner_free(sr);
	return failed == 0 && run > 0 ? 0 : 1;
}
