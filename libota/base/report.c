/* SPDX-License-Identifier: MIT */
#include <ota/err.h>

#include <base/arena.h>
#include <base/num.h>
#include <base/text.h>

#include <string.h>

struct entry {
	ota_finding f;
	struct entry *next;
};

struct ota_report {
	struct arena arena;
	struct entry *first, *last;
	size_t count, failures;
	bool failed;
};

ota_status ota_report_new(ota_report **out, const ota_ctx *ctx, ota_err *err)
{
	ota_report *rep;
	ota_status st = MEM_NEW(&rep, ctx, err);

	if (st)
		return st;
	arena_init(&rep->arena, ctx);
	*out = rep;
	return OTA_OK;
}

void ota_report_free(ota_report *rep)
{
	const ota_ctx *ctx;

	if (rep == NULL)
		return;
	ctx = rep->arena.ctx;
	arena_fini(&rep->arena);
	mem_free(ctx, rep);
}

/* Text of a finding may come from a package: it is masked once, here. Its file is a name as it is. */
static const char *keep(ota_report *rep, const char *s)
{
	size_t len, cap;
	char *copy;

	if (s == NULL)
		return NULL;
	len = strlen(s);
	cap = 4 * len + 1;
	copy = arena_alloc(&rep->arena, cap);
	if (copy == NULL) {
		rep->failed = true;
		return NULL;
	}
	ota_mask(copy, cap, s, len);
	return copy;
}

void ota_report_add(ota_report *rep, const ota_finding *f)
{
	struct entry *e;

	if (rep == NULL)
		return;
	e = arena_alloc(&rep->arena, sizeof(*e));
	if (e == NULL) {
		rep->failed = true;
		return;
	}
	memset(&e->f, 0, sizeof(e->f));
	memcpy(&e->f, f, min_size(f->size, sizeof(e->f)));
	e->f.size = sizeof(e->f);
	e->f.file = f->file != NULL ? arena_strndup(&rep->arena, f->file, strlen(f->file)) : NULL;
	rep->failed = rep->failed || (f->file != NULL && e->f.file == NULL);
	e->f.subject = keep(rep, f->subject);
	e->f.expected = keep(rep, f->expected);
	e->f.found = keep(rep, f->found);
	e->f.text = keep(rep, f->text);
	if (rep->last != NULL)
		rep->last->next = e;
	else
		rep->first = e;
	rep->last = e;
	rep->count++;
	rep->failures += f->outcome == OTA_FAIL;
}

ota_status ota_report_status(const ota_report *rep, ota_err *err)
{
	return rep != NULL && rep->failed ? ota_fail_nomem(err) : OTA_OK;
}

size_t ota_report_count(const ota_report *rep)
{
	return rep != NULL ? rep->count : 0;
}

size_t ota_report_failures(const ota_report *rep)
{
	return rep != NULL ? rep->failures : 0;
}

const ota_finding *ota_report_at(const ota_report *rep, size_t index)
{
	const struct entry *e = rep != NULL ? rep->first : NULL;

	while (e != NULL && index-- > 0)
		e = e->next;
	return e != NULL ? &e->f : NULL;
}
