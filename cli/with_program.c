/* SPDX-License-Identifier: MIT */
#include "with_program.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct program {
	const char *name;
	int text, pipe[2]; /* descriptors; -1: none */
	pid_t pid;         /* 0: none */
};

/* A file and no pipe: `openssl pkeyutl -rawin` wants to know the size of what it signs. */
static ota_status store_text(struct program *p, const void *text, size_t len, ota_err *err)
{
	p->text = memfd_create("to-sign", MFD_CLOEXEC);
	if (p->text < 0 || write(p->text, text, len) != (ssize_t)len ||
		lseek(p->text, 0, SEEK_SET) != 0)
		return ota_fail_sys(err, "cannot store the text to sign");
	return OTA_OK;
}

static ota_status start(struct program *p, ota_err *err)
{
	char *argv[] = {(char *)p->name, NULL}; /* POSIX: not written to */
	posix_spawn_file_actions_t acts;
	int e;

	if (pipe2(p->pipe, O_CLOEXEC))
		return ota_fail_sys(err, "cannot make a pipe");
	e = posix_spawn_file_actions_init(&acts);
	if (e)
		return ota_fail_nomem(err);
	e = posix_spawn_file_actions_adddup2(&acts, p->text, STDIN_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&acts, p->pipe[1], STDOUT_FILENO);
	if (!e)
		e = posix_spawnp(&p->pid, p->name, &acts, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&acts);
	close(p->pipe[1]);
	p->pipe[1] = -1;
	if (!e)
		return OTA_OK;
	p->pid = 0;
	return ota_fail(err, OTA_E_SIGNER, "cannot run %s: %s", p->name, strerror(e));
}

static ota_status collect(
	const struct program *p, uint8_t *answer, size_t cap, size_t *len, ota_err *err)
{
	size_t n = 0;

	for (;;) {
		uint8_t more;
		ssize_t got = n < cap ? read(p->pipe[0], answer + n, cap - n)
				      : read(p->pipe[0], &more, 1);

		if (got < 0 && errno == EINTR && !interrupt_seen())
			continue;
		if (got < 0 && errno == EINTR)
			return ota_fail(err, OTA_E_CANCELLED, "stopped by a signal");
		if (got < 0)
			return ota_fail_sys(err, "cannot read from %s", p->name);
		if (!got)
			break;
		if (n == cap)
			return ota_fail(err, OTA_E_SIGNER,
				"%s writes more than %zu bytes, which is no signature", p->name,
				cap);
		n += (size_t)got;
	}
	*len = n;
	return OTA_OK;
}

/* stop: it is of no use any more. */
static ota_status finish(struct program *p, bool stop, ota_err *err)
{
	int how = 0;
	pid_t r;

	if (stop)
		kill(p->pid, SIGTERM);
	do
		r = waitpid(p->pid, &how, 0);
	while (r < 0 && errno == EINTR);
	p->pid = 0;
	if (WIFSIGNALED(how))
		return ota_fail(
			err, OTA_E_SIGNER, "%s was ended by signal %d", p->name, WTERMSIG(how));
	if (WEXITSTATUS(how))
		return ota_fail(
			err, OTA_E_SIGNER, "%s exited with status %d", p->name, WEXITSTATUS(how));
	return OTA_OK;
}

ota_status program_sign(void *arg, const void *text, size_t len, uint8_t *answer, size_t cap,
	size_t *answer_len, ota_err *err)
{
	struct program p = {.name = arg, .text = -1, .pipe = {-1, -1}};
	ota_status st = store_text(&p, text, len, err);

	if (!st)
		st = start(&p, err);
	if (!st)
		st = collect(&p, answer, cap, answer_len, err);
	if (p.pid && st)
		finish(&p, true, NULL);
	else if (p.pid)
		st = finish(&p, false, err);
	if (p.pipe[0] >= 0)
		close(p.pipe[0]);
	if (p.text >= 0)
		close(p.text);
	return st;
}
