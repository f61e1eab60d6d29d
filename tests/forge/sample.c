/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

const char sample_yaml[] = "format: otap-manifest\n"
			   "spec: \"1.0\"\n"
			   "product: gw-100\n"
			   "version: 2.4.0\n"
			   "security_counter: 7\n"
			   "signatures: compact\n"
			   "components:\n"
			   "  - name: rootfs\n"
			   "    slot: ab\n"
			   "    image: new.img\n"
			   "    payloads:\n"
			   "      - { kind: full, compression: xz }\n"
			   "      - { kind: delta, codec: bsdiff, from: old.img }\n";

static uint8_t noise(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return (uint8_t)(*state >> 24U);
}

void sample_init(struct sample *s)
{
	uint32_t state = 1;

	s->old_ = calloc(1, SAMPLE_SIZE);
	s->new_ = calloc(1, SAMPLE_SIZE);
	if (s->old_ == NULL || s->new_ == NULL)
		abort();
	/* 2 KiB that do not compress, then text that does. */
	for (size_t i = 0; i < 2048; i++)
		s->old_[SAMPLE_CHUNK + i] = noise(&state);
	for (size_t i = 2048; i < 8192; i++)
		s->old_[SAMPLE_CHUNK + i] = (uint8_t)("release notes "[i % 14]);
	memcpy(s->new_, s->old_, SAMPLE_SIZE);
	for (size_t i = 100; i < 8192; i += 1000)
		s->new_[SAMPLE_CHUNK + i] ^= 0x5a;
	s->files[0] = (struct forge_file){"old.img", s->old_, SAMPLE_SIZE};
	s->files[1] = (struct forge_file){"new.img", s->new_, SAMPLE_SIZE};
}

void sample_fini(struct sample *s)
{
	free(s->old_);
	free(s->new_);
}

uint8_t *sample_package(size_t *len, const ota_ctx *ctx)
{
	struct sample s;
	uint8_t *pkg;

	sample_init(&s);
	pkg = forge_signed(len, ctx, sample_yaml, s.files, 2);
	sample_fini(&s);
	return pkg;
}
