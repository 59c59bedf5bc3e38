/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluator: one case for each operation. Depth is bounded by the program's own depth, work by steps. */
#include "fhirpath/eval.h"

bool fp_spend(struct fp_run *run, uint64_t steps)
{
	if (steps <= run->steps_left) {
		run->steps_left -= steps;
		return true;
	}
	run->steps_left = 0;
	error_set(run->err, ERROR_LIMIT, "", "the expression takes too many steps");
	return error_hint(run->err, "narrow it with where() before it combines or repeats");
}

bool fp_fail(struct fp_run *run, const struct fp_op *op, const char *format, ...)
{
	char place[64], message[256];
	va_list arguments;

	snprintf(place, sizeof(place), "%u:%u", op->line, op->column);
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(run->err, ERROR_SYNTAX, place, "%s", message);
}

/** type() gives a value with two parts (N1 section 10.2). */
static bool add_type_part(struct fp_run *run, const struct fhirpath_item *type, struct slice name, struct fp_list *list)
{
	struct fhirpath_item part = { .kind = FHIRPATH_STRING, .text = type->text };

	if (slice_equal(name, SLICE("namespace")))
		part.text = type->unit;
	else if (!slice_equal(name, SLICE("name")))
		return true;
	return fp_list_add(run, list, &part);
}

static bool eval_name(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
		      struct fhirpath_result *out)
{
	struct fp_list list = { 0 };

	for (size_t i = 0; i < focus->count; i++) {
		const struct fhirpath_item *item = &focus->items[i];

		if (item->kind == FHIRPATH_TYPE && !add_type_part(run, item, op->item.text, &list))
			return false;
		if (item->kind != FHIRPATH_NODE)
			continue;
		/* "Patient.name": a type name where a path begins stands for the focus itself. */
		if (op->maybe_type && fhir_type_is(item->node->type, op->item.text)) {
			if (!fp_list_add(run, &list, item))
				return false;
			continue;
		}
		if (!fp_children(run, item->node, op->item.text, &list))
			return false;
	}
	*out = fp_list_result(&list);
	return true;
}

static bool one_node(struct fp_run *run, const struct fhir_node *node, struct fhirpath_result *out)
{
	if (!node) {
		*out = FP_NOTHING;
		return true;
	}
	return fp_one(run, (struct fhirpath_item){ .kind = FHIRPATH_NODE, .node = node }, out);
}

static const struct fhir_node *root_of(const struct fhir_node *node)
{
	while (node && node->parent)
		node = node->parent;
	return node;
}

/** Environment variables of FHIRPath and FHIR (N1 section 9; FHIR R4 section 2.9.1.6). */
static bool builtin_variable(struct fp_run *run, struct slice name, struct fhirpath_result *out, bool *known)
{
	static const struct {
		const char *name, *value;
	} urls[] = { { "ucum", "http://unitsofmeasure.org" },
		     { "sct", "http://snomed.info/sct" },
		     { "loinc", "http://loinc.org" } };

	*known = true;
	if (slice_equal(name, SLICE("context"))) {
		*out = run->focus;
		return true;
	}
	if (slice_equal(name, SLICE("resource")))
		return one_node(run, run->resource, out);
	if (slice_equal(name, SLICE("rootResource")))
		return one_node(run, root_of(run->resource), out);
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		if (slice_equal(name, slice_of(urls[i].name)))
			return fp_text(run, FHIRPATH_STRING, slice_of(urls[i].value), out);
	if (slice_starts(name, SLICE("vs-")) || slice_starts(name, SLICE("ext-"))) {
		bool is_set = slice_starts(name, SLICE("vs-"));
		struct slice url =
		    arena_printf(run->arena, "http://hl7.org/fhir/%s/%.*s", is_set ? "ValueSet" : "StructureDefinition",
				 SLICE_ARG(slice_from(name, is_set ? 3 : 4)));
		return url.ptr ? fp_text(run, FHIRPATH_STRING, url, out) : error_memory(run->err);
	}
	*known = false;
	return true;
}

static bool eval_variable(struct fp_run *run, const struct fp_op *op, struct fhirpath_result *out)
{
	const struct fhirpath_context *context = run->context;
	bool known;

	for (size_t i = context->variable_count; i-- > 0;)
		if (slice_equal(context->variables[i].name, op->item.text)) {
			*out = context->variables[i].value;
			return true;
		}
	if (!builtin_variable(run, op->item.text, out, &known))
		return false;
	return known || fp_fail(run, op, "there is no variable %%%.*s", SLICE_ARG(op->item.text));
}

static bool eval_indexer(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
			 struct fhirpath_result *out)
{
	struct fhirpath_result list, at;
	struct fhirpath_item item;
	int64_t index;

	if (!fp_eval(run, op->left, focus, &list) || !fp_eval(run, op->right, focus, &at) || !fp_single(run, op, &at, &item))
		return false;
	*out = FP_NOTHING;
	if (fp_is_absent(&item))
		return true;
	item = fp_system(&item);
	if (item.kind != FHIRPATH_INTEGER || !fp_to_integer(&item, &index))
		return fp_fail(run, op, "an index must be an integer");
	if (index >= 0 && (uint64_t)index < list.count)
		*out = (struct fhirpath_result){ &list.items[index], 1 };
	return true;
}

static bool eval_type(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
		      struct fhirpath_result *out)
{
	struct fhirpath_result from;
	struct fp_list list = { 0 };

	if (!fp_eval(run, op->left, focus, &from))
		return false;
	if (op->code == FP_IS) {
		if (from.count > 1)
			return fp_fail(run, op, "\"is\" needs a single item, not %zu", from.count);
		*out = from.count ? fp_boolean(fp_is_type(run, from.items, op->item.text)) : FP_NOTHING;
		return true;
	}
	/* The search parameters of the specification apply "as" to repeating elements, so it filters, as ofType does. */
	for (size_t i = 0; i < from.count; i++)
		if (fp_is_cast(run, &from.items[i], op->item.text) && !fp_list_add(run, &list, &from.items[i]))
			return false;
	*out = fp_list_result(&list);
	return true;
}

static bool eval_negate(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
			struct fhirpath_result *out)
{
	struct fhirpath_result from;
	struct fhirpath_item item;

	if (!fp_eval(run, op->left, focus, &from) || !fp_single(run, op, &from, &item))
		return false;
	*out = FP_NOTHING;
	if (fp_is_absent(&item))
		return true;
	item = fp_system(&item);
	if (item.kind != FHIRPATH_INTEGER && item.kind != FHIRPATH_DECIMAL && item.kind != FHIRPATH_QUANTITY)
		return fp_fail(run, op, "a sign needs a number");
	if (op->item.kind == FHIRPATH_BOOLEAN && slice_starts(item.text, SLICE("-")))
		item.text = slice_from(item.text, 1);
	else if (op->item.kind == FHIRPATH_BOOLEAN)
		item.text = arena_printf(run->arena, "-%.*s", SLICE_ARG(item.text));
	return item.text.ptr ? fp_one(run, item, out) : error_memory(run->err);
}

/** and, or, xor, implies with three values (N1 section 6.5). The right side is not evaluated when the left one decides. */
static bool eval_logic(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
		       struct fhirpath_result *out)
{
	struct fhirpath_result side;
	enum fp_truth left, right, decided = FP_ABSENT;

	if (!fp_eval(run, op->left, focus, &side) || !fp_truth(run, op->left, &side, &left))
		return false;
	if ((op->code == FP_AND || op->code == FP_IMPLIES) && left == FP_FALSE) {
		*out = fp_boolean(op->code == FP_IMPLIES);
		return true;
	}
	if (op->code == FP_OR && left == FP_TRUE) {
		*out = fp_boolean(true);
		return true;
	}
	if (!fp_eval(run, op->right, focus, &side) || !fp_truth(run, op->right, &side, &right))
		return false;
	if (op->code == FP_AND)
		decided = right == FP_FALSE ? FP_FALSE : left == FP_TRUE ? right : FP_ABSENT;
	if (op->code == FP_OR)
		decided = right == FP_TRUE ? FP_TRUE : left == FP_FALSE ? right : FP_ABSENT;
	if (op->code == FP_IMPLIES)
		decided = right == FP_TRUE ? FP_TRUE : left == FP_TRUE ? right : FP_ABSENT;
	if (op->code == FP_XOR && left != FP_ABSENT && right != FP_ABSENT)
		decided = left != right ? FP_TRUE : FP_FALSE;
	*out = decided == FP_ABSENT ? FP_NOTHING : fp_boolean(decided == FP_TRUE);
	return true;
}

static bool eval_call(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
		      struct fhirpath_result *out)
{
	struct fhirpath_result input = *focus;

	if (op->left && !fp_eval(run, op->left, focus, &input))
		return false;
	return op->function->call(run, op, &input, focus, out);
}

static bool eval_operands(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
			  struct fhirpath_result *out)
{
	struct fhirpath_result left, right;

	if (!fp_eval(run, op->left, focus, &left) || !fp_eval(run, op->right, focus, &right))
		return false;
	return fp_binary(run, op, &left, &right, out);
}

static bool eval_step(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus,
		      struct fhirpath_result *out)
{
	struct fhirpath_result from;

	if (!op->left)
		return eval_name(run, op, focus, out);
	return fp_eval(run, op->left, focus, &from) && eval_name(run, op, &from, out);
}

bool fp_eval(struct fp_run *run, const struct fp_op *op, const struct fhirpath_result *focus, struct fhirpath_result *out)
{
	if (!fp_spend(run, 1))
		return false;
	switch ((enum fp_code)op->code) {
	case FP_EMPTY:
		*out = FP_NOTHING;
		return true;
	case FP_LITERAL:
		*out = (struct fhirpath_result){ &op->item, 1 };
		return true;
	case FP_THIS:
		*out = run->scope ? run->scope->this_item : *focus;
		return true;
	case FP_INDEX:
		return run->scope ? fp_integer(run, (int64_t)run->scope->index, out)
				  : fp_fail(run, op, "$index has no meaning here");
	case FP_TOTAL:
		*out = run->scope ? run->scope->total : FP_NOTHING;
		return true;
	case FP_VARIABLE:
		return eval_variable(run, op, out);
	case FP_NAME:
		return eval_step(run, op, focus, out);
	case FP_CALL:
		return eval_call(run, op, focus, out);
	case FP_INDEXER:
		return eval_indexer(run, op, focus, out);
	case FP_IS:
	case FP_AS:
		return eval_type(run, op, focus, out);
	case FP_NEGATE:
		return eval_negate(run, op, focus, out);
	case FP_AND:
	case FP_OR:
	case FP_XOR:
	case FP_IMPLIES:
		return eval_logic(run, op, focus, out);
	default:
		return eval_operands(run, op, focus, out);
	}
}

bool fhirpath_eval(struct arena *arena, const struct fhirpath_program *program, const struct fhirpath_context *context,
		   struct fhirpath_result focus, struct fhirpath_result *out, struct error *err)
{
	struct fp_run run = { .arena = arena, .context = context, .resource = context->resource, .focus = focus, .err = err };

	const uint64_t max_steps = context->max_steps ? context->max_steps : FHIRPATH_STEPS_DEFAULT;

	run.steps_left = max_steps;
	if (!run.resource && focus.count > 0 && focus.items[0].kind == FHIRPATH_NODE)
		run.resource = root_of(focus.items[0].node);
	bool done = fp_eval(&run, program->root, &focus, out);
	if (context->spent)
		*context->spent += max_steps - run.steps_left;
	return done;
}

bool fhirpath_eval_node(struct arena *arena, const struct fhirpath_program *program, const struct fhirpath_context *context,
			const struct fhir_node *focus, struct fhirpath_result *out, struct error *err)
{
	/* The result may be the focus itself, so it has to live as long as the arena. */
	struct fhirpath_item *item = arena_new_of(arena, struct fhirpath_item);

	if (!item)
		return error_memory(err);
	item->node = focus;
	return fhirpath_eval(arena, program, context, (struct fhirpath_result){ item, 1 }, out, err);
}
