/* SPDX-License-Identifier: MIT */
#include <model/install_cost.h>

#include <base/num.h>
#include <model/geometry.h>
#include <model/layout.h>

/* How often the sequence of formats/device.md section 5 does what. */
#define IMAGE_READS      6U /* is it there, read back, boot, commit, floor, boot */
#define IMAGE_READS_LAST 2U /* before the other slot is disabled, and for the floor */
#define RUNNING_READS    2U /* boot, floor */
#define DOCUMENT_READS   11U
#define STATE_READS      9U /* boot control and journal: three power-ons, three times each */
#define BOOT_SAVES       6U /* closed, switched, tried, committed in both copies, floor */
#define BOOT_SAVES_LAST  2U /* disabled, floor */
#define JOURNAL_SAVES    3U /* begun, on trial, ended */
#define READ_BACKS       2U
#define CHECKPOINTS      64U

#define META_HEAD 64U

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

static uint64_t checkpoints(const ota_devfile *d, uint64_t size)
{
	uint64_t every = ceil_div(max_u64(d->erase_size, size / CHECKPOINTS), d->erase_size);

	return size > 0 ? (size - 1) / (every * d->erase_size) : 0;
}

void install_cost_write(
	struct install_cost *k, const ota_devfile *d, const struct install_image *image)
{
	k->images += image->size;
	k->running += image->running;
	k->read += image->looked_at;
	k->programmed += image->programmed;
	k->erased += geometry_erases(d, image->size);
	k->records += checkpoints(d, image->size) + 1;
}

void install_cost_present(struct install_cost *k, uint64_t size)
{
	k->images += size;
	k->running += size;
	k->read += size;
}

/* A store of records, or of copies, in two halves. */
struct store {
	uint64_t len, stride, half, per_half;
	bool copies; /* what is written is made from what is there */
};

static struct store journal_of(const ota_devfile *d)
{
	struct store s = {.len = RECORD_LEN, .stride = max_u64(RECORD_LEN, d->program_size)};
	uint64_t least = max_u64(d->erase_size, s.stride);

	s.half = max_u64(least, layout_of(d).journal / 2 / least * least);
	s.per_half = s.half / s.stride;
	return s;
}

static struct store boot_of(const ota_devfile *d)
{
	bool env = d->boot_control == DEVFILE_BOOT_UBOOT_ENV;
	struct store s = {.len = env ? d->boot_env_size : RECORD_LEN, .per_half = 1, .copies = env};

	s.stride = geometry_programs(d, s.len);
	s.half = geometry_erases(d, s.len) * d->erase_size;
	return s;
}

/* n records, the first of them in a new half: at most one half more than where there was room. */
static void add_records(
	struct install_cost *k, const ota_devfile *d, const struct store *s, uint64_t n)
{
	uint64_t halves = ceil_div(n, s->per_half);

	k->programmed += n * s->stride;
	k->erased += halves * (s->half / d->erase_size);
	k->worn = max_u64(k->worn, ceil_div(halves, 2));
	k->read += n * (READ_BACKS + s->copies) * s->len;
}

static void add_state(struct install_cost *k, const ota_devfile *d, bool disables)
{
	struct store boot = boot_of(d), journal = journal_of(d);

	k->records += JOURNAL_SAVES;
	add_records(k, d, &boot, BOOT_SAVES + (disables ? BOOT_SAVES_LAST : 0));
	add_records(k, d, &journal, k->records);
	/* The room for a record is looked at, unless it is a new half's. */
	k->read += (k->records - k->records / journal.per_half) * journal.stride;
	k->read += STATE_READS * 2 * (boot.len + journal.per_half * journal.len);
}

static void add_documents(
	struct install_cost *k, const ota_devfile *d, const struct install_end *end)
{
	uint64_t len = META_HEAD + end->documents;
	uint64_t stored = geometry_programs(d, len);

	k->erased += layout_of(d).meta / d->erase_size;
	k->programmed += stored;
	k->read += stored + (DOCUMENT_READS + end->disables) * len;
}

void install_cost_end(struct install_cost *k, const ota_devfile *d, const struct install_end *end)
{
	unsigned times = IMAGE_READS + (end->disables ? IMAGE_READS_LAST : 0);

	k->worn = 1;
	k->read += k->images * times + k->running * RUNNING_READS;
	add_documents(k, d, end);
	add_state(k, d, end->disables);
}
