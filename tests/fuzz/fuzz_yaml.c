/* SPDX-License-Identifier: MIT */
/* What a person writes: the YAML manifest, the device file and the sign policy. */
#include <ota/devfile.h>
#include <ota/sign.h>

#include <model/manifest.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	ota_report *rep = NULL;
	ota_manifest *m = NULL;
	ota_devfile *d = NULL;
	ota_sign_policy *policy = NULL;
	ota_source *src = fuzz_source(data, len);

	FUZZ_ASSERT(ota_report_new(&rep, fuzz_ctx(), NULL) == OTA_OK);
	if (manifest_read_source(&m, fuzz_ctx(), src, "fuzz.yaml", NULL, rep, NULL) == OTA_OK)
		manifest_free(m);
	ota_source_close(src);
	src = fuzz_source(data, len);
	if (ota_devfile_read(&d, fuzz_ctx(), src, "fuzz.yaml", rep, NULL) == OTA_OK)
		ota_devfile_free(d);
	ota_source_close(src);
	src = fuzz_source(data, len);
	if (ota_sign_policy_read(&policy, fuzz_ctx(), src, "fuzz.yaml", rep, NULL) == OTA_OK)
		ota_sign_policy_free(policy);
	ota_source_close(src);
	ota_report_free(rep);
	return 0;
}
