/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/buf.h>
#include <base/ctx.h>

#include <trust/quorum.h>

#include <package/header.h>
#include <package/pkg.h>

/* Rebuild the text that every line should have signed; offs[i] is where text i begins. */
static ota_status rebuild(struct buf *texts, size_t *offs, const struct head *head, ota_err *err)
{
	for (size_t i = 0; i < head->sig_count; i++) {
		const struct sigline *s = &head->sigs[i];

		offs[i] = texts->len;
		tbs_package(texts, &head->d, head->len, s->alg, s->keyid, s->time, s->comment);
	}
	offs[head->sig_count] = texts->len;
	return buf_status(texts, err);
}

static void note_signer(ota_pkg *pkg, const char *keyid)
{
	for (size_t i = 0; i < pkg->signer_count; i++)
		if (strcmp(pkg->signers[i], keyid) == 0)
			return;
	pkg->signers[pkg->signer_count++] = keyid;
}

/* Step 3: OK only when every role of at least one policy entry is met. */
static ota_status judge(
	ota_pkg *pkg, struct role_set *met, const ota_trust *trust, ota_report *rep, ota_err *err)
{
	struct claim claims[SIGLINES_MAX];
	size_t offs[SIGLINES_MAX + 1];
	const struct head *head = &pkg->head;
	struct buf texts;
	ota_status st = OTA_UNTRUSTED;

	if (head->sig_err.id != OTA_E_NONE)
		return ota_fail_at(
			err, OTA_E_SIG_SPOILED, head->sig_err.off, "%s", head->sig_err.msg);
	buf_init(&texts, pkg->ctx);
	st = rebuild(&texts, offs, head, err);
	if (st)
		goto out;
	for (size_t i = 0; i < head->sig_count; i++)
		claims[i] = (struct claim){.alg = head->sigs[i].alg,
			.keyid = head->sigs[i].keyid,
			.sig = head->sigs[i].sig,
			.sig_len = head->sigs[i].sig_len,
			.msg = texts.p + offs[i],
			.msg_len = offs[i + 1] - offs[i]};
	st = quorum_met(met, pkg->ctx, trust, claims, head->sig_count, rep, err);
	if (st)
		goto out;
	for (size_t i = 0; i < head->sig_count; i++)
		if (claims[i].good)
			note_signer(pkg, head->sigs[i].keyid);
out:
	buf_fini(&texts);
	return st;
}

static ota_status need_power(
	const ota_trust *trust, enum power power, bool used, const char *what, ota_err *err)
{
	if (used && !trust_may(trust, power))
		return ota_fail(err, OTA_E_SCOPE,
			"the package uses %s, which the trust does not allow to its signers", what);
	return OTA_OK;
}

static bool uses_step(const ota_manifest *m, enum step_op op)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == op)
			return true;
	return false;
}

static bool uses_single(const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		if (m->components[i].slot == SLOT_SINGLE)
			return true;
	return false;
}

static bool uses_boot_docs(const ota_manifest *m)
{
	for (size_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].role == ROLE_BOOT_DOC)
			return true;
	return false;
}

static ota_status check_powers(const ota_trust *trust, const ota_manifest *m, ota_err *err)
{
	ota_status st;

	st = need_power(trust, POWER_HOOKS, uses_step(m, STEP_RUN_HOOK), "hooks", err);
	if (!st)
		st = need_power(trust, POWER_SET_ENV, uses_step(m, STEP_SET_ENV), "set-env", err);
	if (!st)
		st = need_power(trust, POWER_SINGLE, uses_single(m), "a single slot", err);
	if (!st)
		st = need_power(trust, POWER_DOWNGRADE, m->allow_downgrade, "allow_downgrade", err);
	if (!st)
		st = need_power(trust, POWER_BOOT_DOC, uses_boot_docs(m), "boot documents", err);
	return st;
}

/* Step 5b: all that this product and these components need, now that they are known. */
static ota_status check_scope(
	const ota_manifest *m, const struct role_set *met, const ota_trust *trust, ota_err *err)
{
	const char *names[MANIFEST_COMPONENTS_MAX];
	struct role_set need = {0};
	ota_status st;

	for (size_t i = 0; i < m->component_count; i++)
		names[i] = m->components[i].name;
	st = scope_need(&need, trust, m->product, names, m->component_count, err);
	if (st)
		return st;
	if (need.bits == 0 || (need.bits & ~met->bits) != 0)
		return ota_fail(err, OTA_E_THRESHOLD,
			"the signatures do not meet all the roles that %s needs", m->product);
	return check_powers(trust, m, err);
}

/* trust NULL: only for the unauthenticated handle, which says so for ever. */
static ota_status open_steps(ota_pkg *pkg, const ota_trust *trust, ota_report *rep, ota_err *err)
{
	struct role_set met = {0};
	ota_status st;

	st = head_read(&pkg->head, pkg->ctx, &pkg->in, rep, err);
	if (st)
		return st;
	if (trust != NULL) {
		st = judge(pkg, &met, trust, rep, err);
		if (st)
			return st;
	}
	st = manifest_read(&pkg->m, pkg->ctx, pkg->head.bytes + HEADER_LEN,
		pkg->head.h.manifest_len, rep, err);
	if (st)
		return st;
	st = mem_new_bytes(
		&pkg->infos, pkg->ctx, pkg->m->section_count * sizeof(pkg->infos[0]), err);
	if (st)
		return st;
	st = layout_sections(pkg->infos, pkg->m, &pkg->head.h, err);
	if (st)
		return st;
	if (trust != NULL) {
		st = check_scope(pkg->m, &met, trust, err);
		if (st)
			return st;
		pkg->authentic = true;
	}
	return OTA_OK;
}

static ota_status open_package(ota_pkg **out, const ota_ctx *ctx, ota_source *src,
	const ota_trust *trust, ota_report *rep, ota_err *err)
{
	ota_pkg *pkg = NULL;
	ota_status st = MEM_NEW(&pkg, ctx, err);

	if (st)
		return st;
	pkg->ctx = ctx;
	input_init(&pkg->in, src);
	st = open_steps(pkg, trust, rep, err);
	if (st) {
		ota_pkg_free(pkg);
		return st;
	}
	*out = pkg;
	return OTA_OK;
}

ota_status ota_pkg_open(ota_pkg **out, const ota_ctx *ctx, ota_source *src, const ota_trust *trust,
	ota_report *rep, ota_err *err)
{
	if (trust == NULL)
		return ota_fail(err, OTA_E_NO_TRUST, "no key was given to verify the package with");
	return open_package(out, ctx, src, trust, rep, err);
}

ota_status ota_pkg_open_unauthenticated(
	ota_pkg **out, const ota_ctx *ctx, ota_source *src, ota_report *rep, ota_err *err)
{
	return open_package(out, ctx, src, NULL, rep, err);
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
	return index < pkg->signer_count ? pkg->signers[index] : NULL;
}
