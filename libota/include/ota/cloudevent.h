/* SPDX-License-Identifier: MIT */
/*
 * What a client tells, as CloudEvents 1.0 in JSON, one a line: for a log, or
 * whatever collects it. The attributes are in formats/device.md section 9.
 */
#ifndef OTA_CLOUDEVENT_H
#define OTA_CLOUDEVENT_H

#include <ota/client.h>
#include <ota/io.h>

typedef struct ota_cloudevent {
	size_t size;
	ota_update_event what; /* none of OTA_UPDATE_NONE */
	const char *source;    /* the device: a URI, or a reference to one; not empty */
	int64_t at;            /* unix seconds; OTA_TIME_NONE: no clock, and no time in it */
	uint64_t seq;          /* tells events apart that are the same otherwise */
	/* of the package; NULL: not known */
	const char *product, *version;
	const uint8_t *digest; /* digest_len bytes */
	size_t digest_len;
	const ota_err *why; /* of OTA_UPDATE_FAILED; NULL: none */
} ota_cloudevent;

/*
 * Write ev and a line feed to dst; nothing on failure. The same ev is the same
 * line, its id too, which a digest of the others makes. ctx gives memory.
 */
OTA_API OTA_MUST_CHECK ota_status ota_cloudevent_write(
	ota_sink *dst, const ota_ctx *ctx, const ota_cloudevent *ev, ota_err *err);

#endif
