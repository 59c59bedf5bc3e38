/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FHIRPATH_EVAL_H
#define FHIRPATH_EVAL_H

#include "fhirpath/program.h"

/** What $this, $index and $total stand for. */
struct fp_scope {
	struct fhirpath_result this_item;
	size_t index;
	struct fhirpath_result total;
};

struct fp_run {
	struct arena *arena;
	const struct fhirpath_context *context;
	const struct fhir_node *resource;
	struct fhirpath_result focus; /**< %context */
	const struct fp_scope *scope;
	uint64_t steps_left;
	int64_t now_ms; /**< 0 until the clock is asked */
	struct error *err;
};

/** The value of `op` with `focus` as input. */
bool fp_eval(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
	     struct fhirpath_result *out) MUST_USE;
/** Charges `steps`; false when the limit is reached. */
bool fp_spend(struct fp_run *run, uint64_t steps) MUST_USE;
/** Sets an error at `op`; returns false. */
bool fp_fail(struct fp_run *run, const struct fp_op *op, const char *format, ...) PRINTF_LIKE(3, 4);

/* ---- results ---- */

#define FP_NOTHING ((struct fhirpath_result){ NULL, 0 })

struct fp_list {
	struct fhirpath_item *items;
	size_t count, capacity;
};

bool fp_list_add(struct fp_run *run, struct fp_list *list, const struct fhirpath_item *item) MUST_USE;
bool fp_list_add_all(struct fp_run *run, struct fp_list *list, const struct fhirpath_result *from) MUST_USE;
struct fhirpath_result fp_list_result(const struct fp_list *list);

struct fhirpath_result fp_boolean(bool value);
bool fp_one(struct fp_run *run, struct fhirpath_item item, struct fhirpath_result *out) MUST_USE;
bool fp_text(struct fp_run *run, enum fhirpath_kind kind, struct slice text, struct fhirpath_result *out) MUST_USE;
bool fp_integer(struct fp_run *run, int64_t value, struct fhirpath_result *out) MUST_USE;

/* ---- reading values ---- */

/** A primitive node (or Quantity) as the System value it stands for; other nodes and values as they are. */
struct fhirpath_item fp_system(const struct fhirpath_item *item);

enum fp_truth { FP_FALSE, FP_TRUE, FP_ABSENT };
/** Singleton evaluation as Boolean (N1 section 4.5): one item that is no Boolean counts as true. */
bool fp_truth(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *from, enum fp_truth *out) MUST_USE;
/** `out->kind` FHIRPATH_NODE with a NULL node: empty. More than one item is an error. */
bool fp_single(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *from,
	       struct fhirpath_item *out) MUST_USE;
bool fp_is_absent(const struct fhirpath_item *item);
/** Argument `index` as a single System value. */
bool fp_argument(struct fp_run *run, const struct fp_op *op, unsigned index, const struct fhirpath_result *focus,
		 struct fhirpath_item *out) MUST_USE;
bool fp_to_integer(const struct fhirpath_item *item, int64_t *out) MUST_USE;

/* ---- navigation ---- */

/** Appends the children of `node` named `name`; an absent name: all of them. */
bool fp_children(struct fp_run *run, const struct fhir_node *node, struct slice name, struct fp_list *list) MUST_USE;
/** Whether `item` is of the type a specifier names: "Patient", "FHIR.string", "System.Boolean". */
bool fp_is_type(const struct fp_run *run, const struct fhirpath_item *item, struct slice specifier);
/** As fp_is_type, where a FHIR primitive has to be of that very type: a code is a string, but ofType(string) does not give it. */
bool fp_is_cast(const struct fp_run *run, const struct fhirpath_item *item, struct slice specifier);

/* ---- operators ---- */

bool fp_binary(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *left,
	       const struct fhirpath_result *right, struct fhirpath_result *out) MUST_USE;
/** Three-valued: dates of different precision are neither equal nor unequal. */
enum fp_truth fp_items_equal(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b);
bool fp_items_equivalent(struct fp_run *run, const struct fhirpath_item *a, const struct fhirpath_item *b);
bool fp_contains(struct fp_run *run, const struct fhirpath_result *list, const struct fhirpath_item *item);
/** Ordering of two single System values; false: types that have none. FP_ABSENT-like answers come as FP_UNKNOWN. */
bool fp_compare(struct fp_run *run, const struct fp_op *op, const struct fhirpath_item *a, const struct fhirpath_item *b,
		int *order) MUST_USE;
bool fp_distinct(struct fp_run *run, const struct fhirpath_result *from, struct fp_list *list) MUST_USE;

#endif
