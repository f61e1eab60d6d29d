/* SPDX-License-Identifier: MIT */
#include <device/cloudevent.h>

#include <ota/text.h>

#include <stdio.h>

#include <base/num.h>
#include <crypto/hash.h>

#define TYPE_LEN_MAX 48U
#define ID_BYTES     16U

#define AT(type, member) .off = offsetof(struct type, member)

/* clang-format off */
static const struct field error_fields[] = {
	{.key = "id", .type = F_STR, .flags = FIELD_REQUIRED, AT(cloudevent_error, id),
	 .help = "an id of otatool-errors(7)"},
	{.key = "text", .type = F_STR, .flags = FIELD_REQUIRED, AT(cloudevent_error, text),
	 .help = "what happened, in words"},
	{0}};
static const struct schema error_schema = {
	.name = "error", .size = sizeof(struct cloudevent_error), .fields = error_fields};

static const struct field data_fields[] = {
	{.key = "product", .type = F_STR, AT(cloudevent_data, product),
	 .help = "of the package"},
	{.key = "version", .type = F_STR, AT(cloudevent_data, version),
	 .help = "of the package"},
	{.key = "digest", .type = F_HEX, AT(cloudevent_data, digest),
	 .help = "of the package"},
	{.key = "seq", .type = F_U64, AT(cloudevent_data, seq),
	 .help = "tells events apart that are the same otherwise"},
	{.key = "error", .type = F_OBJ, .flags = FIELD_PTR, .sub = &error_schema,
	 AT(cloudevent_data, error), .help = "why the update failed"},
	{0}};
static const struct schema data_schema = {
	.name = "data", .size = sizeof(struct cloudevent_data), .fields = data_fields};

static const struct field event_fields[] = {
	{.key = "specversion", .type = F_STR, .flags = FIELD_REQUIRED, AT(cloudevent, specversion),
	 .help = "1.0, of CloudEvents"},
	{.key = "id", .type = F_HEX, .min = 2 * ID_BYTES, .max = 2 * ID_BYTES,
	 AT(cloudevent, id), .help = "a digest of the rest; always there"},
	{.key = "source", .type = F_STR, .flags = FIELD_REQUIRED, AT(cloudevent, source),
	 .help = "the device"},
	{.key = "type", .type = F_STR, .flags = FIELD_REQUIRED, AT(cloudevent, type),
	 .help = "otatool.UpdateAvailable, .UpdateDownloaded, .UpdateApplied or .UpdateFailed"},
	{.key = "time", .type = F_TIME, AT(cloudevent, time),
	 .help = "by the device's clock; absent: it has none"},
	{.key = "datacontenttype", .type = F_STR, .flags = FIELD_REQUIRED,
	 AT(cloudevent, datacontenttype), .help = "application/json"},
	{.key = "data", .type = F_OBJ, .sub = &data_schema, AT(cloudevent, data),
	 .help = "the package, and how it went"},
	{0}};
/* clang-format on */

const struct schema cloudevent_schema = {
	.name = "event", .size = sizeof(struct cloudevent), .fields = event_fields};

static ota_status put_json(
	struct buf *out, struct arena *a, const struct cloudevent *e, ota_err *err)
{
	struct doc *d = NULL;
	ota_status st = schema_write(&d, a, &cloudevent_schema, e, err);

	return st ? st : json_write(out, d, err);
}

/* The id is the digest of the event without one. */
static ota_status make_line(struct buf *out, struct arena *a, struct cloudevent *e, ota_err *err)
{
	char id[2 * ID_BYTES + 1];
	struct digest d;
	ota_status st = put_json(out, a, e, err);

	if (!st)
		st = hash_bytes(&d, out->ctx, HASH_SHA256, out->p, out->len, err);
	if (st)
		return st;
	ota_hex(id, d.b, ID_BYTES);
	e->id = id;
	buf_clear(out);
	st = put_json(out, a, e, err);
	e->id = NULL;
	buf_str(out, "\n");
	return st ? st : buf_status(out, err);
}

ota_status ota_cloudevent_write(
	ota_sink *dst, const ota_ctx *ctx, const ota_cloudevent *ev, ota_err *err)
{
	char type[TYPE_LEN_MAX], digest[2 * DIGEST_MAX + 1];
	struct cloudevent_error why;
	struct cloudevent e = {.specversion = "1.0",
		.source = ev->source,
		.type = type,
		.datacontenttype = "application/json",
		.time = ev->at,
		.data = {.product = ev->product, .version = ev->version, .seq = ev->seq}};
	struct arena a;
	struct buf b;
	ota_status st;

	snprintf(type, sizeof(type), "otatool.%s", ota_update_event_name(ev->what));
	if (ev->digest != NULL) {
		ota_hex(digest, ev->digest, min_size(ev->digest_len, DIGEST_MAX));
		e.data.digest = digest;
	}
	if (ev->why != NULL && ev->why->id != OTA_E_NONE) {
		why = (struct cloudevent_error){ota_id_find(ev->why->id)->name, ev->why->msg};
		e.data.error = &why;
	}
	arena_init(&a, ctx);
	buf_init(&b, ctx);
	st = make_line(&b, &a, &e, err);
	if (!st)
		st = ota_sink_write(dst, b.p, b.len, err);
	buf_fini(&b);
	arena_fini(&a);
	return st;
}
