/* SPDX-License-Identifier: MIT */
/*
 * A boot loader's part of an update: applies the patch in one stretch of flash to the image in
 * another, into a third that was erased and is programmed once. Then the new image goes to the
 * host, by semihosting (ARM's "Semihosting for AArch32 and AArch64"), to be compared there.
 */
#include <otad.h>

#define FRESH_MAX  (4U << 20U)
#define MEMORY_MAX (2U << 20U)
#define STACK_MARK 0xa5a5a5a5U
#define ERASED     0xffU

enum { SYS_OPEN = 1, SYS_CLOSE = 2, SYS_WRITE0 = 4, SYS_WRITE = 5, SYS_EXIT = 0x18 };
#define OPEN_WRITE_BINARY 5
#define EXIT_DONE         0x20026
#define EXIT_FAILED       0x20023

extern const uint8_t old_start[], old_end[], patch_start[], patch_end[];
extern uint32_t stack_top[], stack_low[], bss_start[], bss_end[];
static uint8_t fresh[FRESH_MAX] __attribute__((section(".fresh")));
static uint64_t memory[MEMORY_MAX / 8];
static uint32_t written;

/* ---- what gcc calls by name ---- */

void *memcpy(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	while (n-- > 0)
		*d++ = *s++;
	return to;
}

void *memset(void *to, int v, size_t n)
{
	uint8_t *d = to;

	while (n-- > 0)
		*d++ = (uint8_t)v;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (d <= s)
		return memcpy(to, from, n);
	while (n-- > 0)
		d[n] = s[n];
	return to;
}

/* ---- the host ---- */

static int host(int what, const void *arg)
{
	register int r0 __asm__("r0") = what;
	register const void *r1 __asm__("r1") = arg;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

static void say(const char *what, uint32_t n)
{
	char text[12];
	unsigned i = sizeof(text) - 1;

	text[i] = '\0';
	text[--i] = '\n';
	do {
		text[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	host(SYS_WRITE0, what);
	host(SYS_WRITE0, text + i);
}

static void leave(const char *failure)
{
	if (failure != NULL) {
		host(SYS_WRITE0, failure);
		host(SYS_WRITE0, "\n");
	}
	host(SYS_EXIT, (const void *)(failure != NULL ? EXIT_FAILED : EXIT_DONE));
	for (;;)
		;
}

static void send(const char *name, size_t name_len)
{
	uint32_t open[] = {(uint32_t)(uintptr_t)name, OPEN_WRITE_BINARY, name_len};
	uint32_t handle = (uint32_t)host(SYS_OPEN, open);
	uint32_t write[] = {handle, (uint32_t)(uintptr_t)fresh, written};

	if (host(SYS_WRITE, write) != 0)
		leave("the host does not take the image");
	host(SYS_CLOSE, &handle);
}

/* ---- the part ---- */

static int read_old(void *arg, void *buf, size_t len, uint64_t off)
{
	(void)arg;
	memcpy(buf, old_start + off, len);
	return 0;
}

static int program(void *arg, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	(void)arg;
	if (len > FRESH_MAX - written)
		return 1;
	for (size_t i = 0; i < len; i++) {
		if (fresh[written + i] != ERASED)
			return 1;
		fresh[written + i] = p[i];
	}
	written += len;
	return 0;
}

static void apply(void)
{
	struct otad_io io = {.read = read_old, .write = program};
	size_t len = (size_t)(patch_end - patch_start);
	enum otad_status st;
	uint64_t at, size;
	struct otad_head h;
	struct otad *d;

	st = otad_head(&h, patch_start, len);
	if (st != OTAD_OK || h.old_size != (uint64_t)(old_end - old_start))
		leave("the head is not of these images");
	say("memory ", (uint32_t)otad_need(&h));
	if (otad_init(&d, &h, patch_start, &io, memory, sizeof(memory)) != OTAD_OK)
		leave("otad_init");
	for (uint32_t i = 0; i < h.segments; i++) {
		otad_segment_at(&h, patch_start, i, &at, &size);
		st = otad_segment(d, i, patch_start + otad_head_len(&h) + at, (size_t)size);
		if (st != OTAD_OK)
			leave("otad_segment");
	}
	if (written != h.new_size)
		leave("the image has another size");
}

static uint32_t stack_used(void)
{
	const uint32_t *p = stack_low;

	while (p < stack_top && *p == STACK_MARK)
		p++;
	return (uint32_t)((uintptr_t)stack_top - (uintptr_t)p);
}

void reset(void)
{
	uint32_t *here = (uint32_t *)__builtin_frame_address(0) - 16;

	for (uint32_t *p = bss_start; p < bss_end; p++)
		*p = 0;
	for (uint32_t *p = stack_low; p < here; p++)
		*p = STACK_MARK;
	memset(fresh, ERASED, sizeof(fresh));
	apply();
	say("stack ", stack_used());
	send("new.img", 7);
	leave(NULL);
}

static void fault(void)
{
	leave("a fault");
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {stack_top,
	(void *)reset, (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault};
