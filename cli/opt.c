/* SPDX-License-Identifier: MIT */
#include "opt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ota/text.h>

#define OPT_MAX     64
#define DAY         86400
#define DAYS_MAX    3000000U
#define SECONDS_MAX 253402300799 /* 9999-12-31T23:59:59Z */

struct parse {
	const struct opt_bind *binds;
	size_t nbinds;
	int argc, at;
	char **argv;
	uint64_t seen; /* a bit an option, in table order */
};

struct hit {
	const struct opt *opt;
	void *value;
	unsigned index;
};

/* The option called name (letter 0) or letter; hit->opt NULL if there is none. */
static void find(struct hit *hit, const struct parse *p, const char *name, size_t len, char letter)
{
	unsigned index = 0;

	hit->opt = NULL;
	for (size_t i = 0; i < p->nbinds; i++) {
		for (const struct opt *o = p->binds[i].group->opts; o->name; o++, index++) {
			bool same = letter ? o->letter == letter
					   : strlen(o->name) == len && !memcmp(o->name, name, len);

			if (!same)
				continue;
			hit->opt = o;
			hit->value = (char *)p->binds[i].base + o->off;
			hit->index = index;
			return;
		}
	}
}

static ota_status unknown(
	const struct parse *p, const char *arg, const char *name, size_t len, ota_err *err)
{
	const char *words[OPT_MAX], *near;
	char word[64];
	size_t n = 0;

	for (size_t i = 0; i < p->nbinds; i++)
		for (const struct opt *o = p->binds[i].group->opts; o->name && n < OPT_MAX; o++)
			words[n++] = o->name;
	snprintf(word, sizeof(word), "%.*s", (int)(len < 63 ? len : 63), name);
	near = ota_nearest(word, words, n);
	if (near)
		return ota_fail(
			err, OTA_E_OPTION, "there is no option %s; did you mean --%s?", arg, near);
	return ota_fail(err, OTA_E_OPTION, "there is no option %s", arg);
}

bool opt_u64(uint64_t *out, const char *text)
{
	uint64_t v = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(unsigned char)*text - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool opt_bytes(uint64_t *out, const char *text)
{
	static const char units[] = "KMGT";
	char digits[24];
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (unit)
		len--;
	if (len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (!opt_u64(out, digits) || *out > UINT64_MAX >> shift)
		return false;
	*out <<= shift;
	return true;
}

/* So many days or years of 365 days from now. */
static bool later(int64_t *out, const char *text)
{
	char digits[8] = "";
	size_t len = strlen(text);
	uint64_t n;

	if (len < 2 || len > sizeof(digits) || (text[len - 1] != 'd' && text[len - 1] != 'y'))
		return false;
	memcpy(digits, text, len - 1);
	if (!opt_u64(&n, digits) || n > DAYS_MAX)
		return false;
	*out = (int64_t)time(NULL) + (int64_t)n * DAY * (text[len - 1] == 'y' ? 365 : 1);
	return *out <= (int64_t)SECONDS_MAX;
}

bool opt_time(int64_t *out, const char *text)
{
	uint64_t seconds;

	if (!strcmp(text, "now")) {
		*out = (int64_t)time(NULL);
		return true;
	}
	if (*text == '+')
		return later(out, text + 1);
	if (opt_u64(&seconds, text)) {
		if (seconds > SECONDS_MAX)
			return false;
		*out = (int64_t)seconds;
		return true;
	}
	return ota_time_parse(out, text);
}

static ota_status choose(unsigned *out, const struct opt *o, const char *text, ota_err *err)
{
	char list[128] = "";
	size_t used = 0;

	for (unsigned i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], text)) {
			*out = i;
			return OTA_OK;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
				i ? ", " : "", o->choices[i]);
	}
	return ota_fail(err, OTA_E_OPTION, "--%s is '%s'; it can be %s", o->name, text, list);
}

static ota_status add(struct opt_list *list, const struct opt *o, const char *text, ota_err *err)
{
	if (list->n == OPT_LIST_MAX)
		return ota_fail(err, OTA_E_OPTION, "--%s is given more than %d times", o->name,
			OPT_LIST_MAX);
	list->v[list->n++] = text;
	return OTA_OK;
}

static ota_status store(const struct hit *hit, const char *text, ota_err *err)
{
	const struct opt *o = hit->opt;
	struct opt_number *num = hit->value;
	struct opt_time *t = hit->value;
	bool good = true;

	if (o->type == OPT_FLAG) {
		*(bool *)hit->value = true;
		return OTA_OK;
	}
	if (!*text)
		return ota_fail(err, OTA_E_OPTION, "--%s is empty; it takes %s", o->name, o->arg);
	switch (o->type) {
	case OPT_LIST:
		return add(hit->value, o, text, err);
	case OPT_NUMBER:
		good = num->given = opt_u64(&num->value, text);
		break;
	case OPT_BYTES:
		good = num->given = opt_bytes(&num->value, text);
		break;
	case OPT_TIME:
		good = t->given = opt_time(&t->value, text);
		break;
	case OPT_CHOICE:
		return choose(hit->value, o, text, err);
	default:
		*(const char **)hit->value = text;
	}
	if (good)
		return OTA_OK;
	return ota_fail(err, OTA_E_OPTION, "--%s is '%s'; it takes %s", o->name, text,
		o->type == OPT_BYTES  ? "a number of bytes such as 64M"
		: o->type == OPT_TIME ? "a time up to the year 9999: 2026-01-01T00:00:00Z, seconds "
					"since 1970, or now"
				      : "a whole number");
}

/* text: the value that came with the option, or NULL. */
static ota_status take(struct parse *p, const struct hit *hit, const char *text, ota_err *err)
{
	const struct opt *o = hit->opt;
	uint64_t bit = (uint64_t)1 << hit->index;

	if ((p->seen & bit) && o->type != OPT_LIST)
		return ota_fail(err, OTA_E_OPTION, "--%s is given twice", o->name);
	p->seen |= bit;
	if (o->type == OPT_FLAG && text)
		return ota_fail(err, OTA_E_OPTION, "--%s takes no value", o->name);
	if (o->type != OPT_FLAG && !text) {
		if (p->at >= p->argc)
			return ota_fail(
				err, OTA_E_OPTION, "--%s needs a value: %s", o->name, o->arg);
		text = p->argv[p->at++];
	}
	return store(hit, text, err);
}

static ota_status take_long(struct parse *p, const char *arg, ota_err *err)
{
	const char *name = arg + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	struct hit hit;

	find(&hit, p, name, len, 0);
	if (!hit.opt)
		return unknown(p, arg, name, len, err);
	return take(p, &hit, eq ? eq + 1 : NULL, err);
}

static ota_status take_short(struct parse *p, const char *arg, ota_err *err)
{
	struct hit hit;

	find(&hit, p, NULL, 0, arg[1]);
	if (!hit.opt)
		return unknown(p, arg, arg + 1, strlen(arg + 1), err);
	return take(p, &hit, arg[2] ? arg + 2 : NULL, err);
}

ota_status opt_parse(struct opt_args *args, const struct opt_bind *binds, size_t nbinds, int argc,
	char **argv, ota_err *err)
{
	struct parse p = {binds, nbinds, argc, 0, argv, 0};
	ota_status st = OTA_OK;
	bool options = true;

	args->n = 0;
	while (!st && p.at < argc) {
		const char *arg = argv[p.at++];

		if (options && !strcmp(arg, "--"))
			options = false;
		else if (options && arg[0] == '-' && arg[1] == '-')
			st = take_long(&p, arg, err);
		else if (options && arg[0] == '-' && arg[1])
			st = take_short(&p, arg, err);
		else
			args->v[args->n++] = arg;
	}
	return st;
}

void opt_label(char *out, size_t cap, const struct opt *o)
{
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(out, cap, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}
