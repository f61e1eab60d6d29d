/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A handler has no argument: the one place where the program needs globals. */
static ota_ctx *volatile watched;
static volatile sig_atomic_t seen;

static void on_signal(int sig)
{
	seen = sig;
	if (watched)
		ota_ctx_cancel(watched);
}

void interrupt_watch(ota_ctx *ctx)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;

	watched = ctx;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		/* nohup and background jobs ignore some; they stay ignored. */
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	}
}

void interrupt_forget(void)
{
	watched = NULL;
}

int interrupt_seen(void)
{
	return seen;
}

void interrupt_die(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}
