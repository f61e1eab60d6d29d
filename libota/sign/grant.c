/* SPDX-License-Identifier: MIT */
#include <sign/grant.h>

#include <string.h>

/* The part of text up to one of stop, as a list of words between commas. */
static bool put_list(
	struct doc *entry, struct arena *a, const char *key, const char *text, size_t len)
{
	struct doc *list = doc_list(a, 0);

	if (list == NULL || !doc_set(entry, a, key, list))
		return false;
	for (const char *p = text; p <= text + len; p++) {
		size_t n = strcspn(p, ",");
		const char *word;

		if (n > (size_t)(text + len - p))
			n = (size_t)(text + len - p);
		word = arena_strndup(a, p, n);
		if (word == NULL || !doc_push(list, a, doc_str(a, word)))
			return false;
		p += n;
	}
	return true;
}

ota_status grant_parse(struct doc **out, struct arena *a, const char *text, ota_err *err)
{
	const char *is = strchr(text, '=');
	const char *colon = memchr(text, ':', is != NULL ? (size_t)(is - text) : 0);
	const char *plus = is != NULL ? strchr(is, '+') : NULL;
	struct doc *entry = doc_map(a, 0);
	size_t products, roles;
	bool ok;

	if (is == NULL || is == text)
		return ota_fail(err, OTA_E_ARGUMENT,
			"\"%.80s\" is no grant: expected PRODUCT,…[:COMPONENT,…]=ROLE,…[+POWER,…]",
			text);
	products = (size_t)((colon != NULL ? colon : is) - text);
	roles = plus != NULL ? (size_t)(plus - is - 1) : strlen(is + 1);
	ok = entry != NULL && put_list(entry, a, "products", text, products);
	if (ok && colon != NULL)
		ok = put_list(entry, a, "components", colon + 1, (size_t)(is - colon - 1));
	ok = ok && put_list(entry, a, "roles", is + 1, roles);
	if (ok && plus != NULL)
		ok = put_list(entry, a, "may", plus + 1, strlen(plus + 1));
	*out = entry;
	return ok ? OTA_OK : ota_fail_nomem(err);
}
