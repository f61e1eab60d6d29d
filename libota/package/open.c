/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/buf.h>
#include <base/ctx.h>

#include <trust/scope.h>

#include <package/check.h>
#include <package/header.h>
#include <package/otsig.h>
#include <package/pkg.h>
#include <package/slice.h>

#define CLAIMS_MAX (2 * SIGLINES_MAX)

/* A detached file of signatures that is spoiled is ignored, and that is said. */
static ota_status read_detached(struct sigline **more, size_t *n, ota_pkg *pkg, ota_source *sigs,
	ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = otsig_read(more, n, &pkg->head.arena, sigs, &pkg->head.d, pkg->ctx, &why);

	if (!st || why.id != OTA_E_SIGLINE) {
		if (st && err != NULL)
			*err = why;
		return st;
	}
	if (pkg->spoiled.id == OTA_E_NONE)
		pkg->spoiled = why;
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = OTA_WARN,
				    .id = why.id,
				    .file = SIG_DETACHED,
				    .off = why.off,
				    .text = why.msg,
				    .about = OTA_ABOUT_LINE});
	return OTA_OK;
}

/* The lines of the area and of a detached file (may be NULL), together. */
static ota_status unite(ota_pkg *pkg, ota_source *sigs, ota_report *rep, ota_err *err)
{
	struct head *head = &pkg->head;
	struct sigline *more = NULL;
	size_t n = 0;
	ota_status st = OTA_OK;

	pkg->spoiled = head->sig_err;
	if (sigs != NULL)
		st = read_detached(&more, &n, pkg, sigs, rep, err);
	if (st)
		return st;
	pkg->lines = arena_array(&head->arena, CLAIMS_MAX, sizeof(*pkg->lines));
	if (pkg->lines == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < head->sig_count; i++)
		pkg->lines[pkg->line_count++] = head->sigs[i];
	for (size_t i = 0; i < n; i++)
		pkg->lines[pkg->line_count++] = more[i];
	return OTA_OK;
}

/* Rebuild the text that every line should have signed; offs[i] is where text i begins. */
static ota_status rebuild(struct buf *texts, size_t *offs, const ota_pkg *pkg, ota_err *err)
{
	for (size_t i = 0; i < pkg->line_count; i++) {
		const struct sigline *s = &pkg->lines[i];

		offs[i] = texts->len;
		tbs_package(
			texts, &pkg->head.d, pkg->head.len, s->alg, s->keyid, s->time, s->comment);
	}
	offs[pkg->line_count] = texts->len;
	return buf_status(texts, err);
}

static void note_signer(ota_pkg *pkg, const struct sigline *s)
{
	for (size_t i = 0; i < pkg->signer_count; i++)
		if (strcmp(pkg->signers[i].keyid, s->keyid) == 0)
			return;
	pkg->signers[pkg->signer_count++] = (ota_sigline){sizeof(ota_sigline), s->alg, s->keyid,
		s->comment, s->time, s->sig, s->sig_len, true};
}

/* Step 3: OK only when every role of at least one policy entry is met. */
static ota_status judge(
	ota_pkg *pkg, struct role_set *met, const ota_trust *trust, ota_report *rep, ota_err *err)
{
	struct claim claims[CLAIMS_MAX];
	size_t offs[CLAIMS_MAX + 1], area = pkg->head.sig_count;
	struct buf texts;
	ota_status st = OTA_UNTRUSTED;

	if (pkg->spoiled.id != OTA_E_NONE && pkg->line_count == 0)
		return ota_fail_at(
			err, OTA_E_SIG_SPOILED, pkg->spoiled.off, "%s", pkg->spoiled.msg);
	buf_init(&texts, pkg->ctx);
	st = rebuild(&texts, offs, pkg, err);
	if (st)
		goto out;
	for (size_t i = 0; i < pkg->line_count; i++)
		claims[i] = (struct claim){.alg = pkg->lines[i].alg,
			.keyid = pkg->lines[i].keyid,
			.sig = pkg->lines[i].sig,
			.sig_len = pkg->lines[i].sig_len,
			.msg = texts.p + offs[i],
			.msg_len = offs[i + 1] - offs[i],
			.source = i < area ? SIG_AREA : SIG_DETACHED,
			.line = (uint32_t)(i < area ? i : i - area) + 1};
	st = quorum_met(met, pkg->ctx, trust, claims, pkg->line_count, NULL, rep, err);
	if (!st)
		st = scope_some(trust, met, err);
	if (st)
		goto out;
	for (size_t i = 0; i < pkg->line_count; i++)
		if (claims[i].good) {
			pkg->good |= UINT64_C(1) << i;
			note_signer(pkg, &pkg->lines[i]);
		}
out:
	buf_fini(&texts);
	return st;
}

static ota_status check_powers(const struct scope *scope, const ota_manifest *m, ota_err *err)
{
	for (enum power power = 0; power < POWERS; power++) {
		const char *what = power_used(m, power);

		if (what != NULL && !scope_may(scope, power))
			return ota_fail(err, OTA_E_SCOPE,
				"the package uses %s, which the trust does not allow to its "
				"signers",
				what);
	}
	return OTA_OK;
}

/* Step 5b: all that this product and these components need, now that they are known. */
static ota_status check_scope(
	const ota_manifest *m, const struct role_set *met, const ota_trust *trust, ota_err *err)
{
	const char *names[MANIFEST_COMPONENTS_MAX];
	struct scope scope = {0, 0};
	ota_status st;

	for (size_t i = 0; i < m->component_count; i++)
		names[i] = m->components[i].name;
	st = scope_need(&scope, trust, m->product, names, m->component_count, err);
	if (st)
		return st;
	if (!scope_met(&scope, met))
		return ota_fail(err, OTA_E_THRESHOLD,
			"the signatures do not meet all the roles that %s needs", m->product);
	return check_powers(&scope, m, err);
}

/* What of step 6 the trust alone decides, on any device. */
static ota_status check_revoked(ota_pkg *pkg, const ota_trust *trust, ota_err *err)
{
	ota_status st = scope_package(trust, &pkg->head.d, err);

	if (!st)
		st = scope_counter(trust, pkg->m->product, pkg->m->security_counter, err);
	pkg->bounds = (struct pkg_bounds){trust->limits.expires,
		scope_step_base(trust, pkg->m->product), trust->limits.max_step};
	return st;
}

/* Steps 4 and 5, the sums against the header included. */
static ota_status read_manifest(ota_pkg *pkg, ota_report *rep, ota_err *err)
{
	const uint8_t *p = pkg->head.bytes + HEADER_LEN;
	size_t len = pkg->head.h.manifest_len;
	struct doc *root = NULL;
	ota_status st;

	pkg->head.step = OTA_STEP_JSON;
	st = manifest_parse(&pkg->m, &root, pkg->ctx, p, len, err);
	if (st)
		return st;
	pkg->head.step = OTA_STEP_MANIFEST;
	st = manifest_judge(pkg->m, root, p, len, rep, err);
	if (st)
		return st;
	st = mem_new_bytes(
		&pkg->infos, pkg->ctx, pkg->m->section_count * sizeof(pkg->infos[0]), err);
	if (st)
		return st;
	st = layout_sections(pkg->infos, pkg->m, &pkg->head.h, err);
	if (!st && pkg->head.sliced)
		st = slice_place(pkg->infos, &pkg->head, pkg->m, err);
	return st;
}

/* trust NULL: only for the unauthenticated handle, which says so for ever. */
static ota_status open_steps(
	ota_pkg *pkg, const ota_trust *trust, ota_source *sigs, ota_report *rep, ota_err *err)
{
	struct role_set met = {0};
	ota_status st;

	st = head_read(&pkg->head, pkg->ctx, &pkg->in, rep, err);
	if (st)
		return st;
	if (trust != NULL) {
		pkg->head.step = OTA_STEP_SIGNATURES;
		st = scope_hash(trust, pkg->head.d.alg, err);
		if (!st)
			st = unite(pkg, sigs, rep, err);
		if (!st)
			st = judge(pkg, &met, trust, rep, err);
		if (st)
			return st;
	}
	st = read_manifest(pkg, rep, err);
	if (st)
		return st;
	pkg->in.total = pkg->head.at.end;
	if (trust != NULL) {
		pkg->head.step = OTA_STEP_SCOPE;
		st = check_scope(pkg->m, &met, trust, err);
		if (st)
			return st;
		pkg->authentic = true;
		pkg->head.step = OTA_STEP_POLICY;
		st = check_revoked(pkg, trust, err);
		/* What is fine is for a device to say: this step is its own. */
		if (!st)
			pkg->head.step = OTA_STEP_SCOPE;
	}
	return st;
}

void pkg_say_step(ota_report *rep, ota_step step, ota_status st, const ota_err *why)
{
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = st ? OTA_FAIL : OTA_PASS,
				    .id = st ? why->id : OTA_E_NONE,
				    .off = st ? why->off : OTA_NO_OFF,
				    .text = st ? why->msg : NULL,
				    .about = OTA_ABOUT_STEP,
				    .step = step});
}

/* Only where something was to be authenticated: without a trust there is no verdict. */
static void say_steps(ota_report *rep, ota_step last, ota_status st, const ota_err *why)
{
	for (ota_step step = OTA_STEP_HEADER; step < last; step++)
		pkg_say_step(rep, step, OTA_OK, NULL);
	pkg_say_step(rep, last, st, why);
}

static ota_status open_package(ota_pkg **out, const ota_ctx *ctx, ota_source *src,
	const ota_trust *trust, ota_source *sigs, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_pkg *pkg = NULL;
	ota_status st = MEM_NEW(&pkg, ctx, err);

	if (st)
		return st;
	pkg->ctx = ctx;
	pkg->bounds.expires = OTA_TIME_NONE;
	input_init(&pkg->in, src);
	st = open_steps(pkg, trust, sigs, rep, &why);
	if (trust != NULL)
		say_steps(rep, pkg->head.step, st, &why);
	if (st) {
		ota_pkg_free(pkg);
		if (err != NULL)
			*err = why;
		return st;
	}
	*out = pkg;
	return OTA_OK;
}

ota_status ota_pkg_open(ota_pkg **out, const ota_ctx *ctx, ota_source *src, const ota_trust *trust,
	ota_report *rep, ota_err *err)
{
	return ota_pkg_open_with(out, ctx, src, trust, NULL, rep, err);
}

ota_status ota_pkg_open_with(ota_pkg **out, const ota_ctx *ctx, ota_source *src,
	const ota_trust *trust, ota_source *sigs, ota_report *rep, ota_err *err)
{
	if (trust == NULL)
		return ota_fail(err, OTA_E_NO_TRUST, "no key was given to verify the package with");
	return open_package(out, ctx, src, trust, sigs, rep, err);
}

ota_status ota_pkg_open_unauthenticated(
	ota_pkg **out, const ota_ctx *ctx, ota_source *src, ota_report *rep, ota_err *err)
{
	return open_package(out, ctx, src, NULL, NULL, rep, err);
}

void ota_pkg_free(ota_pkg *pkg)
{
	if (pkg == NULL)
		return;
	mem_free(pkg->ctx, pkg->tables);
	mem_free(pkg->ctx, pkg->infos);
	manifest_free(pkg->m);
	head_fini(&pkg->head);
	mem_free(pkg->ctx, pkg);
}

ota_form ota_pkg_form(const ota_pkg *pkg)
{
	return head_form(&pkg->head, &pkg->in);
}

bool ota_pkg_has_section(const ota_pkg *pkg, uint32_t index)
{
	return index < pkg->m->section_count && !pkg->infos[index].absent;
}

bool ota_pkg_authentic(const ota_pkg *pkg)
{
	return pkg->authentic;
}

const ota_header *ota_pkg_header(const ota_pkg *pkg)
{
	return &pkg->head.h;
}

const ota_manifest *ota_pkg_manifest(const ota_pkg *pkg)
{
	return pkg->m;
}

const uint8_t *ota_pkg_digest(const ota_pkg *pkg, size_t *len)
{
	*len = pkg->head.d.len;
	return pkg->head.d.b;
}

size_t ota_pkg_signer_count(const ota_pkg *pkg)
{
	return pkg->signer_count;
}

const char *ota_pkg_signer_at(const ota_pkg *pkg, size_t index)
{
	return index < pkg->signer_count ? pkg->signers[index].keyid : NULL;
}

const ota_sigline *ota_pkg_signer_line(const ota_pkg *pkg, size_t index)
{
	return index < pkg->signer_count ? &pkg->signers[index] : NULL;
}
