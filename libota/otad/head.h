/* SPDX-License-Identifier: MIT */
#ifndef OTAD_HEAD_H
#define OTAD_HEAD_H

#include "otad.h"

/* The table of segment lengths is well formed. */
enum otad_status head_table(const struct otad_head *h, const void *head);

#endif
