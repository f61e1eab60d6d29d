/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/devfile.h>

TCase *tcase_devfile(void);

static const char sample[] =
	"format: otap-device\n"
	"spec: \"1.0\"\n"
	"product: gw-100\n"
	"version: 2.3.0\n"
	"security_counter: 6\n"
	"facts:\n"
	"  hw.model: gw-100\n"
	"  hw.revision: 3\n"
	"  bootloader.version: 1.2.0\n"
	"  power.external: true\n"
	"  feature.tpm: false\n"
	"  region: \"true\"\n"
	"slots:\n"
	"  - { component: rootfs, size: 67108864 }\n"
	"  - { component: boot }\n"
	"flash: { erase_size: 65536, program_size: 16, erase_us: 40000 }\n"
	"ram: 33554432\n"
	"head_max: 16384\n"
	"links:\n"
	"  - { name: lte, bytes_per_second: 250000, price_per_mb: 10 }\n"
	"  - { name: lora, frame_bytes: 48, frame_us: 1500000, duty_permille: 10 }\n"
	"counter_max: 512\n"
	"policy: { unsigned_chain: true, downgrade: true }\n";

static ota_status read_text(ota_devfile **d, const char *text, ota_report *rep, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	ck_assert_int_eq(ota_source_memory(&src, t_ctx(), text, strlen(text), NULL), OTA_OK);
	st = ota_devfile_read(d, t_ctx(), src, "d.yaml", rep, err);
	ota_source_close(src);
	return st;
}

START_TEST(values)
{
	ota_devfile *d = NULL;
	const struct fact *f;
	ota_err err;

	ck_ok(read_text(&d, sample, NULL, &err), &err);
	ck_assert_str_eq(ota_devfile_product(d), "gw-100");
	ck_assert_str_eq(d->version, "2.3.0");
	ck_assert_uint_eq(d->counter, 6);
	ck_assert_uint_eq(d->facts.count, 6);
	f = fact_find(&d->facts, "hw.revision");
	ck_assert_int_eq(f->type, FACT_NUMBER);
	ck_assert_int_eq(f->number, 3);
	f = fact_find(&d->facts, "bootloader.version");
	ck_assert_int_eq(f->type, FACT_VERSION);
	ck_assert_str_eq(f->text, "1.2.0");
	ck_assert(fact_find(&d->facts, "power.external")->b);
	ck_assert(!fact_find(&d->facts, "feature.tpm")->b);
	ck_assert_str_eq(fact_find(&d->facts, "region")->text, "true");
	ck_assert_ptr_null(fact_find(&d->facts, "hw.soc"));
	ck_assert_ptr_null(fact_find(NULL, "hw.soc"));
	ck_assert_uint_eq(d->slot_count, 2);
	ck_assert_uint_eq(d->slots[0].size, 67108864);
	ck_assert_uint_eq(d->slots[1].size, 0);
	ck_assert_uint_eq(d->erase_size, 65536);
	ck_assert_uint_eq(d->program_size, 16);
	ck_assert_uint_eq(d->ram, 33554432);
	ck_assert_uint_eq(d->erase_us, 40000);
	ck_assert_uint_eq(d->program_us, 0);
	ck_assert_uint_eq(d->head_max, 16384);
	ck_assert_uint_eq(d->link_count, 2);
	ck_assert_str_eq(d->links[0].name, "lte");
	ck_assert_uint_eq(d->links[0].bytes_per_second, 250000);
	ck_assert_uint_eq(d->links[0].price_per_mb, 10);
	ck_assert_uint_eq(d->links[0].duty_permille, 1000);
	ck_assert_uint_eq(d->links[1].frame_bytes, 48);
	ck_assert_uint_eq(d->links[1].frame_us, 1500000);
	ck_assert_uint_eq(d->links[1].duty_permille, 10);
	ck_assert_uint_eq(d->counter_max, 512);
	ck_assert(d->policy.unsigned_chain && d->policy.downgrade);
	ck_assert(!d->policy.hooks && !d->policy.single && !d->implied);
	ota_devfile_free(d);
	ota_devfile_free(NULL);
}
END_TEST

START_TEST(least)
{
	ota_devfile *read = NULL, *made = NULL;
	ota_err err;

	ck_ok(read_text(&read, "format: otap-device\nspec: \"1.0\"\nproduct: p\n", NULL, &err),
		&err);
	ck_ok(ota_devfile_default(&made, t_ctx(), "p", &err), &err);
	/* What a file leaves open and what stands in for no file agree, but for the policy. */
	ck_assert_uint_eq(read->erase_size, made->erase_size);
	ck_assert_uint_eq(read->program_size, made->program_size);
	ck_assert_uint_eq(read->counter_max, made->counter_max);
	ck_assert_uint_eq(read->ram, made->ram);
	ck_assert_uint_eq(read->counter, made->counter);
	ck_assert_str_eq(read->format, made->format);
	ck_assert_str_eq(read->spec, made->spec);
	ck_assert(!read->policy.unsigned_chain && !read->implied);
	ck_assert(made->policy.unsigned_chain && made->implied && !made->policy.downgrade);
	ota_devfile_free(read);
	ota_devfile_free(made);
	made = NULL;
	ck_assert_int_eq(ota_devfile_default(&made, t_ctx(), "../p", &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
}
END_TEST

/* The canonical form of a device file, read and written, is the same bytes. */
static void comes_back(const struct buf *b)
{
	struct ota_devfile again = {.ram = 0};
	struct doc *d = NULL, *tree = NULL;
	ota_err err = OTA_ERR_INIT;
	struct arena a;
	struct buf out;

	arena_init(&a, t_ctx());
	buf_init(&out, t_ctx());
	ck_ok(json_read_canonical(&d, &a, b->p, b->len, &err), &err);
	ck_ok(schema_read(&again, &devfile_schema, d, &a, SCHEMA_CANON, "d", NULL, NULL, &err),
		&err);
	ck_ok(schema_write(&tree, &a, &devfile_schema, &again, &err), &err);
	ck_ok(json_write(&out, tree, &err), &err);
	ck_assert_uint_eq(out.len, b->len);
	ck_assert_mem_eq(out.p, b->p, b->len);
	buf_fini(&out);
	arena_fini(&a);
}

START_TEST(written)
{
	ota_devfile *d = NULL;
	struct doc *tree = NULL;
	struct buf b;
	ota_err err;

	ck_ok(read_text(&d, sample, NULL, &err), &err);
	ck_ok(schema_write(&tree, &d->arena, &devfile_schema, d, &err), &err);
	buf_init(&b, t_ctx());
	ck_ok(json_write(&b, tree, &err), &err);
	comes_back(&b);
	buf_put(&b, "", 1);
	ck_assert_str_eq((const char *)b.p,
		"{\"counter_max\":512,\"facts\":{\"bootloader.version\":\"1.2.0\","
		"\"feature.tpm\":false,\"hw.model\":\"gw-100\",\"hw.revision\":3,"
		"\"power.external\":true,\"region\":\"true\"},"
		"\"flash\":{\"erase_size\":65536,\"erase_us\":40000,\"program_size\":16},"
		"\"format\":\"otap-device\",\"head_max\":16384,\"links\":["
		"{\"bytes_per_second\":250000,\"name\":\"lte\",\"price_per_mb\":10},"
		"{\"duty_permille\":10,\"frame_bytes\":48,\"frame_us\":1500000,\"name\":\"lora\"}],"
		"\"policy\":{\"downgrade\":true,\"unsigned_chain\":true},\"product\":\"gw-100\","
		"\"ram\":33554432,\"security_counter\":6,\"slots\":[{\"component\":\"rootfs\","
		"\"size\":67108864},{\"component\":\"boot\"}],\"spec\":\"1.0\",\"version\":\"2.3."
		"0\"}");
	buf_fini(&b);
	ota_devfile_free(d);
}
END_TEST

static const struct {
	const char *from, *to;
	ota_id id;
	unsigned line;
	const char *says;
} rows[] = {
	{"otap-device", "otap-manifest", OTA_E_TYPE, 1, "otap-device"},
	{"\"1.0\"", "\"9.0\"", OTA_E_VERSION_FMT, 2, "9.0"},
	{"product: gw-100\n", "", OTA_E_MISSING, 1, "product"},
	{"version: 2.3.0", "version: v2", OTA_E_TYPE, 4, "SemVer"},
	{"security_counter: 6", "security_counter: 513", OTA_E_RANGE, 5, "counter_max"},
	{"hw.revision: 3", "hw.revision: three", OTA_E_TYPE, 8, "a number"},
	{"hw.revision: 3", "hw.revison: 3", OTA_E_UNKNOWN_KEY, 8, "hw.revision"},
	{"bootloader.version: 1.2.0", "bootloader.version: 1.2", OTA_E_TYPE, 9, "SemVer"},
	{"power.external: true", "power.external: yes", OTA_E_TYPE, 10, "true or false"},
	{"power.external: true", "power.external: \"true\"", OTA_E_TYPE, 10, "true or false"},
	{"hw.model: gw-100", "hw.model: []", OTA_E_TYPE, 7, "text"},
	{"component: boot", "component: rootfs", OTA_E_DUPLICATE, 15, "rootfs"},
	{"erase_size: 65536", "erase_size: 65535", OTA_E_RANGE, 16, "powers of two"},
	{"program_size: 16", "program_size: 12", OTA_E_RANGE, 16, "powers of two"},
	{"erase_size: 65536", "erase_size: 8", OTA_E_RANGE, 16, "powers of two"},
	{"erase_size: 65536", "erase_size: 0", OTA_E_RANGE, 16, "erase_size"},
	{"erase_size: 65536", "erase_size: 33554432", OTA_E_RANGE, 16, "erase_size"},
	{"program_size: 16", "program_size: 16, erased: 1", OTA_E_RANGE, 16, "0 or 255"},
	{"name: lora", "name: lte", OTA_E_DUPLICATE, 21, "a link lte"},
	{"name: lora, ", "", OTA_E_MISSING, 21, "name"},
	{"bytes_per_second: 250000, ", "", OTA_E_RANGE, 20, "frame_us"},
	{"bytes_per_second: 250000", "bytes_per_second: 0", OTA_E_RANGE, 20, "frame_us"},
	{"bytes_per_second", "frame_bytes: 8, frame_us: 1, bytes_per_second", OTA_E_RANGE, 20,
		"frame_us"},
	{"bytes_per_second", "duty_permille: 1000, bytes_per_second", OTA_E_RANGE, 20, "frame_us"},
	{", frame_us: 1500000", "", OTA_E_RANGE, 21, "frame_us"},
	{"duty_permille: 10", "duty_permille: 0", OTA_E_RANGE, 21, "duty_permille"},
	{"price_per_mb: 10", "price_per_mb: 1.5", OTA_E_TYPE, 20, ""},
	{"erase_us: 40000", "erase_us: 3600000001", OTA_E_RANGE, 16, "erase_us"},
	{"erase_us: 40000", "read_bytes_per_second: 1099511627777", OTA_E_RANGE, 16,
		"read_bytes_per_second"},
	{"counter_max: 512", "counter_max: 0", OTA_E_RANGE, 22, "counter_max"},
	{"downgrade: true", "downgrades: true", OTA_E_UNKNOWN_KEY, 23, "downgrade"},
	{"facts:\n  hw.model", "facts: 1\nx:\n  hw.model", OTA_E_TYPE, 6, "map"},
};

START_TEST(one_change)
{
	const char *at = strstr(sample, rows[_i].from);
	ota_report *rep = NULL;
	ota_devfile *d = NULL;
	char text[4096];
	ota_err err;

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - sample), sample, rows[_i].to,
		at + strlen(rows[_i].from));
	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_assert_int_ne(read_text(&d, text, rep, &err), OTA_OK);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strstr(err.msg, rows[_i].says) != NULL, "%s", err.msg);
	ck_assert_msg(ota_report_at(rep, 0)->line == rows[_i].line, "%u: %s",
		ota_report_at(rep, 0)->line, err.msg);
	ota_report_free(rep);
}
END_TEST

START_TEST(many_facts)
{
	char text[8192] = "format: otap-device\nspec: \"1.0\"\nproduct: p\nfacts:\n";
	ota_devfile *d = NULL;
	ota_err err;

	for (unsigned i = 0; i < FACTS_MAX; i++)
		snprintf(text + strlen(text), 40, "  feature.f%u: true\n", i);
	ck_ok(read_text(&d, text, NULL, &err), &err);
	ck_assert_uint_eq(d->facts.count, FACTS_MAX);
	ota_devfile_free(d);
	d = NULL;
	strcat(text, "  feature.last: true\n");
	ck_assert_int_eq(read_text(&d, text, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RANGE);
}
END_TEST

static ota_status load_text(ota_devfile **d, const char *text, size_t len, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	ck_assert_int_eq(ota_source_memory(&src, t_ctx(), text, len, NULL), OTA_OK);
	st = ota_devfile_load(d, t_ctx(), src, "d.json", NULL, err);
	ota_source_close(src);
	return st;
}

/* What is written is loaded again, as what it was. */
START_TEST(loaded)
{
	ota_devfile *d = NULL, *again = NULL;
	ota_sink *sink = NULL;
	const uint8_t *p;
	struct buf b;
	size_t len;
	ota_err err;

	ck_ok(read_text(&d, sample, NULL, &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_devfile_write(sink, d, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &len);
	buf_init(&b, t_ctx());
	buf_put(&b, p, len);
	comes_back(&b);
	ck_ok(load_text(&again, (const char *)p, len, &err), &err);
	ck_assert_str_eq(ota_devfile_version(again), "2.3.0");
	ck_assert_uint_eq(ota_devfile_slot_count(again), 2);
	ck_assert_str_eq(ota_devfile_slot_at(again, 1), "boot");
	ck_assert_ptr_null(ota_devfile_slot_at(again, 2));
	ck_assert_int_eq(fact_find(&again->facts, "hw.revision")->number, 3);
	ck_assert(again->policy.unsigned_chain && !again->implied);
	buf_fini(&b);
	ota_sink_close(sink);
	ota_devfile_free(again);
	ota_devfile_free(d);
}
END_TEST

START_TEST(not_loaded)
{
	static const char other[] = "{\"format\":\"otap-device\",\"spec\":\"2.0\"}";
	size_t large = DEVFILE_JSON_MAX + 1;
	char *blank = malloc(large);
	ota_devfile *d = NULL;
	ota_err err;

	ck_assert_ptr_nonnull(blank);
	memset(blank, ' ', large);
	ck_assert_int_eq(load_text(&d, blank, large, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_assert_int_eq(load_text(&d, blank, large - 1, &err), OTA_FORMAT);
	ck_id(err, OTA_E_JSON);
	ck_assert_int_eq(load_text(&d, "", 0, &err), OTA_FORMAT);
	ck_id(err, OTA_E_JSON);
	ck_assert_int_eq(load_text(&d, other, strlen(other), &err), OTA_UNSUPPORTED);
	ck_id(err, OTA_E_VERSION_FMT);
	ck_assert_ptr_null(d);
	free(blank);
}
END_TEST

START_TEST(no_memory)
{
	ota_status st = OTA_NOMEM;

	for (uint64_t n = 0; st != OTA_OK; n++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_source *src = NULL;
		ota_devfile *d = NULL, *made = NULL;
		ota_err err = OTA_ERR_INIT;

		ck_assert_ptr_nonnull(ctx);
		ck_assert_int_eq(
			ota_source_memory(&src, ctx, sample, strlen(sample), NULL), OTA_OK);
		f.fail_at = f.count + n;
		st = ota_devfile_read(&d, ctx, src, "d.yaml", NULL, &err);
		if (!st)
			st = ota_devfile_default(&made, ctx, "p", &err);
		ck_assert_msg(
			st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s", (unsigned)n, err.msg);
		ota_devfile_free(d);
		ota_devfile_free(made);
		ota_source_close(src);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
}
END_TEST

TCase *tcase_devfile(void)
{
	TCase *tc = tcase_create("devfile");

	tcase_add_test(tc, values);
	tcase_add_test(tc, least);
	tcase_add_test(tc, written);
	tcase_add_test(tc, loaded);
	tcase_add_test(tc, not_loaded);
	tcase_add_loop_test(tc, one_change, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, many_facts);
	tcase_add_test(tc, no_memory);
	return tc;
}
