/* SPDX-License-Identifier: MIT */
#include <device/boot_vars.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <base/text.h>
#include <base/wr.h>
#include <device/env.h>

#define LEFT_COMMITTED 3U /* starts that a script may count down on a committed slot */
#define VALUE_MAX      (2 * OTA_DIGEST_MAX + 1)
#define NAME_MAX_      32U

enum form {
	FORM_NUMBER,  /* decimal, at most max; 0 is not written */
	FORM_ORDER,   /* letters of slots, the first choice first */
	FORM_LEFT,    /* starts left */
	FORM_DIGEST,  /* 64 or 128 hex digits; all zero: not written */
	FORM_VERSION, /* printable; empty: not written */
};

static const struct row {
	const char *name; /* ? stands for the letter of a slot */
	enum form form;
	size_t off, width; /* of a number: in struct bootctl, or in bootctl_slot */
	uint64_t max;
} rows[] = {
#define COMMON(member) offsetof(struct bootctl, member), sizeof(((struct bootctl *)0)->member)
#define SLOT(member)                                                                               \
	offsetof(struct bootctl_slot, member), sizeof(((struct bootctl_slot *)0)->member)
	{"BOOT_ORDER", FORM_ORDER, 0, 0, 0},
	{"BOOT_?_LEFT", FORM_LEFT, 0, 0, 0},
	{"ota_slots", FORM_NUMBER, COMMON(nslots), OTA_SLOTS_MAX},
	{"ota_last_booted", FORM_NUMBER, COMMON(last_booted), OTA_SLOTS_MAX - 1},
	{"ota_trial", FORM_NUMBER, COMMON(trial), 1},
	{"ota_recovery", FORM_NUMBER, COMMON(recovery), 1},
	{"ota_recovery_tries", FORM_NUMBER, COMMON(recovery_tries), UINT8_MAX},
	{"ota_counter_floor", FORM_NUMBER, COMMON(counter_floor), UINT32_MAX},
	{"ota_time_floor", FORM_NUMBER, COMMON(time_floor), UINT64_MAX},
	{"ota_?_successful", FORM_NUMBER, SLOT(successful), 1},
	{"ota_?_writing", FORM_NUMBER, SLOT(writing), 1},
	{"ota_?_verity_corrupt", FORM_NUMBER, SLOT(verity_corrupt), 1},
	{"ota_?_chain_failures", FORM_NUMBER, SLOT(chain_failures), CHAIN_FAILURES_MAX},
	{"ota_?_counter", FORM_NUMBER, SLOT(counter), UINT32_MAX},
	{"ota_?_digest", FORM_DIGEST, 0, 0, 0},
	{"ota_?_version", FORM_VERSION, 0, 0, 0},
	{"ota_?_installed_at", FORM_NUMBER, SLOT(installed_at), UINT64_MAX},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- names ---- */

static bool is_of_slots(const struct row *row)
{
	return strchr(row->name, '?') != NULL;
}

static bool matches(const struct row *row, const struct env_var *v, unsigned nslots, unsigned *slot)
{
	bool same = strlen(row->name) == v->name_len;

	*slot = 0;
	for (size_t i = 0; same && i < v->name_len; i++) {
		unsigned letter = (unsigned char)v->text[i] - 'A';

		same = row->name[i] == '?' ? letter < nslots : row->name[i] == v->text[i];
		if (row->name[i] == '?')
			*slot = letter;
	}
	return same;
}

/* NULL: not one of ours. */
static const struct row *find(const struct env_var *v, unsigned nslots, unsigned *slot)
{
	for (size_t i = 0; i < ROWS; i++)
		if (matches(&rows[i], v, nslots, slot))
			return &rows[i];
	return NULL;
}

/* ---- reading ---- */

struct reading {
	struct bootctl *b;
	unsigned nslots;
	bool ordered; /* there is a BOOT_ORDER */
};

static void set_number(void *at, size_t width, uint64_t v)
{
	uint32_t narrow = (uint32_t)v;

	if (width == 1)
		*(uint8_t *)at = lo8(v);
	else
		memcpy(at, width == sizeof(v) ? (void *)&v : (void *)&narrow, width);
}

/* What is no slot's letter, or stands there again, is passed over, as scripts do. */
static void read_order(struct reading *in, const char *text)
{
	struct bootctl_slot *s = in->b->slot;
	uint8_t place = PRIORITY_MAX;
	size_t len;

	in->ordered = true;
	for (unsigned i = 0; i < in->nslots; i++)
		s[i].priority = 0;
	for (; *text != '\0'; text += len + strspn(text + len, " ")) {
		unsigned letter = (unsigned char)*text - 'A';

		len = strcspn(text, " ");
		if (len == 1 && letter < in->nslots && s[letter].priority == 0)
			s[letter].priority = place--;
	}
}

static bool read_left(struct bootctl_slot *s, const char *text, size_t len)
{
	uint64_t v = 0;
	bool ok = text_u64(&v, text, len, UINT32_MAX);

	s->tries = lo8(min_u64(v, TRIES_MAX));
	return ok;
}

static bool read_digest(struct bootctl_slot *s, const char *text, size_t len)
{
	return (len == OTA_DIGEST_MAX || len == 2 * OTA_DIGEST_MAX) &&
	       ota_unhex(s->digest, len / 2, text, len);
}

static bool read_version(struct bootctl_slot *s, const char *text, size_t len)
{
	bool ok = len <= BOOT_VERSION_LEN;

	for (size_t i = 0; ok && i < len; i++)
		ok = text[i] > ' ' && text[i] <= '~';
	if (ok)
		memcpy(s->version, text, len);
	return ok;
}

static bool read_value(struct reading *in, const struct row *row, unsigned slot, const char *text)
{
	struct bootctl_slot *s = &in->b->slot[slot];
	uint8_t *at = is_of_slots(row) ? (uint8_t *)s : (uint8_t *)in->b;
	size_t len = strlen(text);
	uint64_t v = 0;
	bool ok = true;

	switch (row->form) {
	case FORM_NUMBER:
		ok = text_u64(&v, text, len, row->max);
		set_number(at + row->off, row->width, v);
		break;
	case FORM_ORDER:
		read_order(in, text);
		break;
	case FORM_LEFT:
		ok = read_left(s, text, len);
		break;
	case FORM_DIGEST:
		ok = read_digest(s, text, len);
		break;
	case FORM_VERSION:
		ok = read_version(s, text, len);
		break;
	}
	return ok;
}

/*
 * A script does not start a slot without starts left, committed or not; of one that is
 * on trial it is the end of that.
 */
static void settle(struct reading *in, bool *spent)
{
	*spent = false;
	for (unsigned i = 0; i < in->nslots; i++) {
		struct bootctl_slot *s = &in->b->slot[i];

		if (s->tries == 0 && (s->successful || !in->ordered))
			s->priority = 0;
		if (!s->successful)
			continue;
		*spent = *spent || (s->priority > 0 && s->tries < LEFT_COMMITTED);
		s->tries = 0;
	}
}

/* What scripts take for granted where nothing is said. */
static void begin(struct reading *in)
{
	*in->b = (struct bootctl){0};
	for (unsigned i = 0; i < in->nslots; i++) {
		in->b->slot[i].priority = lo8(PRIORITY_MAX - i);
		in->b->slot[i].tries = LEFT_COMMITTED;
	}
}

static bool check(const struct bootctl *b, char why[static BOOT_WHY_LEN])
{
	if (b->nslots < 2)
		snprintf(why, BOOT_WHY_LEN, "it has no ota_slots");
	else if (b->last_booted >= b->nslots)
		snprintf(why, BOOT_WHY_LEN, "ota_last_booted is no slot");
	else
		return true;
	return false;
}

bool boot_vars_read(struct bootctl *out, bool *spent, char why[static BOOT_WHY_LEN],
	const uint8_t *copy, size_t len, unsigned nslots)
{
	struct reading in = {.b = out, .nslots = nslots};
	struct rd r = env_vars(copy, len);
	struct env_var v;

	begin(&in);
	while (env_next(&v, &r)) {
		unsigned slot;
		const struct row *row = find(&v, nslots, &slot);

		if (row == NULL || *env_value(&v) == '\0')
			continue;
		if (!read_value(&in, row, slot, env_value(&v))) {
			snprintf(why, BOOT_WHY_LEN, "%.*s has an impossible value", (int)v.name_len,
				v.text);
			return false;
		}
	}
	if (!rd_ok(&r)) {
		snprintf(why, BOOT_WHY_LEN, "its list has no end");
		return false;
	}
	settle(&in, spent);
	return check(out, why);
}

/* ---- writing ---- */

static uint64_t number_at(const void *at, size_t width)
{
	uint64_t wide;
	uint32_t narrow;

	if (width == 1)
		return *(const uint8_t *)at;
	if (width == sizeof(wide)) {
		memcpy(&wide, at, width);
		return wide;
	}
	memcpy(&narrow, at, width);
	return narrow;
}

/* Of equal priorities the lower number comes first. */
static void put_order(char out[static VALUE_MAX], const struct bootctl *b)
{
	size_t n = 0;

	for (unsigned p = PRIORITY_MAX; p > 0; p--)
		for (unsigned i = 0; i < b->nslots; i++) {
			if (b->slot[i].priority != p)
				continue;
			if (n > 0)
				out[n++] = ' ';
			out[n++] = (char)('A' + i);
		}
	out[n] = '\0';
}

static unsigned left_of(const struct bootctl_slot *s)
{
	if (s->priority == 0)
		return 0;
	return s->successful ? LEFT_COMMITTED : s->tries;
}

static void put_digest(char out[static VALUE_MAX], const uint8_t *digest)
{
	size_t half = OTA_DIGEST_MAX / 2;

	if (!mem_is_zero(digest, OTA_DIGEST_MAX))
		ota_hex(out, digest, mem_is_zero(digest + half, half) ? half : OTA_DIGEST_MAX);
}

/* Empty: not written. */
static void put_value(
	char out[static VALUE_MAX], const struct row *row, const struct bootctl *b, unsigned slot)
{
	const struct bootctl_slot *s = &b->slot[slot];
	const uint8_t *at = is_of_slots(row) ? (const uint8_t *)s : (const uint8_t *)b;
	uint64_t v;

	out[0] = '\0';
	switch (row->form) {
	case FORM_NUMBER:
		v = number_at(at + row->off, row->width);
		if (v != 0)
			snprintf(out, VALUE_MAX, "%" PRIu64, v);
		break;
	case FORM_ORDER:
		put_order(out, b);
		break;
	case FORM_LEFT:
		snprintf(out, VALUE_MAX, "%u", left_of(s));
		break;
	case FORM_DIGEST:
		put_digest(out, s->digest);
		break;
	case FORM_VERSION:
		snprintf(out, VALUE_MAX, "%s", s->version);
		break;
	}
}

static void put(struct wr *w, const struct row *row, const struct bootctl *b, unsigned slot)
{
	char value[VALUE_MAX], text[NAME_MAX_ + VALUE_MAX];
	char *letter;

	put_value(value, row, b, slot);
	if (value[0] == '\0')
		return;
	snprintf(text, sizeof(text), "%s=%s", row->name, value);
	letter = is_of_slots(row) ? strchr(text, '?') : NULL;
	if (letter != NULL)
		*letter = (char)('A' + slot);
	wr_bytes(w, text, strlen(text) + 1);
}

/* Close the gaps that ours leave; the bytes that the others then have. */
static size_t drop_ours(uint8_t *copy, size_t len, unsigned nslots)
{
	struct rd r = env_vars(copy, len);
	uint8_t *to = copy + ENV_HEAD;
	struct env_var v;

	while (env_next(&v, &r)) {
		unsigned slot;

		if (find(&v, nslots, &slot) != NULL)
			continue;
		memmove(to, v.text, v.len + 1);
		to += v.len + 1;
	}
	return (size_t)(to - (copy + ENV_HEAD));
}

bool boot_vars_write(uint8_t *copy, size_t len, const struct bootctl *b)
{
	size_t foreign = drop_ours(copy, len, b->nslots);
	struct wr w;

	wr_init(&w, copy + ENV_HEAD + foreign, len - ENV_HEAD - foreign);
	for (size_t i = 0; i < ROWS; i++)
		for (unsigned slot = 0; slot < (is_of_slots(&rows[i]) ? b->nslots : 1); slot++)
			put(&w, &rows[i], b, slot);
	wr_u8(&w, 0);
	if (wr_ok(&w))
		memset(w.p + w.pos, 0, w.cap - w.pos);
	return wr_ok(&w);
}
