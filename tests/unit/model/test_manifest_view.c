/* SPDX-License-Identifier: MIT */
/* Every value of a manifest, and one of them as JSON. */
#include "model_unit.h"

static ota_manifest *m;

static void setup(void)
{
	size_t len;
	char *text = m_text(M_FULL, "", "", &len);
	ota_err err = OTA_ERR_INIT;

	ck_ok(manifest_read(&m, t_ctx(), (const uint8_t *)text, len, NULL, &err), &err);
	free(text);
}

static void teardown(void)
{
	manifest_free(m);
}

static const struct {
	const char *path, *text, *json;
} rows[] = {
	{"product", "gw-100", "\"gw-100\""},
	{"security_counter", "7", "7"},
	{"requires.version", ">=2.0.0 <2.4.0 || =1.9.7", "\">=2.0.0 <2.4.0 || =1.9.7\""},
	{"rules.0.value", "[\"gw-100\",\"gw-110\"]", "[\"gw-100\",\"gw-110\"]"},
	{"x-list", "[1,{\"a\":true}]", "[1,{\"a\":true}]"},
	{"components.0.payloads.0.ram", "0", "0"},
};

START_TEST(text_and_json)
{
	ota_err err = OTA_ERR_INIT;
	char text[256];
	size_t len;

	ck_ok(ota_manifest_get(m, rows[_i].path, text, sizeof(text), &len, &err), &err);
	ck_assert_str_eq(text, rows[_i].text);
	ck_ok(ota_manifest_get_json(m, rows[_i].path, text, sizeof(text), &len, &err), &err);
	ck_assert_str_eq(text, rows[_i].json);
	ck_assert_uint_eq(len, strlen(text));
}
END_TEST

struct tally {
	size_t n, stop;
	bool list, rule, step;
};

/* What is told is what the path gives. */
static ota_status tell(void *arg, const ota_value *v, ota_err *err)
{
	struct tally *t = arg;
	char text[512];
	size_t len;

	ck_ok(ota_manifest_get(m, v->path, text, sizeof(text), &len, err), err);
	ck_assert_str_eq(v->text, text);
	ck_ok(ota_manifest_get_json(m, v->path, text, sizeof(text), &len, err), err);
	ck_assert_str_eq(v->json, text);
	t->list = t->list || strcmp(v->path, "x-list.1.a") == 0;
	t->rule = t->rule || strcmp(v->path, "rules.4.any.1.not.all.0.fact") == 0;
	t->step = t->step || strcmp(v->path, "steps.8.op") == 0;
	t->n++;
	return t->n == t->stop ? ota_fail(err, OTA_E_CANCELLED, "enough") : OTA_OK;
}

START_TEST(each)
{
	struct tally t = {0};
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_manifest_each(m, tell, &t, &err), &err);
	ck_assert(t.list && t.rule && t.step);
	ck_assert_uint_gt(t.n, 100);
	t = (struct tally){.stop = 5};
	ck_assert_int_eq(ota_manifest_each(m, tell, &t, &err), OTA_CANCELLED);
	ck_assert_uint_eq(t.n, 5);
}
END_TEST

TCase *tcase_manifest_view(void)
{
	TCase *tc = tcase_create("manifest_view");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, text_and_json, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, each);
	return tc;
}
