/* SPDX-License-Identifier: MIT */
/* What `inspect` shows of a package, block by block; titles mark what nobody has verified. */
#ifndef CLI_SHOW_CONTENTS_H
#define CLI_SHOW_CONTENTS_H

#include "verbs.h"

#define TITLE(verified, text) ((verified) ? (text) : text " (not verified)")

/* Components, payloads, attachments, sections. */
ota_status show_contents(struct out *o, const ota_pkg *pkg, ota_err *err);
/* full: what only a reader of the format asks for, too. */
void show_header(struct out *o, const ota_pkg *pkg, bool full);
ota_status show_signatures(struct out *o, const ota_pkg *pkg, bool full, ota_err *err);
/* Every value of the manifest. */
ota_status show_fields(struct out *o, const ota_pkg *pkg, ota_err *err);
/* What costs what: parts, components, payloads, down to the last byte of the file. */
ota_status show_tree(struct out *o, const ota_pkg *pkg, ota_err *err);
#define SHOW_SECTIONS_ALL UINT64_MAX
/* The chunk tables, of one section or of all; at most SHOW_CHUNKS_MAX rows: those of one section. */
#define SHOW_CHUNKS_MAX 16384
ota_status show_tables(struct out *o, ota_pkg *pkg, uint64_t section, ota_err *err);
void show_unverified(struct out *o, const ota_pkg *pkg);

#endif
