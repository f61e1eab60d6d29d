/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <base/file.h>
#include <base/mem.h>
#include <base/sink.h>
#include <base/source.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96];

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/ota-io-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);
}

static void teardown(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0); /* fails if anything was left behind */
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static ota_status save(const char *text, bool commit, const ota_file_options *opt, ota_err *err)
{
	ota_sink *s = NULL;
	ota_status st = ota_sink_file(&s, t_ctx(), path, opt, err);

	if (!st)
		st = ota_sink_write(s, text, strlen(text), err);
	if (!st && commit)
		st = ota_sink_commit(s, err);
	ota_sink_close(s);
	return st;
}

START_TEST(sink_appears_whole_or_not)
{
	ota_err err = OTA_ERR_INIT;
	ota_file_options force = {.size = sizeof(force), .replace = true};
	uint8_t *p;
	size_t len;

	ck_ok(save("new", false, NULL, &err), &err);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_ok(save("new", true, NULL, &err), &err);
	ck_assert_int_eq(save("newer", true, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_EXISTS);
	ck_ok(save("newest", false, &force, &err), &err);
	p = t_read_file(path, &len);
	ck_assert_uint_eq(len, 3);
	free(p);
	ck_ok(save("newest", true, &force, &err), &err);
	p = t_read_file(path, &len);
	ck_assert_uint_eq(len, 6);
	free(p);
}
END_TEST

START_TEST(secret_is_private_from_the_first_byte)
{
	ota_file_options opt = {.size = sizeof(opt), .secret = true};
	ota_err err = OTA_ERR_INIT;
	struct stat sb;

	umask(0);
	ck_ok(save("s", true, &opt, &err), &err);
	ck_assert_int_eq(stat(path, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 0777U, 0600);
}
END_TEST

START_TEST(replacing_keeps_permissions)
{
	ota_file_options opt = {.size = sizeof(opt), .replace = true};
	ota_err err = OTA_ERR_INIT;
	struct stat sb;

	put("old");
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_ok(save("new", true, &opt, &err), &err);
	ck_assert_int_eq(stat(path, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 0777U, 0640);
}
END_TEST

/* lessons 1.36: an empty name is refused, it does not become something else. */
START_TEST(sink_refuses_what_is_no_file)
{
	static const char *const bad[] = {"", "/", ".", "..", "/tmp/", "/tmp/."};
	ota_err err = OTA_ERR_INIT;
	ota_sink *s = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(ota_sink_file(&s, t_ctx(), bad[i], NULL, &err), OTA_USAGE);
		ck_id(err, OTA_E_ARGUMENT);
	}
	ck_assert_int_eq(ota_sink_file(&s, t_ctx(), "/no/such/folder/f", NULL, &err), OTA_IO);
	ck_id(err, OTA_E_SYSTEM);
}
END_TEST

START_TEST(replacing_spares_devices_and_pipes)
{
	ota_file_options opt = {.size = sizeof(opt), .replace = true};
	ota_err err = OTA_ERR_INIT;
	struct stat sb;
	ota_sink *s;

	snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(ota_sink_file(&s, t_ctx(), path, &opt, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	ck_assert_int_eq(stat(path, &sb), 0);
	ck_assert(S_ISFIFO(sb.st_mode));
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(holes_stay_holes)
{
	const size_t big = 3U << 20U;
	ota_err err = OTA_ERR_INIT;
	uint8_t *zeros = calloc(1, big), *p;
	ota_sink *s = NULL;
	struct stat sb;
	size_t len;

	ck_ok(ota_sink_file(&s, t_ctx(), path, NULL, &err), &err);
	ck_ok(ota_sink_write(s, "a", 1, &err), &err);
	ck_ok(ota_sink_write(s, zeros, big, &err), &err);
	ck_ok(ota_sink_zeros(s, big, &err), &err);
	ck_ok(ota_sink_write(s, "b", 1, &err), &err);
	ck_ok(ota_sink_zeros(s, big, &err), &err);
	ck_ok(ota_sink_commit(s, &err), &err);
	ota_sink_close(s);
	ck_assert_int_eq(stat(path, &sb), 0);
	ck_assert_uint_eq((uint64_t)sb.st_size, 3 * big + 2);
	ck_assert_uint_lt((uint64_t)sb.st_blocks * 512, 65536);
	p = t_read_file(path, &len);
	ck_assert_uint_eq(p[0], 'a');
	ck_assert_uint_eq(p[2 * big + 1], 'b');
	p[0] = p[2 * big + 1] = 0;
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(memcmp(p + i * big, zeros, big), 0);
	free(p);
	free(zeros);
}
END_TEST

START_TEST(random_writes_read_back)
{
	uint64_t seed = 7;
	ota_err err = OTA_ERR_INIT;
	uint8_t *want = calloc(1, 1U << 20U), *p;
	size_t total = 0, len;
	ota_sink *s = NULL;

	ck_ok(ota_sink_file(&s, t_ctx(), path, NULL, &err), &err);
	for (int i = 0; i < 60; i++) {
		size_t n = (size_t)(t_rand(&seed) % 16000);

		if (t_rand(&seed) % 2 == 0)
			memset(want + total, (int)(t_rand(&seed) % 3), n);
		if (t_rand(&seed) % 4 == 0) {
			memset(want + total, 0, n);
			ck_ok(ota_sink_zeros(s, n, &err), &err);
		} else {
			ck_ok(ota_sink_write(s, want + total, n, &err), &err);
		}
		total += n;
	}
	ck_ok(ota_sink_commit(s, &err), &err);
	ota_sink_close(s);
	p = t_read_file(path, &len);
	ck_assert_uint_eq(len, total);
	ck_assert_int_eq(memcmp(p, want, len), 0);
	free(p);
	free(want);
}
END_TEST

/* lessons 1.2: a file that shrinks under the reader is an error, not other bytes. */
START_TEST(shrinking_file_is_noticed)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *s = NULL;
	char buf[8];
	size_t n;

	put("12345678");
	ck_ok(ota_source_file(&s, t_ctx(), path, &err), &err);
	ck_assert_int_eq(truncate(path, 4), 0);
	ck_assert_int_eq(ota_source_pread(s, buf, 8, 0, &err), OTA_IO);
	ck_id(err, OTA_E_CHANGED);
	ck_assert_int_eq(ota_source_read(s, buf, 8, &n, &err), OTA_IO);
	ck_id(err, OTA_E_CHANGED);
	ota_source_close(s);
}
END_TEST

START_TEST(sources_are_bounded)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *s = NULL, *part = NULL;
	char buf[8] = "";
	uint8_t *p;
	size_t n;

	ck_ok(ota_source_memory(&s, t_ctx(), "abcdefgh", 8, &err), &err);
	ck_assert_int_eq(ota_source_pread(s, buf, 2, 7, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRUNCATED);
	ck_assert_int_eq(ota_source_pread(s, buf, 2, UINT64_MAX, &err), OTA_FORMAT);
	ck_assert_int_eq(ota_source_slice(&part, t_ctx(), s, 4, 5, &err), OTA_FORMAT);
	ck_assert_int_eq(ota_source_slice(&part, t_ctx(), s, UINT64_MAX, 2, &err), OTA_FORMAT);
	ck_ok(ota_source_slice(&part, t_ctx(), s, 2, 4, &err), &err);
	ck_ok(ota_source_pread(part, buf, 2, 2, &err), &err);
	ck_assert_int_eq(memcmp(buf, "ef", 2), 0);
	ck_assert_int_eq(ota_source_pread(part, buf, 3, 2, &err), OTA_FORMAT);
	ck_ok(ota_source_read(part, buf, 8, &n, &err), &err);
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(source_slurp(&p, &n, t_ctx(), s, 7, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ota_source_close(part);
	ota_source_close(s);
}
END_TEST

START_TEST(slurp_any_length)
{
	static uint8_t bytes[20000];
	static const size_t lens[] = {0, 1, 4095, 4096, 4097, 8192, 8193, 20000};
	ota_err err = OTA_ERR_INIT;
	ota_source *s = NULL;
	uint8_t *p;
	size_t n;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ck_ok(ota_source_memory(&s, t_ctx(), bytes, lens[i], &err), &err);
		ck_ok(source_slurp(&p, &n, t_ctx(), s, lens[i], &err), &err);
		ck_assert_uint_eq(n, lens[i]);
		mem_free(t_ctx(), p);
		ota_source_close(s);
	}
}
END_TEST

START_TEST(pipe_reads_but_does_not_seek)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *s = NULL;
	uint64_t len;
	char buf[16];
	int fd[2];
	size_t n;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "hello", 5), 5);
	close(fd[1]);
	ck_ok(ota_source_fd(&s, t_ctx(), fd[0], true, &err), &err);
	ck_assert(!ota_source_seekable(s));
	ck_assert_int_eq(ota_source_pread(s, buf, 1, 0, &err), OTA_IO);
	ck_id(err, OTA_E_SEEK);
	ck_assert_int_eq(ota_source_length(s, &len, &err), OTA_IO);
	ck_ok(ota_source_read(s, buf, sizeof(buf), &n, &err), &err);
	ck_assert_uint_eq(n, 5);
	ck_ok(source_expect_end(s, &err), &err);
	ota_source_close(s);
}
END_TEST

START_TEST(full_device_is_an_error)
{
	ota_err err = OTA_ERR_INIT;
	ota_sink *s = NULL;
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_ok(ota_sink_fd(&s, t_ctx(), fd, &err), &err);
	ck_assert_int_eq(ota_sink_write(s, "x", 1, &err), OTA_IO);
	ck_id(err, OTA_E_SHORT_WRITE);
	ota_sink_close(s);
	close(fd);
}
END_TEST

/* What a failed write left nobody knows: no further write, no commit, no file. */
START_TEST(a_failed_write_stays_failed)
{
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	static const char bytes[64] = "not a hole";
	ota_err err = OTA_ERR_INIT;
	struct rlimit all, few;
	ota_sink *s = NULL;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
	few = all;
	few.rlim_cur = 16;
	ck_ok(ota_sink_file(&s, t_ctx(), path, NULL, &err), &err);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	ck_assert_int_eq(ota_sink_write(s, bytes, sizeof(bytes), &err), OTA_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	signal(SIGXFSZ, old);
	ck_assert_int_eq(ota_sink_write(s, bytes, sizeof(bytes), &err), OTA_IO);
	ck_id(err, OTA_E_SHORT_WRITE);
	ck_assert_int_eq(ota_sink_commit(s, &err), OTA_IO);
	ck_id(err, OTA_E_SHORT_WRITE);
	ota_sink_close(s);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* The system says of such a file that it is regular and has no length. */
START_TEST(pseudo_files_are_read_to_their_end)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *s = NULL;
	char buf[4096];
	size_t n = 0;

	ck_ok(ota_source_file(&s, t_ctx(), "/proc/self/status", &err), &err);
	ck_ok(ota_source_read(s, buf, sizeof(buf), &n, &err), &err);
	ck_assert_uint_gt(n, 0);
	ota_source_close(s);
	put("");
	ck_ok(ota_source_file(&s, t_ctx(), path, &err), &err);
	ck_assert(ota_source_seekable(s));
	ota_source_close(s);
}
END_TEST

START_TEST(spool_gives_back_what_it_got)
{
	ota_err err = OTA_ERR_INIT;
	ota_spool *sp = NULL;
	char buf[8];
	size_t n;

	ck_ok(ota_spool_new(&sp, t_ctx(), dir, &err), &err);
	ck_ok(ota_sink_write(ota_spool_sink(sp), "spooled", 7, &err), &err);
	ck_assert(ota_source_seekable(ota_spool_source(sp)));
	ck_ok(ota_source_read(ota_spool_source(sp), buf, 8, &n, &err), &err);
	ck_assert_uint_eq(n, 7);
	ota_spool_free(sp);
	ck_assert_int_eq(ota_spool_new(&sp, t_ctx(), "/no/such/folder", &err), OTA_IO);
	ck_id(err, OTA_E_SYSTEM);
}
END_TEST

START_TEST(cap_holds_for_zeros_too)
{
	ota_err err = OTA_ERR_INIT;
	ota_sink *s = NULL, *null = NULL;

	ck_ok(ota_sink_null(&null, t_ctx(), &err), &err);
	ck_ok(sink_capped(&s, t_ctx(), null, 10, &err), &err);
	ck_ok(ota_sink_write(s, "12345", 5, &err), &err);
	ck_assert_int_eq(ota_sink_zeros(s, 6, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_ok(ota_sink_zeros(s, 5, &err), &err);
	ck_assert_int_eq(ota_sink_write(s, "1", 1, &err), OTA_LIMIT);
	ota_sink_close(s);
	ota_sink_close(null);
}
END_TEST

TCase *tcase_io(void)
{
	TCase *tc = tcase_create("io");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sink_appears_whole_or_not);
	tcase_add_test(tc, secret_is_private_from_the_first_byte);
	tcase_add_test(tc, replacing_keeps_permissions);
	tcase_add_test(tc, sink_refuses_what_is_no_file);
	tcase_add_test(tc, replacing_spares_devices_and_pipes);
	tcase_add_test(tc, holes_stay_holes);
	tcase_add_test(tc, random_writes_read_back);
	tcase_add_test(tc, shrinking_file_is_noticed);
	tcase_add_test(tc, sources_are_bounded);
	tcase_add_test(tc, slurp_any_length);
	tcase_add_test(tc, pipe_reads_but_does_not_seek);
	tcase_add_test(tc, full_device_is_an_error);
	tcase_add_test(tc, a_failed_write_stays_failed);
	tcase_add_test(tc, pseudo_files_are_read_to_their_end);
	tcase_add_test(tc, spool_gives_back_what_it_got);
	tcase_add_test(tc, cap_holds_for_zeros_too);
	return tc;
}
