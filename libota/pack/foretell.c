/* SPDX-License-Identifier: MIT */
/* What the whole update does to the flash of the plan's device. */
#include <pack/costs.h>

#include <base/ctx.h>
#include <base/num.h>
#include <model/geometry.h>
#include <package/header.h>
#include <package/match.h>

#define BOOTS 3U /* the old system, the trial, the one that finds nothing to do */

/* ---- what is programmed ---- */

static ota_status add_block(uint64_t *out, const ota_devfile *d, ota_source *src, uint8_t *block,
	size_t len, uint64_t off, ota_err *err)
{
	ota_status st = ota_source_pread(src, block, len, off, err);
	size_t blank = 0;

	while (!st && blank < len && block[blank] == d->erased)
		blank++;
	if (!st && blank < len)
		*out += geometry_programs(d, len);
	return st;
}

/* As the device writes it: block by block, those of the erased value left out. */
static ota_status programmed(uint64_t *out, const struct build *b, const struct plan_input *image,
	uint8_t *block, ota_err *err)
{
	const ota_devfile *d = b->plan->device;
	ota_status st = OTA_OK;

	for (uint64_t off = 0; off < image->size && !st; off += d->erase_size) {
		size_t len = size_of_u64(min_u64(d->erase_size, image->size - off));

		st = add_block(out, d, image->src, block, len, off, err);
		if (!st)
			st = ctx_poll(b->ctx, err);
	}
	return ota_err_in(err, st, "%s", image->name);
}

ota_status foretell_init(struct costs *k, struct build *b, ota_err *err)
{
	uint8_t *block = NULL;
	ota_status st = OTA_OK;

	if (b->plan->device == NULL)
		return OTA_OK;
	k->programmed = arena_array(&b->arena, b->m.component_count, sizeof(k->programmed[0]));
	if (k->programmed == NULL)
		return ota_fail_nomem(err);
	st = mem_new_bytes(&block, b->ctx, size_of_u64(b->plan->device->erase_size), err);
	for (size_t i = 0; i < b->m.component_count && !st; i++)
		if (b->m.components[i].payloads[0].kind != PAYLOAD_PRESENT)
			st = programmed(
				&k->programmed[i], b, &b->plan->components[i].image, block, err);
	mem_free(b->ctx, block);
	return st;
}

/* ---- the update ---- */

/* What is read of the running image to find the deltas that start from it. */
static uint64_t searched(const struct manifest_component *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_DELTA && match_first(c, i) == i)
			sum += c->payloads[i].source->size;
	return sum;
}

/* Of what runs nothing is known but the sources: anything else is as long as the new image. */
void foretell_image(struct install_cost *sum, const struct costs *k,
	const struct manifest_component *c, const struct manifest_payload *p)
{
	struct install_image image = {.size = c->target.size, .running = c->target.size};

	if (p->kind == PAYLOAD_PRESENT) {
		install_cost_present(sum, c->target.size);
		return;
	}
	image.programmed = k->programmed[c - k->b->m.components];
	image.looked_at = searched(c);
	if (p->kind == PAYLOAD_DELTA) {
		image.running = p->source->size;
		image.looked_at += k->b->order[p->section]->read;
	}
	install_cost_write(sum, k->b->plan->device, &image);
}

void foretell_end(ota_source_cost *out, const struct costs *k, struct install_cost *sum)
{
	const struct build *b = k->b;
	const ota_devfile *d = b->plan->device;
	struct install_end end = {.disables = b->m.after_commit == AFTER_DISABLE};

	/* One signature line; more add what they are long. */
	end.documents = HEADER_LEN + (uint64_t)b->h.manifest_len + SIG_CAP_MIN;
	install_cost_end(sum, d, &end);
	out->read = sum->read;
	out->programmed = sum->programmed;
	out->erased = sum->erased;
	out->worn = sum->worn;
	/* A block is filled before it is written. */
	out->memory = out->ram + d->erase_size;
	out->us = geometry_us(d, &(struct flash_use){sum->erased, sum->programmed, sum->read});
	out->boots = BOOTS;
	out->tries = 1;
}
