/* SPDX-License-Identifier: MIT */
/* What a device says about itself: a closed list of names (formats/manifest.md section 5). */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include <doc/schema.h>

#define FACTS_MAX     64
#define FACT_TEXT_MAX 128

enum fact_type { FACT_TEXT, FACT_NUMBER, FACT_BOOL, FACT_VERSION };

struct fact {
	const char *name;
	enum fact_type type;
	const char *text; /* TEXT, VERSION */
	int64_t number;   /* NUMBER */
	bool b;           /* BOOL */
};

struct facts {
	struct fact *items;
	size_t count;
};

/* Room for a value as fact_show writes it. */
#define FACT_SHOW_MAX 160

/* The type of a fact name of the closed list (and "feature.*"); false if there is none. */
bool fact_type(enum fact_type *out, const char *name);
/* NULL when the device does not state it. */
const struct fact *fact_find(const struct facts *f, const char *name);
/* The listed name nearest to a misspelt one, or NULL. */
const char *fact_nearest(const char *name);
/* "text", "number", "true or false", "a SemVer version". */
const char *fact_type_name(enum fact_type type);
/* Fill the value of f, whose type is set, from d; false where d is of another type. */
bool fact_read(struct fact *f, const struct doc *d);
/* The value of f as a node in a; NULL when out of memory. */
struct doc *fact_write(struct arena *a, const struct fact *f);
void fact_show(char out[FACT_SHOW_MAX], const struct fact *f);
extern const struct field_hook facts_hook; /* member: struct facts; a map name: value */

#endif
