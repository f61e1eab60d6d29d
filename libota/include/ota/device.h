/* SPDX-License-Identifier: MIT */
/*
 * The device's real update path: install, boot, finish. Whatever moment the
 * power fails, the device boots the old image or the new one, whole. State
 * lives in the port's flash, never in this object. Formats and the sequence:
 * formats/device.md.
 */
#ifndef OTA_DEVICE_H
#define OTA_DEVICE_H

#include <ota/devfile.h>
#include <ota/package.h>
#include <ota/port.h>

typedef struct ota_dev ota_dev;

/* d and port are borrowed until ota_dev_close. Nothing is written. */
OTA_API OTA_MUST_CHECK ota_status ota_dev_open(
	ota_dev **out, const ota_ctx *ctx, const ota_devfile *d, ota_port *port, ota_err *err);
OTA_API void ota_dev_close(ota_dev *dev);
/*
 * First use: slot `running` holds a good, committed system; nothing else is
 * known. device.state when the fuses say that it was used.
 */
OTA_API OTA_MUST_CHECK ota_status ota_dev_provision(
	const ota_ctx *ctx, const ota_devfile *d, ota_port *port, unsigned running, ota_err *err);

typedef struct ota_install_options {
	size_t size;
	int64_t at;        /* now, unix seconds; OTA_TIME_NONE: the device has no clock */
	bool reinstall;    /* the same version again */
	bool retry_failed; /* even if this digest fell back before */
} ota_install_options;

typedef struct ota_install_result {
	size_t size;
	bool nothing_to_do; /* this digest is committed already */
	bool resumed;       /* went on after an interruption */
	unsigned slot;      /* that was written */
	uint64_t written;   /* bytes programmed in this session */
} ota_install_result;

/* Phase 1 (device.md section 5, steps 1 – 5) from an authentic package. */
OTA_API OTA_MUST_CHECK ota_status ota_dev_install(ota_dev *dev, ota_pkg *pkg,
	const ota_install_options *opt, ota_install_result *res, ota_report *rep, ota_err *err);

typedef struct ota_boot {
	size_t size;
	unsigned slot;  /* that the loader jumps to */
	bool trial;     /* not committed yet: run health checks, then ota_dev_finish */
	bool fell_back; /* a trial ran out of tries */
} ota_boot;

/* What the boot loader does (step 6). */
OTA_API OTA_MUST_CHECK ota_status ota_dev_boot(
	ota_dev *dev, ota_boot *out, ota_report *rep, ota_err *err);

typedef enum ota_health { OTA_HEALTH_GOOD, OTA_HEALTH_BAD, OTA_HEALTH_HANG } ota_health;

/*
 * Steps 7 – 10 in the new slot: commit and raise the floor on GOOD. BAD gives
 * the trial up: health.failed; the next boot takes the old slot. HANG is
 * never reported by a living system: the caller boots again instead.
 */
OTA_API OTA_MUST_CHECK ota_status ota_dev_finish(
	ota_dev *dev, ota_health health, ota_report *rep, ota_err *err);

typedef struct ota_slot_state {
	size_t size;
	uint8_t priority, tries;
	bool successful, writing;
	uint32_t counter; /* hint */
	uint8_t digest[OTA_DIGEST_MAX];
	char version[33]; /* hint */
} ota_slot_state;

typedef enum ota_journal { OTA_JOURNAL_IDLE, OTA_JOURNAL_WRITING, OTA_JOURNAL_TRIAL } ota_journal;

typedef struct ota_dev_state {
	size_t size;
	unsigned nslots, booted, last_booted;
	bool trial_pending;
	uint32_t floor; /* of the fuses */
	uint64_t seq;
	bool floor_enforced; /* the loader asks for it */
	/* the update under way, as the journal has it */
	ota_journal journal;
	unsigned slot;      /* that is written, or on trial */
	uint32_t component; /* those before it are written */
	uint64_t off;       /* and so many bytes of it */
	ota_id ended;       /* why the last one ended; OTA_E_NONE: well */
	unsigned failed;    /* packages that fell back, and are remembered */
} ota_dev_state;

OTA_API OTA_MUST_CHECK ota_status ota_dev_state_get(ota_dev *dev, ota_dev_state *out, ota_err *err);
OTA_API OTA_MUST_CHECK ota_status ota_dev_slot_get(
	ota_dev *dev, unsigned slot, ota_slot_state *out, ota_err *err);
/* Hash slot's component and compare with its stored manifest: hash.target if it differs. */
OTA_API OTA_MUST_CHECK ota_status ota_dev_slot_verify(
	ota_dev *dev, unsigned slot, const char *component, ota_err *err);

#endif
