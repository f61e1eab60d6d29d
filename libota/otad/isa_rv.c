/* SPDX-License-Identifier: MIT */
/*
 * RISC-V: JAL; AUIPC with the low twelve bits that a following ADDI, JALR, load or
 * store adds, both from one full target.
 */
#include "predict.h"

#define PAIR_REACH 16U /* bytes from an AUIPC to its low half; MARGIN holds as many */

static bool is_auipc(uint32_t v)
{
	return (v & 0x7fU) == 0x17;
}

static bool is_store(uint32_t v)
{
	return (v & 0x7bU) == 0x23;
}

/* ADDI, JALR, loads and stores: what adds twelve bits to its base register. */
static bool is_low(uint32_t v)
{
	if ((v & 0x7fU) == 0x13 || (v & 0x7fU) == 0x67)
		return (v & 0x7000U) == 0;
	return is_store(v) || (v & 0x7bU) == 0x03;
}

/* v is the low half of that AUIPC: its base is the register that was set. */
static bool are_pair(uint32_t auipc, uint32_t v)
{
	return is_low(v) && (v >> 15U & 31U) == (auipc >> 7U & 31U);
}

static uint64_t low_bits(uint32_t v)
{
	return sign_extend(is_store(v) ? (v >> 25U) << 5U | (v >> 7U & 31U) : v >> 20U, 12);
}

static uint64_t high_bits(uint32_t auipc)
{
	return sign_extend(auipc & 0xfffff000U, 32);
}

static unsigned length(const uint8_t *p)
{
	return (p[0] & 3U) == 3 ? 4 : 2;
}

/* AUIPC: look ahead for the low part, so that its target is the whole one. */
static void get_high(struct ref *r, const uint8_t *p, uint64_t at, uint32_t v)
{
	r->target = at + high_bits(v);
	r->blind = true;
	for (unsigned i = 4; i <= PAIR_REACH; i += length(p + i)) {
		if (are_pair(v, get32(p + i))) {
			r->target += low_bits(get32(p + i));
			return;
		}
	}
}

/* The low part: look back for its AUIPC. */
static bool get_low(struct ref *r, const uint8_t *p, uint64_t at, uint32_t v)
{
	for (unsigned i = 4; i <= PAIR_REACH; i += 2) {
		uint32_t w = get32(p - i);

		if (is_auipc(w) && are_pair(w, v)) {
			r->back = i;
			r->target = at - i + high_bits(w) + low_bits(v);
			return true;
		}
	}
	return false;
}

static uint64_t jump_bits(uint32_t v)
{
	return sign_extend((v >> 21U & 0x3ffU) << 1U | (v >> 20U & 1U) << 11U |
				   (v >> 12U & 0xffU) << 12U | v >> 31U << 20U,
		21);
}

static bool get(struct ref *r, const uint8_t *p, uint64_t at)
{
	uint32_t v = get32(p);

	r->width = 4;
	if (is_auipc(v)) {
		get_high(r, p, at, v);
		return true;
	}
	if ((v & 0x7fU) == 0x6f) {
		r->target = at + jump_bits(v);
		return true;
	}
	return is_low(v) && get_low(r, p, at, v);
}

static uint32_t put_jump(uint32_t v, uint32_t off)
{
	return (v & 0xfffU) | (off >> 20U & 1U) << 31U | (off >> 1U & 0x3ffU) << 21U |
	       (off >> 11U & 1U) << 20U | (off >> 12U & 0xffU) << 12U;
}

static uint32_t put_low(uint32_t v, uint32_t low)
{
	if (is_store(v))
		return (v & 0x01fff07fU) | (low >> 5U & 0x7fU) << 25U | (low & 31U) << 7U;
	return (v & 0xfffffU) | (low & 0xfffU) << 20U;
}

static void put(uint8_t *p, uint64_t at, const struct ref *r)
{
	uint32_t v = get32(p), off = (uint32_t)(r->target - at);

	if (is_auipc(v))
		v = (v & 0xfffU) | ((off + 0x800U) & 0xfffff000U);
	else if ((v & 0x7fU) == 0x6f)
		v = put_jump(v, off);
	else
		v = put_low(v, off + r->back);
	put32(p, v);
}

const struct isa isa_rv = {2, get, put};
