/* SPDX-License-Identifier: MIT */
/* All of libota. */
#ifndef OTA_OTA_H
#define OTA_OTA_H

#include <ota/author.h>
#include <ota/campaign.h>
#include <ota/client.h>
#include <ota/cloudevent.h>
#include <ota/delta.h>
#include <ota/device.h>
#include <ota/pack.h>
#include <ota/sim.h>
#include <ota/slots.h>
#include <ota/text.h>

#define OTA_VERSION "0.1.0"

/* The version of the library at run time; static storage. */
OTA_API const char *ota_version(void);

#endif
