/* SPDX-License-Identifier: MIT */
/* The 128-byte header: formats/otap.md section 1. */
#ifndef PACKAGE_HEADER_H
#define PACKAGE_HEADER_H

#include <ota/package.h>

#define HEADER_LEN       128U
#define MANIFEST_LEN_MAX (1U << 20U)
#define SIG_CAP_MIN      256U
#define SIG_CAP_MAX      65536U
#define SIG_CAP_ROOMY    8192U
#define TABLES_LEN_MAX   (64U << 20U)
#define DATA_LEN_MAX     (UINT64_C(1) << 48U)
#define CRIT_ENCRYPTED   1U
#define PACKAGE_MAJOR    1U

/* The first 8 bytes are the package's. */
bool header_magic_ok(const uint8_t *p);
/* Parse and check; fills the derived offsets. malformed.magic says what it is instead. */
ota_status header_parse(ota_header *out, const uint8_t *p, size_t len, ota_err *err);
/* The derived offsets from the stored fields; false on overflow. */
bool header_layout(ota_header *h);
void header_write(uint8_t out[static HEADER_LEN], const ota_header *h);

#endif
