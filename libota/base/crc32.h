/* SPDX-License-Identifier: MIT */
/* IEEE CRC-32 (ISO-HDLC: reflected 0xEDB88320, as in zip): tells damage, proves nothing. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *p, size_t len);

#endif
