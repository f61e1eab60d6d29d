/* SPDX-License-Identifier: MIT */
#include "term.h"

#include "opt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool smart(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb");
}

unsigned term_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (!isatty(fd))
		return 0;
	if (columns && opt_u64(&n, columns) && n >= 40 && n <= 1000)
		return (unsigned)n;
	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

bool term_colour(int fd)
{
	const char *none = getenv("NO_COLOR");

	return smart(fd) && !(none && *none);
}

bool term_live(int fd)
{
	return smart(fd) && tcgetpgrp(fd) == getpgrp();
}
