/* SPDX-License-Identifier: MIT */
#include "with_agent.h"

#include "with_io.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SOURCE "otatool:apply-sim"

static const struct opt agent_rows[] = {
	{0, OPT_TEXT, "events", "FILE",
		"append what the update agent tells: CloudEvents, a line each",
		offsetof(struct agent_opts, events), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group agent_group = {"Events", agent_rows};

/* ---- the log ---- */

static ota_status open_log(int *out, struct cli *c, const char *path, ota_err *err)
{
	ota_status st;

	*out = -1;
	if (!strcmp(path, "-"))
		return ota_fail(err, OTA_E_OPTION, "--events is a file that grows, not stdout");
	st = io_claim(c, path, err);
	if (st)
		return st;
	*out = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	return *out < 0 ? ota_fail_sys(err, "open %s", path) : OTA_OK;
}

/* A line that was cut when the power went ends before ours begins. */
static ota_status end_line(int fd, ota_err *err)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last = '\n';

	if (end <= 0 || pread(fd, &last, 1, end - 1) != 1 || last == '\n')
		return OTA_OK;
	return write(fd, "\n", 1) == 1 ? OTA_OK : ota_fail_sys(err, "write the log of events");
}

/* Where an event begins in its log tells it from one that is the same otherwise. */
static ota_status write_event(
	struct agent *a, ota_update_event what, const ota_err *why, ota_err *err)
{
	ota_status st = end_line(a->log, err);
	off_t at = lseek(a->log, 0, SEEK_END);
	const ota_cloudevent ev = {
		.size = sizeof(ev),
		.what = what,
		.source = SOURCE,
		.at = a->at,
		.seq = at > 0 ? (uint64_t)at : 0,
		.product = a->product,
		.version = a->version,
		.digest = a->c->digest_len ? a->c->digest : NULL,
		.digest_len = a->c->digest_len,
		.why = why,
	};
	ota_sink *sink = NULL;

	if (!st)
		st = ota_sink_fd(&sink, a->c->ctx, a->log, err);
	if (!st)
		st = ota_cloudevent_write(sink, a->c->ctx, &ev, err);
	ota_sink_close(sink);
	return st;
}

static void told(void *arg, ota_update_event what, const ota_client *client)
{
	struct agent *a = arg;

	if (a->log >= 0 && !a->log_st)
		a->log_st = write_event(
			a, what, what == OTA_UPDATE_FAILED ? &client->why : NULL, &a->log_why);
}

/* ---- the handlers ---- */

/*
 * Who is stopped by a signal answers as little as who has no power, and a wrong
 * command line is no update that fails.
 */
static ota_client_event ask(struct agent *a, agent_fn *fn, ota_client_event good, ota_err *why)
{
	bool waits = false;

	a->st = fn(a->arg, &waits, why);
	a->why = *why;
	if (waits || a->st == OTA_CANCELLED || a->st == OTA_USAGE)
		return OTA_ON_WAIT;
	return a->st ? OTA_ON_FAILED : good;
}

static ota_client_event check(void *arg, ota_err *why)
{
	struct agent *a = arg;

	return ask(a, a->ops->check, OTA_ON_FOUND, why);
}

/* The package is a file of this machine. */
static ota_client_event download(void *arg, ota_err *why)
{
	(void)arg;
	(void)why;
	return OTA_ON_DOWNLOADED;
}

static ota_client_event verify(void *arg, ota_err *why)
{
	struct agent *a = arg;

	return ask(a, a->ops->verify, OTA_ON_VERIFIED, why);
}

static ota_client_event apply(void *arg, ota_err *why)
{
	struct agent *a = arg;
	ota_client_event ev = ask(a, a->ops->apply, OTA_ON_APPLIED, why);

	return ev == OTA_ON_FAILED && a->st == OTA_DEFERRED ? OTA_ON_LATER : ev;
}

static ota_client_event confirm(void *arg, ota_err *why)
{
	struct agent *a = arg;

	return ask(a, a->ops->confirm, OTA_ON_APPLIED, why);
}

/* There is no server; the log has it all. */
static ota_client_event report(void *arg, ota_err *why)
{
	(void)arg;
	(void)why;
	return OTA_ON_REPORTED;
}

static const ota_client_ops client_ops = {
	.size = sizeof(client_ops),
	.check = check,
	.download = download,
	.verify = verify,
	.apply = apply,
	.confirm = confirm,
	.report = report,
	.told = told,
};

/* ---- what verbs call ---- */

ota_status agent_open(struct agent *out, struct cli *c, const struct agent_opts *o,
	const struct agent_ops *ops, void *arg, ota_err *err)
{
	*out = (struct agent){.c = c,
		.ops = ops,
		.arg = arg,
		.at = OTA_TIME_NONE,
		.log = -1,
		.why = OTA_ERR_INIT,
		.log_why = OTA_ERR_INIT};
	return o->events ? open_log(&out->log, c, o->events, err) : OTA_OK;
}

ota_status agent_close(struct agent *a, ota_status st, ota_err *err)
{
	if (a->log >= 0)
		close(a->log);
	if (st || !a->log_st)
		return st;
	*err = a->log_why;
	return a->log_st;
}

ota_status agent_on(struct agent *a, ota_client_event ev, ota_err *err)
{
	ota_client client;
	ota_status st;

	ota_client_init(&client, &client_ops, a);
	st = ota_client_on(&client, ev, NULL, err);
	if (st)
		return st;
	if (a->st)
		*err = a->why;
	return a->st;
}
