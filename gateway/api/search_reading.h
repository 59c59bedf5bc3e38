/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the files that read a search share.
 */
#ifndef CANNULA_API_SEARCH_READING_H
#define CANNULA_API_SEARCH_READING_H

#include "api/search.h"

/** Where reading stands. */
struct reading {
	struct api_call *call;
	struct search *search;
	struct arena *arena;
	const struct fhir_schema *schema;
	const struct fhir_type *type; /**< whose parameters are asked; at the base DomainResource */
	bool is_lenient;
	const char *comparison;   /**< of _filter, in place of a modifier: see store_takes_comparison; NULL: none */
	bool is_full;             /**< the request's memory is used up */
	size_t include_count;     /**< includes that were looked at */
	bool *left_out;           /**< parallel to the base's types: not included, as the client may not read them; or NULL */
	struct buf filters, used; /**< query texts being made */
};

/** Tells what is wrong. `can_ignore`: with Prefer: handling=lenient the parameter is left out and the search goes on. */
void reading_issue(struct reading *reading, bool can_ignore, const char *code, struct slice text, struct slice diagnostics);
/** As reading_issue for a name that is none of `count`, which are listed, the nearest first. */
void reading_unknown(struct reading *reading, struct slice text, struct slice given, const char *const *names, size_t count);

/** A search parameter of a type by its code; NULL when there is none, or it is not indexed. */
const struct fhir_search_param *reading_param(const struct reading *reading, const struct fhir_type *type, struct slice code);
/** As reading_param; when there is none, that is told. */
const struct fhir_search_param *reading_need_param(struct reading *reading, const struct fhir_type *type, struct slice code);

/** Whether the client may `permissions` on a type that the search is about or goes through. When not, the search is refused,
 * whatever Prefer says. */
bool reading_may(struct reading *reading, struct slice type, unsigned permissions) MUST_USE;
/** The types that are searched. */
bool reading_may_search(struct reading *reading) MUST_USE;
/** Types that a chain without a type leads to: all of them, so that it finds the same whoever asks. */
bool reading_may_follow(struct reading *reading, const struct fhir_search_param *param, const struct fhir_type *const *targets,
			size_t count) MUST_USE;
/** What a parameter's values are read from: value sets, code systems, hierarchies of resources. */
bool reading_may_expand(struct reading *reading, const struct store_filter *filter) MUST_USE;
/** Whether an include can bring anything along that the client may read; types that it may not are remembered. */
bool reading_may_include(struct reading *reading, const struct store_include *include) MUST_USE;
/** The types so remembered, as text. */
void reading_tell_left_out(struct reading *reading);

/** `path`, the parameter's name as it was sent (a chain, _has, a modifier), and its value, on a resource of `type`. NULL: it was
 * told what is wrong, or reading->is_full. */
const struct store_filter *search_filter(struct reading *reading, const struct fhir_type *type, struct slice path,
					 struct slice value) MUST_USE;
/** Whether a reference may lead to a type. */
bool search_is_target(const struct fhir_search_param *param, struct slice type);
/** The type of that name, when `param` leads to it and the client may search it. NULL as above. */
const struct fhir_type *search_chain_target(struct reading *reading, const struct fhir_search_param *param,
					    struct slice type_name) MUST_USE;
/** "`param` leads to a resource of `target` for which `inner` holds." NULL when `inner` is, or with reading->is_full. */
const struct store_filter *search_chain(struct reading *reading, const struct fhir_search_param *param,
					const struct fhir_type *target, const struct store_filter *inner) MUST_USE;
/** The value of _filter. NULL as above. */
const struct store_filter *search_expression(struct reading *reading, const struct fhir_type *type, struct slice text) MUST_USE;
/** A filter of that kind around `inner`; NULL with reading->is_full. */
struct store_filter *search_group(struct reading *reading, enum store_filter_kind kind, const struct store_filter *inner,
				  size_t count) MUST_USE;

void search_take_sort(struct reading *reading, const struct query_parameter *parameter);
void search_take_include(struct reading *reading, const struct query_parameter *parameter);
void search_take_type(struct reading *reading, const struct query_parameter *parameter);

#endif
