/* SPDX-License-Identifier: MIT */
#include <diff/vcdiff_put.h>

/* The least copy and the largest with codes of their own; the largest add with one. */
enum { COPY_MIN = 4, COPY_MAX = 18, ADD_MAX = 17 };

void vcdiff_put_init(struct vcdiff_put *p, const ota_ctx *ctx)
{
	*p = (struct vcdiff_put){.held.type = VCDIFF_NOOP};
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		buf_init(&p->part[i], ctx);
}

void vcdiff_put_fini(struct vcdiff_put *p)
{
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		buf_fini(&p->part[i]);
}

void vcdiff_put_clear(struct vcdiff_put *p)
{
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		buf_clear(&p->part[i]);
	p->cache = (struct vcdiff_cache){.next = 0};
	p->held.type = VCDIFF_NOOP;
}

static unsigned number_len(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 0x80; v >>= 7U)
		n++;
	return n;
}

void vcdiff_put_number(struct buf *b, uint64_t v)
{
	uint8_t bytes[VCDIFF_NUMBER_MAX];
	unsigned at = sizeof(bytes);

	bytes[--at] = (uint8_t)(v & 0x7fU);
	for (v >>= 7U; v != 0; v >>= 7U)
		bytes[--at] = (uint8_t)((v & 0x7fU) | 0x80U);
	buf_put(b, bytes + at, sizeof(bytes) - at);
}

static void put_code(struct vcdiff_put *p, unsigned code)
{
	const uint8_t byte = (uint8_t)code;

	buf_put(&p->part[VCDIFF_INST], &byte, 1);
}

/* The instruction held back, by itself. */
static void release(struct vcdiff_put *p)
{
	const struct vcdiff_inst *i = &p->held;

	if (i->type == VCDIFF_ADD) {
		put_code(p, i->size <= ADD_MAX ? 1 + i->size : 1);
		if (i->size > ADD_MAX)
			vcdiff_put_number(&p->part[VCDIFF_INST], i->size);
	} else if (i->type == VCDIFF_COPY) {
		bool own = i->size >= COPY_MIN && i->size <= COPY_MAX;

		put_code(p, 19 + 16 * i->mode + (own ? i->size - 3 : 0));
		if (!own)
			vcdiff_put_number(&p->part[VCDIFF_INST], i->size);
	}
	p->held.type = VCDIFF_NOOP;
}

/* One code for both; false: there is none. */
static bool pair(struct vcdiff_put *p, const struct vcdiff_inst *next)
{
	const struct vcdiff_inst *i = &p->held;

	if (i->type == VCDIFF_ADD && next->type == VCDIFF_COPY && i->size <= 4 &&
		next->mode < VCDIFF_MODE_SAME && next->size >= 4 && next->size <= 6)
		put_code(p, 163 + 12 * next->mode + 3 * (i->size - 1) + next->size - 4);
	else if (i->type == VCDIFF_ADD && next->type == VCDIFF_COPY && i->size <= 4 &&
		 next->mode >= VCDIFF_MODE_SAME && next->size == 4)
		put_code(p, 235 + 4 * (next->mode - VCDIFF_MODE_SAME) + i->size - 1);
	else if (i->type == VCDIFF_COPY && next->type == VCDIFF_ADD && i->size == 4 &&
		 next->size == 1)
		put_code(p, 247 + i->mode);
	else
		return false;
	p->held.type = VCDIFF_NOOP;
	return true;
}

static void put(struct vcdiff_put *p, struct vcdiff_inst next)
{
	if (pair(p, &next))
		return;
	release(p);
	p->held = next;
}

void vcdiff_put_add(struct vcdiff_put *p, const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return;
	put(p, (struct vcdiff_inst){VCDIFF_ADD, (unsigned)len, 0});
	buf_put(&p->part[VCDIFF_DATA], bytes, len);
}

/* The mode that says it in the fewest bytes, and what it says. */
static unsigned mode_of(const struct vcdiff_cache *c, uint64_t addr, uint64_t here, uint64_t *value)
{
	unsigned same = (unsigned)(addr % (VCDIFF_SAME * 256)), best = VCDIFF_SELF;

	*value = addr;
	if (here - addr < addr && number_len(here - addr) < number_len(addr)) {
		best = VCDIFF_HERE;
		*value = here - addr;
	}
	for (unsigned i = 0; i < VCDIFF_NEAR; i++) {
		uint64_t ahead = addr - c->near[i];

		if (addr >= c->near[i] && number_len(ahead) < number_len(*value)) {
			best = VCDIFF_MODE_NEAR + i;
			*value = ahead;
		}
	}
	if (c->same[same] == addr && number_len(*value) > 1) {
		best = VCDIFF_MODE_SAME + same / 256;
		*value = same % 256;
	}
	return best;
}

void vcdiff_put_copy(struct vcdiff_put *p, uint64_t addr, uint64_t here, size_t len)
{
	struct buf *to = &p->part[VCDIFF_ADDR];
	uint64_t value;
	unsigned mode = mode_of(&p->cache, addr, here, &value);
	const uint8_t byte = (uint8_t)(value & 0xff);

	vcdiff_cache_put(&p->cache, addr);
	put(p, (struct vcdiff_inst){VCDIFF_COPY, (unsigned)len, mode});
	if (mode >= VCDIFF_MODE_SAME)
		buf_put(to, &byte, 1);
	else
		vcdiff_put_number(to, value);
}

ota_status vcdiff_put_end(struct vcdiff_put *p, ota_err *err)
{
	ota_status st = OTA_OK;

	release(p);
	for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
		st = buf_status(&p->part[i], err);
	return st;
}
