/* SPDX-License-Identifier: Apache-2.0 */
/* Searches whose results are worked out by hand, the same in both versions unless one is named. */
#ifndef CANNULA_SEARCHING_H
#define CANNULA_SEARCHING_H

#include "serving.h"

static inline void given_in_both(const char *const *resources, size_t count)
{
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < count; i++)
			given((enum fhir_version)version, slice_of(resources[i]));
}

static inline struct answer ask_version(enum fhir_version version, const char *search)
{
	return get(arena_printf(gateway.arena, "/fhir/%s/%s", fhir_version_name(version), search).ptr);
}

static inline bool came_along(const struct fhir_node *entry)
{
	const struct fhir_node *search = fhir_node_child(entry, SLICE("search"));

	return search && slice_equal(fhir_node_text(search, SLICE("mode")), SLICE("include"));
}

/** The ids of the Bundle's entries, separated by spaces; those that came along after a plus. */
static inline struct slice ids_of(enum fhir_version version, const char *search)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct answer answer = ask_version(version, search);
	struct slice ids = SLICE("");
	struct fhir_node *bundle;
	struct issues issues;

	issues_init(&issues, gateway.arena, 1);
	if (answer.status != 200)
		fail_msg("%s: %u %.*s", search, answer.status, SLICE_ARG(answer.body));
	assert_true(fhir_json_read(gateway.arena, gateway.schemas[version], NULL, answer.body, &limits, &issues, &bundle));
	const struct fhir_node *entry = fhir_node_child(bundle, SLICE("entry"));
	for (; entry; entry = fhir_node_again(entry))
		ids = arena_printf(gateway.arena, "%.*s%s%s%.*s", SLICE_ARG(ids), ids.len ? " " : "",
				   came_along(entry) ? "+" : "",
				   SLICE_ARG(fhir_node_text(fhir_node_child(entry, SLICE("resource")), SLICE("id"))));
	return ids;
}

static inline void finds_in(enum fhir_version version, const char *search, const char *expected)
{
	struct slice ids = ids_of(version, search);

	if (!slice_equal(ids, slice_of(expected)))
		fail_msg("%s %s finds '%.*s', not '%s'", fhir_version_name(version), search, SLICE_ARG(ids), expected);
}

static inline void finds(const char *search, const char *expected)
{
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		finds_in((enum fhir_version)version, search, expected);
}

static inline void refuses(const char *search, const char *code, const char *reason)
{
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct answer answer = ask_version((enum fhir_version)version, search);
		assert_outcome(&answer, 400, code);
		assert_body_has(&answer, reason);
	}
}

#endif
