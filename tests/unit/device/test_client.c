/* SPDX-License-Identifier: MIT */
/* The client does what its table says, for every state and event, and nothing else. */
#include "unit.h"

#include <device/client.h>

#define SAID_MAX 256

/* An agent whose handlers answer what the test wrote down, and that keeps what it was asked. */
struct agent {
	ota_client c;
	ota_client_ops ops;
	ota_client_event answer[32];
	unsigned answers;
	char said[SAID_MAX];
	ota_id why; /* that report was told */
};

static void say(struct agent *a, const char *what)
{
	size_t n = strlen(a->said);

	snprintf(a->said + n, SAID_MAX - n, "%s%s", n > 0 ? " " : "", what);
}

static ota_client_event next_answer(struct agent *a, ota_err *why)
{
	ota_client_event ev = a->answer[a->answers];

	if (ev == OTA_ON_FAILED)
		(void)ota_fail(why, OTA_E_HASH_CHUNK, "damaged");
	a->answers += ev != OTA_ON_WAIT;
	return ev;
}

#define HANDLER(name)                                                                              \
	static ota_client_event name(void *arg, ota_err *why)                                      \
	{                                                                                          \
		ck_assert_int_eq(why->id, OTA_E_NONE);                                             \
		say(arg, #name);                                                                   \
		return next_answer(arg, why);                                                      \
	}
HANDLER(check)
HANDLER(download)
HANDLER(verify)
HANDLER(apply)
HANDLER(confirm)

static ota_client_event report(void *arg, ota_err *why)
{
	struct agent *a = arg;

	say(a, "report");
	a->why = why->id;
	return next_answer(a, why);
}

static void told(void *arg, ota_update_event what, const ota_client *c)
{
	ck_assert_int_eq(c->why.id == OTA_E_NONE, what != OTA_UPDATE_FAILED);
	say(arg, ota_update_event_name(what));
}

static void ignored(void *arg, ota_client_state at, ota_client_event ev)
{
	say(arg, ota_client_state_name(at));
	say(arg, "ignores");
	say(arg, ota_client_event_name(ev));
}

static void agent_init(struct agent *a)
{
	*a = (struct agent){.ops = {.size = sizeof(a->ops),
				    .check = check,
				    .download = download,
				    .verify = verify,
				    .apply = apply,
				    .confirm = confirm,
				    .report = report,
				    .told = told,
				    .ignored = ignored,
				    .downloads = 3}};
	ota_client_init(&a->c, &a->ops, a);
}

/* ---- runs ---- */

#define A(x) OTA_ON_##x

static const struct {
	ota_client_event first, answer[16];
	ota_client_state end;
	ota_id why;
	const char *said;
} runs[] = {
	{A(START), {A(NOTHING)}, OTA_CLIENT_IDLE, OTA_E_NONE, "check"},
	{A(START), {A(FOUND), A(DOWNLOADED), A(VERIFIED), A(APPLIED), A(REPORTED)}, OTA_CLIENT_IDLE,
		OTA_E_NONE,
		"check UpdateAvailable download UpdateDownloaded verify apply UpdateApplied "
		"report"},
	{A(START), {A(FOUND), A(FAILED), A(FAILED), A(DOWNLOADED), A(FAILED), A(REPORTED)},
		OTA_CLIENT_ERROR, OTA_E_HASH_CHUNK,
		"check UpdateAvailable download download download UpdateDownloaded verify "
		"UpdateFailed report"},
	{A(START), {A(FOUND), A(FAILED), A(FAILED), A(FAILED), A(REPORTED)}, OTA_CLIENT_ERROR,
		OTA_E_HASH_CHUNK,
		"check UpdateAvailable download download download UpdateFailed report"},
	{A(START), {A(FAILED), A(REPORTED)}, OTA_CLIENT_ERROR, OTA_E_HASH_CHUNK,
		"check UpdateFailed report"},
	{A(START), {A(FOUND), A(LATER)}, OTA_CLIENT_IDLE, OTA_E_NONE,
		"check UpdateAvailable download"},
	{A(START), {A(FOUND), A(DOWNLOADED), A(VERIFIED), A(LATER)}, OTA_CLIENT_IDLE, OTA_E_NONE,
		"check UpdateAvailable download UpdateDownloaded verify apply"},
	{A(RESTARTED), {A(APPLIED), A(REPORTED)}, OTA_CLIENT_IDLE, OTA_E_NONE,
		"confirm UpdateApplied report"},
	{A(RESTARTED), {A(FAILED), A(REPORTED)}, OTA_CLIENT_ERROR, OTA_E_HASH_CHUNK,
		"confirm UpdateFailed report"},
	{A(RESTARTED), {A(APPLIED), A(FAILED)}, OTA_CLIENT_ERROR, OTA_E_NONE,
		"confirm UpdateApplied report"},
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

START_TEST(client_runs)
{
	struct agent a;
	ota_err err = OTA_ERR_INIT;

	agent_init(&a);
	memcpy(a.answer, runs[_i].answer, sizeof(runs[_i].answer));
	ck_ok(ota_client_on(&a.c, runs[_i].first, NULL, &err), &err);
	ck_assert_str_eq(a.said, runs[_i].said);
	ck_assert_int_eq(a.c.state, runs[_i].end);
	ck_assert_int_eq(a.why, runs[_i].why);
}
END_TEST

/* Handlers that are not there, or WAIT, are answered for later, step by step. */
START_TEST(client_waits)
{
	static const ota_client_event events[] = {A(START), A(START), A(FOUND), A(DOWNLOADED),
		A(RESTARTED), A(VERIFIED), A(WAIT), A(FAILED), A(RESET), A(REPORTED), A(APPLIED),
		A(START), A(RESET), A(RESET), A(START)};
	struct agent a;
	ota_err err = OTA_ERR_INIT, why = OTA_ERR_INIT;

	agent_init(&a);
	a.ops.download = NULL;
	(void)ota_fail(&why, OTA_E_HEALTH, "no answer");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const ota_err *w = events[i] == A(FAILED) ? &why : NULL;

		ck_ok(ota_client_on(&a.c, events[i], w, &err), &err);
	}
	ck_assert_str_eq(a.said,
		"check CHECKING ignores start UpdateAvailable UpdateDownloaded verify VERIFYING "
		"ignores "
		"restarted apply UpdateFailed report REPORTING ignores reset ERROR ignores applied "
		"ERROR ignores start IDLE ignores reset check");
	ck_assert_int_eq(a.why, OTA_E_HEALTH);
	ck_assert_int_eq(a.c.state, OTA_CLIENT_CHECKING);
	ck_assert(!a.c.failed);
	ck_assert_int_eq(a.c.why.id, OTA_E_NONE);
}
END_TEST

/* ---- every pair ---- */

static const struct client_row *row_for(const ota_client *c, ota_client_event ev)
{
	for (size_t i = 0; i < client_row_count; i++) {
		const struct client_row *r = &client_rows[i];
		bool holds = r->guard == GUARD_NONE || (r->guard == GUARD_FAILED && c->failed) ||
			     (r->guard == GUARD_DOWNLOADS && c->downloads < 3);

		if (r->state == c->state && r->event == ev && holds)
			return r;
	}
	return NULL;
}

static void one_pair(ota_client_state state, ota_client_event ev, unsigned downloads, bool failed)
{
	const struct client_row *r;
	struct agent a;
	char want[SAID_MAX];
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	agent_init(&a);
	a.c.state = state;
	a.c.downloads = downloads;
	a.c.failed = failed;
	r = row_for(&a.c, ev);
	st = ota_client_on(&a.c, ev, NULL, &err);
	if (r != NULL) {
		snprintf(want, sizeof(want), "%s%s%s", ota_update_event_name(r->tell),
			r->tell != OTA_UPDATE_NONE && r->action != ACTION_NONE ? " " : "",
			client_action_name(r->action));
		ck_assert_str_eq(a.said, want);
		ck_assert_int_eq(a.c.state, r->next);
		ck_assert_int_eq(st, OTA_OK);
	} else if (client_from_outside(ev) || !client_in_update(state)) {
		ck_assert_ptr_nonnull(strstr(a.said, " ignores "));
		ck_assert_int_eq(a.c.state, state);
		ck_assert_int_eq(st, OTA_OK);
	} else {
		ck_assert_str_eq(a.said, "");
		ck_assert_int_eq(a.c.state, OTA_CLIENT_ERROR);
		ck_id(err, OTA_E_CLIENT_EVENT);
	}
}

/* One event more than there are: what no agent should say is a stray one too. */
START_TEST(client_does_what_its_table_says)
{
	for (unsigned s = 0; s < CLIENT_STATES; s++)
		for (unsigned e = 1; e <= CLIENT_EVENTS; e++)
			for (unsigned downloads = 0; downloads <= 3; downloads++)
				for (unsigned failed = 0; failed < 2; failed++)
					one_pair((ota_client_state)s, (ota_client_event)e,
						downloads, failed != 0);
}
END_TEST

/* A handler that answers for another one is no better than a stray event. */
START_TEST(client_refuses_a_wrong_answer)
{
	struct agent a;
	ota_err err = OTA_ERR_INIT;

	agent_init(&a);
	a.answer[0] = A(FOUND);
	a.answer[1] = A(VERIFIED);
	ck_assert_int_eq(ota_client_on(&a.c, A(START), NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_CLIENT_EVENT);
	ck_assert_str_eq(a.said, "check UpdateAvailable download");
	ck_assert_int_eq(a.c.state, OTA_CLIENT_ERROR);
}
END_TEST

START_TEST(client_failure_has_a_reason)
{
	struct agent a;
	ota_err err = OTA_ERR_INIT;

	agent_init(&a);
	a.ops.check = NULL;
	ck_ok(ota_client_on(&a.c, A(START), NULL, &err), &err);
	ck_ok(ota_client_on(&a.c, A(FAILED), NULL, &err), &err);
	ck_assert_str_eq(a.said, "UpdateFailed report");
	ck_assert_int_eq(a.why, OTA_E_CLIENT_EVENT);
}
END_TEST

TCase *tcase_client(void)
{
	TCase *tc = tcase_create("client");

	tcase_add_loop_test(tc, client_runs, 0, RUNS);
	tcase_add_test(tc, client_waits);
	tcase_add_test(tc, client_does_what_its_table_says);
	tcase_add_test(tc, client_refuses_a_wrong_answer);
	tcase_add_test(tc, client_failure_has_a_reason);
	return tc;
}
