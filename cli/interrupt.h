/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGHUP cancel the context; the process then dies of the signal. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <ota/ctx.h>

/* A second signal of the kind kills at once. */
void interrupt_watch(ota_ctx *ctx);
void interrupt_forget(void);
/* The signal that came, 0 if none. */
int interrupt_seen(void);
/* Die of sig, as if it had never been caught: the shell sees 128 + sig. */
void interrupt_die(int sig);

#endif
