/* SPDX-License-Identifier: MIT */
/* The fields alone, for who has no ota_peek. */
#ifndef PACK_COMPARE_H
#define PACK_COMPARE_H

#include <ota/pack.h>

#include <model/manifest.h>

ota_status compare_manifests(
	ota_comparison **out, const ota_manifest *a, const ota_manifest *b, ota_err *err);

#endif
