/* SPDX-License-Identifier: MIT */
/*
 * pairs CODEC FIRST COUNT [PROGRAM-OPTION]: generated pairs of images, both ways between libota and
 * the program that the codec is of. Our patch through the program and the program's through ours
 * must give the new image. Ends with `N passed, N failed`, and with exit code 1 on a failure.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ota/ota.h>

#include <pairs.h>

extern char **environ;

#define WORDS 12

/* The words of a command; OPTION stands for what the caller gives. */
#define OPTION "?"
static const struct peer {
	const char *codec;
	const char *make[WORDS], *apply[WORDS];
} peers[] = {
	{"bsdiff", {"bsdiff", "old", "new", "theirs"}, {"bspatch", "old", "got", "ours"}},
	{"vcdiff", {"xdelta3", "-q", "-f", "-e", "-S", OPTION, "-s", "old", "new", "theirs"},
		{"xdelta3", "-q", "-f", "-d", "-s", "old", "ours", "got"}},
	{"zstd", {"zstd", "-q", "-f", "--ultra", OPTION, "--patch-from=old", "new", "-o", "theirs"},
		{"zstd", "-q", "-f", "-d", "--patch-from=old", "ours", "-o", "got"}},
};

static ota_ctx *ctx;

static bool run(const char *const *words, const char *option)
{
	char *argv[WORDS + 1] = {NULL};
	posix_spawn_file_actions_t quiet;
	int status = -1, failed;
	pid_t pid;

	/* Some complain about what they do. */
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < WORDS && words[i] != NULL; i++)
		argv[i] = (char *)(strcmp(words[i], OPTION) == 0 ? option : words[i]);
	failed = posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (failed)
		return false;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool put(const char *name, struct bytes b)
{
	FILE *f = fopen(name, "wb");
	bool ok = f != NULL && fwrite(b.p, 1, b.len, f) == b.len;

	return f != NULL && fclose(f) == 0 && ok;
}

/* The file has these bytes and no other. */
static bool same(const char *name, struct bytes want)
{
	FILE *f = fopen(name, "rb");
	uint8_t *p = malloc(want.len + 1);
	bool ok = f != NULL && fread(p, 1, want.len + 1, f) == want.len &&
		  memcmp(p, want.p, want.len) == 0;

	free(p);
	if (f != NULL)
		fclose(f);
	return ok;
}

/* By libota: patch "ours", or image "got" from patch "theirs". */
static bool ours(bool make, const char *codec, const char *profile, ota_err *err)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = codec, .profile = profile};
	const ota_file_options replace = {.size = sizeof(replace), .replace = true};
	ota_source *old = NULL, *other = NULL;
	ota_sink *out = NULL;
	ota_status st;

	st = ota_source_file(&old, ctx, "old", err);
	if (!st)
		st = ota_source_file(&other, ctx, make ? "new" : "theirs", err);
	if (!st)
		st = ota_sink_file(&out, ctx, make ? "ours" : "got", &replace, err);
	if (!st && make)
		st = ota_diff(out, ctx, old, other, &opt, err);
	else if (!st)
		st = ota_patch(out, ctx, old, other, NULL, err);
	if (!st)
		st = ota_sink_commit(out, err);
	ota_sink_close(out);
	ota_source_close(other);
	ota_source_close(old);
	return st == OTA_OK;
}

static const char *one(const struct peer *peer, const struct pair *p, const char *option,
	const char *profile, ota_err *err)
{
	unlink("theirs");
	unlink("got");
	if (!put("old", p->old_) || !put("new", p->new_))
		return "cannot write";
	if (!ours(true, peer->codec, profile, err))
		return "we make no patch";
	if (!run(peer->apply, option) || !same("got", p->new_))
		return "the program does not apply ours";
	/* bsdiff and zstd themselves fail on empty files. */
	if (!run(peer->make, option))
		return p->old_.len == 0 || p->new_.len == 0 ? NULL : "the program makes no patch";
	if (!ours(false, peer->codec, NULL, err))
		return "we refuse the program's";
	return same("got", p->new_) ? NULL : "we make another image of the program's";
}

int main(int argc, char **argv)
{
	static const char *const profiles[] = {"std", "tiny", "max"};
	unsigned long first, count, failed = 0;
	const struct peer *peer = NULL;
	ota_err err = OTA_ERR_INIT;

	for (size_t i = 0; argc >= 4 && i < sizeof(peers) / sizeof(peers[0]); i++)
		if (strcmp(peers[i].codec, argv[1]) == 0)
			peer = &peers[i];
	if (peer == NULL)
		return 2;
	if (ota_ctx_new(&ctx, NULL, NULL) != OTA_OK)
		return 2;
	first = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	for (unsigned long i = first; i < first + count; i++) {
		struct pair p = pair_make(i);
		const char *why = one(peer, &p, argc > 4 ? argv[4] : "", profiles[i % 3], &err);

		if (why != NULL) {
			failed++;
			printf("pair %lu (%zu to %zu bytes): %s: %s\n", i, p.old_.len, p.new_.len,
				why, err.msg);
		}
		pair_free(&p);
	}
	printf("%lu passed, %lu failed\n", count - failed, failed);
	ota_ctx_free(ctx);
	return failed > 0;
}
