/* SPDX-License-Identifier: MIT */
/*
 * measure [-n RUNS] COMMAND ARG…: run it RUNS times (output to /dev/null) and
 * print the median seconds of wall clock, the least CPU seconds and the
 * largest peak RSS in KiB. Exit code: the command's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct run {
	double wall, cpu;
	long rss;
	int code;
};

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void child(char **argv)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDOUT_FILENO);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static struct run run_once(char **argv)
{
	struct run r = {.code = 126};
	struct rusage ru;
	double start = now();
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		child(argv);
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid)
		return r;
	r.wall = now() - start;
	r.cpu = seconds(ru.ru_utime) + seconds(ru.ru_stime);
	r.rss = ru.ru_maxrss;
	r.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return r;
}

static int by_wall(const void *a, const void *b)
{
	double x = ((const struct run *)a)->wall;
	double y = ((const struct run *)b)->wall;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct run r[1000];
	size_t n = 1;
	double cpu;
	long rss = 0;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		n = strtoul(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	if (argc < 2 || n < 1 || n > 1000)
		return 125;
	for (size_t i = 0; i < n; i++) {
		r[i] = run_once(argv + 1);
		if (r[i].code != r[0].code)
			return 124;
	}
	cpu = r[0].cpu;
	for (size_t i = 0; i < n; i++) {
		cpu = r[i].cpu < cpu ? r[i].cpu : cpu;
		rss = r[i].rss > rss ? r[i].rss : rss;
	}
	qsort(r, n, sizeof(r[0]), by_wall);
	printf("%.4f %.3f %ld\n", r[n / 2].wall, cpu, rss);
	return r[0].code;
}
