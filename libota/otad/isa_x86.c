/* SPDX-License-Identifier: MIT */
/* x86-64: CALL, JMP and Jcc with a 32-bit distance, and operands relative to RIP. */
#include "predict.h"

#define ROOT_MASK 0xc7U /* of a ModRM byte: mode and base */
#define ROOT_RIP  0x05U

/* One-byte opcodes with a ModRM byte, a bit each: 16 opcodes a row. */
static const uint16_t with_modrm[16] = {
	0x0a0a, 0, 0x0a0a, 0x0a0a, 0, 0, 0x0008, 0, 0x2ffb, 0, 0, 0, 0x00c0, 0, 0, 0x80c0};
/* The same for 0x0f-prefixed ones. */
static const uint16_t with_modrm_0f[16] = {0, 0x00cf, 0xf700, 0, 0xffff, 0xf792, 0xffff, 0xc070, 0,
	0, 0x8000, 0xc0c3, 0x0002, 0xffff, 0xffff, 0xffff};

static bool in(const uint16_t *rows, uint8_t op)
{
	return ((unsigned)rows[op >> 4U] >> (op & 15U) & 1U) != 0;
}

/* Where the 32-bit distance begins and how long the whole is; 0: no such instruction. */
static unsigned shape(const uint8_t *p, unsigned *width)
{
	uint8_t op = p[0];

	*width = 5;
	if (op == 0xe8 || op == 0xe9)
		return 1;
	*width = 6;
	if (op == 0x0f && (p[1] & 0xf0U) == 0x80U)
		return 2;
	if (op == 0x0f && in(with_modrm_0f, p[1]) && (p[2] & ROOT_MASK) == ROOT_RIP) {
		*width = 7;
		return 3;
	}
	if (!in(with_modrm, op) || (p[1] & ROOT_MASK) != ROOT_RIP)
		return 0;
	if (op == 0x80 || op == 0x83 || op == 0xc6 || (op == 0xf6 && !(p[1] & 0x38U)))
		*width = 7;
	if (op == 0x81 || op == 0xc7 || (op == 0xf7 && !(p[1] & 0x38U)))
		*width = 10;
	return 2;
}

static bool get(struct ref *r, const uint8_t *p, uint64_t at)
{
	unsigned from = shape(p, &r->width);

	if (from == 0)
		return false;
	r->target = at + r->width + sign_extend(get32(p + from), 32);
	return true;
}

static void put(uint8_t *p, uint64_t at, const struct ref *r)
{
	unsigned width, from = shape(p, &width);

	put32(p + from, (uint32_t)(r->target - at - width));
}

const struct isa isa_x86 = {1, get, put};
