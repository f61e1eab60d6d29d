/* SPDX-License-Identifier: MIT */
#include <model/devfile.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <base/text.h>
#include <model/check.h>
#include <model/semver.h>

#define AT(type, member) .off = offsetof(struct type, member)

/* clang-format off */
static const struct field slot_fields[] = {
	{.key = "component", .type = F_ID, .flags = FIELD_REQUIRED, AT(devfile_slot, component),
	 .help = "which component it holds"},
	{.key = "size", .type = F_U64, AT(devfile_slot, size),
	 .help = "bytes each of the two copies has; absent: not limited"},
	{0}};
static const struct schema slot_schema = {
	.name = "slot", .size = sizeof(struct devfile_slot), .fields = slot_fields};

/* The members lie in the device file's own struct: offsets count from erase_size. */
#define FLASH_AT(member)                                                   \
	.off = offsetof(struct ota_devfile, member) - offsetof(struct ota_devfile, erase_size)
static const struct field flash_fields[] = {
	{.key = "erase_size", .type = F_U64, .min = 1, .max = 1U << 24U, .dflt = DEVFILE_ERASE_SIZE,
	 FLASH_AT(erase_size),
	 .help = "bytes per erase block, a power of two"},
	{.key = "program_size", .type = F_U64, .min = 1, .max = 4096, .dflt = DEVFILE_PROGRAM_SIZE,
	 FLASH_AT(program_size),
	 .help = "bytes per program unit, a power of two"},
	{.key = "erase_us", .type = F_U64, .max = DEVFILE_US_MAX, FLASH_AT(erase_us),
	 .help = "microseconds to erase a block; absent: not known"},
	{.key = "program_us", .type = F_U64, .max = DEVFILE_US_MAX, FLASH_AT(program_us),
	 .help = "microseconds to program a unit; absent: not known"},
	{.key = "read_bytes_per_second", .type = F_U64, .max = DEVFILE_RATE_MAX,
	 FLASH_AT(read_rate),
	 .help = "how fast it is read; absent: not known"},
	{.key = "erased", .type = F_U64, .max = 255, FLASH_AT(erased),
	 .help = "value of an erased byte: 0 or 255"},
	{0}};
static const struct schema flash_schema = {
	.name = "flash", .size = 6 * sizeof(uint64_t), .fields = flash_fields};

static const struct field link_fields[] = {
	{.key = "name", .type = F_ID, .flags = FIELD_REQUIRED, AT(devfile_link, name),
	 .help = "what it is called"},
	{.key = "bytes_per_second", .type = F_U64, .max = DEVFILE_RATE_MAX,
	 AT(devfile_link, bytes_per_second),
	 .help = "how fast it is; absent: it has frames"},
	{.key = "frame_bytes", .type = F_U64, .max = DEVFILE_RATE_MAX, AT(devfile_link, frame_bytes),
	 .help = "bytes of the update that a frame carries"},
	{.key = "frame_us", .type = F_U64, .max = DEVFILE_US_MAX, AT(devfile_link, frame_us),
	 .help = "microseconds that a frame takes"},
	{.key = "duty_permille", .type = F_U64, .min = 1, .max = 1000, .dflt = 1000,
	 AT(devfile_link, duty_permille),
	 .help = "thousandths of the time that frames may take"},
	{.key = "price_per_mb", .type = F_U64, .max = DEVFILE_PRICE_MAX,
	 AT(devfile_link, price_per_mb),
	 .help = "thousandths of a unit of money per 10^6 bytes"},
	{0}};
static const struct schema link_schema = {
	.name = "link", .size = sizeof(struct devfile_link), .fields = link_fields};

static const struct field policy_fields[] = {
	{.key = "unsigned_chain", .type = F_BOOL, AT(devfile_policy, unsigned_chain),
	 .help = "boot without boot documents"},
	{.key = "downgrade", .type = F_BOOL, AT(devfile_policy, downgrade),
	 .help = "packages may lower the version"},
	{.key = "hooks", .type = F_BOOL, AT(devfile_policy, hooks),
	 .help = "packages may run hooks"},
	{.key = "single", .type = F_BOOL, AT(devfile_policy, single),
	 .help = "packages may write components that have one copy"},
	{0}};
static const struct schema policy_schema = {
	.name = "policy", .size = sizeof(struct devfile_policy), .fields = policy_fields};

static const char *const boot_controls[] = {
	[DEVFILE_BOOT_OTAP] = "otap", [DEVFILE_BOOT_UBOOT_ENV] = "uboot-env", NULL};

static const struct field devfile_fields[] = {
	{.key = "format", .type = F_STR, .flags = FIELD_REQUIRED, AT(ota_devfile, format),
	 .help = "otap-device"},
	{.key = "spec", .type = F_STR, .flags = FIELD_REQUIRED, AT(ota_devfile, spec),
	 .help = "version of this format: \"1.0\""},
	{.key = "product", .type = F_ID, .flags = FIELD_REQUIRED, AT(ota_devfile, product),
	 .help = "packages for other products are refused"},
	{.key = "version", .type = F_HOOK, .hook = &version_hook, AT(ota_devfile, version),
	 .help = "what runs when it is new"},
	{.key = "security_counter", .type = F_U64, .max = MANIFEST_COUNTER_MAX,
	 AT(ota_devfile, counter),
	 .help = "of what runs when it is new"},
	{.key = "facts", .type = F_HOOK, .hook = &facts_hook, AT(ota_devfile, facts),
	 .help = "what rules ask about"},
	{.key = "slots", .type = F_LIST, .max = DEVFILE_SLOTS_MAX, AT(ota_devfile, slots),
	 .count_off = offsetof(struct ota_devfile, slot_count), .sub = &slot_schema,
	 .help = "the components it has"},
	{.key = "flash", .type = F_OBJ, .sub = &flash_schema, AT(ota_devfile, erase_size),
	 .help = "its geometry"},
	{.key = "boot_control", .type = F_ENUM, .names = boot_controls, AT(ota_devfile, boot_control),
	 .help = "how it keeps what starts"},
	{.key = "boot_env_size", .type = F_U64, .min = DEVFILE_ENV_MIN, .max = DEVFILE_ENV_MAX,
	 .dflt = DEVFILE_ENV_SIZE, AT(ota_devfile, boot_env_size),
	 .help = "bytes of each of the two copies of its U-Boot environment"},
	{.key = "ram", .type = F_U64, AT(ota_devfile, ram),
	 .help = "bytes for applying; absent: not limited"},
	{.key = "head_max", .type = F_U64, AT(ota_devfile, head_max),
	 .help = "bytes of the longest head of a package that it takes; absent: not limited"},
	{.key = "links", .type = F_LIST, .max = DEVFILE_LINKS_MAX, AT(ota_devfile, links),
	 .count_off = offsetof(struct ota_devfile, link_count), .sub = &link_schema,
	 .help = "how updates reach it"},
	{.key = "counter_max", .type = F_U64, .min = 1, .max = MANIFEST_COUNTER_MAX,
	 .dflt = MANIFEST_COUNTER_MAX,
	 AT(ota_devfile, counter_max), .help = "the highest security counter its fuses can hold"},
	{.key = "policy", .type = F_OBJ, .sub = &policy_schema, AT(ota_devfile, policy),
	 .help = "what is allowed; absent: nothing of it"},
	{0}};
/* clang-format on */

const struct schema devfile_schema = {
	.name = "device", .size = sizeof(struct ota_devfile), .fields = devfile_fields};

ota_status devfile_new(ota_devfile **out, const ota_ctx *ctx, ota_err *err)
{
	ota_devfile *d = NULL;
	ota_status st = MEM_NEW(&d, ctx, err);

	if (st)
		return st;
	arena_init(&d->arena, ctx);
	*out = d;
	return OTA_OK;
}

void ota_devfile_free(ota_devfile *d)
{
	const ota_ctx *ctx;

	if (d == NULL)
		return;
	ctx = d->arena.ctx;
	arena_fini(&d->arena);
	mem_free(ctx, d);
}

const char *ota_devfile_product(const ota_devfile *d)
{
	return d->product;
}

const char *ota_devfile_version(const ota_devfile *d)
{
	return d->version;
}

size_t ota_devfile_slot_count(const ota_devfile *d)
{
	return d->slot_count;
}

const char *ota_devfile_slot_at(const ota_devfile *d, size_t index)
{
	return index < d->slot_count ? d->slots[index].component : NULL;
}

ota_status ota_devfile_set_boot_control(ota_devfile *d, const char *name, ota_err *err)
{
	unsigned i = 0;

	while (boot_controls[i] != NULL && strcmp(boot_controls[i], name) != 0)
		i++;
	if (boot_controls[i] == NULL)
		return ota_fail(err, OTA_E_ARGUMENT,
			"boot control: expected otap or uboot-env, found \"%.64s\"", name);
	d->boot_control = i;
	return OTA_OK;
}

ota_status ota_devfile_default(
	ota_devfile **out, const ota_ctx *ctx, const char *product, ota_err *err)
{
	ota_devfile *d = NULL;
	ota_status st;

	if (!text_is_id(product, strlen(product)))
		return ota_fail(err, OTA_E_ARGUMENT,
			"product: expected 1 to 64 of a-z 0-9 . _ -, found \"%.64s\"", product);
	st = devfile_new(&d, ctx, err);
	if (st)
		return st;
	d->format = "otap-device";
	d->spec = "1.0";
	d->erase_size = DEVFILE_ERASE_SIZE;
	d->program_size = DEVFILE_PROGRAM_SIZE;
	d->boot_env_size = DEVFILE_ENV_SIZE;
	d->counter_max = MANIFEST_COUNTER_MAX;
	d->policy.unsigned_chain = true;
	d->implied = true;
	d->product = arena_strndup(&d->arena, product, strlen(product));
	if (d->product == NULL) {
		ota_devfile_free(d);
		return ota_fail_nomem(err);
	}
	*out = d;
	return OTA_OK;
}

/* ---- checks ---- */

static bool is_pow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

static void check_slots(struct check *c, const ota_devfile *d, const struct doc *list)
{
	char place[32];

	for (size_t i = 0; i < d->slot_count; i++) {
		snprintf(place, sizeof(place), "slots.%zu", i);
		for (size_t k = 0; k < i; k++)
			if (strcmp(d->slots[i].component, d->slots[k].component) == 0)
				check_find(c, OTA_E_DUPLICATE, check_item(list, i), place,
					"a slot for %s stands before", d->slots[i].component);
	}
}

static void check_link(
	struct check *c, const struct devfile_link *l, const struct doc *at, const char *place)
{
	bool frames = l->frame_bytes > 0 && l->frame_us > 0;
	bool some =
		l->frame_bytes > 0 || l->frame_us > 0 || check_node(at, "duty_permille") != NULL;

	if (l->bytes_per_second > 0 ? some : !frames)
		check_find(c, OTA_E_RANGE, at, place,
			"expected bytes_per_second, or frame_bytes and frame_us");
}

static void check_links(struct check *c, const ota_devfile *d, const struct doc *list)
{
	char place[32];

	for (size_t i = 0; i < d->link_count; i++) {
		snprintf(place, sizeof(place), "links.%zu", i);
		check_link(c, &d->links[i], check_item(list, i), place);
		for (size_t k = 0; k < i; k++)
			if (strcmp(d->links[i].name, d->links[k].name) == 0)
				check_find(c, OTA_E_DUPLICATE, check_item(list, i), place,
					"a link %s stands before", d->links[i].name);
	}
}

ota_status devfile_from_doc(
	ota_devfile *d, struct doc *root, const char *name, ota_report *rep, ota_err *err)
{
	struct check c = {.form = SCHEMA_SOURCE, .finds = {.name = name, .rep = rep, .err = err}};
	const struct doc *flash = check_node(root, "flash");
	ota_status st;

	check_gate(&c, root, "otap-device");
	if (c.finds.st)
		return c.finds.st;
	st = schema_read(d, &devfile_schema, root, &d->arena, SCHEMA_SOURCE, name, NULL, rep, err);
	if (st)
		return st;
	if (!is_pow2(d->erase_size) || !is_pow2(d->program_size) || d->program_size > d->erase_size)
		check_find(&c, OTA_E_RANGE, flash, "flash",
			"expected powers of two, program_size not above erase_size");
	if (d->erased != 0 && d->erased != UINT8_MAX)
		check_find(&c, OTA_E_RANGE, flash, "flash.erased", "expected 0 or 255");
	if (d->counter > d->counter_max)
		check_find(&c, OTA_E_RANGE, check_node(root, "security_counter"),
			"security_counter", "above counter_max");
	check_slots(&c, d, check_node(root, "slots"));
	check_links(&c, d, check_node(root, "links"));
	return c.finds.st ? c.finds.st : ota_report_status(rep, err);
}

/* ---- the form on the device ---- */

ota_status ota_devfile_write(ota_sink *dst, const ota_devfile *d, ota_err *err)
{
	struct doc *root = NULL;
	struct arena a;
	struct buf b;
	ota_status st;

	arena_init(&a, d->arena.ctx);
	buf_init(&b, d->arena.ctx);
	st = schema_write(&root, &a, &devfile_schema, d, err);
	if (!st)
		st = json_write(&b, root, err);
	if (!st)
		st = ota_sink_write(dst, b.p, b.len, err);
	buf_fini(&b);
	arena_fini(&a);
	return st;
}

static ota_status read_text(
	uint8_t **out, size_t *len, struct arena *a, ota_source *src, ota_err *err)
{
	uint64_t size = 0;
	ota_status st = ota_source_length(src, &size, err);

	if (st)
		return st;
	if (size > DEVFILE_JSON_MAX)
		return ota_fail(err, OTA_E_LIMIT, "a device file of %" PRIu64 " bytes; at most %u",
			size, DEVFILE_JSON_MAX);
	*len = size_of_u64(size);
	*out = arena_alloc(a, *len);
	if (*out == NULL)
		return ota_fail_nomem(err);
	return ota_source_pread(src, *out, *len, 0, err);
}

ota_status ota_devfile_load(ota_devfile **out, const ota_ctx *ctx, ota_source *json,
	const char *name, ota_report *rep, ota_err *err)
{
	struct doc *root = NULL;
	ota_devfile *d = NULL;
	uint8_t *text = NULL;
	size_t len = 0;
	ota_status st = devfile_new(&d, ctx, err);

	if (st)
		return st;
	st = read_text(&text, &len, &d->arena, json, err);
	if (!st)
		st = json_read(&root, &d->arena, text, len, err);
	if (st)
		st = ota_err_in(err, st, "%s", name);
	else
		st = devfile_from_doc(d, root, name, rep, err);
	if (st)
		ota_devfile_free(d);
	else
		*out = d;
	return st;
}
