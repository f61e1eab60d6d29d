/* SPDX-License-Identifier: MIT */
#include "pass.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <ota/text.h>

#define PASS_MAX 1024

static const struct opt pass_rows[] = {
	{0, OPT_NUMBER, "passphrase-fd", "N", "read the passphrase from descriptor N",
		offsetof(struct pass_opts, fd), NULL},
	{0, OPT_TEXT, "passphrase-file", "FILE", "read the passphrase from the first line of FILE",
		offsetof(struct pass_opts, file), NULL},
	{0, OPT_TEXT, "passphrase-env", "NAME", "take the passphrase from the variable NAME",
		offsetof(struct pass_opts, env), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group pass_group = {"Passphrase", pass_rows};

ota_status pass_check(const struct pass_opts *opts, ota_err *err)
{
	if (opts->fd.given + (opts->file != NULL) + (opts->env != NULL) > 1)
		return ota_fail(err, OTA_E_OPTION,
			"--passphrase-fd, --passphrase-file and --passphrase-env exclude each "
			"other");
	if (opts->file && !strcmp(opts->file, "-"))
		return ota_fail(err, OTA_E_OPTION,
			"--passphrase-file takes a file; --passphrase-fd 0 reads from stdin");
	if (opts->fd.given && opts->fd.value > 1 << 20)
		return ota_fail(err, OTA_E_OPTION, "--passphrase-fd is no descriptor");
	return OTA_OK;
}

/*
 * One line, byte by byte: what follows on the descriptor is somebody else's, and
 * no stdio buffer keeps a copy.
 */
static ota_status read_line(
	int fd, const char *from, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	size_t n = 0;
	uint8_t byte;

	for (;;) {
		ssize_t got = read(fd, &byte, 1);

		if (got < 0 && errno == EINTR && !interrupt_seen())
			continue;
		if (got < 0 && errno == EINTR)
			return ota_fail(err, OTA_E_CANCELLED, "stopped by a signal");
		if (got < 0)
			return ota_fail_sys(err, "cannot read the passphrase from %s", from);
		if (!got || byte == '\n')
			break;
		if (n == cap)
			return ota_fail(err, OTA_E_PASSPHRASE_UNFIT,
				"the passphrase from %s is longer than %zu bytes", from, cap);
		buf[n++] = byte;
	}
	if (n && buf[n - 1] == '\r')
		n--;
	*len = n;
	return OTA_OK;
}

static ota_status from_file(const char *path, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ota_status st;

	if (fd < 0)
		return ota_fail_sys(err, "cannot open the passphrase file %s", path);
	st = read_line(fd, path, buf, cap, len, err);
	close(fd);
	return st;
}

static ota_status from_env(const char *name, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	char *value = getenv(name);
	size_t n = value ? strlen(value) : 0;

	if (!value)
		return ota_fail(err, OTA_E_PASSPHRASE, "the variable %s is not set", name);
	if (n > cap)
		return ota_fail(err, OTA_E_PASSPHRASE_UNFIT,
			"the passphrase in %s is longer than %zu bytes", name, cap);
	memcpy(buf, value, n);
	explicit_bzero(value, n);
	*len = n;
	return OTA_OK;
}

static ota_status ask_once(int tty, const char *prompt, const char *what, uint8_t *buf, size_t cap,
	size_t *len, ota_err *err)
{
	struct termios normal, silent;
	char name[256];
	ota_status st;

	ota_mask(name, sizeof(name), what, strlen(what));
	if (tcgetattr(tty, &normal))
		return ota_fail_sys(err, "cannot silence the terminal");
	silent = normal;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	silent.c_lflag |= ECHONL;
	if (tcsetattr(tty, TCSAFLUSH, &silent))
		return ota_fail_sys(err, "cannot silence the terminal");
	/* Only now: what is typed at the prompt, however soon, is not shown. */
	dprintf(tty, "%s for %s: ", prompt, name);
	st = read_line(tty, "the terminal", buf, cap, len, err);
	tcsetattr(tty, TCSAFLUSH, &normal);
	return st;
}

static ota_status from_terminal(
	const struct pass *p, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	uint8_t again[PASS_MAX];
	size_t again_len = 0;
	ota_status st;

	if (tty < 0)
		return ota_fail(err, OTA_E_PASSPHRASE,
			"%s needs a passphrase and there is no terminal to ask on", what);
	if (cap > sizeof(again))
		cap = sizeof(again);
	st = ask_once(tty, "Passphrase", what, buf, cap, len, err);
	if (!st && p->confirm)
		st = ask_once(tty, "Once more", what, again, cap, &again_len, err);
	if (!st && p->confirm && (again_len != *len || memcmp(again, buf, *len) != 0))
		st = ota_fail(err, OTA_E_PASSPHRASE_UNFIT, "the two passphrases differ");
	explicit_bzero(again, sizeof(again));
	close(tty);
	return st;
}

ota_status pass_ask(
	void *arg, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	const struct pass *p = arg;
	ota_status st;
	size_t n = 0;

	if (p->opts->fd.given)
		st = read_line((int)p->opts->fd.value, "the descriptor", buf, cap, &n, err);
	else if (p->opts->file)
		st = from_file(p->opts->file, buf, cap, &n, err);
	else if (p->opts->env)
		st = from_env(p->opts->env, buf, cap, &n, err);
	else
		st = from_terminal(p, what, buf, cap, &n, err);
	if (!st && !n)
		st = ota_fail(err, OTA_E_PASSPHRASE_UNFIT, "the passphrase for %s is empty", what);
	if (!st)
		*len = n;
	return st;
}

void pass_no_dumps(void)
{
	static const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
