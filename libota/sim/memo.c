/* SPDX-License-Identifier: MIT */
#include <sim/memo.h>

#include <string.h>

#include <base/arena.h>
#include <base/mem.h>
#include <base/num.h>
#include <sim/reads.h>

#define BYTES_MAX (UINT64_C(24) << 20U)

/* A counted operation; programs of whole pages borrow them, others keep their bytes. */
struct kept_op {
	struct media_op op;
	struct media_page **pages;
	size_t synced; /* by which operation of the leg; its count: by none */
};

struct kept_leg {
	struct leg leg;
	struct kept_op *ops;
	size_t count;
	unsigned booted;
};

struct memo {
	const struct scene *s;
	const ota_ctx *ctx;
	struct media *m, *try_out; /* the second is forked of the first, to run what is not known */
	struct pool pool;
	struct arena arena;
	uint64_t kept; /* bytes in the arena */
	struct reads reads;
	struct list ops; /* of the leg that is run */
};

/* ---- memory ---- */

static void *keep(struct memo *k, size_t len)
{
	k->kept += len;
	return arena_alloc(&k->arena, len);
}

static void forget(struct memo *k)
{
	arena_fini(&k->arena);
	arena_init(&k->arena, k->ctx);
	reads_fini(&k->reads);
	pool_fini(&k->pool);
	k->kept = 0;
}

static uint64_t held(const struct memo *k)
{
	return k->kept + reads_held(&k->reads) + k->pool.owned_count * sizeof(struct media_page);
}

ota_status memo_begin(struct memo *k, ota_err *err)
{
	if (k->pool.count > 0 && held(k) <= BYTES_MAX)
		return OTA_OK;
	forget(k);
	return pool_lend(&k->pool, k->s->end, err);
}

ota_status memo_new(struct memo **out, const struct scene *s, struct media *m, ota_err *err)
{
	struct memo *k = NULL;
	ota_status st = MEM_NEW(&k, s->ctx, err);

	if (st)
		return st;
	k->s = s;
	k->ctx = s->ctx;
	k->m = m;
	pool_init(&k->pool, k->ctx);
	reads_init(&k->reads, k->ctx, &k->pool);
	arena_init(&k->arena, k->ctx);
	st = media_fork(&k->try_out, k->ctx, m, err);
	if (!st)
		st = media_note_reads(k->try_out, err);
	if (st)
		memo_free(k);
	else
		*out = k;
	return st;
}

void memo_free(struct memo *k)
{
	if (k == NULL)
		return;
	media_free(k->try_out);
	media_reset(k->m, NULL);
	forget(k);
	arena_fini(&k->arena);
	mem_free(k->ctx, k->ops.v);
	mem_free(k->ctx, k);
}

/* ---- running what is not known ---- */

static bool is_whole(const struct media_op *op)
{
	return op->kind == OP_PROGRAM && op->off % MEDIA_PAGE == 0 && op->len % MEDIA_PAGE == 0;
}

static ota_status keep_pages(struct kept_op *o, struct memo *k, ota_err *err)
{
	size_t n = size_of_u64(o->op.len / MEDIA_PAGE);
	const uint8_t *p = o->op.data;
	ota_status st = OTA_OK;

	o->op.data = NULL;
	o->pages = keep(k, n * sizeof(struct media_page *));
	if (o->pages == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < n && !st; i++)
		st = pool_bytes(&o->pages[i], &k->pool, p + i * MEDIA_PAGE, err);
	return st;
}

static ota_status keep_bytes(struct kept_op *o, struct memo *k, ota_err *err)
{
	size_t len = size_of_u64(o->op.len);
	void *p = keep(k, len);

	if (p == NULL)
		return ota_fail_nomem(err);
	memcpy(p, o->op.data, len);
	o->op.data = p;
	return OTA_OK;
}

static ota_status note(void *arg, uint64_t index, const struct media_op *op, ota_err *err)
{
	struct memo *k = arg;
	struct kept_op *o = NULL;
	ota_status st = list_push(&o, &k->ops, k->ctx, sizeof(*o), err);

	(void)index;
	if (st)
		return st;
	o->op = *op;
	if (op->kind != OP_PROGRAM)
		return OTA_OK;
	return is_whole(op) ? keep_pages(o, k, err) : keep_bytes(o, k, err);
}

static void note_syncs(struct kept_leg *leg)
{
	for (size_t i = 0; i < leg->count; i++) {
		size_t k = i + 1;

		while (k < leg->count && (leg->ops[k].op.kind != OP_SYNC ||
						 leg->ops[k].op.region != leg->ops[i].op.region))
			k++;
		leg->ops[i].synced = k;
	}
}

static ota_status run_new(struct kept_leg *leg, struct memo *k, ota_err *err)
{
	struct media *t = k->try_out;
	ota_status st;

	k->ops.count = 0;
	media_reset(t, NULL);
	t->watch = note;
	t->watch_arg = k;
	st = leg_run(&leg->leg, k->s, t, err);
	t->watch = NULL;
	if (st)
		return st;
	leg->booted = t->booted;
	leg->count = k->ops.count;
	leg->ops = keep(k, (leg->count + 1) * sizeof(leg->ops[0]));
	if (leg->ops == NULL)
		return ota_fail_nomem(err);
	if (leg->count > 0)
		memcpy(leg->ops, k->ops.v, leg->count * sizeof(leg->ops[0]));
	note_syncs(leg);
	return OTA_OK;
}

static bool read_in_doubt(const struct memo *k)
{
	const struct media *t = k->try_out;
	bool doubt = false;

	for (size_t i = 0; i < t->read_count && !doubt; i++)
		doubt = reads_in_doubt(k->m, &t->read[i]);
	return doubt;
}

/* *out NULL: the part's rules were broken, or what was read is in doubt. */
static ota_status run_and_learn(const struct kept_leg **out, struct memo *k, ota_err *err)
{
	struct kept_leg *leg = keep(k, sizeof(*leg));
	ota_status st;

	if (leg == NULL)
		return ota_fail_nomem(err);
	st = run_new(leg, k, err);
	if (!st && k->try_out->broken == NULL) {
		st = reads_learn(&k->reads, k->m, k->try_out, leg, err);
		*out = st || read_in_doubt(k) ? NULL : leg;
	}
	media_reset(k->try_out, NULL);
	return st;
}

/* ---- what is known, done again ---- */

/* The operation at which the plan strikes next; the count if it is not of this leg. */
static size_t next_strike(const struct kept_leg *leg, const struct media *m)
{
	const struct strike *s = &m->plan.s[m->struck];
	size_t i = 0;

	if (m->struck == m->plan.n)
		return leg->count;
	while (i < leg->count &&
		(m->ops + i < s->op || (fault_modes[s->mode].on & leg->ops[i].op.kind) == 0))
		i++;
	return i;
}

static ota_status replay_plain(const struct kept_op *o, struct media *m, ota_err *err)
{
	struct media_region *r = &m->region[o->op.region];
	ota_flash *f = &r->flash;

	switch (o->op.kind) {
	case OP_PROGRAM:
		return f->ops->program(f, o->op.data, size_of_u64(o->op.len), o->op.off, err);
	case OP_ERASE:
		return f->ops->erase(f, o->op.off, o->op.len, err);
	case OP_SYNC:
		return f->ops->sync(f, err);
	default:
		return m->port.ops->fuse_burn(
			&m->port, (ota_fuse)o->op.region, u32_of_u64(o->op.len), err);
	}
}

static ota_status replay(const struct kept_op *o, struct media *m, ota_err *err)
{
	if (o->pages == NULL)
		return replay_plain(o, m, err);
	m->ops++;
	return media_put_pages(&m->region[o->op.region], o->pages,
		size_of_u64(o->op.len / MEDIA_PAGE), o->op.off, err);
}

/* The power fails in this one. */
static ota_status replay_struck(const struct kept_op *o, struct media *m, ota_err *err)
{
	struct kept_op plain = *o;
	ota_err why = OTA_ERR_INIT;
	size_t len = size_of_u64(o->op.len);
	uint8_t *p = NULL;
	ota_status st = OTA_OK;

	if (o->pages != NULL) {
		st = mem_new_bytes(&p, m->ctx, len, err);
		if (st)
			return st;
		for (size_t i = 0; i < len / MEDIA_PAGE; i++)
			memcpy(p + i * MEDIA_PAGE, o->pages[i]->b, MEDIA_PAGE);
		plain.op.data = p;
	}
	st = replay_plain(&plain, m, &why);
	mem_free(m->ctx, p);
	if (m->dead)
		return OTA_OK;
	*err = why;
	return st;
}

static ota_status play(
	struct leg *out, const struct kept_leg *leg, struct media *m, size_t until, ota_err *err)
{
	ota_status st = OTA_OK;

	*out = leg->leg;
	for (size_t i = 0; i < until && !st; i++) {
		m->sure = leg->ops[i].synced < until;
		st = replay(&leg->ops[i], m, err);
	}
	m->sure = false;
	if (!st && until < leg->count) {
		st = replay_struck(&leg->ops[until], m, err);
		out->started = out->started && until >= out->boot_ops;
		out->act = LEG_NO_ACT;
		if (!out->started)
			out->flaw = LEG_SOUND;
	}
	if (out->started)
		m->booted = leg->booted;
	return st;
}

static bool writes_bad_block(const struct kept_leg *leg, const struct media *m)
{
	bool bad = false;

	for (size_t i = 0; i < leg->count && m->bad.mode != FAULT_NONE && !bad; i++) {
		const struct media_op *op = &leg->ops[i].op;

		bad = (op->kind == OP_PROGRAM || op->kind == OP_ERASE) &&
		      media_touches(&m->bad, op->region, op->off, op->len);
	}
	return bad;
}

/* Up to a power cut at most: nothing that only the code could answer. */
static bool can_play(const struct kept_leg *leg, const struct media *m)
{
	size_t until = next_strike(leg, m);

	if (until < leg->count && !fault_modes[m->plan.s[m->struck].mode].cut)
		return false;
	return !writes_bad_block(leg, m);
}

ota_status memo_leg(struct leg *out, struct memo *k, ota_err *err)
{
	const struct kept_leg *leg;
	const void *known = NULL;
	struct media *m = k->m;
	bool clear = true;
	ota_status st = reads_find(&known, &clear, &k->reads, m, err);

	leg = known;
	if (!st && leg == NULL && clear)
		st = run_and_learn(&leg, k, err);
	if (st)
		return st;
	if (leg == NULL || !can_play(leg, m))
		return leg_run(out, k->s, m, err);
	return play(out, leg, m, next_strike(leg, m), err);
}
