/* SPDX-License-Identifier: MIT */
/* A grant in one word: PRODUCT,…[:COMPONENT,…]=ROLE,…[+POWER,…]. */
#ifndef SIGN_GRANT_H
#define SIGN_GRANT_H

#include <doc/doc.h>

/* An entry of x-ota.package; what names may be is left to who reads the root. usage.argument. */
ota_status grant_parse(struct doc **out, struct arena *a, const char *text, ota_err *err);

#endif
