/* SPDX-License-Identifier: MIT */
/* Roots of trust: read, followed, believed; what each may and must not say. */
#include "root_rig.h"
#include "unit.h"

#include <ota/text.h>

#include <trust/stop.h>

static struct buf docs[8];
static size_t doc_count;

static void set_up(void)
{
	roots_open();
	for (size_t i = 0; i < 8; i++)
		buf_init(&docs[i], t_ctx());
	doc_count = 0;
}

static void tear_down(void)
{
	for (size_t i = 0; i < 8; i++)
		buf_fini(&docs[i]);
	roots_close();
}

static ota_status next_doc(void *arg, uint64_t version, ota_source **out, ota_err *err)
{
	(void)arg;
	*out = NULL;
	if (version > doc_count)
		return OTA_OK;
	return ota_source_memory(out, t_ctx(), docs[version - 1].p, docs[version - 1].len, err);
}

/* Walk from the first of n roots; the id why not, and where it stands. */
static ota_id walk(ota_trust **out, const struct root_spec *specs, size_t n)
{
	const ota_root_options opt = {.size = sizeof(opt), .next = next_doc};
	ota_err err = OTA_ERR_INIT;
	ota_root *first = NULL;
	ota_id id;

	for (size_t i = 0; i < n; i++) {
		buf_clear(&docs[i]);
		roots_doc(&docs[i], &specs[i]);
	}
	doc_count = n;
	id = roots_read(&first, &docs[0]);
	if (id == OTA_E_NONE) {
		(void)!ota_trust_from_root(out, t_ctx(), &first, &opt, NULL, &err);
		id = err.id;
	}
	ck_assert_ptr_null(first);
	return id;
}

static void walks(const struct root_spec *specs, size_t n, ota_id want, int line)
{
	ota_trust *t = NULL;
	ota_id id = walk(&t, specs, n);

	ck_assert_msg(id == want, "line %d: %s", line, id ? ota_id_find(id)->name : "accepted");
	ck_assert((t != NULL) == (want == OTA_E_NONE));
	if (t != NULL)
		ck_assert_uint_eq(ota_root_version(ota_trust_root(t)), n);
	ota_trust_free(t);
}
#define WALKS(want, ...)                                                                           \
	do {                                                                                       \
		const struct root_spec s_[] = {__VA_ARGS__};                                       \
		walks(s_, sizeof(s_) / sizeof(s_[0]), want, __LINE__);                             \
	} while (0)

/*
 * Rotations as in TUF's conformance suite: [keys, threshold, signers] of root 1, 2, 3.
 * A new root needs both its own keys and those of the root before it.
 */
static const struct {
	struct root_spec v[3];
	size_t n;
	ota_id id;
} rotations[] = {
	{{{.version = 1, .root = 1}, {.version = 2, .root = 1}}, 2, OTA_E_NONE},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 1}, {.version = 3, .root = 1}}, 3,
		OTA_E_NONE},
	{{{.version = 1, .root = 1, .signers = 2}}, 1, OTA_E_SIG_UNKNOWN},
	{{{.version = 1, .root = 3, .root_threshold = 2, .signers = 1}}, 1, OTA_E_THRESHOLD},
	{{{.version = 1, .root = 3, .root_threshold = 2, .signers = 3}}, 1, OTA_E_NONE},
	/* one key to another */
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 3}}, 2, OTA_E_NONE},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 2}}, 2,
		OTA_E_SIG_UNKNOWN},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 1}}, 2,
		OTA_E_SIG_UNKNOWN},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 3},
		 {.version = 3, .root = 2}},
		3, OTA_E_NONE},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 3},
		 {.version = 3, .root = 1}},
		3, OTA_E_SIG_UNKNOWN},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 2, .signers = 3},
		 {.version = 3, .root = 1, .signers = 3}},
		3, OTA_E_NONE},
	/* the threshold rises and falls */
	{{{.version = 1, .root = 1}, {.version = 2, .root = 3, .root_threshold = 2, .signers = 1}},
		2, OTA_E_THRESHOLD},
	{{{.version = 1, .root = 1}, {.version = 2, .root = 3, .root_threshold = 2, .signers = 3}},
		2, OTA_E_NONE},
	{{{.version = 1, .root = 3, .root_threshold = 2},
		 {.version = 2, .root = 3, .root_threshold = 1, .signers = 1}},
		2, OTA_E_THRESHOLD},
	{{{.version = 1, .root = 3, .root_threshold = 2},
		 {.version = 2, .root = 3, .root_threshold = 1}},
		2, OTA_E_NONE},
	{{{.version = 1, .root = 3, .root_threshold = 2}, {.version = 2, .root = 1, .signers = 3}},
		2, OTA_E_NONE},
	{{{.version = 1, .root = 3, .root_threshold = 2}, {.version = 2, .root = 1, .signers = 1}},
		2, OTA_E_THRESHOLD},
	/* two of three, one of them replaced */
	{{{.version = 1, .root = 7, .root_threshold = 2, .signers = 3},
		 {.version = 2, .root = 0xE, .root_threshold = 2, .signers = 6}},
		2, OTA_E_NONE},
	{{{.version = 1, .root = 7, .root_threshold = 2, .signers = 3},
		 {.version = 2, .root = 0xE, .root_threshold = 2, .signers = 9}},
		2, OTA_E_THRESHOLD},
	{{{.version = 1, .root = 7, .root_threshold = 2, .signers = 3},
		 {.version = 2, .root = 0x38, .root_threshold = 2, .signers = 0x1B}},
		2, OTA_E_NONE},
	{{{.version = 1, .root = 7, .root_threshold = 2, .signers = 3},
		 {.version = 2, .root = 0x38, .root_threshold = 2, .signers = 0x19}},
		2, OTA_E_THRESHOLD},
};

START_TEST(rotation)
{
	walks(rotations[_i].v, rotations[_i].n, rotations[_i].id, _i);
}
END_TEST

/* Sets of keys and thresholds of targets, and who signs: is the role met? */
static const struct {
	uint32_t before, before_threshold, after, threshold, signers;
	ota_id id;
} roles[] = {
	{1, 1, 2, 1, 2, OTA_E_NONE},
	{1, 1, 2, 1, 1, OTA_E_SIG_UNKNOWN},
	{1, 1, 3, 1, 1, OTA_E_NONE},
	{1, 1, 3, 1, 2, OTA_E_NONE},
	{1, 1, 3, 2, 1, OTA_E_THRESHOLD},
	{1, 1, 3, 2, 3, OTA_E_NONE},
	{3, 2, 1, 1, 1, OTA_E_NONE},
	{3, 2, 1, 1, 2, OTA_E_SIG_UNKNOWN},
	{3, 2, 3, 1, 2, OTA_E_NONE},
	{7, 2, 0xE, 2, 3, OTA_E_THRESHOLD},
	{7, 2, 0xE, 2, 6, OTA_E_NONE},
	{7, 3, 0x38, 3, 0x38, OTA_E_NONE},
	{7, 3, 0x38, 3, 7, OTA_E_SIG_UNKNOWN},
};

#define BODY "{\"_type\":\"x-test\"}"

/* The role as the newest root has it, and not as any before. */
START_TEST(role_rotation)
{
	const struct root_spec specs[] = {
		{.version = 1,
			.root = 1U << 15,
			.targets = roles[_i].before,
			.targets_threshold = roles[_i].before_threshold},
		{.version = 2,
			.root = 1U << 15,
			.targets = roles[_i].after,
			.targets_threshold = roles[_i].threshold},
	};
	ota_err err = OTA_ERR_INIT;
	struct envelope e = {0};
	ota_source *src = NULL;
	ota_trust *t = NULL;
	struct buf doc;

	buf_init(&doc, t_ctx());
	roots_sign(&doc, BODY, roles[_i].signers);
	ck_assert_int_eq(walk(&t, specs, 2), OTA_E_NONE);
	ck_ok(ota_source_memory(&src, t_ctx(), doc.p, doc.len, &err), &err);
	ck_ok(envelope_load(&e, t_ctx(), src, &err), &err);
	(void)!envelope_quorum(&e, t, "targets", NULL, NULL, &err);
	ck_id(err, roles[_i].id);
	envelope_fini(&e);
	ota_source_close(src);
	ota_trust_free(t);
	buf_fini(&doc);
}
END_TEST

#define PACKAGE "\"package\":[{\"products\":[\"*\"],\"roles\":[\"release\"]}]"
#define RELEASE "\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":1}}"
#define X(more) "{" PACKAGE "," RELEASE more "}"
#define HEX64   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER64 "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

START_TEST(versions)
{
	WALKS(OTA_E_ROOT_VERSION, {.version = 1}, {.version = 3});
	WALKS(OTA_E_ROOT_VERSION, {.version = 1}, {.version = 1});
	WALKS(OTA_E_NONE, {.version = 1, .ext = X("")}, {.version = 2, .ext = X("")});
	WALKS(OTA_E_NONE, {.version = 1}, {.version = 2, .ext = X("")});
	WALKS(OTA_E_ROOT_EXT, {.version = 1, .ext = X("")}, {.version = 2});
}
END_TEST

START_TEST(kept)
{
	const char *one = X(",\"revoked_packages\":[\"sha256:" HEX64 "\"]");
	const char *two = X(",\"revoked_packages\":[\"sha256:" OTHER64 "\",\"sha256:" HEX64 "\"]");
	const char *key = X(",\"revoked_keys\":[\"" HEX64 "\"]");
	const char *keys = X(",\"revoked_keys\":[\"" OTHER64 "\",\"" HEX64 "\"]");

	WALKS(OTA_E_NONE, {.version = 1, .ext = one}, {.version = 2, .ext = two});
	WALKS(OTA_E_UNREVOKED, {.version = 1, .ext = two}, {.version = 2, .ext = one});
	WALKS(OTA_E_UNREVOKED, {.version = 1, .ext = one}, {.version = 2, .ext = X("")});
	WALKS(OTA_E_NONE, {.version = 1, .ext = key}, {.version = 2, .ext = keys});
	WALKS(OTA_E_UNREVOKED, {.version = 1, .ext = keys}, {.version = 2, .ext = key});
	WALKS(OTA_E_NONE, {.version = 1, .ext = X("")},
		{.version = 2, .ext = X(",\"min_counter\":{\"gw\":64}")},
		{.version = 3, .ext = X(",\"min_counter\":{\"gw\":128}")});
	WALKS(OTA_E_ROOT_FLOOR, {.version = 1, .ext = X("")},
		{.version = 2, .ext = X(",\"min_counter\":{\"gw\":65}")});
	WALKS(OTA_E_ROOT_FLOOR, {.version = 1, .ext = X(",\"min_counter\":{\"gw\":5}")},
		{.version = 2, .ext = X(",\"min_counter\":{\"gw\":4}")});
	WALKS(OTA_E_ROOT_FLOOR, {.version = 1, .ext = X(",\"min_counter\":{\"gw\":5}")},
		{.version = 2, .ext = X("")});
	WALKS(OTA_E_ROOT_FLOOR, {.version = 1, .ext = X(",\"min_counter\":{\"gw\":5}")},
		{.version = 2, .ext = X(",\"min_counter\":{\"gw\":70}")});
	WALKS(OTA_E_NONE, {.version = 1, .ext = X(",\"min_counter\":{\"gw\":5}")},
		{.version = 2, .ext = X(",\"min_counter\":{\"gw\":69,\"xx\":0}")});
}
END_TEST

/* What root n revokes counts for root n + 1 and for packages, not for n itself. */
START_TEST(revoked_roots)
{
	char revoke0[512], hex[2 * DIGEST_MAX + 1];

	roots_material(hex, 0);
	snprintf(revoke0, sizeof(revoke0), X(",\"revoked_keys\":[\"%s\"]"), hex);
	WALKS(OTA_E_NONE, {.version = 1, .root = 3, .signers = 1, .ext = revoke0});
	WALKS(OTA_E_REVOKED_KEY, {.version = 1, .root = 3, .ext = revoke0},
		{.version = 2, .root = 3, .signers = 1, .ext = revoke0});
	WALKS(OTA_E_NONE, {.version = 1, .root = 3, .ext = revoke0},
		{.version = 2, .root = 3, .signers = 2, .ext = revoke0});
	WALKS(OTA_E_NONE, {.version = 1, .root = 3, .ext = X("")},
		{.version = 2, .root = 3, .signers = 1, .ext = revoke0});
	WALKS(OTA_E_THRESHOLD, {.version = 1, .root = 3, .root_threshold = 2, .ext = revoke0},
		{.version = 2, .root = 3, .root_threshold = 2, .ext = revoke0});
}
END_TEST

/* x-ota that no root may have. */
static const char *const bad_ext[] = {
	"[]",
	"{}",
	"{" PACKAGE "}",
	"{" RELEASE "}",
	X(",\"hooks\":true"),
	"{" PACKAGE ",\"roles\":{}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[],\"threshold\":1}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":0}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":2}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":\"1\"}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\",\"K8\"],\"threshold\":1}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":1,\"x\":1}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"" HEX64 "\"],\"threshold\":1}}}",
	/* a key of the root, a key of two roles */
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K0\"],\"threshold\":1}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":1},"
	"\"qa\":{\"keyids\":[\"K9\",\"K8\"],\"threshold\":1}}}",
	"{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K8\"],\"threshold\":1},"
	"\"root\":{\"keyids\":[\"K9\"],\"threshold\":1}}}",
	"{\"package\":[]," RELEASE "}",
	"{\"package\":[{\"roles\":[\"release\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[],\"roles\":[\"release\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"qa\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"targets\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"release\",\"release\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\",\"*\"],\"roles\":[\"release\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*gw\"],\"roles\":[\"release\"]}]," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"components\":[],\"roles\":[\"release\"]}]," RELEASE
	"}",
	"{\"package\":[{\"products\":[\"*\"],\"components\":[\"a*\"],\"roles\":[\"release\"]}]"
	"," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"release\"],\"may\":[\"all\"]}]," RELEASE
	"}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"release\"],\"may\":[\"hooks\",\"hooks\"]}"
	"]"
	"," RELEASE "}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"release\"],\"not\":[\"gw\"]}]," RELEASE
	"}",
	/* who can stop or boot cannot accept */
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"stop\"]}],"
	"\"roles\":{\"stop\":{\"keyids\":[\"K8\"],\"threshold\":1}}}",
	"{\"package\":[{\"products\":[\"*\"],\"roles\":[\"boot\"]}],"
	"\"roles\":{\"boot\":{\"keyids\":[\"K8\"],\"threshold\":1}}}",
	X(",\"min_counter\":{\"gw\":-1}"),
	X(",\"min_counter\":{\"gw\":\"1\"}"),
	X(",\"min_counter\":{\"-gw\":1}"),
	X(",\"min_counter\":[1]"),
	X(",\"max_counter_step\":0"),
	X(",\"step_base\":{\"gw\":4294967296}"),
	X(",\"revoked_keys\":[\"00\"]"),
	X(",\"revoked_keys\":[\"" HEX64 "\",\"" HEX64 "\"]"),
	X(",\"revoked_packages\":[\"" HEX64 "\"]"),
	X(",\"revoked_packages\":[\"sha512:" HEX64 "\"]"),
	X(",\"revoked_packages\":[\"sha256:" HEX64 "\",\"sha256:" HEX64 "\"]"),
	X(",\"hash_algs\":[]"),
	X(",\"hash_algs\":[\"md5\"]"),
	X(",\"hash_algs\":[\"sha256\",\"sha256\"]"),
	X(",\"on_expiry\":\"ignore\""),
	X(",\"names\":{\"K8\":\"\"}"),
	X(",\"names\":{\"K8\":\"a  b\"}"),
	X(",\"names\":{\"K8\":7}"),
};

START_TEST(extension)
{
	ota_root *r = NULL;

	roots_doc(&docs[0], &(struct root_spec){.version = 1, .ext = bad_ext[_i]});
	ck_assert_msg(roots_read(&r, &docs[0]) == OTA_E_ROOT, "%s", bad_ext[_i]);
	ck_assert_ptr_null(r);
}
END_TEST

#define Z64  "0000000000000000000000000000000000000000000000000000000000000000"
#define Z512 Z64 Z64 Z64 Z64 Z64 Z64 Z64 Z64

/* One change to the text of a good root. */
static const struct {
	const char *from, *to;
	ota_id id;
} edits[] = {
	{"\"_type\":\"root\"", "\"_type\":\"targets\"", OTA_E_ROOT},
	{"\"_type\":\"root\",", "", OTA_E_ROOT},
	{"\"expires\":\"2030-01-01T00:00:00Z\"", "\"expires\":\"2030-01-01\"", OTA_E_ROOT},
	{"\"expires\":\"2030-01-01T00:00:00Z\"", "\"expires\":1893456000", OTA_E_ROOT},
	{"\"expires\":\"2030-01-01T00:00:00Z\",", "", OTA_E_ROOT},
	{"\"spec_version\":\"1.0.31\"", "\"spec_version\":\"2.0.0\"", OTA_E_ROOT},
	{"\"spec_version\":\"1.0.31\",", "", OTA_E_ROOT},
	{"\"version\":1", "\"version\":0", OTA_E_ROOT},
	{"\"version\":1", "\"version\":-1", OTA_E_ROOT},
	{"\"version\":1", "\"version\":\"1\"", OTA_E_ROOT},
	{"\"version\":1", "\"version\":1.0", OTA_E_JSON},
	{"\"version\":1", "\"version\":4294967296", OTA_E_ROOT},
	{"\"version\":1", "\"version\":1,\"version\":1", OTA_E_JSON},
	{"\"timestamp\":", "\"timestump\":", OTA_E_ROOT},
	{"\"timestamp\":", "\"mirrors\":7,\"timestamp\":", OTA_E_ROOT},
	{"\"keys\":{", "\"keys\":[],\"kays\":{", OTA_E_ROOT},
	{"\"roles\":{", "\"roles\":7,\"rolls\":{", OTA_E_ROOT},
	{"\"keytype\":\"ed25519\"", "\"keytype\":\"rsa\"", OTA_E_ROOT},
	{"\"keytype\":\"ed25519\",", "", OTA_E_ROOT},
	{"\"keyval\":{", "\"keyval\":{\"private\":{},\"x\":", OTA_E_JSON},
	{"\"threshold\":1", "\"threshold\":2", OTA_E_ROOT},
	{"\"threshold\":1", "\"threshold\":0", OTA_E_ROOT},
	{"{\"signatures\"", "{\"more\":1,\"signatures\"", OTA_E_ROOT},
	{"{\"signatures\"", "{\"signaturez\"", OTA_E_ROOT},
	{"\"sig\":\"", "\"sig\":\"0", OTA_E_ROOT},
	{"\"sig\":\"", "\"sig\":\"AB", OTA_E_ROOT},
	{"\"sig\":\"", "\"sig\":\"" Z512 Z512, OTA_E_ROOT},
	{"\"sig\":\"", "\"method\":\"x\",\"sig\":\"", OTA_E_ROOT},
	{"\"signed\":{", "\"signed\":[],\"x\":{", OTA_E_ROOT},
	{"\"signatures\":[", "\"signatures\":{},\"x\":[", OTA_E_ROOT},
};

static void replace_text(struct buf *out, const struct buf *in, const char *from, const char *to)
{
	const char *text, *at;

	buf_put(docs + 7, in->p, in->len);
	buf_put(docs + 7, "", 1);
	text = (const char *)docs[7].p;
	at = strstr(text, from);
	ck_assert_ptr_nonnull(at);
	buf_put(out, text, (size_t)(at - text));
	buf_str(out, to);
	buf_str(out, at + strlen(from));
}

START_TEST(malformed)
{
	ota_root *r = NULL;
	ota_id id;

	roots_doc(&docs[0], &(struct root_spec){.version = 1});
	replace_text(&docs[1], &docs[0], edits[_i].from, edits[_i].to);
	id = roots_read(&r, &docs[1]);
	ck_assert_msg(id == edits[_i].id, "%s: %s", edits[_i].to,
		id ? ota_id_find(id)->name : "accepted");
}
END_TEST

/* A key of a scheme nobody knows is no key; where packages are signed it must not be. */
START_TEST(unknown_scheme)
{
	static const char from[] = "\"scheme\":\"ed25519\"", to[] = "\"scheme\":\"sphincs\"";
	ota_root *r = NULL;

	roots_doc(&docs[0], &(struct root_spec){.version = 1, .root = 2});
	replace_text(&docs[1], &docs[0], from, to); /* key 0 */
	ck_assert_int_eq(roots_read(&r, &docs[1]), OTA_E_NONE);
	ota_root_free(r);
	buf_clear(&docs[0]);
	buf_clear(&docs[1]);
	buf_clear(&docs[7]);
	roots_doc(
		&docs[0], &(struct root_spec){.version = 1,
				  .root = 2,
				  .ext = "{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":[\"K0\"],"
					 "\"threshold\":1}}}"});
	replace_text(&docs[1], &docs[0], from, to);
	ck_assert_int_eq(roots_read(&r, &docs[1]), OTA_E_ROOT);
}
END_TEST

/* No byte of a root can change, and none can be missing, without notice. */
START_TEST(every_byte)
{
	const ota_root_options opt = {.size = sizeof(opt)};

	roots_doc(&docs[0], &(struct root_spec){.version = 1, .ext = X("")});
	for (size_t i = 0; i < docs[0].len; i++) {
		ota_err err = OTA_ERR_INIT;
		ota_root *r = NULL;
		ota_trust *t = NULL;
		ota_id id;

		docs[0].p[i] ^= 1;
		id = roots_read(&r, &docs[0]);
		if (id == OTA_E_NONE)
			(void)!ota_trust_from_root(&t, t_ctx(), &r, &opt, NULL, &err);
		ck_assert_msg(t == NULL, "byte %zu", i);
		docs[0].p[i] ^= 1;
	}
	for (size_t len = 0; len < docs[0].len; len++) {
		struct buf cut = docs[0];
		ota_root *r = NULL;

		cut.len = len;
		ck_assert_int_eq(roots_read(&r, &cut), OTA_E_JSON);
	}
}
END_TEST

/* Formatting is not signed; what is signed is the tree. */
START_TEST(formatting)
{
	ota_root *r = NULL;
	ota_err err = OTA_ERR_INIT;

	roots_doc(&docs[0], &(struct root_spec){.version = 1});
	replace_text(&docs[1], &docs[0], "\"version\":1", "\n \"version\" :\t1");
	ck_assert_int_eq(roots_read(&r, &docs[1]), OTA_E_NONE);
	ck_ok(ota_root_follow(NULL, r, NULL, &err), &err);
	ota_root_free(r);
}
END_TEST

static ota_id stop_with(ota_trust *t, const char *body, uint32_t signers)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;

	buf_clear(&docs[6]);
	roots_sign(&docs[6], body, signers);
	ck_ok(ota_source_memory(&src, t_ctx(), docs[6].p, docs[6].len, &err), &err);
	(void)!ota_trust_stop(t, src, NULL, &err);
	ota_source_close(src);
	return err.id;
}

#define STOP(more)                                                                                 \
	"{\"_type\":\"x-ota-stop\",\"spec_version\":\"1.0.31\",\"version\":1,"                     \
	"\"revoked_packages\":[" more "]}"

START_TEST(stop)
{
	const struct root_spec spec = {.version = 1,
		.ext = "{" PACKAGE ",\"roles\":{\"release\":{\"keyids\":["
		       "\"K8\"],\"threshold\":1},\"stop\":{\"keyids\":["
		       "\"K9\",\"Ka\"],\"threshold\":1}}}"};
	const char *good = STOP("\"sha256:" HEX64 "\"");
	struct digest d = {0};
	ota_err err = OTA_ERR_INIT;
	ota_trust *t = NULL;

	ck_assert(digest_parse(&d, HASH_SHA256, HEX64, 64));
	ck_assert_int_eq(walk(&t, &spec, 1), OTA_E_NONE);
	ck_assert_int_eq(stop_with(t, good, 1U << 8), OTA_E_THRESHOLD);
	ck_assert_int_eq(stop_with(t, good, 1), OTA_E_SIG_UNKNOWN);
	ck_assert_int_eq(stop_with(t, good, 0), OTA_E_UNSIGNED);
	ck_assert_int_eq(stop_with(t, STOP(""), 1U << 9), OTA_E_ROOT);
	ck_assert_int_eq(stop_with(t, STOP("\"" HEX64 "\""), 1U << 9), OTA_E_ROOT);
	ck_assert_int_eq(stop_with(t, BODY, 1U << 9), OTA_E_ROOT);
	ck_assert_int_eq(stop_with(t,
				 "{\"_type\":\"x-ota-stop\",\"version\":1,\"spec_version\":"
				 "\"1.0\",\"revoked_package\":[]}",
				 1U << 9),
		OTA_E_ROOT);
	ck_ok(scope_package(t, &d, &err), &err);
	ck_assert_int_eq(stop_with(t, good, 1U << 10), OTA_E_NONE);
	ck_assert_int_eq(scope_package(t, &d, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_REVOKED);
	d.b[0] ^= 1;
	err = (ota_err)OTA_ERR_INIT;
	ck_ok(scope_package(t, &d, &err), &err);
	ota_trust_free(t);
}
END_TEST

/* What a package is told by the limits of a root. */
START_TEST(limits)
{
	const struct root_spec spec = {.version = 1,
		.ext = X(",\"min_counter\":{\"gw\":5},\"step_base\":{\"gw\":9},"
			 "\"max_counter_step\":16,\"hash_algs\":[\"sha512\"],"
			 "\"revoked_packages\":[\"sha256:" HEX64 "\"],\"names\":{\"K8\":\"ana\"}")};
	struct digest d = {0};
	ota_err err = OTA_ERR_INIT;
	ota_trust *t = NULL;

	ck_assert_int_eq(walk(&t, &spec, 1), OTA_E_NONE);
	ck_ok(scope_counter(t, "gw", 5, &err), &err);
	ck_ok(scope_counter(t, "gw2", 0, &err), &err);
	ck_assert_int_eq(scope_counter(t, "gw", 4, &err), OTA_REFUSED);
	ck_id(err, OTA_E_COUNTER);
	ck_assert_int_eq(scope_hash(t, HASH_SHA256, &err), OTA_UNSUPPORTED);
	ck_id(err, OTA_E_ALG);
	ck_ok(scope_hash(t, HASH_SHA512, NULL), &err);
	ck_assert_uint_eq(scope_step_base(t, "gw"), 9);
	ck_assert_uint_eq(t->limits.max_step, 16);
	ck_assert_int_eq(t->limits.expires, 1893456000);
	ck_assert(digest_parse(&d, HASH_SHA256, HEX64, 64));
	ck_assert_int_eq(scope_package(t, &d, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_REVOKED);
	ck_assert_str_eq(ota_trust_name_of(t, ota_key_id(roots_key(8))), "ana");
	ck_assert_str_eq(ota_trust_role_of(t, ota_key_id(roots_key(8))), "release");
	ck_assert_ptr_null(ota_trust_role_of(t, ota_key_id(roots_key(1))));
	ota_trust_free(t);
	ck_assert_int_eq(
		walk(&t, &(struct root_spec){.version = 1, .ext = X(",\"on_expiry\":\"install\"")},
			1),
		OTA_E_NONE);
	ck_assert_int_eq(t->limits.expires, OTA_TIME_NONE);
	ota_trust_free(t);
}
END_TEST

/* Whatever allocation fails: no trust, no leak, no other reason. */
START_TEST(no_memory)
{
	const ota_root_options opt = {.size = sizeof(opt), .next = next_doc};
	uint64_t failed = 0;
	bool done = false;

	roots_doc(&docs[0],
		&(struct root_spec){.version = 1, .ext = X(",\"min_counter\":{\"gw\":1}")});
	roots_doc(&docs[1],
		&(struct root_spec){.version = 2, .ext = X(",\"min_counter\":{\"gw\":2}")});
	doc_count = 2;
	for (uint64_t n = 0; !done; n++) {
		struct t_failing f = {.fail_at = n, .forever = n % 2 == 0};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_root *first = NULL;
		ota_source *src = NULL;
		ota_trust *t = NULL;
		ota_status st;

		if (ctx == NULL)
			continue;
		ck_ok(ota_source_memory(&src, t_ctx(), docs[0].p, docs[0].len, &err), &err);
		st = ota_root_read(&first, ctx, src, &err);
		if (!st)
			st = ota_trust_from_root(&t, ctx, &first, &opt, NULL, &err);
		ck_assert((t != NULL) == (st == OTA_OK));
		if (st)
			ck_assert_int_eq(st, OTA_NOMEM);
		ota_trust_free(t);
		ota_source_close(src);
		done = st == OTA_OK;
		failed += st ? 1 : 0;
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
	ck_assert_uint_gt(failed, 20);
}
END_TEST

TCase *tcase_root(void)
{
	TCase *tc = tcase_create("root");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, rotation, 0, sizeof(rotations) / sizeof(rotations[0]));
	tcase_add_loop_test(tc, role_rotation, 0, sizeof(roles) / sizeof(roles[0]));
	tcase_add_test(tc, versions);
	tcase_add_test(tc, kept);
	tcase_add_test(tc, revoked_roots);
	tcase_add_loop_test(tc, extension, 0, sizeof(bad_ext) / sizeof(bad_ext[0]));
	tcase_add_loop_test(tc, malformed, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_test(tc, unknown_scheme);
	tcase_add_test(tc, every_byte);
	tcase_add_test(tc, formatting);
	tcase_add_test(tc, stop);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, no_memory);
	return tc;
}
