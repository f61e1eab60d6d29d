/* SPDX-License-Identifier: MIT */
#include <device/client.h>

/* clang-format off */
const struct client_row client_rows[] = {
	{OTA_CLIENT_IDLE, OTA_ON_START, GUARD_NONE, ACTION_CHECK, OTA_UPDATE_NONE, OTA_CLIENT_CHECKING},
	{OTA_CLIENT_IDLE, OTA_ON_RESTARTED, GUARD_NONE, ACTION_CONFIRM, OTA_UPDATE_NONE, OTA_CLIENT_APPLYING},
	{OTA_CLIENT_CHECKING, OTA_ON_NOTHING, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_IDLE},
	{OTA_CLIENT_CHECKING, OTA_ON_FOUND, GUARD_NONE, ACTION_DOWNLOAD, OTA_UPDATE_AVAILABLE, OTA_CLIENT_DOWNLOADING},
	{OTA_CLIENT_CHECKING, OTA_ON_FAILED, GUARD_NONE, ACTION_REPORT, OTA_UPDATE_FAILED, OTA_CLIENT_REPORTING},
	{OTA_CLIENT_DOWNLOADING, OTA_ON_DOWNLOADED, GUARD_NONE, ACTION_VERIFY, OTA_UPDATE_DOWNLOADED, OTA_CLIENT_VERIFYING},
	{OTA_CLIENT_DOWNLOADING, OTA_ON_LATER, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_IDLE},
	{OTA_CLIENT_DOWNLOADING, OTA_ON_FAILED, GUARD_DOWNLOADS, ACTION_DOWNLOAD, OTA_UPDATE_NONE, OTA_CLIENT_DOWNLOADING},
	{OTA_CLIENT_DOWNLOADING, OTA_ON_FAILED, GUARD_NONE, ACTION_REPORT, OTA_UPDATE_FAILED, OTA_CLIENT_REPORTING},
	{OTA_CLIENT_VERIFYING, OTA_ON_VERIFIED, GUARD_NONE, ACTION_APPLY, OTA_UPDATE_NONE, OTA_CLIENT_APPLYING},
	{OTA_CLIENT_VERIFYING, OTA_ON_FAILED, GUARD_NONE, ACTION_REPORT, OTA_UPDATE_FAILED, OTA_CLIENT_REPORTING},
	{OTA_CLIENT_APPLYING, OTA_ON_APPLIED, GUARD_NONE, ACTION_REPORT, OTA_UPDATE_APPLIED, OTA_CLIENT_REPORTING},
	{OTA_CLIENT_APPLYING, OTA_ON_LATER, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_IDLE},
	{OTA_CLIENT_APPLYING, OTA_ON_FAILED, GUARD_NONE, ACTION_REPORT, OTA_UPDATE_FAILED, OTA_CLIENT_REPORTING},
	{OTA_CLIENT_REPORTING, OTA_ON_REPORTED, GUARD_FAILED, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_ERROR},
	{OTA_CLIENT_REPORTING, OTA_ON_REPORTED, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_IDLE},
	{OTA_CLIENT_REPORTING, OTA_ON_FAILED, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_ERROR},
	{OTA_CLIENT_ERROR, OTA_ON_RESET, GUARD_NONE, ACTION_NONE, OTA_UPDATE_NONE, OTA_CLIENT_IDLE},
};
/* clang-format on */
const size_t client_row_count = sizeof(client_rows) / sizeof(client_rows[0]);

static const char *const state_names[CLIENT_STATES] = {
	"IDLE", "CHECKING", "DOWNLOADING", "VERIFYING", "APPLYING", "REPORTING", "ERROR"};
static const char *const event_names[CLIENT_EVENTS] = {"wait", "start", "restarted", "reset",
	"nothing", "found", "downloaded", "verified", "later", "applied", "reported", "failed"};
static const char *const update_names[] = {
	"", "UpdateAvailable", "UpdateDownloaded", "UpdateApplied", "UpdateFailed"};
static const char *const action_names[] = {
	"", "check", "download", "verify", "apply", "confirm", "report"};

const char *ota_client_state_name(ota_client_state state)
{
	return (unsigned)state < CLIENT_STATES ? state_names[state] : "?";
}

const char *ota_client_event_name(ota_client_event ev)
{
	return (unsigned)ev < CLIENT_EVENTS ? event_names[ev] : "?";
}

const char *ota_update_event_name(ota_update_event what)
{
	return (unsigned)what <= OTA_UPDATE_FAILED ? update_names[what] : "?";
}

const char *client_action_name(enum client_action action)
{
	return action_names[action];
}

bool client_from_outside(ota_client_event ev)
{
	return ev == OTA_ON_START || ev == OTA_ON_RESTARTED || ev == OTA_ON_RESET;
}

bool client_in_update(ota_client_state state)
{
	return state != OTA_CLIENT_IDLE && state != OTA_CLIENT_ERROR;
}

void ota_client_init(ota_client *c, const ota_client_ops *ops, void *arg)
{
	*c = (ota_client){.size = sizeof(*c), .ops = ops, .arg = arg, .why = OTA_ERR_INIT};
}

static bool guard_holds(const ota_client *c, enum client_guard guard)
{
	switch (guard) {
	case GUARD_DOWNLOADS:
		return c->downloads < c->ops->downloads;
	case GUARD_FAILED:
		return c->failed;
	case GUARD_NONE:
		break;
	}
	return true;
}

static const struct client_row *find_row(const ota_client *c, ota_client_event ev)
{
	for (size_t i = 0; i < client_row_count; i++) {
		const struct client_row *r = &client_rows[i];

		if (r->state == c->state && r->event == ev && guard_holds(c, r->guard))
			return r;
	}
	return NULL;
}

static ota_client_fn *handler(const ota_client_ops *ops, enum client_action action)
{
	switch (action) {
	case ACTION_CHECK:
		return ops->check;
	case ACTION_DOWNLOAD:
		return ops->download;
	case ACTION_VERIFY:
		return ops->verify;
	case ACTION_APPLY:
		return ops->apply;
	case ACTION_CONFIRM:
		return ops->confirm;
	case ACTION_REPORT:
		return ops->report;
	case ACTION_NONE:
		break;
	}
	return NULL;
}

/* What the action's handler answers. */
static ota_client_event act(ota_client *c, enum client_action action)
{
	ota_client_fn *fn = handler(c->ops, action);

	if (action == ACTION_DOWNLOAD) {
		c->downloads++;
		c->why = (ota_err)OTA_ERR_INIT;
	}
	return fn != NULL ? fn(c->arg, &c->why) : OTA_ON_WAIT;
}

static ota_client_event take(ota_client *c, const struct client_row *r)
{
	if (r->state == OTA_CLIENT_IDLE) {
		c->downloads = 0;
		c->failed = false;
	}
	if (r->event == OTA_ON_FAILED && c->why.id == OTA_E_NONE)
		(void)ota_fail(&c->why, OTA_E_CLIENT_EVENT, "%s failed, nobody said why",
			ota_client_state_name(r->state));
	else if (r->event != OTA_ON_FAILED && r->event != OTA_ON_REPORTED)
		c->why = (ota_err)OTA_ERR_INIT;
	c->failed = c->failed || r->tell == OTA_UPDATE_FAILED;
	c->state = r->next;
	if (r->tell != OTA_UPDATE_NONE && c->ops->told != NULL)
		c->ops->told(c->arg, r->tell, c);
	return act(c, r->action);
}

/* No row names it. */
static ota_status refuse(ota_client *c, ota_client_event ev, ota_err *err)
{
	ota_client_state at = c->state;

	if (client_from_outside(ev) || !client_in_update(at)) {
		if (c->ops->ignored != NULL)
			c->ops->ignored(c->arg, at, ev);
		return OTA_OK;
	}
	c->state = OTA_CLIENT_ERROR;
	return ota_fail(err, OTA_E_CLIENT_EVENT, "`%s` came while %s", ota_client_event_name(ev),
		ota_client_state_name(at));
}

ota_status ota_client_on(ota_client *c, ota_client_event ev, const ota_err *why, ota_err *err)
{
	if (why != NULL && client_in_update(c->state))
		c->why = *why;
	while (ev != OTA_ON_WAIT) {
		const struct client_row *r = find_row(c, ev);

		if (r == NULL)
			return refuse(c, ev, err);
		ev = take(c, r);
	}
	return OTA_OK;
}
