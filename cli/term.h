/* SPDX-License-Identifier: MIT */
/* What kind of terminal, if any, a stream is. */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>

/* Columns: COLUMNS, else the terminal's; 0 when fd is no terminal. */
unsigned term_width(int fd);
/* A terminal, TERM says more than dumb, NO_COLOR is not set. */
bool term_colour(int fd);
/* A terminal on which this process may draw: in its foreground, not dumb. */
bool term_live(int fd);

#endif
