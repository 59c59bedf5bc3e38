/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which resource types each base serves (profiles/api/served.yaml) and what can be searched in them: made once from the schema
 * tables, used by dispatch and by the CapabilityStatement alike.
 */
#ifndef CANNULA_API_SERVED_H
#define CANNULA_API_SERVED_H

#include "cannula/fhir.h"
#include "cannula/store.h"

struct served_type {
	const struct fhir_type *type;
	struct slice documentation;                    /**< absent: the gateway has no use for it of its own */
	bool is_additional;                            /**< not a type of FHIR itself: advertised by an extension */
	bool is_published;                             /**< what the gateway says of itself: clients only read it */
	const struct fhir_search_param *const *params; /**< those offered, in code order */
	size_t param_count;
	const char *const *param_names; /**< their codes, for hints */
};

struct served_base {
	enum fhir_version version;
	enum store_base store_base;
	const struct fhir_schema *schema;
	const struct served_type *types; /**< in name order */
	const char *const *type_names;
	size_t type_count;
	bool has_text; /**< the store keeps words: _text and _content can be asked */
};

/** Reads the asset: the types it names, and when it says so all others of the tables. ERROR_USAGE names one that the tables do
 * not have. */
bool served_base_load(struct arena *arena, const struct fhir_schema *schema, bool has_text, struct served_base *out,
		      struct error *err) MUST_USE;
/** NULL when this base does not serve it. */
const struct served_type *served_type_find(const struct served_base *base, struct slice name);
/** NULL when there is none of that name, or the search index does not hold it. */
const struct fhir_search_param *served_param_find(const struct served_type *type, struct slice code);
/** FHIR's word for it: "token". */
struct slice served_search_type(enum fhir_search_type type);
/** _text and _content, whose values are words. */
bool served_param_is_words(const struct fhir_search_param *param);
/** Whether the search index holds it: then it is advertised and taken. */
bool served_param_offered(const struct served_base *base, const struct fhir_search_param *param);
/** "a, b, c" */
struct slice served_names_join(struct arena *arena, const char *const *names, size_t count) MUST_USE;

#endif
