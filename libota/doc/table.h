/* SPDX-License-Identifier: MIT */
/* What reading, writing and exporting share about a table. */
#ifndef DOC_TABLE_H
#define DOC_TABLE_H

#include <doc/schema.h>

/* The field may stand in this form. */
bool field_in_form(const struct field *f, enum schema_form form);
/* The field of that key in that form, or NULL. */
const struct field *table_find(const struct schema *s, const char *key, enum schema_form form);
/* The field of that form that is nearest to key, or NULL. */
const char *table_nearest(const struct schema *s, const char *key, enum schema_form form);
/* The largest value that an F_U64 takes. */
uint64_t field_max(const struct field *f);
/* Of F_ENUM: absent has a value. */
bool enum_has_default(const struct field *f);
/* What the member is when the field is absent; obj is zeroed. */
void table_defaults(void *obj, const struct schema *s);
/* What fields that d leaves out are like, once the others are read. */
void table_likes(void *obj, const struct schema *s, const struct doc *d);
/* A scalar member, not a hook, is what table_defaults made it. */
bool field_is_default(const void *obj, const struct field *f);
bool is_x_key(const char *key);
/* ALL: the canonical form, and in it what equals its default too. */
enum writing { WRITE_CANON, WRITE_ALL, WRITE_SOURCE };
/* One field as a node; *out NULL: none. schema_write.c. */
ota_status field_write(struct doc **out, struct arena *a, const struct field *f, const void *obj,
	enum writing how, ota_err *err);

#endif
