/* SPDX-License-Identifier: MIT */
/* The run without a fault: the update goes in, and what it costs the device. */
#include <sim/campaign.h>

#include <base/num.h>
#include <model/geometry.h>

static ota_status new_wear(ota_campaign *c, ota_err *err)
{
	c->wear = arena_array(&c->arena, c->start->region_count, sizeof(c->wear[0]));
	for (unsigned i = 0; c->wear != NULL && i < c->start->region_count; i++) {
		const ota_geometry *g = &c->start->region[i].flash.geometry;

		c->wear[i] = arena_array(
			&c->arena, size_of_u64(g->size / g->erase_size + 1), sizeof(c->wear[0][0]));
		if (c->wear[i] == NULL)
			return ota_fail_nomem(err);
	}
	return c->wear == NULL ? ota_fail_nomem(err) : OTA_OK;
}

static void note_erase(ota_campaign *c, const struct media_op *op)
{
	uint64_t unit = c->start->region[op->region].flash.geometry.erase_size;

	for (uint64_t i = op->off / unit; i < (op->off + op->len + unit - 1) / unit; i++) {
		uint32_t worn = ++c->wear[op->region][i];

		c->info.erased++;
		c->info.worn = max_u64(c->info.worn, worn);
	}
}

static ota_status note_op(void *arg, uint64_t index, const struct media_op *op, ota_err *err)
{
	ota_campaign *c = arg;

	if (op->kind == OP_PROGRAM)
		c->info.programmed += op->len;
	if (op->kind == OP_ERASE)
		note_erase(c, op);
	return cases_add(c, index, op, err);
}

/* What the run without a fault left must be what was signed. */
static ota_status check_end(const ota_campaign *c, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, c->one, c->scene.d, &c->end->port, err);

	for (size_t i = 0; i < c->scene.component_count && !st; i++)
		st = ota_dev_slot_verify(dev, 1 - c->scene.from, c->end->components[i], err);
	ota_dev_close(dev);
	return st;
}

/* The run without a fault. Its memory counts for itself. */
static ota_status run_once(struct outcome *out, ota_campaign *c, ota_err *err)
{
	struct scene scene = c->scene;
	ota_ctx *alone = NULL;
	ota_status st = campaign_ctx(&alone, c, err);

	if (st)
		return st;
	scene.ctx = alone;
	c->end->watch = note_op;
	c->end->watch_arg = c;
	st = run_case(out, &scene, c->end, NULL, NULL, err);
	c->end->watch = NULL;
	c->info.memory = ota_ctx_peak(alone);
	ota_ctx_free(alone);
	return st;
}

static void note_run(ota_campaign *c, const struct outcome *out)
{
	c->info.boots = out->boots;
	c->info.tries = out->trials;
	c->info.read = c->end->bytes_read;
	c->info.us = geometry_us(
		c->scene.d, &(struct flash_use){c->info.erased, c->info.programmed, c->info.read});
}

ota_status well_run(ota_campaign *c, ota_err *err)
{
	struct outcome out;
	ota_status st = media_fork(&c->end, c->one, c->start, err);

	if (!st)
		st = new_wear(c, err);
	if (!st)
		st = run_once(&out, c, err);
	if (st)
		return st;
	if (out.bad)
		return ota_fail(err, out.why != OTA_E_NONE ? out.why : OTA_E_ROLLED_BACK,
			"the update does not install, even where nothing goes wrong: %s", out.text);
	note_run(c, &out);
	st = check_end(c, err);
	if (st)
		return st;
	media_freeze(c->end);
	c->scene.end = c->end;
	return OTA_OK;
}
