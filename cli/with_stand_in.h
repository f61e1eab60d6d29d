/* SPDX-License-Identifier: MIT */
/*
 * Packages to rehearse with. Under a key they are opened as they are. Without
 * one they are signed again, in an unnamed temporary file, by a key that is
 * made up and forgotten: the same manifest and payload, whoever signed them.
 */
#ifndef CLI_WITH_STAND_IN_H
#define CLI_WITH_STAND_IN_H

#include "with_io.h"
#include "with_trust.h"

struct stand_in {
	struct trust trust;
	ota_signer *signer; /* NULL: --key was given */
	int fd;             /* of its secret, in memory; -1: none */
};

ota_status stand_in_open(
	struct stand_in *out, const struct cli *c, const struct trust_opts *o, ota_err *err);
void stand_in_close(struct stand_in *s);
/* f: an input that is open; signed again where that is needed. */
ota_status stand_in_package(
	const struct stand_in *s, const struct cli *c, struct io_file *f, ota_err *err);

#endif
