/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <forge/sample.h>
#include <pack/fielded.h>

TCase *tcase_fielded(void);

static struct sample s;

static void setup(void)
{
	sample_init(&s);
}

static void teardown(void)
{
	sample_fini(&s);
}

static const char yaml[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
			   "version: 2.4.0\nsecurity_counter: 7\n"
			   "requires: { version: \">=2.0.0\" }\n"
			   "components:\n  - name: rootfs\n    image: new.img\n    payloads:\n"
			   "      - { kind: full }\n"
			   "      - { kind: delta, from: old.img, from_version: 2.3.0 }\n";

struct trial {
	ota_plan *plan;
	ota_report *rep;
	ota_err err;
	ota_status st;
};

static void plan(struct trial *t, const char *csv, size_t len)
{
	struct forge_folder folder = {t_ctx(), s.files, 2};
	ota_plan_options opt = {.size = sizeof(opt), .open = forge_open_file, .open_arg = &folder};
	ota_source *src = NULL;

	*t = (struct trial){.err = OTA_ERR_INIT};
	opt.name = "m.yaml";
	opt.fielded_name = "f.csv";
	ck_ok(ota_report_new(&t->rep, t_ctx(), &t->err), &t->err);
	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), &t->err), &t->err);
	ck_ok(ota_source_memory(&opt.fielded, t_ctx(), csv, len, &t->err), &t->err);
	t->st = ota_plan_new(&t->plan, t_ctx(), src, &opt, t->rep, &t->err);
	ota_source_close(opt.fielded);
	ota_source_close(src);
}

static void trial_fini(struct trial *t)
{
	ota_plan_free(t->plan);
	ota_report_free(t->rep);
}

static const struct {
	const char *csv;
	ota_id id;
	uint32_t line, col;
	const char *says;
} bad[] = {
	{"", OTA_E_FIELDED, 1, 1, "version or digest"},
	{"\n", OTA_E_FIELDED, 1, 1, "version or digest"},
	{"2.3.0,5\n", OTA_E_FIELDED, 1, 1, "version or digest"},
	{"version\n2.3.0\n", OTA_E_FIELDED, 1, 1, "needs count"},
	{"count,name\n5,a\n", OTA_E_FIELDED, 1, 1, "needs count, and version"},
	{"version,count,version\n", OTA_E_FIELDED, 1, 15, "twice"},
	{"version, count\n", OTA_E_FIELDED, 1, 9, "\" count\""},
	{"Version,count\n", OTA_E_FIELDED, 1, 1, "\"Version\""},
	{"version,count,name,digest,count\n", OTA_E_FIELDED, 1, 27, "twice"},
	{"version;count\n", OTA_E_FIELDED, 1, 1, "version;count"},
	{"\xef\xbb\xbfversion,count\n", OTA_E_FIELDED, 1, 1, "version or digest"},
	{"version,count\n2.3.0\n", OTA_E_FIELDED, 2, 1, "expected 2 columns"},
	{"version,count\n2.3.0,5,\n", OTA_E_FIELDED, 2, 1, "expected 2 columns"},
	{"version,count\n2.3.0,5,,,,,,,,,\n", OTA_E_FIELDED, 2, 1, "expected 2 columns"},
	{"version,count\n\n2.3.0,5\n", OTA_E_FIELDED, 2, 1, "expected 2 columns"},
	{"version,count\n2.3.0,5\n\n", OTA_E_FIELDED, 3, 1, "expected 2 columns"},
	{"version,count\n2.3.0,\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0,-1\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0, 5\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0,05\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0,5.0\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0,1000000000001\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3.0,18446744073709551617\n", OTA_E_FIELDED, 2, 7, "number"},
	{"version,count\n2.3,5\n", OTA_E_FIELDED, 2, 1, "SemVer"},
	{"version,count\n 2.3.0,5\n", OTA_E_FIELDED, 2, 1, "SemVer"},
	{"version,count\n,5\n", OTA_E_FIELDED, 2, 1, "version or a digest"},
	{"version,count\n\"2.3.0\",5\n", OTA_E_FIELDED, 2, 1, "quotes"},
	{"version,count\n2.3.0,5\r\r\n", OTA_E_FIELDED, 2, 8, "control"},
	{"version,count\n2.3.0\t,5\n", OTA_E_FIELDED, 2, 6, "control"},
	{"version,count,name\n2.3.0,5,\xff\n", OTA_E_FIELDED, 2, 1, "UTF-8"},
	{"version,count\n2.3.0,5\n2.3.0,6\n", OTA_E_FIELDED, 3, 1, "stands before"},
	{"digest,count\nsha256:00,5\n", OTA_E_FIELDED, 2, 1, "sha256:"},
	{"digest,count\nsha512:00,5\n", OTA_E_FIELDED, 2, 1, "sha256:"},
	{"version,count\n1.9.9,5\n", OTA_E_STRANDED, 2, 1, "requires >=2.0.0"},
	{"version,count\n2.4.1,5\n", OTA_E_STRANDED, 2, 1, "older version 2.4.0"},
	{"version,count\n2.4.0,5\n1.0.0,0\n", OTA_E_STRANDED, 3, 1, "0 devices that run 1.0.0"},
};

START_TEST(refused)
{
	const ota_finding *f;
	struct trial t;

	plan(&t, bad[_i].csv, strlen(bad[_i].csv));
	ck_assert_int_eq(t.st, OTA_REFUSED);
	ck_id(t.err, OTA_E_LINT);
	ck_assert_uint_eq(ota_report_failures(t.rep), 1);
	f = ota_report_at(t.rep, 0);
	ck_assert_str_eq(f->file, "f.csv");
	ck_assert_int_eq((int)f->id, (int)bad[_i].id);
	ck_assert_uint_eq(f->line, bad[_i].line);
	ck_assert_uint_eq(f->col, bad[_i].col);
	ck_assert_msg(strstr(f->text, bad[_i].says) != NULL, "%s", f->text);
	trial_fini(&t);
}
END_TEST

static const char *const good[] = {
	"version,count\n",
	"version,count\n2.3.0,5",
	"version,count\r\n2.3.0,5\r\n2.4.0-rc.1,0\r\n",
	"count,version\n1000000000000,2.3.0\n",
	"name,digest,count,version\n,,5,2.3.0\nspring,,5,2.2.0\n",
	"version,count\n2.3.0,5\n2.3.0+b.2,5\n2.4.0,1\n",
};

START_TEST(taken)
{
	struct trial t;

	plan(&t, good[_i], strlen(good[_i]));
	ck_ok(t.st, &t.err);
	ck_assert_uint_eq(ota_plan_fielded_count(t.plan), 0); /* not packed yet */
	trial_fini(&t);
}
END_TEST

/* n rows, the last of so many bytes; what is said about them first, "": nothing. */
static ota_id with_rows(size_t n, size_t last, const char *says)
{
	char *csv = malloc(64 + n * 20 + last), *p = csv;
	struct trial t;
	ota_id id;
	int used;

	p += sprintf(p, "version,count,name\n");
	for (size_t i = 1; i < n; i++)
		p += sprintf(p, "2.0.%zu,1,\n", i);
	used = sprintf(p, "2.1.0,1,");
	memset(p + used, 'x', last - (size_t)used);
	plan(&t, csv, (size_t)(p - csv) + last);
	id = t.st == OTA_OK ? OTA_E_NONE : t.err.id;
	if (ota_report_count(t.rep) > 0)
		ck_assert_msg(strstr(ota_report_at(t.rep, 0)->text, says) != NULL, "%s",
			ota_report_at(t.rep, 0)->text);
	trial_fini(&t);
	free(csv);
	return id;
}

START_TEST(limits)
{
	ck_assert_int_eq((int)with_rows(FIELDED_ROWS_MAX, 8, ""), OTA_E_NONE);
	ck_assert_int_eq((int)with_rows(FIELDED_ROWS_MAX + 1, 8, "4096 rows"), OTA_E_LINT);
	ck_assert_int_eq((int)with_rows(1, 8 + 64, ""), OTA_E_NONE);
	ck_assert_int_eq((int)with_rows(1, 8 + 65, "the name has 65"), OTA_E_LINT);
	ck_assert_int_eq((int)with_rows(1, FIELDED_LINE_MAX, "the name has"), OTA_E_LINT);
	ck_assert_int_eq((int)with_rows(1, FIELDED_LINE_MAX + 1, "513 bytes"), OTA_E_LINT);
	ck_assert_int_eq((int)with_rows(1, FIELDED_FILE_MAX, ""), OTA_E_LIMIT);
}
END_TEST

/* ---- every allocation fails once: device file, list and package ---- */

static const char small[] =
	"format: otap-manifest\nspec: \"1.0\"\nproduct: p\nversion: 2.0.0\n"
	"security_counter: 1\ncomponents:\n  - name: fw\n    image: new\n"
	"    payloads:\n      - { kind: full, compression: none }\n"
	"      - { kind: delta, codec: bsdiff, from: old, from_version: 1.0.0 }\n";
static const char device[] = "format: otap-device\nspec: \"1.0\"\nproduct: p\n"
			     "slots: [ { component: fw, size: 4096 } ]\nram: 40000000\n"
			     "links: [ { name: lte, bytes_per_second: 1 } ]\n"
			     "policy: { unsigned_chain: true }\n";
static const char list[] = "version,count,name\n1.0.0,5,a\n1.5.0,7,b\n";

static ota_status read_inputs(
	const ota_ctx *ctx, ota_plan_options *opt, ota_source **text, ota_devfile **d, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = ota_source_memory(&src, ctx, device, strlen(device), err);

	if (!st)
		st = ota_devfile_read(d, ctx, src, "d.yaml", NULL, err);
	ota_source_close(src);
	if (!st)
		st = ota_source_memory(&opt->fielded, ctx, list, strlen(list), err);
	if (!st)
		st = ota_source_memory(text, ctx, small, strlen(small), err);
	opt->device = *d;
	return st;
}

static ota_status pack_all(const ota_ctx *ctx, const struct forge_file *files, ota_err *err)
{
	struct forge_folder folder = {ctx, files, 2};
	ota_plan_options opt = {.size = sizeof(opt), .open = forge_open_file, .open_arg = &folder};
	uint8_t digest[OTA_DIGEST_MAX];
	ota_source *text = NULL;
	ota_devfile *d = NULL;
	ota_report *rep = NULL;
	ota_plan *p = NULL;
	ota_sink *out = NULL;
	size_t len;
	ota_status st = read_inputs(ctx, &opt, &text, &d, err);

	opt.fielded_name = "f.csv";
	if (!st)
		st = ota_report_new(&rep, ctx, err);
	if (!st)
		st = ota_sink_null(&out, ctx, err);
	if (!st)
		st = ota_plan_new(&p, ctx, text, &opt, rep, err);
	if (!st)
		st = ota_pack(out, p, digest, &len, rep, err);
	if (!st)
		ck_assert_uint_eq(ota_plan_fielded_count(p), 2);
	ota_plan_free(p);
	ota_sink_close(out);
	ota_report_free(rep);
	ota_source_close(text);
	ota_source_close(opt.fielded);
	ota_devfile_free(d);
	return st;
}

START_TEST(no_memory)
{
	uint8_t old[600], new_[600];
	struct forge_file files[] = {{"old", old, sizeof(old)}, {"new", new_, sizeof(new_)}};
	ota_status st = OTA_NOMEM;
	uint64_t seed = 3;

	for (size_t i = 0; i < sizeof(old); i++)
		new_[i] = old[i] = (uint8_t)t_rand(&seed);
	new_[300] ^= 1;
	for (uint64_t n = 0; st != OTA_OK; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;

		if (ctx == NULL)
			continue;
		st = pack_all(ctx, files, &err);
		ck_assert_msg(
			st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s", (unsigned)n, err.msg);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
}
END_TEST

TCase *tcase_fielded(void)
{
	TCase *tc = tcase_create("fielded");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, refused, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(tc, taken, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_test(tc, limits);
	tcase_add_test(tc, no_memory);
	return tc;
}
