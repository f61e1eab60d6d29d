/* SPDX-License-Identifier: MIT */
/* The table of sign policies, for their JSON Schema. */
#ifndef SIGN_POLICY_H
#define SIGN_POLICY_H

#include <ota/sign.h>

#include <doc/schema.h>

extern const struct schema sign_policy_schema;

#endif
