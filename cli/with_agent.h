/* SPDX-License-Identifier: MIT */
/* The update agent of a simulated device: it goes through <ota/client.h> and logs what that tells. */
#ifndef CLI_WITH_AGENT_H
#define CLI_WITH_AGENT_H

#include "verbs.h"

struct agent_opts {
	const char *events; /* NULL: no log */
};

extern const struct opt_group agent_group; /* --events */

/* *waits: no answer comes in this life of the device, whatever is returned. */
typedef ota_status agent_fn(void *arg, bool *waits, ota_err *err);

/* What the device's handlers do; NULL where it is never asked for. */
struct agent_ops {
	agent_fn *check, *verify, *apply, *confirm;
};

struct agent {
	struct cli *c;
	const struct agent_ops *ops;
	void *arg;
	int64_t at;
	const char *product, *version; /* of the package; NULL: not known yet */
	int log;                       /* -1: none */
	ota_status st, log_st;         /* of the last handler that failed, of the log */
	ota_err why, log_why;
};

/* Before any input is opened. */
ota_status agent_open(struct agent *out, struct cli *c, const struct agent_opts *o,
	const struct agent_ops *ops, void *arg, ota_err *err);
/* st is how all went; the failure of the log if nothing else failed. */
ota_status agent_close(struct agent *a, ota_status st, ota_err *err);
/* ev from outside, after a start; returns what the handlers did. */
ota_status agent_on(struct agent *a, ota_client_event ev, ota_err *err);

#endif
