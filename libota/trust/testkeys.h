/* SPDX-License-Identifier: MIT */
/* The TEST-ONLY keys of keys/: their secrets are public. */
#ifndef TRUST_TESTKEYS_H
#define TRUST_TESTKEYS_H

#include <base/digest.h>

bool testkey_is(const struct digest *material);

#endif
