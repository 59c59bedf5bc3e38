/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the paths of a program through the schema tables, as far as types are known before it runs. */
#include "fhirpath/program.h"

struct checker {
	const struct fhirpath_types *types;
	const struct fhirpath_origin *origin;
	struct error *err;
};

/** NULL stands for "not known", with which nothing is wrong. */
typedef const struct fhir_type *known;

static bool infer(struct checker *checker, const struct fp_op *op, known focus, known *out);

static bool no_element(struct checker *checker, const struct fp_op *op, known type)
{
	const char *name = checker->origin->name ? checker->origin->name : "";
	const char *names[256];
	char copies[256][48], place[200];
	size_t count = 0;

	snprintf(place, sizeof(place), "%.160s%s%u:%u", name, name[0] ? ":" : "", op->line, op->column);
	error_set(checker->err, ERROR_SYNTAX, place, "%.*s has no element %.*s", SLICE_ARG(type->name), SLICE_ARG(op->item.text));
	for (; count < type->element_count && count < ARRAY_SIZE(names); count++) {
		snprintf(copies[count], sizeof(copies[count]), "%.*s", SLICE_ARG(type->elements[count].name));
		names[count] = copies[count];
	}
	const char *nearest = nearest_name(op->item.text, names, count);
	return nearest ? error_hint(checker->err, "did you mean %s?", nearest) : false;
}

/** Abstract types have descendants with more elements. */
static bool infer_name(struct checker *checker, const struct fp_op *op, known focus, known *out)
{
	known from = focus;

	*out = NULL;
	if (op->left && !infer(checker, op->left, focus, &from))
		return false;
	if (!from || from->is_abstract)
		return true;
	if (op->maybe_type && fhir_type_is(from, op->item.text)) {
		*out = from;
		return true;
	}
	const struct fhir_type *choice = NULL;
	const struct fhir_element *element = fhir_element_find(from, op->item.text, &choice);
	/* "valueQuantity" is a name in JSON, not in a path. */
	if (!element || choice)
		return no_element(checker, op, from);
	if (element->type_count == 1)
		*out = element->types[0];
	return true;
}

static void infer_variable(const struct checker *checker, const struct fp_op *op, known *out)
{
	*out = NULL;
	for (size_t i = checker->types->variable_count; i-- > 0;)
		if (slice_equal(checker->types->variables[i].name, op->item.text)) {
			*out = checker->types->variables[i].type;
			return;
		}
}

static known find_type(const struct checker *checker, struct slice specifier)
{
	if (slice_starts(specifier, SLICE("FHIR.")))
		specifier = slice_from(specifier, 5);
	return fhir_type_find(checker->types->schema, specifier);
}

static bool is_call(const struct fp_op *op, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(slice_of(op->function->name), slice_of(names[i])))
			return true;
	return false;
}

/** Functions that give items of their input, those whose argument says what they give, and the rest. */
static known call_result(const struct checker *checker, const struct fp_op *op, known input, known argument)
{
	static const char *const keep[] = { "where",  "first",    "last",    "tail",      "skip", "take",
					    "single", "distinct", "exclude", "intersect", "trace" };
	static const char *const project[] = { "select", "repeat" };
	static const char *const cast[] = { "as", "ofType" };
	static const char *const extension[] = { "extension" };

	if (is_call(op, keep, ARRAY_SIZE(keep)))
		return input;
	if (is_call(op, project, ARRAY_SIZE(project)))
		return argument;
	if (is_call(op, cast, ARRAY_SIZE(cast)))
		return find_type(checker, op->item.text);
	return is_call(op, extension, ARRAY_SIZE(extension)) ? fhir_type_find(checker->types->schema, SLICE("Extension")) : NULL;
}

static bool refuse(const struct checker *checker, const struct fp_op *op, const char *format, ...) PRINTF_LIKE(3, 4);

static bool refuse(const struct checker *checker, const struct fp_op *op, const char *format, ...)
{
	const char *name = checker->origin->name ? checker->origin->name : "";
	char place[200], message[256];
	va_list arguments;

	snprintf(place, sizeof(place), "%.160s%s%u:%u", name, name[0] ? ":" : "", op->line, op->column);
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(checker->err, ERROR_SYNTAX, place, "%s", message);
}

/** children() and descendants() have no order (N1 section 5.8), so nothing may ask for one; a criterion is Boolean. */
static bool strict_call(const struct checker *checker, const struct fp_op *op)
{
	static const char *const ordered[] = { "first", "last", "tail", "skip", "take" };
	static const char *const unordered[] = { "children", "descendants" };
	static const char *const criterion[] = { "iif", "where", "all", "exists" };
	bool on_unordered = op->left && op->left->code == FP_CALL && is_call(op->left, unordered, ARRAY_SIZE(unordered));

	if (on_unordered && is_call(op, ordered, ARRAY_SIZE(ordered)))
		return refuse(checker, op, "%s() has no meaning after %s(), which has no order", op->function->name,
			      op->left->function->name);
	const struct fp_op *first = op->argument_count ? op->arguments[0] : NULL;
	if (first && first->code == FP_LITERAL && first->item.kind != FHIRPATH_BOOLEAN &&
	    is_call(op, criterion, ARRAY_SIZE(criterion)))
		return refuse(checker, op, "the criterion of %s() is no Boolean", op->function->name);
	return true;
}

/** Text functions on something with parts. */
static bool strict_input(const struct checker *checker, const struct fp_op *op, known input)
{
	static const char *const textual[] = { "startsWith", "endsWith",  "contains", "matches",        "matchesFull",
					       "indexOf",    "substring", "replace",  "replaceMatches", "length",
					       "upper",      "lower",     "toChars",  "split",          "trim" };

	if (input && input->kind != FHIR_KIND_PRIMITIVE && !input->is_abstract && is_call(op, textual, ARRAY_SIZE(textual)))
		return refuse(checker, op, "%s() needs a String, not %.*s", op->function->name, SLICE_ARG(input->name));
	return true;
}

static bool infer_call(struct checker *checker, const struct fp_op *op, known focus, known *out)
{
	static const char *const anew[] = { "repeat", "aggregate", "trace" };
	known input = focus, argument = NULL;

	if (checker->types->strict && !strict_call(checker, op))
		return false;
	bool each = op->function->argument == FP_ARGUMENT_EACH;

	if (op->left && !infer(checker, op->left, focus, &input))
		return false;
	if (checker->types->strict && !strict_input(checker, op, input))
		return false;
	/* The input of repeat() changes as it goes; the first argument of trace() is no projection. */
	known inner = is_call(op, anew, ARRAY_SIZE(anew)) ? NULL : input;
	for (unsigned i = 0; i < op->argument_count && op->function->argument != FP_ARGUMENT_TYPE; i++)
		if (!infer(checker, op->arguments[i], each ? inner : focus, &argument))
			return false;
	*out = call_result(checker, op, input, argument);
	return true;
}

static bool infer_operands(struct checker *checker, const struct fp_op *op, known focus, known *out)
{
	known left = NULL, right = NULL;

	*out = NULL;
	if (op->left && !infer(checker, op->left, focus, &left))
		return false;
	if (op->right && !infer(checker, op->right, focus, &right))
		return false;
	if (op->code == FP_INDEXER || (op->code == FP_UNION && left == right))
		*out = left;
	if (op->code == FP_AS)
		*out = find_type(checker, op->item.text);
	return true;
}

static bool infer(struct checker *checker, const struct fp_op *op, known focus, known *out)
{
	switch ((enum fp_code)op->code) {
	case FP_NAME:
		return infer_name(checker, op, focus, out);
	case FP_CALL:
		return infer_call(checker, op, focus, out);
	case FP_VARIABLE:
		infer_variable(checker, op, out);
		return true;
	case FP_THIS:
		*out = focus;
		return true;
	default:
		return infer_operands(checker, op, focus, out);
	}
}

bool fhirpath_check(const struct fhirpath_program *program, const struct fhirpath_types *types,
		    const struct fhirpath_origin *origin, const struct fhir_type **out, struct error *err)
{
	struct checker checker = { types, origin, err };

	return infer(&checker, program->root, types->focus, out);
}
