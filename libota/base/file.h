/* SPDX-License-Identifier: MIT */
/* What the layers above ask of a POSIX file, beside <ota/io.h>. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <ota/io.h>

/* Permission bits of the open file behind a file source; 0 for other sources. */
unsigned file_source_mode(const ota_source *s);

#endif
