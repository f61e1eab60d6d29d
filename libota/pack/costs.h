/* SPDX-License-Identifier: MIT */
/* What the package just assembled costs a device, by what that device runs. */
#ifndef PACK_COSTS_H
#define PACK_COSTS_H

#include <model/install_cost.h>
#include <pack/build.h>
#include <package/layout.h>

/* What a device runs. All NULL: something that no delta starts from. */
struct runs {
	const char *version;
	const char *hash;  /* of its image of `owner`, hex */
	const char *owner; /* the component; NULL: any whose image has that hash */
};

struct costs {
	const struct build *b;
	struct section_info *infos;
	uint64_t beside;      /* memory beside that of a payload */
	uint64_t *programmed; /* with a device: bytes of each component, variants too */
};

/* After assemble. */
ota_status costs_init(struct costs *k, struct build *b, ota_err *err);
/* What a device that runs r pays; refused is why it cannot take the package. */
ota_status costs_of(
	ota_source_cost *out, const struct costs *k, const struct runs *r, ota_err *err);

/* ---- foretell.c ---- */

/* What of each image is programmed; without a device nothing. */
ota_status foretell_init(struct costs *k, struct build *b, ota_err *err);
/* Component c by payload p; then what all of them come to. */
void foretell_image(struct install_cost *sum, const struct costs *k,
	const struct manifest_component *c, const struct manifest_payload *p);
void foretell_end(ota_source_cost *out, const struct costs *k, struct install_cost *sum);

/* ---- the tables ---- */

/* What r is called, into out; hash tagged. */
ota_status costs_name(
	ota_source_cost *out, const struct costs *k, const struct runs *r, ota_err *err);
/* The table of the plan: a row for each source of a delta, and one for all others. */
ota_status costs_note(struct build *b, ota_err *err);

#endif
