/* SPDX-License-Identifier: Apache-2.0 */
/* Values of FHIRPath put into a tree, where a simple path leads: names, indexes, ofType() (FHIR, "Simple FHIRPath Profile"). */
#include "apply/run.h"

#define STEPS_MAX 16u

struct assigning {
	struct arena *arena;
	struct error *err;
};

/** One name of a path. */
struct step {
	struct slice name, type; /**< type: of ofType(); absent: none */
	bool is_indexed;
	uint64_t index;
};

static bool refuse(struct assigning *assigning, const struct fhir_node *node, const char *format, struct slice what)
{
	char text[256];

	snprintf(text, sizeof(text), format, SLICE_ARG(what));
	return error_set(assigning->err, ERROR_UNSUPPORTED, "", "%.*s %s", SLICE_ARG(node->type->name), text);
}

/* ---- paths ---- */

static bool is_word(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return word.len > 0;
}

static bool step_index(struct slice *name, struct step *out)
{
	size_t open = slice_find(*name, SLICE("["));

	if (open == SIZE_MAX)
		return true;
	struct slice index = slice_from(*name, open + 1);
	if (!slice_ends(index, SLICE("]")))
		return false;
	index.len--;
	name->len = open;
	out->is_indexed = true;
	return slice_to_u64(index, UINT32_MAX, &out->index);
}

/** The step that `*rest` begins with, with an ofType() behind it. */
static bool step_next(struct slice *rest, struct step *out)
{
	struct slice name = slice_cut(rest, '.');

	*out = (struct step){ 0 };
	if (!step_index(&name, out) || !is_word(name))
		return false;
	out->name = name;
	if (!rest->ptr || !slice_starts(*rest, SLICE("ofType(")))
		return true;
	struct slice call = slice_cut(rest, '.');
	if (!slice_ends(call, SLICE(")")))
		return false;
	out->type = (struct slice){ call.ptr + 7, call.len - 8 };
	return is_word(out->type);
}

static struct fhir_node *repetition(const struct fhir_node *parent, const struct fhir_element *element, uint64_t index)
{
	struct fhir_node *child = fhir_node_child(parent, element->name);

	for (; child && index; index--)
		child = fhir_node_again(child);
	return child;
}

static struct fhir_node *last_repetition(const struct fhir_node *parent, const struct fhir_element *element)
{
	struct fhir_node *last = repetition(parent, element, 0);

	while (last && fhir_node_again(last))
		last = fhir_node_again(last);
	return last;
}

/** The type that a step chooses; NULL: the element's own, or whatever the value is. */
static bool step_type(struct assigning *assigning, const struct fhir_node *node, const struct step *step,
		      const struct fhir_element **element, const struct fhir_type **type)
{
	*element = fhir_element_find(node->type, step->name, type);
	if (!*element)
		return refuse(assigning, node, "has no element '%.*s'", step->name);
	for (size_t i = 0; step->type.ptr && i < (*element)->type_count; i++)
		if (slice_equal((*element)->types[i]->name, step->type))
			*type = (*element)->types[i];
	if (step->type.ptr && !*type)
		return refuse(assigning, node, "has no element of type '%.*s' there", step->type);
	return true;
}

/** Goes one step down, making what is not there. */
static bool descend(struct assigning *assigning, struct fhir_node **node, const struct step *step)
{
	const struct fhir_element *element;
	const struct fhir_type *type;

	if (!step_type(assigning, *node, step, &element, &type))
		return false;
	struct fhir_node *child = repetition(*node, element, step->index);
	if (child && type && child->type != type)
		return refuse(assigning, *node, "has a value of another type in '%.*s'", step->name);
	if (!child)
		child = fhir_node_add(assigning->arena, *node, element->name, type);
	if (!child)
		return refuse(assigning, *node, "takes nothing more at '%.*s'", step->name);
	*node = child;
	return true;
}

/* ---- values ---- */

/** Values that stand in an element of another type by one of its children. */
static const struct wrap {
	const char *value, *type, *child;
} wraps[] = {
	{ "Coding", "CodeableConcept", "coding" },    { "CodeableConcept", "CodeableReference", "concept" },
	{ "Coding", "CodeableReference", "concept" }, { "Reference", "CodeableReference", "reference" },
	{ "string", "Reference", "reference" },       { "string", "CodeableReference", "reference" },
	{ "string", "CodeableConcept", "text" },      { "string", "Annotation", "text" },
	{ "markdown", "Annotation", "text" },
};

/** The FHIR name of a value's type; of System values that of the primitive they are. */
static struct slice value_type(const struct fhirpath_item *item)
{
	static const char *const system[] = {
		[FHIRPATH_BOOLEAN] = "boolean", [FHIRPATH_STRING] = "string",     [FHIRPATH_INTEGER] = "integer",
		[FHIRPATH_DECIMAL] = "decimal", [FHIRPATH_DATE] = "date",         [FHIRPATH_DATETIME] = "dateTime",
		[FHIRPATH_TIME] = "time",       [FHIRPATH_QUANTITY] = "Quantity", [FHIRPATH_TYPE] = "string",
	};

	return item->kind == FHIRPATH_NODE ? item->node->type->name : slice_of(system[item->kind]);
}

/** Whether a System value's text can stand in a primitive of `type`: JSON tells apart what is a number, a boolean, a text. */
static bool text_fits(enum fhirpath_kind kind, const struct fhir_type *type)
{
	bool is_number = kind == FHIRPATH_INTEGER || kind == FHIRPATH_DECIMAL;

	if (type->json_form == FHIR_JSON_NUMBER)
		return is_number;
	if (type->json_form == FHIR_JSON_BOOLEAN)
		return kind == FHIRPATH_BOOLEAN;
	return !is_number && kind != FHIRPATH_BOOLEAN && kind != FHIRPATH_QUANTITY;
}

/** Whether the value can be of `type` itself: 2 the same, 1 alike, 0 not. */
static unsigned fit(const struct fhirpath_item *item, const struct fhir_type *type)
{
	struct slice name = value_type(item);

	if (slice_equal(name, type->name))
		return 2;
	if (item->kind != FHIRPATH_NODE)
		return type->kind == FHIR_KIND_PRIMITIVE && text_fits(item->kind, type);
	const struct fhir_type *from = item->node->type;
	if (from->kind == FHIR_KIND_PRIMITIVE || type->kind == FHIR_KIND_PRIMITIVE)
		return from->kind == type->kind && from->json_form == type->json_form && !item->node->first;
	return (from->kind == FHIR_KIND_BACKBONE && type->kind == FHIR_KIND_BACKBONE) ||
	       (fhir_type_is(from, SLICE("Quantity")) && fhir_type_is(type, SLICE("Quantity")));
}

static const struct wrap *wrap_find(struct slice value, const struct fhir_type *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(wraps); i++)
		if (slice_equal(value, slice_of(wraps[i].value)) && slice_equal(type->name, slice_of(wraps[i].type)))
			return &wraps[i];
	return NULL;
}

/** The one of an element's types that suits the value best, directly or wrapped; NULL: none. */
static const struct fhir_type *choose(const struct fhir_element *element, const struct fhir_type *chosen,
				      const struct fhirpath_item *item)
{
	const struct fhir_type *best = NULL;
	unsigned best_fit = 0;

	for (size_t i = 0; i < element->type_count; i++) {
		const struct fhir_type *type = element->types[i];
		unsigned score = 2 * fit(item, type) + (wrap_find(value_type(item), type) != NULL);
		if ((chosen && chosen != type) || score <= best_fit)
			continue;
		best = type;
		best_fit = score;
	}
	return best;
}

static bool copy_by_name(struct assigning *assigning, struct fhir_node *to, const struct fhir_node *from);

static bool put(struct assigning *assigning, struct fhir_node *parent, const struct fhir_element *element,
		const struct fhir_type *chosen, const struct fhirpath_item *item);

/** UCUM has a code for each calendar word (FHIR, "Using FHIRPath with Quantity"). */
static struct slice ucum_code(struct slice unit)
{
	static const struct {
		const char *word, *code;
	} calendar[] = { { "year", "a" }, { "month", "mo" },   { "week", "wk" },  { "day", "d" },
			 { "hour", "h" }, { "minute", "min" }, { "second", "s" }, { "millisecond", "ms" } };

	for (size_t i = 0; i < ARRAY_SIZE(calendar); i++)
		if (slice_equal(unit, slice_of(calendar[i].word)))
			return slice_of(calendar[i].code);
	return unit;
}

static bool quantity_fill(struct assigning *assigning, struct fhir_node *node, const struct fhirpath_item *item)
{
	struct arena *arena = assigning->arena;

	if (!fhir_node_add_value(arena, node, SLICE("value"), item->text))
		return error_memory(assigning->err);
	if (!item->unit.len)
		return true;
	return (fhir_node_add_value(arena, node, SLICE("unit"), item->unit) &&
		fhir_node_add_value(arena, node, SLICE("system"), SLICE("http://unitsofmeasure.org")) &&
		fhir_node_add_value(arena, node, SLICE("code"), ucum_code(item->unit))) ||
	       error_memory(assigning->err);
}

static bool fill(struct assigning *assigning, struct fhir_node *node, const struct fhirpath_item *item)
{
	if (item->kind == FHIRPATH_QUANTITY)
		return quantity_fill(assigning, node, item);
	if (item->kind != FHIRPATH_NODE) {
		node->value = arena_copy(assigning->arena, item->text);
		return node->value.ptr || error_memory(assigning->err);
	}
	if (item->node->type == node->type || node->type->kind == FHIR_KIND_PRIMITIVE)
		return fhir_node_assign(assigning->arena, node, item->node) || error_memory(assigning->err);
	return copy_by_name(assigning, node, item->node);
}

/** A backbone of one type into another: the children that both have. */
static bool copy_by_name(struct assigning *assigning, struct fhir_node *to, const struct fhir_node *from)
{
	for (const struct fhir_node *child = from->first; child; child = child->next) {
		struct fhirpath_item item = { .kind = FHIRPATH_NODE, .node = child };
		const struct fhir_element *element = fhir_element_find(to->type, child->element->name, NULL);
		if (!element)
			return refuse(assigning, to, "has no element '%.*s'", child->element->name);
		if (!put(assigning, to, element, NULL, &item))
			return false;
	}
	return true;
}

/** A resource is named, not copied. */
static bool reference_to(struct assigning *assigning, const struct fhirpath_item *item, struct fhirpath_item *out)
{
	struct slice id = fhir_node_text(item->node, SLICE("id"));
	struct slice text =
	    id.ptr ? arena_printf(assigning->arena, "%.*s/%.*s", SLICE_ARG(item->node->type->name), SLICE_ARG(id)) : SLICE_NONE;

	*out = (struct fhirpath_item){ .kind = FHIRPATH_STRING, .text = text };
	return text.ptr || refuse(assigning, item->node, "has no id to be referred to%.*s", SLICE(""));
}

/** The type in "Type/id", or in a URL that ends so; absent when it does not tell. */
static struct slice referred_type(struct slice reference)
{
	struct slice type = SLICE_NONE, id = SLICE_NONE;
	size_t version = slice_find(reference, SLICE("/_history"));

	if (slice_starts(reference, SLICE("#")) || slice_starts(reference, SLICE("urn:")))
		return SLICE_NONE;
	if (version != SIZE_MAX)
		reference.len = version;
	while (reference.ptr) {
		type = id;
		id = slice_cut(&reference, '/');
	}
	return type;
}

/** Whether an element of references takes one to that resource. */
static bool may_refer(const struct fhir_element *element, const struct fhirpath_item *item)
{
	struct slice type = item->kind == FHIRPATH_STRING ? referred_type(item->text) : SLICE_NONE;

	if (!type.len || element->target_count == 0)
		return true;
	for (size_t i = 0; i < element->target_count; i++)
		if (slice_equal(element->targets[i], type))
			return true;
	return false;
}

static bool put(struct assigning *assigning, struct fhir_node *parent, const struct fhir_element *element,
		const struct fhir_type *chosen, const struct fhirpath_item *given)
{
	bool is_resource = given->kind == FHIRPATH_NODE && given->node->type->kind == FHIR_KIND_RESOURCE;
	struct fhirpath_item item = *given;

	if (is_resource && !reference_to(assigning, given, &item))
		return false;
	const struct fhir_type *type = choose(element, chosen, &item);
	if (!type)
		return error_set(assigning->err, ERROR_UNSUPPORTED, "", "%.*s.%.*s takes no %.*s", SLICE_ARG(parent->type->name),
				 SLICE_ARG(element->name), SLICE_ARG(value_type(&item)));
	if (!fit(&item, type) && !may_refer(element, &item))
		return error_set(assigning->err, ERROR_UNSUPPORTED, "", "%.*s.%.*s does not refer to %.*s",
				 SLICE_ARG(parent->type->name), SLICE_ARG(element->name), SLICE_ARG(item.text));
	struct fhir_node *node = fhir_node_add(assigning->arena, parent, element->name, type);
	if (!node)
		return refuse(assigning, parent, "takes nothing more at '%.*s'", element->name);
	if (fit(&item, type))
		return fill(assigning, node, &item);
	const struct wrap *wrap = wrap_find(value_type(&item), type);
	return put(assigning, node, fhir_element_find(type, slice_of(wrap->child), NULL), NULL, &item);
}

/** The last step: what stood there goes. */
static bool replace(struct assigning *assigning, struct fhir_node *node, const struct step *step,
		    const struct fhirpath_result *value)
{
	const struct fhir_element *element;
	const struct fhir_type *type;

	if (!step_type(assigning, node, step, &element, &type))
		return false;
	if (step->is_indexed && value->count > 1)
		return refuse(assigning, node, "takes one value at an index of '%.*s'", step->name);
	struct fhir_node *old = repetition(node, element, step->index);
	while (old) {
		struct fhir_node *next = step->is_indexed ? NULL : fhir_node_again(old);
		fhir_node_remove(old);
		old = next;
	}
	for (size_t i = 0; i < value->count; i++)
		if (!put(assigning, node, element, type, &value->items[i]))
			return false;
	if (step->is_indexed)
		fhir_node_move(last_repetition(node, element), step->index);
	return true;
}

bool apply_assign(struct arena *arena, struct fhir_node *node, struct slice path, const struct fhirpath_result *value,
		  struct error *err)
{
	struct assigning assigning = { arena, err };
	struct slice rest = path;
	struct step step;

	if (value->count == 0)
		return true;
	for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
		if (!step_next(&rest, &step))
			return error_set(err, ERROR_SYNTAX, "", "'%.*s' is not a simple path: names, indexes and ofType()",
					 SLICE_ARG(path));
		if (!rest.ptr)
			return replace(&assigning, node, &step, value);
		if (!descend(&assigning, &node, &step))
			return false;
	}
	return error_set(err, ERROR_UNSUPPORTED, "", "a path has at most %u steps", STEPS_MAX);
}
