/* SPDX-License-Identifier: MIT */
/*
 * The one table of the manifest, for what people write (FIELD_SOURCE) and what
 * is signed (FIELD_CANON). Adding a field is adding a row and a member.
 */
#include <model/check.h>
#include <model/rules.h>
#include <model/semver.h>

#define AT(type, member)    .off = offsetof(struct type, member)
#define COUNT(type, member) .count_off = offsetof(struct type, member)

static const char *const severities[] = {"info", "normal", "security", "critical", NULL};
static const char *const slots[] = {"ab", "single", NULL};
static const char *const fallbacks[] = {"full", "fail", NULL};
static const char *const kinds[] = {"full", "delta", "present", NULL};
static const char *const compressions[] = {"none", "xz", "zstd", NULL};
static const char *const after_commits[] = {"keep", "disable-previous", NULL};
static const char *const areas[] = {"roomy", "compact", NULL};
static const char *const whens[] = {"pre", "post", "boot", NULL};
static const char *const on_errors[] = {"fail", "continue", NULL};
const char *const attachment_roles[] = {"hook", "boot-doc", "sbom", "provenance", "other", NULL};
static const char *const hashes[] = {"sha256", "sha512", "sha3-256", NULL};

/* clang-format off */
static const struct field requires_fields[] = {
	{.key = "version", .type = F_HOOK, .hook = &range_hook, AT(manifest_requires, version),
	 .help = "what must run now: a range of versions"},
	{.key = "counter_min", .type = F_U64, .max = MANIFEST_COUNTER_MAX,
	 AT(manifest_requires, counter_min),
	 .help = "the security counter that must run now"},
	{0}};
static const struct schema requires_schema = {
	.name = "requires", .size = sizeof(struct manifest_requires), .fields = requires_fields};

static const struct field release_fields[] = {
	{.key = "severity", .type = F_ENUM, .names = severities, .dflt = 1,
	 AT(manifest_release, severity),
	 .help = "a label: it changes nothing on a device"},
	{.key = "notes", .type = F_STR, .min = 1, .max = 4096, AT(manifest_release, notes),
	 .help = "what changed, for people"},
	{.key = "channel", .type = F_ID, AT(manifest_release, channel),
	 .help = "the channel it is released to"},
	{0}};
static const struct schema release_schema = {
	.name = "release", .size = sizeof(struct manifest_release), .fields = release_fields};

static const struct field build_source_fields[] = {
	{.key = "uri", .type = F_STR, .min = 1, .max = 2048, AT(manifest_build_source, uri),
	 .help = "where the source is"},
	{.key = "commit", .type = F_HEX, .min = 40, .max = 64, AT(manifest_build_source, commit),
	 .help = "the commit that was built"},
	{0}};
static const struct schema build_source_schema = {
	.name = "build.source", .size = sizeof(struct manifest_build_source),
	.fields = build_source_fields};

static const struct field build_fields[] = {
	{.key = "id", .type = F_STR, .min = 1, .max = 256, AT(manifest_build, id),
	 .help = "the number of the CI run"},
	{.key = "source", .type = F_OBJ, .flags = FIELD_PTR, .sub = &build_source_schema,
	 AT(manifest_build, source),
	 .help = "what was built"},
	{.key = "builder", .type = F_STR, .min = 1, .max = 2048, AT(manifest_build, builder),
	 .help = "who built it"},
	{.key = "set", .type = F_STRS, .flags = FIELD_CANON, .min = 1, .max = MANIFEST_SETS_MAX,
	 AT(manifest_build, sets), COUNT(manifest_build, set_count),
	 .help = "what the packer was told to replace: path=value, of a file the path alone"},
	{.key = "tools", .type = F_STR, .flags = FIELD_CANON, .min = 1, .max = 1024,
	 AT(manifest_build, tools),
	 .help = "the packer and its libraries, with versions"},
	{0}};
static const struct schema build_schema = {
	.name = "build", .size = sizeof(struct manifest_build), .fields = build_fields};

static const struct field target_fields[] = {
	{.key = "hash", .type = F_HEX, .flags = FIELD_REQUIRED, .min = 64, .max = 128,
	 AT(manifest_target, hash),
	 .help = "digest of the image"},
	{.key = "size", .type = F_U64, .flags = FIELD_REQUIRED, .min = 1, AT(manifest_target, size),
	 .help = "bytes of the image"},
	{0}};
static const struct schema target_schema = {
	.name = "target", .size = sizeof(struct manifest_target), .fields = target_fields};

static const struct field source_fields[] = {
	{.key = "hash", .type = F_HEX, .flags = FIELD_REQUIRED, .min = 64, .max = 128,
	 AT(manifest_source, hash),
	 .help = "digest of the image that the delta starts from"},
	{.key = "size", .type = F_U64, .flags = FIELD_REQUIRED, AT(manifest_source, size),
	 .help = "bytes of that image"},
	{.key = "version", .type = F_HOOK, .hook = &version_hook, AT(manifest_source, version),
	 .help = "its version, if known"},
	{0}};
static const struct schema source_schema = {
	.name = "source", .size = sizeof(struct manifest_source), .fields = source_fields};

static const struct field payload_fields[] = {
	{.key = "kind", .type = F_ENUM, .flags = FIELD_REQUIRED, .names = kinds,
	 AT(manifest_payload, kind),
	 .help = "the whole image, a delta from another, or nothing: the slot holds it already"},
	{.key = "compression", .type = F_ENUM, .flags = FIELD_SOURCE, .names = compressions,
	 .dflt = 1, AT(manifest_payload, compression),
	 .help = "of a full payload"},
	{.key = "from", .type = F_HOOK, .flags = FIELD_SOURCE, .hook = &from_hook,
	 AT(manifest_payload, from), COUNT(manifest_payload, from_count),
	 .help = "the images or packages a delta starts from: a path relative to this file, a pattern, or a list"},
	{.key = "from_version", .type = F_HOOK, .flags = FIELD_SOURCE, .hook = &version_hook,
	 AT(manifest_payload, from_version),
	 .help = "the version of the one image that from names"},
	{.key = "codec", .type = F_ID, AT(manifest_payload, codec),
	 .help = "of a delta; absent in the canonical form: otad"},
	{.key = "section", .type = F_U64, .flags = FIELD_CANON, .max = MANIFEST_SECTIONS_MAX - 1,
	 .dflt = MANIFEST_NO_SECTION, AT(manifest_payload, section),
	 .help = "index of the section that holds it"},
	{.key = "profile", .type = F_ID, .flags = FIELD_SOURCE, AT(manifest_payload, profile),
	 .help = "of codecs otad and vcdiff, how much memory applying may take: tiny, std, max"},
	{.key = "window", .type = F_U64, .max = UINT64_C(1) << 48U, AT(manifest_payload, window),
	 .help = "of codec otad, bytes of output per chunk: where an interrupted delta goes on"},
	{.key = "source", .type = F_OBJ, .flags = FIELD_CANON | FIELD_PTR, .sub = &source_schema,
	 AT(manifest_payload, source),
	 .help = "the image a delta starts from"},
	{.key = "ram", .type = F_U64, .flags = FIELD_CANON, AT(manifest_payload, ram),
	 .help = "bytes of memory to apply it"},
	{.key = "cost", .type = F_U64, .flags = FIELD_CANON, AT(manifest_payload, cost),
	 .help = "order of choice: the lowest that fits, then the lower index"},
	{0}};
static const struct schema payload_schema = {
	.name = "payload", .size = sizeof(struct manifest_payload), .fields = payload_fields};

static const struct field variant_fields[] = {
	{.key = "when", .type = F_HOOK, .flags = FIELD_REQUIRED, .hook = &when_hook,
	 AT(manifest_variant, when),
	 .help = "the rule that must hold for this variant and for no other"},
	{.key = "image", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_SOURCE, .min = 1,
	 .max = 4096, AT(manifest_variant, image),
	 .help = "its image, or a package that holds it"},
	{.key = "target", .type = F_OBJ, .flags = FIELD_REQUIRED | FIELD_CANON,
	 .sub = &target_schema, AT(manifest_variant, target),
	 .help = "its image"},
	{.key = "payloads", .type = F_LIST, .flags = FIELD_REQUIRED, .min = 1,
	 .max = MANIFEST_PAYLOADS_MAX,
	 AT(manifest_variant, payloads), COUNT(manifest_variant, payload_count),
	 .sub = &payload_schema, .match = "kind source.hash",
	 .help = "ways to make it"},
	{0}};
static const struct schema variant_schema = {
	.name = "variant", .size = sizeof(struct manifest_variant), .fields = variant_fields};

static const struct field component_fields[] = {
	{.key = "name", .type = F_ID, .flags = FIELD_REQUIRED, AT(manifest_component, name),
	 .help = "the part of the device that it updates"},
	{.key = "version", .type = F_HOOK, .hook = &version_hook, AT(manifest_component, version),
	 .help = "of this component"},
	{.key = "slot", .type = F_ENUM, .names = slots, AT(manifest_component, slot),
	 .help = "two copies, or one that the device policy must allow"},
	{.key = "image", .type = F_STR, .flags = FIELD_SOURCE, .min = 1, .max = 4096,
	 AT(manifest_component, image),
	 .help = "the new image, or a package that holds it: a path, relative to this file"},
	{.key = "target", .type = F_OBJ, .flags = FIELD_CANON | FIELD_PTR, .sub = &target_schema,
	 AT(manifest_component, given),
	 .help = "the new image"},
	{.key = "payloads", .type = F_LIST, .min = 1, .max = MANIFEST_PAYLOADS_MAX,
	 AT(manifest_component, payloads), COUNT(manifest_component, payload_count),
	 .sub = &payload_schema, .match = "kind source.hash",
	 .help = "ways to make the image; a device takes the cheapest it can use"},
	{.key = "variants", .type = F_LIST, .min = 1, .max = MANIFEST_VARIANTS_MAX,
	 AT(manifest_component, variants), COUNT(manifest_component, variants_len),
	 .sub = &variant_schema, .match = "when",
	 .help = "in place of an image: one for each kind of device"},
	{.key = "fallback", .type = F_ENUM, .names = fallbacks, AT(manifest_component, fallback),
	 .help = "when no delta fits"},
	{.key = "delta_only", .type = F_BOOL, AT(manifest_component, delta_only),
	 .help = "true: there need not be a full payload"},
	{0}};
static const struct schema component_schema = {
	.name = "component", .size = sizeof(struct manifest_component), .fields = component_fields};

static const struct field step_fields[] = {
	{.key = "op", .type = F_ENUM, .flags = FIELD_REQUIRED, .names = step_names,
	 AT(manifest_step, op),
	 .help = "what to do"},
	{.key = "component", .type = F_ID, AT(manifest_step, component),
	 .help = "write, patch, verify: of which component"},
	{.key = "name", .type = F_ID, AT(manifest_step, name),
	 .help = "set-env: ota_…; health-check: which check"},
	{.key = "value", .type = F_STR, .max = 128, AT(manifest_step, value),
	 .help = "set-env: printable ASCII"},
	{.key = "tries", .type = F_U64, .min = 1, .max = 7, .dflt = STEP_NONE,
	 AT(manifest_step, tries),
	 .help = "switch-slot: boots of the new slot before it is given up; 3"},
	{.key = "timeout", .type = F_U64, .min = 1, .max = 3600, .dflt = STEP_NONE,
	 AT(manifest_step, timeout),
	 .help = "run-hook, health-check: seconds; 120"},
	{.key = "retries", .type = F_U64, .max = 10, .dflt = STEP_NONE, AT(manifest_step, retries),
	 .help = "health-check: 2"},
	{.key = "hook", .type = F_ID, AT(manifest_step, hook),
	 .help = "run-hook: name of an attachment with role hook"},
	{.key = "when", .type = F_ENUM, .names = whens, .dflt = HOOK_WHEN_NONE,
	 AT(manifest_step, when),
	 .help = "run-hook: before anything is written, after all is verified, in the new system"},
	{.key = "on_error", .type = F_ENUM, .names = on_errors, .dflt = HOOK_ON_ERROR_NONE,
	 AT(manifest_step, on_error),
	 .help = "run-hook: fail ends the update, continue does not; fail"},
	{0}};
static const struct schema step_schema = {
	.name = "step", .size = sizeof(struct manifest_step), .fields = step_fields};

static const struct field attachment_fields[] = {
	{.key = "name", .type = F_ID, .flags = FIELD_REQUIRED, AT(manifest_attachment, name),
	 .help = "what steps and people call it"},
	{.key = "role", .type = F_ENUM, .flags = FIELD_REQUIRED, .names = attachment_roles,
	 AT(manifest_attachment, role),
	 .help = "what it is for; devices read hooks and boot documents alone"},
	{.key = "media_type", .type = F_STR, .min = 3, .max = 127,
	 AT(manifest_attachment, media_type),
	 .help = "type/subtype"},
	{.key = "file", .type = F_STR, .flags = FIELD_SOURCE, .min = 1, .max = 4096,
	 AT(manifest_attachment, file),
	 .help = "its bytes: a path, relative to this file"},
	{.key = "section", .type = F_U64, .flags = FIELD_CANON, .max = MANIFEST_SECTIONS_MAX - 1,
	 .dflt = MANIFEST_NO_SECTION, AT(manifest_attachment, section),
	 .help = "index of the section that holds it"},
	{.key = "uri", .type = F_STR, .min = 1, .max = 2048, AT(manifest_attachment, uri),
	 .help = "where it is, if not in the package; a device never fetches it"},
	{.key = "hash", .type = F_STR, .min = 1, .max = 136, AT(manifest_attachment, hash),
	 .help = "with uri: algorithm:hex of its bytes"},
	{.key = "size", .type = F_U64, .min = 1, .dflt = STEP_NONE, AT(manifest_attachment, size),
	 .help = "with uri: its bytes"},
	{0}};
static const struct schema attachment_schema = {
	.name = "attachment", .size = sizeof(struct manifest_attachment),
	.fields = attachment_fields};

static const struct field section_fields[] = {
	{.key = "chunk_size", .type = F_U64, .flags = FIELD_REQUIRED, .min = MANIFEST_CHUNK_MIN,
	 .max = MANIFEST_CHUNK_MAX, AT(manifest_section, chunk_size),
	 .help = "most raw bytes in a chunk, a power of two"},
	{.key = "chunks", .type = F_U64, .flags = FIELD_REQUIRED, .min = 1,
	 .max = MANIFEST_CHUNKS_MAX, AT(manifest_section, chunks),
	 .help = "how many"},
	{.key = "compression", .type = F_ENUM, .flags = FIELD_REQUIRED, .names = compressions,
	 AT(manifest_section, compression),
	 .help = "of each chunk by itself"},
	{.key = "raw_hashes", .type = F_BOOL, AT(manifest_section, raw_hashes),
	 .help = "the table has a digest of each raw chunk too"},
	{.key = "raw_size", .type = F_U64, .flags = FIELD_REQUIRED, .min = 1,
	 AT(manifest_section, raw_size),
	 .help = "bytes after decoding"},
	{.key = "stored_size", .type = F_U64, AT(manifest_section, stored_size),
	 .like = offsetof(struct manifest_section, raw_size),
	 .help = "bytes in the package; absent: as raw_size"},
	{.key = "table_hash", .type = F_HEX, .flags = FIELD_REQUIRED, .min = 64, .max = 128,
	 AT(manifest_section, table_hash),
	 .help = "digest of its chunk table"},
	{0}};
static const struct schema section_schema = {
	.name = "section", .size = sizeof(struct manifest_section), .fields = section_fields};

static const struct field resources_fields[] = {
	{.key = "ram", .type = F_U64, AT(manifest_resources, ram),
	 .help = "bytes of memory that applying takes"},
	{.key = "download_max", .type = F_U64, AT(manifest_resources, download_max),
	 .help = "most bytes a device fetches"},
	{.key = "flash_write", .type = F_U64, AT(manifest_resources, flash_write),
	 .help = "bytes it programs"},
	{0}};
static const struct schema resources_schema = {
	.name = "resources", .size = sizeof(struct manifest_resources), .fields = resources_fields};

static const struct field manifest_fields[] = {
	{.key = "format", .type = F_STR, .flags = FIELD_REQUIRED, AT(ota_manifest, format),
	 .help = "otap-manifest"},
	{.key = "spec", .type = F_STR, .flags = FIELD_REQUIRED, AT(ota_manifest, spec),
	 .help = "version of this format: \"1.0\""},
	{.key = "product", .type = F_ID, .flags = FIELD_REQUIRED, AT(ota_manifest, product),
	 .help = "which devices it is for"},
	{.key = "version", .type = F_HOOK, .flags = FIELD_REQUIRED, .hook = &version_hook,
	 AT(ota_manifest, version),
	 .help = "what runs afterwards"},
	{.key = "requires", .type = F_OBJ, .sub = &requires_schema, AT(ota_manifest, requires),
	 .help = "what must run now"},
	{.key = "security_counter", .type = F_U64, .flags = FIELD_REQUIRED, .min = 1,
	 .max = MANIFEST_COUNTER_MAX, AT(ota_manifest, security_counter),
	 .help = "never goes down on a device; independent of version"},
	{.key = "allow_downgrade", .type = F_BOOL, AT(ota_manifest, allow_downgrade),
	 .help = "a lower version is meant; the device policy must agree"},
	{.key = "created", .type = F_TIME, AT(ota_manifest, created),
	 .help = "when it was made; else SOURCE_DATE_EPOCH"},
	{.key = "expires", .type = F_TIME, AT(ota_manifest, expires),
	 .help = "refused afterwards"},
	{.key = "release", .type = F_OBJ, .flags = FIELD_PTR, .sub = &release_schema,
	 AT(ota_manifest, release),
	 .help = "for people and servers"},
	{.key = "build", .type = F_OBJ, .flags = FIELD_PTR, .sub = &build_schema,
	 AT(ota_manifest, build),
	 .help = "where it comes from"},
	{.key = "components", .type = F_LIST, .flags = FIELD_REQUIRED, .min = 1,
	 .max = MANIFEST_COMPONENTS_MAX,
	AT(ota_manifest, components), COUNT(ota_manifest, component_count),
	 .sub = &component_schema, .match = "name",
	 .help = "what it updates"},
	{.key = "rules", .type = F_HOOK, .hook = &rules_hook, AT(ota_manifest, rules),
	 COUNT(ota_manifest, rule_count),
	 .help = "which devices may take it; all must hold"},
	{.key = "steps", .type = F_LIST, .min = 1, .max = MANIFEST_STEPS_MAX,
	 AT(ota_manifest, steps), COUNT(ota_manifest, step_count), .sub = &step_schema, .match = "op component name hook",
	.help = "what a device does; absent: write and verify each component, switch-slot, reboot, health-check, commit"},
	{.key = "attachments", .type = F_LIST, .min = 1, .max = MANIFEST_ATTACH_MAX,
	 AT(ota_manifest, attachments), COUNT(ota_manifest, attachment_count),
	 .sub = &attachment_schema, .match = "name",
	 .help = "files that travel with it and are not installed"},
	{.key = "after_commit", .type = F_ENUM, .names = after_commits,
	 AT(ota_manifest, after_commit),
	 .help = "what becomes of the old slot"},
	{.key = "signatures", .type = F_ENUM, .names = areas, AT(ota_manifest, signatures),
	 .help = "room for signatures in the package"},
	{.key = "hash", .type = F_ENUM, .names = hashes, AT(ota_manifest, hash),
	 .help = "the digest algorithm of the package"},
	{.key = "critical", .type = F_STRS, .min = 1, .max = 16, AT(ota_manifest, critical),
	 COUNT(ota_manifest, critical_count),
	 .help = "x- keys that a reader must understand"},
	{.key = "sections", .type = F_LIST, .flags = FIELD_CANON, .min = 1,
	 .max = MANIFEST_SECTIONS_MAX,
	 AT(ota_manifest, sections), COUNT(ota_manifest, section_count), .sub = &section_schema,
	 .help = "the byte streams of the package"},
	{.key = "payload_hash", .type = F_HEX, .flags = FIELD_REQUIRED | FIELD_CANON, .min = 64,
	 .max = 128, AT(ota_manifest, payload_hash),
	 .help = "digest of all chunk tables"},
	{.key = "resources", .type = F_OBJ, .flags = FIELD_CANON, .sub = &resources_schema,
	 AT(ota_manifest, resources),
	 .help = "what applying takes"},
	{0}};
/* clang-format on */

const struct schema manifest_schema = {.name = "manifest",
	.size = sizeof(struct ota_manifest),
	.fields = manifest_fields,
	.x_keys = true,
	.x_off = offsetof(struct ota_manifest, x)};
