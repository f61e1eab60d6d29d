/* SPDX-License-Identifier: MIT */
#include <sign/external.h>

#include <string.h>

#include <base/text.h>

/* Does base64, in whatever lines, stand in the answer? No signature looks like it. */
static bool from_base64(uint8_t *sig, size_t *sig_len, const uint8_t *answer, size_t len)
{
	char digits[OTA_ANSWER_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (answer[i] == '\0' || strchr(" \t\r\n", answer[i]) == NULL)
			digits[n++] = (char)answer[i];
	return n > 0 && text_unbase64(sig, SIG_MAX, sig_len, digits, n);
}

ota_status external_sign(const struct external *ext, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *text, size_t len, ota_err *err)
{
	uint8_t answer[OTA_ANSWER_MAX];
	size_t n = 0;
	ota_status st;

	st = ext->sign(ext->arg, text, len, answer, sizeof(answer), &n, err);
	if (st)
		return st;
	if (n > sizeof(answer))
		return ota_fail(err, OTA_E_SIGNER, "the signer says it wrote %zu bytes into %zu", n,
			sizeof(answer));
	if (from_base64(sig, sig_len, answer, n))
		return OTA_OK;
	if (n == 0 || n > SIG_MAX)
		return ota_fail(
			err, OTA_E_SIGNER, "the signer's answer of %zu bytes is no signature", n);
	memcpy(sig, answer, n);
	*sig_len = n;
	return OTA_OK;
}
