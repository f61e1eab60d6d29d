/* SPDX-License-Identifier: MIT */
#include <ota/campaign.h>
#include <ota/text.h>

#include <sim/campaign.h>

#include "../../forge/forge.h"
#include "unit.h"

#define IMAGE 40000U
#define FEW   150U
#define SOME  60U

struct stand {
	uint8_t old[IMAGE], fresh[IMAGE];
	uint8_t *bytes;
	ota_source *pkg, *image;
	ota_trust *trust;
	ota_devfile *d;
	ota_campaign *c;
};

static const char manifest[] =
	"format: otap-manifest\nspec: \"1.0\"\nproduct: rig\n"
	"version: 2.0.0\nsecurity_counter: 3\nsignatures: compact\n"
	"components:\n  - name: rootfs\n    slot: ab\n    image: rootfs.img\n"
	"    payloads:\n      - { kind: full, compression: none }\n";
static const char device[] =
	"format: otap-device\nspec: \"1.0\"\nproduct: rig\n"
	"flash: { erase_size: 4096, program_size: %u }\nslots:\n  - component: rootfs\n"
	"policy: { unsigned_chain: true }\n";

static void set_up(struct stand *s, unsigned unit, ota_health health)
{
	struct forge_file file = {"rootfs.img", s->fresh, IMAGE - 1000};
	ota_campaign_options opt = {.size = sizeof(opt), .at = OTA_TIME_NONE, .health = health};
	char yaml[512];
	ota_source *text = NULL;
	ota_err err = OTA_ERR_INIT;
	uint64_t seed = 5;
	size_t len = 0;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < IMAGE; i++) {
		s->old[i] = (uint8_t)t_rand(&seed);
		s->fresh[i] = (uint8_t)t_rand(&seed);
	}
	s->bytes = forge_signed(&len, t_ctx(), manifest, &file, 1);
	s->trust = forge_trust(t_ctx());
	snprintf(yaml, sizeof(yaml), device, unit);
	ck_ok(ota_source_memory(&text, t_ctx(), yaml, strlen(yaml), &err), &err);
	ck_ok(ota_devfile_read(&s->d, t_ctx(), text, "d", NULL, &err), &err);
	ota_source_close(text);
	ck_ok(ota_source_memory(&s->pkg, t_ctx(), s->bytes, len, &err), &err);
	ck_ok(ota_source_memory(&s->image, t_ctx(), s->old, IMAGE, &err), &err);
	opt.image = s->image;
	ck_ok(ota_campaign_new(&s->c, t_ctx(), s->d, s->trust, s->pkg, &opt, &err), &err);
}

static void tear_down(struct stand *s)
{
	ota_campaign_free(s->c);
	ota_devfile_free(s->d);
	ota_trust_free(s->trust);
	ota_source_close(s->image);
	ota_source_close(s->pkg);
	free(s->bytes);
}

static void say(void *arg, const ota_case *c)
{
	ck_abort_msg("%s: %s: %s %p", c->plan, c->verdict, c->text, arg);
}

static bool few(void *arg, uint64_t run)
{
	(void)arg;
	return run < FEW;
}

/* Every mode at every control operation, a sample of the rest; what ends how. */
START_TEST(campaign_finds_no_brick)
{
	struct stand *s = malloc(sizeof(*s));
	bool good = _i / 2 == OTA_HEALTH_GOOD;
	ota_err err = OTA_ERR_INIT;

	set_up(s, _i % 2 ? 16 : 512, (ota_health)(_i / 2));
	for (ota_phase phase = 0; phase < OTA_PHASES; phase++) {
		ota_phase_result res = {.size = sizeof(res)};

		ck_ok(ota_campaign_run(s->c, phase, phase == OTA_PHASE_CONTROL ? NULL : few, say,
			      NULL, &err),
			&err);
		ota_campaign_phase_get(s->c, phase, &res);
		ck_assert_uint_eq(res.bad, 0);
		ck_assert_uint_ge(res.run, phase == OTA_PHASE_CONTROL ? res.possible : FEW);
		ck_assert_uint_gt(good ? res.ended_new : res.rolled_back, res.run / 2);
		ck_assert_uint_eq(good ? res.rolled_back : res.ended_new, 0);
	}
	tear_down(s);
	free(s);
}
END_TEST

/* ---- what is remembered ---- */

static void same_end(const struct media *a, const struct media *b, const char *plan)
{
	ck_assert_msg(memcmp(a->fuse, b->fuse, sizeof(a->fuse)) == 0, "%s: fuses", plan);
	ck_assert_msg(a->booted == b->booted, "%s: booted", plan);
	for (unsigned i = 0; i < a->region_count; i++)
		ck_assert_msg(media_same(a, b, i, a->region[i].flash.geometry.size),
			"%s: region %u", plan, i);
}

static void same_outcome(const struct outcome *a, const struct outcome *b, const char *plan)
{
	ck_assert_msg(a->verdict == b->verdict && a->bad == b->bad, "%s: %s, %s", plan,
		verdict_names[a->verdict], verdict_names[b->verdict]);
	ck_assert_msg(a->boots == b->boots, "%s: %u, %u boots", plan, a->boots, b->boots);
	ck_assert_msg(a->why == b->why, "%s: %d, %d", plan, a->why, b->why);
	ck_assert_str_eq(a->text, b->text);
}

/* Cases by what other cases did end as they do when all is run: verdict, words, every byte. */
START_TEST(campaign_memory_changes_nothing)
{
	static const struct {
		ota_phase phase;
		uint64_t step;
	} rows[] = {{OTA_PHASE_CONTROL, 3}, {OTA_PHASE_DATA, 5}, {OTA_PHASE_PAIRS, 2503},
		{OTA_PHASE_STORMS, 1}};
	struct stand *s = malloc(sizeof(*s));
	struct media *a = NULL, *b = NULL;
	struct memo *memo = NULL;
	ota_err err = OTA_ERR_INIT;

	set_up(s, 256, (ota_health)_i);
	ck_ok(media_fork(&a, s->c->one, s->c->start, &err), &err);
	ck_ok(media_fork(&b, s->c->one, s->c->start, &err), &err);
	ck_ok(memo_new(&memo, &s->c->scene, a, &err), &err);
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (uint64_t i = 0; i < SOME; i++) {
			uint64_t n = s->c->phase[rows[r].phase].possible;
			struct outcome x, y;
			struct plan plan;
			char text[PLAN_TEXT_MAX];

			cases_plan(&plan, s->c, rows[r].phase, i * rows[r].step % n);
			plan_text(text, &plan);
			ck_ok(run_case(&x, &s->c->scene, a, memo, &plan, &err), &err);
			ck_ok(run_case(&y, &s->c->scene, b, NULL, &plan, &err), &err);
			same_outcome(&x, &y, text);
			same_end(a, b, text);
		}
	memo_free(memo);
	media_free(b);
	media_free(a);
	tear_down(s);
	free(s);
}
END_TEST

/* ---- which cases come first ---- */

static size_t place_of(const struct strikes *s, const struct strike *one)
{
	size_t i = 0;

	while (i < s->n && (s->v[i].op != one->op || s->v[i].mode != one->mode))
		i++;
	return i;
}

/* All of them, each once, and however few are run, they are spread over all. */
START_TEST(campaign_samples_evenly)
{
	struct stand *s = malloc(sizeof(*s));
	const struct strikes *all;
	bool *seen, once = true;

	set_up(s, 512, OTA_HEALTH_GOOD);
	all = _i == OTA_PHASE_CONTROL ? &s->c->control : &s->c->data;
	seen = calloc(all->n, sizeof(*seen));
	for (size_t i = 0; i < all->n; i++) {
		struct plan plan;
		size_t at;

		cases_plan(&plan, s->c, (ota_phase)_i, i);
		at = place_of(all, &plan.s[0]);
		once = once && at < all->n && !seen[at];
		seen[at % all->n] = true;
		if (i == 31)
			for (size_t part = 0; part < 8; part++) {
				const bool *from = seen + part * all->n / 8;

				ck_assert_ptr_nonnull(memchr(from, true, all->n / 8));
			}
	}
	ck_assert(once);
	free(seen);
	tear_down(s);
	free(s);
}
END_TEST

/* ---- plans ---- */

START_TEST(campaign_plans_are_text)
{
	static const char *const good[] = {"op0:cut-before", "op118:torn-half+op131:cut-after",
		"op1:lost+op2:lost+op3:lost+op4:lost+op5:lost+op18446744073709551615:read-once"};
	static const char *const bad[] = {"", "op", "op1", "op1:", "op:cut-before", "op01:lost",
		"op1:melted", "op1:cut-before+", "+op1:lost", "op1:none", "1:lost",
		"op1:lost+op2:lost+op3:lost+op4:lost+op5:lost+op6:lost+op7:lost"};
	char text[PLAN_TEXT_MAX];
	struct plan p;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(plan_parse(&p, good[i]), "%s", good[i]);
		plan_text(text, &p);
		ck_assert_str_eq(text, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!plan_parse(&p, bad[i]), "%s", bad[i]);
}
END_TEST

/* A torn operation leaves what its name says. */
START_TEST(campaign_torn_operations)
{
	static const struct {
		enum fault_id mode;
		unsigned least, most; /* bits that arrive, of 512 */
	} rows[] = {
		{FAULT_CUT_BEFORE, 0, 0},
		{FAULT_CUT_AFTER, 512, 512},
		{FAULT_TORN_FIRST, 128, 128},
		{FAULT_TORN_HALF, 256, 256},
		{FAULT_TORN_LAST, 384, 384},
		{FAULT_TORN_BIT, 1, 1},
		{FAULT_TORN_BUT_BIT, 511, 511},
		{FAULT_TORN_MIX, 200, 312},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[64] = {0}, want[64];
		unsigned n = 0;

		memset(want, 0xff, sizeof(want));
		fault_tear(bytes, want, sizeof(want), 16, rows[i].mode, 3);
		for (size_t k = 0; k < sizeof(bytes); k++)
			n += (unsigned)__builtin_popcount(bytes[k]);
		ck_assert_uint_ge(n, rows[i].least);
		ck_assert_uint_le(n, rows[i].most);
	}
}
END_TEST

TCase *tcase_campaign(void)
{
	TCase *tc = tcase_create("campaign");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, campaign_finds_no_brick, 0, 6);
	tcase_add_loop_test(tc, campaign_memory_changes_nothing, 0, 3);
	tcase_add_loop_test(tc, campaign_samples_evenly, OTA_PHASE_CONTROL, OTA_PHASE_DATA + 1);
	tcase_add_test(tc, campaign_plans_are_text);
	tcase_add_test(tc, campaign_torn_operations);
	return tc;
}
