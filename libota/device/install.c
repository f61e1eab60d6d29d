/* SPDX-License-Identifier: MIT */
/* Phase 1: the sequence of formats/device.md section 5, steps 1 – 5. */
#include <device/dev.h>

#include <ota/text.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <device/admit.h>
#include <device/slot.h>
#include <device/slot_sink.h>
#include <package/check.h>

struct install {
	ota_dev *dev;
	ota_pkg *pkg;
	const ota_manifest *m;
	struct admit admit;
	ota_install_result res;
	unsigned from;
};

/* ---- what may already be so ---- */

static bool slot_has_digest(const struct bootctl_slot *s, const struct digest *d)
{
	return memcmp(s->digest, d->b, d->len) == 0;
}

/* Phase 1 of this very package is complete: its slot waits for its trial, or is in it. */
static bool on_trial(const struct install *in, const struct digest *d)
{
	const struct journal *j = &in->dev->journal;
	const struct bootctl *b = &in->dev->bc.now;
	const struct bootctl_slot *s = &b->slot[j->slot];

	return b->trial && journal_is(j, JOURNAL_TRIAL, d) && slot_has_digest(s, d) &&
	       s->priority > 0 && !s->successful && (s->tries > 0 || j->slot == in->from);
}

/*
 * A trial that waits starts only if the loader can count its tries: where boot
 * control takes no more writes, rebooting for it again and again leads nowhere.
 */
static ota_status can_count(const struct install *in, ota_err *err)
{
	struct bootctl same = in->dev->bc.now;

	if (in->res.slot == in->from)
		return OTA_OK;
	return bootctl_save(&in->dev->bc, &same, err);
}

/* The running slot's own documents say that it is this package. */
static ota_status is_committed(
	const struct install *in, const struct digest *d, bool *out, ota_err *err)
{
	const struct bootctl_slot *s = &in->dev->bc.now.slot[in->from];
	struct slot_doc doc = {0};
	ota_status st;

	*out = false;
	if (!s->successful || slot_is_first(s))
		return OTA_OK;
	st = slot_docs(&doc, in->dev, in->from, s->digest, NULL);
	*out = !st && digest_equal(&doc.digest, d);
	if (st == OTA_NOMEM)
		return ota_fail_nomem(err);
	slot_doc_fini(&doc);
	return OTA_OK;
}

/* What the last commit left undone is done first; where that fails, it ends no updates. */
static ota_status settle_last(struct install *in, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = commit_settle(in->dev, in->from, rep, &why);

	if (dev_stops(st, &why, err))
		return st;
	if (st)
		dev_note(rep, "last commit", why.msg);
	return OTA_OK;
}

/* A trial that ran out of tries, or was left, and that no loader has noticed yet. */
static ota_status end_lapsed_trial(struct install *in, ota_err *err)
{
	const struct bootctl *b = &in->dev->bc.now;
	unsigned slot = in->dev->journal.slot;
	const struct bootctl_slot *s = &b->slot[slot];

	if (!b->trial || slot == in->from || s->successful || s->priority == 0 || s->tries > 0)
		return OTA_OK;
	return trial_end(in->dev, slot, OTA_E_ROLLED_BACK, true, err);
}

/* ---- step 1 ---- */

/* Where the journal left off, else the slot that is missed least. */
static unsigned choose_slot(const struct install *in)
{
	const struct bootctl *b = &in->dev->bc.now;
	const struct journal *j = &in->dev->journal;
	unsigned best = in->from == 0 ? 1 : 0;

	if (j->state != JOURNAL_IDLE && j->slot != in->from && j->slot < b->nslots)
		return j->slot;
	for (unsigned i = 0; i < b->nslots; i++)
		if (i != in->from && b->slot[i].priority < b->slot[best].priority)
			best = i;
	return best;
}

static ota_status begin_journal(struct install *in, const struct digest *d, ota_err *err)
{
	struct journal *j = &in->dev->journal;

	j->state = JOURNAL_WRITING;
	j->slot = in->res.slot;
	j->digest = *d;
	j->component = 0;
	j->off = 0;
	j->error = 0;
	return journal_save(j, err);
}

static ota_status close_slot(struct install *in, ota_err *err)
{
	struct bootctl want = in->dev->bc.now;
	struct bootctl_slot *s = &want.slot[in->res.slot];

	*s = (struct bootctl_slot){.writing = true};
	want.trial = false;
	want.recovery = bootctl_recovering(&want);
	return bootctl_save(&in->dev->bc, &want, err);
}

static ota_status prepare(struct install *in, const struct digest *d, ota_err *err)
{
	struct journal *j = &in->dev->journal;
	const struct bootctl_slot *s = &in->dev->bc.now.slot[in->res.slot];
	bool same =
		j->state != JOURNAL_IDLE && j->slot == in->res.slot && digest_equal(&j->digest, d);
	ota_status st = OTA_OK;

	/* Boot control outranks the journal: without its mark, nothing of this is in the slot. */
	in->res.resumed = same && s->writing;
	if (!in->res.resumed)
		st = begin_journal(in, d, err);
	if (!st && !s->writing)
		st = close_slot(in, err);
	if (!st)
		st = slot_meta_erase(in->dev, in->res.slot, err);
	if (j->state == JOURNAL_TRIAL) {
		j->component = u32_of_u64(in->m->component_count);
		j->off = 0;
	}
	j->state = JOURNAL_WRITING;
	return st;
}

/* What cannot be read is not there: writing it may well mend it. */
static ota_status is_present(
	const struct install *in, const struct manifest_component *c, bool *out, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = slot_image_verify(in->dev, in->res.slot, in->m, c, &why);

	*out = st == OTA_OK;
	return dev_stops(st, &why, err) ? st : OTA_OK;
}

/* ---- step 2 ---- */

static ota_status write_image(struct install *in, const struct manifest_component *c,
	const struct slot_sink_args *args, ota_report *rep, ota_err *err)
{
	ota_write_options opt = {.size = sizeof(opt)};
	ota_write_result wrote = {.size = sizeof(wrote)};
	const ota_ctx *ctx = in->dev->ctx;
	ota_flash *from = NULL;
	ota_source *old = NULL, *done = NULL;
	ota_sink *sink = NULL;
	ota_status st = slot_image(&from, in->dev, in->from, c->name, err);

	if (!st)
		st = flash_source(&old, ctx, from, err);
	if (!st)
		st = flash_source(&done, ctx, args->flash, err);
	if (!st)
		st = slot_sink_new(&sink, ctx, args, err);
	if (st)
		goto out;
	opt.have = args->from;
	opt.done = done;
	opt.delta_only = manifest_patched(in->m, c->name);
	opt.ram_max = in->admit.ram;
	st = ota_pkg_write(sink, in->pkg, c->name, old, &opt, &wrote, rep, err);
	if (!st)
		st = ota_sink_commit(sink, err);
out:
	ota_sink_close(sink);
	ota_source_close(done);
	ota_source_close(old);
	return st;
}

/* Where the journal left off: what it promises is hashed before it counts. */
static uint64_t written_before(
	const struct install *in, uint32_t i, const struct slot_sink_args *args)
{
	const struct journal *j = &in->dev->journal;
	uint32_t block = args->flash->geometry.erase_size;

	return j->component == i && j->off < args->size ? j->off / block * block : 0;
}

/* It was not what the journal promised. */
static ota_status write_anew(struct install *in, const struct manifest_component *c,
	struct slot_sink_args *args, ota_report *rep, ota_err *err)
{
	ota_status st;

	dev_note(rep, c->name, "what was written before is damaged: written anew");
	args->from = 0;
	args->journal->off = 0;
	st = journal_save(args->journal, err);
	return st ? st : write_image(in, c, args, rep, err);
}

static ota_status write_component(struct install *in, uint32_t i, ota_report *rep, ota_err *err)
{
	const struct manifest_component *c = &in->m->components[i];
	struct slot_sink_args args = {
		.journal = &in->dev->journal, .component = i, .size = c->target.size};
	bool present = false;
	ota_err why = OTA_ERR_INIT;
	ota_status st = slot_image(&args.flash, in->dev, in->res.slot, c->name, err);

	if (st)
		return st;
	args.written = &in->res.written;
	args.from = written_before(in, i, &args);
	if (args.from == 0)
		st = is_present(in, c, &present, err);
	if (st)
		return st;
	if (present) {
		dev_note(rep, c->name, "the slot holds this image already");
		return OTA_OK;
	}
	st = write_image(in, c, &args, rep, &why);
	if (st && args.from > 0 && why.id == OTA_E_HASH_TARGET)
		return write_anew(in, c, &args, rep, err);
	if (st && err != NULL)
		*err = why;
	return st;
}

/* ---- steps 4 – 5 ---- */

static unsigned switch_tries(const ota_manifest *m)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == STEP_SWITCH_SLOT)
			return (unsigned)min_u64(m->steps[i].tries, TRIES_MAX);
	return 0;
}

static ota_status store_documents(struct install *in, const struct digest *d, ota_err *err)
{
	uint8_t want[OTA_DIGEST_MAX] = {0};
	struct slot_doc doc = {0};
	ota_status st = slot_meta_write(in->dev, in->res.slot, in->pkg, err);

	if (st)
		return st;
	memcpy(want, d->b, d->len);
	st = slot_docs(&doc, in->dev, in->res.slot, want, err);
	slot_doc_fini(&doc);
	return st;
}

static void fill_slot(
	struct bootctl_slot *s, const ota_manifest *m, const struct digest *d, int64_t at)
{
	*s = (struct bootctl_slot){.priority = PRIORITY_MAX};
	s->tries = lo8(switch_tries(m));
	s->counter = u32_of_u64(m->security_counter);
	memcpy(s->digest, d->b, d->len);
	snprintf(s->version, sizeof(s->version), "%s", m->version);
	s->installed_at = at > 0 ? (uint64_t)at : 0;
}

/* The journal first: a trial whose digest nobody knows could not be remembered as failed. */
ota_status trial_begin(ota_dev *dev, unsigned slot, const ota_manifest *m, const struct digest *d,
	int64_t at, ota_err *err)
{
	struct bootctl want = dev->bc.now;
	struct journal *j = &dev->journal;
	ota_status st;

	j->state = JOURNAL_TRIAL;
	j->slot = slot;
	j->digest = *d;
	j->component = u32_of_u64(m->component_count);
	j->off = 0;
	st = journal_save(j, err);
	if (st)
		return st;
	for (unsigned i = 0; i < want.nslots; i++)
		if (want.slot[i].priority > 1)
			want.slot[i].priority--;
	fill_slot(&want.slot[slot], m, d, at);
	want.trial = true;
	return bootctl_save(&dev->bc, &want, err);
}

static ota_status run_steps(
	struct install *in, const struct digest *d, ota_report *rep, ota_err *err)
{
	char text[64];
	ota_status st = prepare(in, d, err);

	for (uint32_t i = 0; i < in->m->component_count && !st; i++)
		st = write_component(in, i, rep, err);
	if (!st)
		st = slot_images_verify(in->dev, in->res.slot, in->m, err);
	if (st)
		return st;
	dev_note(rep, "read back", "every image of the slot hashes to its target");
	st = store_documents(in, d, err);
	if (!st)
		st = admit_policy(&in->admit, NULL, err);
	if (!st)
		st = trial_begin(in->dev, in->res.slot, in->m, d, in->admit.at, err);
	if (st)
		return st;
	snprintf(text, sizeof(text), "slot %u starts next, %u tries", in->res.slot,
		switch_tries(in->m));
	dev_note(rep, "switch", text);
	return OTA_OK;
}

/* `kind: present`: no slot is closed for what the package does not carry. */
static ota_status check_present(const struct install *in, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < in->m->component_count; i++) {
		const struct manifest_component *c = &in->m->components[i];
		bool present = true;

		if (c->payloads[0].kind == PAYLOAD_PRESENT)
			st = is_present(in, c, &present, err);
		if (!st && !present)
			st = ota_fail(err, OTA_E_NO_PAYLOAD,
				"slot %u does not hold %s, and the package does not carry it",
				in->res.slot, c->name);
	}
	return st;
}

/* Everything that can say no, before anything is written. */
static ota_status admit_all(struct install *in, const ota_install_options *opt,
	const struct digest *d, ota_report *rep, ota_err *err)
{
	bool wait;
	ota_status st;

	if (!in->dev->bc.now.slot[in->from].successful)
		return ota_fail(err, OTA_E_TRIAL,
			"slot %u runs on trial: finish that update, or boot again", in->from);
	st = end_lapsed_trial(in, err);
	if (st)
		return st;
	if (journal_has_failed(&in->dev->journal, d) && !opt->retry_failed)
		return ota_fail(
			err, OTA_E_FAILED_BEFORE, "this package was tried before and fell back");
	if (switch_tries(in->m) == 0)
		return ota_fail(err, OTA_E_FEATURE, "the package's steps have no switch-slot");
	in->res.slot = choose_slot(in);
	st = admit_init(&in->admit, in->dev, in->pkg, in->from, opt, err);
	if (!st)
		st = admit_policy(&in->admit, rep, err);
	/* To wait is the answer only if nothing else is in the way. */
	wait = st == OTA_DEFERRED;
	if (!st || wait)
		st = check_features(in->m, err);
	if (!st)
		st = ota_pkg_choose(in->pkg, in->dev->d, rep, err);
	if (!st)
		st = admit_components(&in->admit, in->res.slot, err);
	if (!st)
		st = check_present(in, err);
	if (!st)
		st = admit_head(&in->admit, ota_pkg_header(in->pkg), err);
	if (!st)
		st = slot_meta_fits(in->dev, in->res.slot, in->pkg, err);
	return !st && wait ? OTA_DEFERRED : st;
}

static ota_status install(
	struct install *in, const ota_install_options *opt, ota_report *rep, ota_err *err)
{
	struct digest d = {.alg = manifest_hash_alg(in->m)};
	size_t len;
	const uint8_t *p = ota_pkg_digest(in->pkg, &len);
	bool committed;
	ota_status st;

	d.len = lo8(min_size(len, sizeof(d.b)));
	memcpy(d.b, p, d.len);
	st = is_committed(in, &d, &committed, err);
	if (!st)
		st = settle_last(in, rep, err);
	if (st)
		return st;
	if (committed && !opt->reinstall) {
		in->res.nothing_to_do = true;
		in->res.slot = in->from;
		return OTA_OK;
	}
	if (on_trial(in, &d)) {
		in->res.resumed = true;
		in->res.slot = in->dev->journal.slot;
		return can_count(in, err);
	}
	st = admit_all(in, opt, &d, rep, err);
	if (!st)
		st = run_steps(in, &d, rep, err);
	return st;
}

ota_status ota_dev_install(ota_dev *dev, ota_pkg *pkg, const ota_install_options *opt,
	ota_install_result *res, ota_report *rep, ota_err *err)
{
	static const ota_install_options none = {.size = sizeof(none), .at = OTA_TIME_NONE};
	struct install in = {.dev = dev, .pkg = pkg, .m = ota_pkg_manifest(pkg)};
	ota_status st;

	if (!ota_pkg_authentic(pkg))
		return ota_fail(err, OTA_E_UNSIGNED, "nobody vouches for this package");
	st = dev_begin(dev, rep, err);
	if (!st)
		st = bootctl_repair(&dev->bc, err);
	if (!st)
		st = dev_booted(&in.from, dev, err);
	if (!st)
		st = install(&in, opt != NULL ? opt : &none, rep, err);
	admit_fini(&in.admit);
	if (st)
		return st;
	in.res.size = sizeof(in.res);
	if (res != NULL)
		*res = in.res;
	return OTA_OK;
}
