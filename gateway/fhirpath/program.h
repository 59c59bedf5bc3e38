/* SPDX-License-Identifier: Apache-2.0 */
/* The compact program of an expression: operations that point to their operands. */
#ifndef FHIRPATH_PROGRAM_H
#define FHIRPATH_PROGRAM_H

#include "cannula/fhirpath.h"

enum fp_code {
	FP_EMPTY,   /**< {} */
	FP_LITERAL, /**< `item` */
	FP_THIS,
	FP_INDEX,
	FP_TOTAL,
	FP_VARIABLE, /**< `item.text` */
	FP_NAME,     /**< children named `item.text` of `left`; without `left` the path begins here */
	FP_CALL,     /**< `function` of `left` with `arguments` */
	FP_INDEXER,  /**< `left`[`right`] */
	FP_IS,       /**< `left` is type `item.text` */
	FP_AS,
	FP_NEGATE,
	FP_UNION,
	FP_ADD,
	FP_SUBTRACT,
	FP_MULTIPLY,
	FP_DIVIDE,
	FP_DIV,
	FP_MOD,
	FP_CONCATENATE,
	FP_EQUAL,
	FP_NOT_EQUAL,
	FP_EQUIVALENT,
	FP_NOT_EQUIVALENT,
	FP_LESS,
	FP_LESS_EQUAL,
	FP_GREATER,
	FP_GREATER_EQUAL,
	FP_IN,
	FP_CONTAINS,
	FP_AND,
	FP_OR,
	FP_XOR,
	FP_IMPLIES,
};

#define FP_ARGUMENTS_MAX 4u

struct fp_function;

struct fp_op {
	uint8_t code; /**< enum fp_code */
	uint8_t argument_count;
	bool maybe_type; /**< FP_NAME at the start of a path, capitalised: a type name selects the focus of that type */
	uint16_t depth;  /**< operations below, this one included: bounds the evaluator's recursion */
	uint32_t line, column;
	const struct fp_function *function;
	const struct fp_op *left, *right;
	const struct fp_op *arguments[FP_ARGUMENTS_MAX];
	struct fhirpath_item item;
};

struct fhirpath_program {
	const struct fp_op *root;
	struct slice text;
};

/** How an argument of a function is treated. */
enum fp_argument {
	FP_ARGUMENT_VALUE, /**< evaluated once, in the context the call stands in */
	FP_ARGUMENT_EACH,  /**< an expression that the function evaluates for items of its input */
	FP_ARGUMENT_TYPE,  /**< a type specifier */
};

struct fp_run;

struct fp_function {
	const char *name;
	uint8_t min_arguments, max_arguments;
	enum fp_argument argument;
	/** `input` is what stands before the dot; `focus` is the context for FP_ARGUMENT_VALUE arguments. */
	bool (*call)(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *input,
		     const struct fhirpath_result *focus, struct fhirpath_result *out);
};

/** By name, or NULL. */
const struct fp_function *fp_function_find(struct slice name);
/** The nearest known function name, or NULL. */
const char *fp_function_nearest(struct slice name);

#endif
