/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that functions.c lists. All share one form; see struct fp_function. */
#ifndef FHIRPATH_FUNCTIONS_H
#define FHIRPATH_FUNCTIONS_H

#include "fhirpath/eval.h"

#define FP_FUNCTION(name)                                                                                                        \
	bool fp_do_##name(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,                       \
			  const struct fhirpath_result *focus, struct fhirpath_result *out)

/* collections.c */
FP_FUNCTION(empty);
FP_FUNCTION(exists);
FP_FUNCTION(all);
FP_FUNCTION(all_true);
FP_FUNCTION(any_true);
FP_FUNCTION(all_false);
FP_FUNCTION(any_false);
FP_FUNCTION(not );
FP_FUNCTION(count);
FP_FUNCTION(distinct);
FP_FUNCTION(is_distinct);
FP_FUNCTION(subset_of);
FP_FUNCTION(superset_of);
FP_FUNCTION(where);
FP_FUNCTION(select);
FP_FUNCTION(repeat);
FP_FUNCTION(aggregate);
FP_FUNCTION(first);
FP_FUNCTION(last);
FP_FUNCTION(tail);
FP_FUNCTION(skip);
FP_FUNCTION(take);
FP_FUNCTION(single);
FP_FUNCTION(intersect);
FP_FUNCTION(exclude);
FP_FUNCTION(union);
FP_FUNCTION(combine);
FP_FUNCTION(iif);
FP_FUNCTION(trace);

/* sort.c */
FP_FUNCTION(sort);

/* boundaries.c */
FP_FUNCTION(low_boundary);
FP_FUNCTION(high_boundary);
FP_FUNCTION(precision);
FP_FUNCTION(comparable);

/* encodings.c */
FP_FUNCTION(encode);
FP_FUNCTION(decode);
FP_FUNCTION(escape);
FP_FUNCTION(unescape);

/* texts.c */
FP_FUNCTION(starts_with);
FP_FUNCTION(ends_with);
FP_FUNCTION(contains);
FP_FUNCTION(index_of);
FP_FUNCTION(substring);
FP_FUNCTION(upper);
FP_FUNCTION(lower);
FP_FUNCTION(replace);
FP_FUNCTION(length);
FP_FUNCTION(split);
FP_FUNCTION(join);
FP_FUNCTION(trim);
FP_FUNCTION(to_chars);

/* patterns.c */
FP_FUNCTION(matches);
FP_FUNCTION(matches_full);
FP_FUNCTION(replace_matches);

/* conversions.c */
FP_FUNCTION(to_text);
FP_FUNCTION(to_integer);
FP_FUNCTION(to_decimal);
FP_FUNCTION(to_boolean);
FP_FUNCTION(to_date);
FP_FUNCTION(to_datetime);
FP_FUNCTION(to_time);
FP_FUNCTION(to_quantity);
FP_FUNCTION(converts_to_text);
FP_FUNCTION(converts_to_integer);
FP_FUNCTION(converts_to_decimal);
FP_FUNCTION(converts_to_boolean);
FP_FUNCTION(converts_to_date);
FP_FUNCTION(converts_to_datetime);
FP_FUNCTION(converts_to_time);
FP_FUNCTION(converts_to_quantity);

/* math.c */
FP_FUNCTION(abs);
FP_FUNCTION(ceiling);
FP_FUNCTION(floor);
FP_FUNCTION(truncate);
FP_FUNCTION(round);
FP_FUNCTION(sqrt);
FP_FUNCTION(exp);
FP_FUNCTION(ln);
FP_FUNCTION(log);
FP_FUNCTION(power);
FP_FUNCTION(today);
FP_FUNCTION(now);
FP_FUNCTION(time_of_day);

/* nodes.c */
FP_FUNCTION(children);
FP_FUNCTION(descendants);
FP_FUNCTION(extension);
FP_FUNCTION(has_extension);
FP_FUNCTION(has_value);
FP_FUNCTION(get_value);
FP_FUNCTION(resolve);
FP_FUNCTION(of_type);
FP_FUNCTION(type);
FP_FUNCTION(conforms_to);
FP_FUNCTION(member_of);
FP_FUNCTION(is);

#endif
