/* SPDX-License-Identifier: Apache-2.0 */
/* Every function is one row here. Source: FHIRPath N1 section 5; FHIR R4 section 2.9.1.5 "Additional functions". */
#include "fhirpath/functions.h"

#include <stdlib.h>

/** In byte order of the name, for the search below. */
static const struct fp_function functions[] = {
	{ "abs", 0, 0, FP_ARGUMENT_VALUE, fp_do_abs },
	{ "aggregate", 1, 2, FP_ARGUMENT_EACH, fp_do_aggregate },
	{ "all", 1, 1, FP_ARGUMENT_EACH, fp_do_all },
	{ "allFalse", 0, 0, FP_ARGUMENT_VALUE, fp_do_all_false },
	{ "allTrue", 0, 0, FP_ARGUMENT_VALUE, fp_do_all_true },
	{ "anyFalse", 0, 0, FP_ARGUMENT_VALUE, fp_do_any_false },
	{ "anyTrue", 0, 0, FP_ARGUMENT_VALUE, fp_do_any_true },
	{ "as", 1, 1, FP_ARGUMENT_TYPE, fp_do_of_type },
	{ "ceiling", 0, 0, FP_ARGUMENT_VALUE, fp_do_ceiling },
	{ "children", 0, 0, FP_ARGUMENT_VALUE, fp_do_children },
	{ "combine", 1, 1, FP_ARGUMENT_VALUE, fp_do_combine },
	{ "comparable", 1, 1, FP_ARGUMENT_VALUE, fp_do_comparable },
	{ "conformsTo", 1, 1, FP_ARGUMENT_VALUE, fp_do_conforms_to },
	{ "contains", 1, 1, FP_ARGUMENT_VALUE, fp_do_contains },
	{ "convertsToBoolean", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_boolean },
	{ "convertsToDate", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_date },
	{ "convertsToDateTime", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_datetime },
	{ "convertsToDecimal", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_decimal },
	{ "convertsToInteger", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_integer },
	{ "convertsToQuantity", 0, 1, FP_ARGUMENT_VALUE, fp_do_converts_to_quantity },
	{ "convertsToString", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_text },
	{ "convertsToTime", 0, 0, FP_ARGUMENT_VALUE, fp_do_converts_to_time },
	{ "count", 0, 0, FP_ARGUMENT_VALUE, fp_do_count },
	{ "decode", 1, 1, FP_ARGUMENT_VALUE, fp_do_decode },
	{ "descendants", 0, 0, FP_ARGUMENT_VALUE, fp_do_descendants },
	{ "distinct", 0, 0, FP_ARGUMENT_VALUE, fp_do_distinct },
	{ "empty", 0, 0, FP_ARGUMENT_VALUE, fp_do_empty },
	{ "encode", 1, 1, FP_ARGUMENT_VALUE, fp_do_encode },
	{ "endsWith", 1, 1, FP_ARGUMENT_VALUE, fp_do_ends_with },
	{ "escape", 1, 1, FP_ARGUMENT_VALUE, fp_do_escape },
	{ "exclude", 1, 1, FP_ARGUMENT_VALUE, fp_do_exclude },
	{ "exists", 0, 1, FP_ARGUMENT_EACH, fp_do_exists },
	{ "exp", 0, 0, FP_ARGUMENT_VALUE, fp_do_exp },
	{ "extension", 1, 1, FP_ARGUMENT_VALUE, fp_do_extension },
	{ "first", 0, 0, FP_ARGUMENT_VALUE, fp_do_first },
	{ "floor", 0, 0, FP_ARGUMENT_VALUE, fp_do_floor },
	{ "getValue", 0, 0, FP_ARGUMENT_VALUE, fp_do_get_value },
	{ "hasExtension", 1, 1, FP_ARGUMENT_VALUE, fp_do_has_extension },
	{ "hasValue", 0, 0, FP_ARGUMENT_VALUE, fp_do_has_value },
	{ "highBoundary", 0, 1, FP_ARGUMENT_VALUE, fp_do_high_boundary },
	{ "iif", 2, 3, FP_ARGUMENT_EACH, fp_do_iif },
	{ "indexOf", 1, 1, FP_ARGUMENT_VALUE, fp_do_index_of },
	{ "intersect", 1, 1, FP_ARGUMENT_VALUE, fp_do_intersect },
	{ "is", 1, 1, FP_ARGUMENT_TYPE, fp_do_is },
	{ "isDistinct", 0, 0, FP_ARGUMENT_VALUE, fp_do_is_distinct },
	{ "join", 0, 1, FP_ARGUMENT_VALUE, fp_do_join },
	{ "last", 0, 0, FP_ARGUMENT_VALUE, fp_do_last },
	{ "length", 0, 0, FP_ARGUMENT_VALUE, fp_do_length },
	{ "ln", 0, 0, FP_ARGUMENT_VALUE, fp_do_ln },
	{ "log", 1, 1, FP_ARGUMENT_VALUE, fp_do_log },
	{ "lowBoundary", 0, 1, FP_ARGUMENT_VALUE, fp_do_low_boundary },
	{ "lower", 0, 0, FP_ARGUMENT_VALUE, fp_do_lower },
	{ "matches", 1, 1, FP_ARGUMENT_VALUE, fp_do_matches },
	{ "matchesFull", 1, 1, FP_ARGUMENT_VALUE, fp_do_matches_full },
	{ "memberOf", 1, 1, FP_ARGUMENT_VALUE, fp_do_member_of },
	{ "not", 0, 0, FP_ARGUMENT_VALUE, fp_do_not },
	{ "now", 0, 0, FP_ARGUMENT_VALUE, fp_do_now },
	{ "ofType", 1, 1, FP_ARGUMENT_TYPE, fp_do_of_type },
	{ "power", 1, 1, FP_ARGUMENT_VALUE, fp_do_power },
	{ "precision", 0, 0, FP_ARGUMENT_VALUE, fp_do_precision },
	{ "repeat", 1, 1, FP_ARGUMENT_EACH, fp_do_repeat },
	{ "replace", 2, 2, FP_ARGUMENT_VALUE, fp_do_replace },
	{ "replaceMatches", 2, 2, FP_ARGUMENT_VALUE, fp_do_replace_matches },
	{ "resolve", 0, 0, FP_ARGUMENT_VALUE, fp_do_resolve },
	{ "round", 0, 1, FP_ARGUMENT_VALUE, fp_do_round },
	{ "select", 1, 1, FP_ARGUMENT_EACH, fp_do_select },
	{ "single", 0, 0, FP_ARGUMENT_VALUE, fp_do_single },
	{ "skip", 1, 1, FP_ARGUMENT_VALUE, fp_do_skip },
	{ "sort", 0, 4, FP_ARGUMENT_EACH, fp_do_sort },
	{ "split", 1, 1, FP_ARGUMENT_VALUE, fp_do_split },
	{ "sqrt", 0, 0, FP_ARGUMENT_VALUE, fp_do_sqrt },
	{ "startsWith", 1, 1, FP_ARGUMENT_VALUE, fp_do_starts_with },
	{ "subsetOf", 1, 1, FP_ARGUMENT_VALUE, fp_do_subset_of },
	{ "substring", 1, 2, FP_ARGUMENT_VALUE, fp_do_substring },
	{ "supersetOf", 1, 1, FP_ARGUMENT_VALUE, fp_do_superset_of },
	{ "tail", 0, 0, FP_ARGUMENT_VALUE, fp_do_tail },
	{ "take", 1, 1, FP_ARGUMENT_VALUE, fp_do_take },
	{ "timeOfDay", 0, 0, FP_ARGUMENT_VALUE, fp_do_time_of_day },
	{ "toBoolean", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_boolean },
	{ "toChars", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_chars },
	{ "toDate", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_date },
	{ "toDateTime", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_datetime },
	{ "toDecimal", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_decimal },
	{ "toInteger", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_integer },
	{ "toQuantity", 0, 1, FP_ARGUMENT_VALUE, fp_do_to_quantity },
	{ "toString", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_text },
	{ "toTime", 0, 0, FP_ARGUMENT_VALUE, fp_do_to_time },
	{ "today", 0, 0, FP_ARGUMENT_VALUE, fp_do_today },
	{ "trace", 1, 2, FP_ARGUMENT_EACH, fp_do_trace },
	{ "trim", 0, 0, FP_ARGUMENT_VALUE, fp_do_trim },
	{ "truncate", 0, 0, FP_ARGUMENT_VALUE, fp_do_truncate },
	{ "type", 0, 0, FP_ARGUMENT_VALUE, fp_do_type },
	{ "unescape", 1, 1, FP_ARGUMENT_VALUE, fp_do_unescape },
	{ "union", 1, 1, FP_ARGUMENT_VALUE, fp_do_union },
	{ "upper", 0, 0, FP_ARGUMENT_VALUE, fp_do_upper },
	{ "where", 1, 1, FP_ARGUMENT_EACH, fp_do_where },
};

static int by_name(const void *key, const void *row)
{
	return slice_compare(*(const struct slice *)key, slice_of(((const struct fp_function *)row)->name));
}

const struct fp_function *fp_function_find(struct slice name)
{
	return bsearch(&name, functions, ARRAY_SIZE(functions), sizeof(functions[0]), by_name);
}

const char *fp_function_nearest(struct slice name)
{
	const char *names[ARRAY_SIZE(functions)];

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		names[i] = functions[i].name;
	return nearest_name(name, names, ARRAY_SIZE(functions));
}
