/* SPDX-License-Identifier: Apache-2.0 */
/* FHIR, "JSON Representation of Resources": values become elements by the tables. */
#include "fhir/json.h"
#include "fhir/node.h"
#include "fhir/schema.h"

#include <string.h>

#define RESOURCE_TYPE SLICE("resourceType")

struct reader {
	struct arena *arena;
	const struct fhir_schema *schema;
	struct issues *issues;
	bool lenient;
	bool stopped; /**< memory is used up: said once */
};

/** One key of an object and what it stands for. */
struct member {
	const struct json_value *value;
	const struct fhir_element *element;
	const struct fhir_type *type;
	bool is_companion;
};

/** Which elements of an object have been given, as values and as `_name` companions. */
struct given {
	uint64_t values[SCHEMA_MAX_ELEMENTS / 64], companions[SCHEMA_MAX_ELEMENTS / 64];
	bool has_null;
};

static void tell(struct reader *reader, enum issue_severity severity, const struct fhir_node *node,
		 const struct json_value *value, const char *code, const char *what)
{
	struct slice path = SLICE_NONE;
	struct slice key = json_clip(value->key);

	if (reader->stopped)
		return;
	if (node && reader->issues->count < reader->issues->max_count)
		path = fhir_node_path(reader->issues->arena, node);
	issue_add(reader->issues, severity, code, path, value->line, value->column, "%s%.*s%s%s", key.ptr ? "\"" : "",
		  SLICE_ARG(key), key.ptr ? "\": " : "", what);
}

static void wrong(struct reader *reader, const struct fhir_node *node, const struct json_value *value, const char *code,
		  const char *what)
{
	tell(reader, ISSUE_ERROR, node, value, code, what);
}

static struct fhir_node *out_of_memory(struct reader *reader, const struct json_value *value)
{
	wrong(reader, NULL, value, "too-costly", "no memory is left for the resource");
	reader->stopped = true;
	return NULL;
}

static bool read_object(struct reader *reader, struct fhir_node *node, const struct json_value *object);

/* ---- one repetition ---- */

static bool is_form(const struct json_value *value, enum fhir_json_form form)
{
	if (form == FHIR_JSON_NUMBER)
		return value->kind == JSON_NUMBER;
	if (form == FHIR_JSON_BOOLEAN)
		return value->kind == JSON_TRUE || value->kind == JSON_FALSE;
	return value->kind == JSON_STRING;
}

static bool is_scalar(const struct json_value *value)
{
	return value->kind != JSON_OBJECT && value->kind != JSON_ARRAY && value->kind != JSON_NULL;
}

static const char *form_wanted(const struct fhir_type *type)
{
	static const char *const texts[] = {
		[FHIR_JSON_STRING] = "must be a JSON string",
		[FHIR_JSON_NUMBER] = "must be a JSON number",
		[FHIR_JSON_BOOLEAN] = "must be true or false",
	};

	return texts[type->json_form];
}

static bool read_primitive(struct reader *reader, struct fhir_node *node, const struct json_value *value)
{
	if (!is_form(value, node->type->json_form)) {
		bool taken = reader->lenient && is_scalar(value) && value_has_form(value->text, node->type->json_form);
		tell(reader, taken ? ISSUE_WARNING : ISSUE_ERROR, node, value, "structure", form_wanted(node->type));
		if (!taken)
			return false;
	}
	/* "string property values can never be empty" */
	if (value->text.len == 0) {
		wrong(reader, node, value, "value", "must not be empty");
		return false;
	}
	node->value = value->text;
	return true;
}

/** The type of the resource in `object`; NULL: told why not. */
static const struct fhir_type *resource_type(struct reader *reader, const struct fhir_node *parent,
					     const struct json_value *object)
{
	const struct json_value *name = json_member(object, RESOURCE_TYPE);
	const struct fhir_type *type = name ? fhir_type_find(reader->schema, name->text) : NULL;

	if (object->kind != JSON_OBJECT) {
		wrong(reader, parent, object, "structure", "must be a JSON object");
		return NULL;
	}
	if (!name || name->kind != JSON_STRING) {
		wrong(reader, parent, object, "structure", "a resource needs resourceType, a string");
		return NULL;
	}
	if (type && type->kind == FHIR_KIND_RESOURCE && !type->is_abstract && slice_equal(type->name, name->text))
		return type;
	issue_add(reader->issues, ISSUE_ERROR, "structure", SLICE_NONE, name->line, name->column,
		  "no resource type \"%.*s\" in FHIR %s", SLICE_ARG(json_clip(name->text)),
		  fhir_version_number(fhir_schema_version(reader->schema)));
	return NULL;
}

static bool fill(struct reader *reader, const struct member *member, struct fhir_node *node, const struct json_value *value)
{
	bool primitive = member->type->kind == FHIR_KIND_PRIMITIVE;

	if (primitive && value->kind == JSON_NULL)
		return true;
	if (primitive && !member->is_companion)
		return read_primitive(reader, node, value);
	if (value->kind == JSON_OBJECT)
		return read_object(reader, node, value);
	wrong(reader, node, value, "structure", "must be a JSON object");
	return false;
}

/** The node for a repetition: the one its companion has made, or a new one behind `after`. NULL: told why. */
static struct fhir_node *repetition(struct reader *reader, struct fhir_node *parent, const struct member *member,
				    const struct json_value *value, struct fhir_node *after)
{
	const struct fhir_type *type = member->type;
	struct fhir_node *node = after ? after->next : parent->first;

	if (node && node->element == member->element)
		return node;
	if (element_holds_resource(member->element) && !(type = resource_type(reader, parent, value)))
		return NULL;
	node = node_make(reader->arena, type, member->element);
	if (!node)
		return out_of_memory(reader, value);
	node->line = value->line;
	node->column = value->column;
	node_insert(parent, after, node);
	return node;
}

/* ---- one member
 * ---------------------------------------------------------------------------------------------------------------- */

/** The last child before the repetitions of `element`; NULL: they come first. */
static struct fhir_node *place_before(const struct fhir_node *parent, const struct fhir_element *element)
{
	struct fhir_node *before = NULL;

	if (parent->last && parent->last->element->order < element->order)
		return parent->last;
	for (struct fhir_node *child = parent->first; child && child->element->order < element->order; child = child->next)
		before = child;
	return before;
}

static bool read_items(struct reader *reader, struct fhir_node *parent, const struct member *member, struct given *given)
{
	struct fhir_node *after = place_before(parent, member->element);
	const struct json_value *array = member->value;
	bool good = true;

	if (array->count == 0)
		wrong(reader, parent, array, "structure", "an array must not be empty");
	if (array->count > member->element->max)
		wrong(reader, parent, array, "structure", "has more repetitions than allowed");
	for (const struct json_value *item = array->first; item && !reader->stopped; item = item->next) {
		struct fhir_node *node = repetition(reader, parent, member, item, after);
		if (!node)
			return false;
		given->has_null |= item->kind == JSON_NULL;
		good = fill(reader, member, node, item) && good;
		after = node;
	}
	return good;
}

static bool read_single(struct reader *reader, struct fhir_node *parent, const struct member *member)
{
	if (member->value->kind == JSON_NULL) {
		wrong(reader, parent, member->value, "structure", "null is only allowed in arrays");
		return false;
	}
	struct fhir_node *node = repetition(reader, parent, member, member->value, place_before(parent, member->element));
	return node && fill(reader, member, node, member->value);
}

static bool bit_set(uint64_t *bits, uint16_t index)
{
	uint64_t bit = UINT64_C(1) << (index % 64);
	bool was = (bits[index / 64] & bit) != 0;

	bits[index / 64] |= bit;
	return was;
}

static bool bit_is_set(const uint64_t *bits, uint16_t index)
{
	return (bits[index / 64] >> (index % 64)) & 1;
}

/** Duplicate keys, and two choices of one element ("valueString" beside "_valueCode" too). */
static const char *given_twice(const struct fhir_node *node, const struct member *member, struct given *given)
{
	uint16_t order = member->element->order;
	bool any = bit_is_set(given->values, order) || bit_is_set(given->companions, order);
	struct fhir_node *other = any && member->element->is_choice ? fhir_node_child(node, member->element->name) : NULL;

	if (other && other->type != member->type)
		return "only one type of a choice can be given";
	return bit_set(member->is_companion ? given->companions : given->values, order) ? "the key is given twice" : NULL;
}

/** What the key means in an object of type `node->type`; false: told why not. */
static bool find_member(struct reader *reader, const struct fhir_node *node, struct member *member)
{
	struct slice key = member->value->key;

	member->is_companion = slice_starts(key, SLICE("_"));
	member->element = fhir_element_find(node->type, slice_from(key, member->is_companion), &member->type);
	if (!member->element || member->element->max == 0) {
		tell(reader, reader->lenient ? ISSUE_WARNING : ISSUE_ERROR, node, member->value, "structure", "no such element");
		return false;
	}
	if (member->element->is_choice && !member->type) {
		wrong(reader, node, member->value, "structure", "the name of this element ends with its type, as in valueString");
		return false;
	}
	if (!member->type)
		member->type = member->element->types[0];
	if (member->is_companion && (member->type->kind != FHIR_KIND_PRIMITIVE || member->element->is_attribute)) {
		wrong(reader, node, member->value, "structure", "only primitive elements have a companion with _");
		return false;
	}
	return true;
}

static bool read_member(struct reader *reader, struct fhir_node *node, const struct json_value *value, struct given *given)
{
	struct member member = { .value = value };

	if (!find_member(reader, node, &member))
		return false;
	const char *twice = given_twice(node, &member, given);
	if (twice) {
		wrong(reader, node, value, "structure", twice);
		return false;
	}
	bool repeats = member.element->max > 1;
	if (repeats != (value->kind == JSON_ARRAY)) {
		wrong(reader, node, value, "structure", repeats ? "must be a JSON array" : "must not be a JSON array");
		return false;
	}
	return repeats ? read_items(reader, node, &member, given) : read_single(reader, node, &member);
}

/* ---- objects
 * ------------------------------------------------------------------------------------------------------------------------ */

/** resourceType belongs to resources; an instance of a logical model may carry it too. */
static bool is_type_key(const struct fhir_node *node, const struct json_value *member)
{
	bool carries = node->type->kind == FHIR_KIND_RESOURCE || node->type->kind == FHIR_KIND_LOGICAL;

	return carries && slice_equal(member->key, RESOURCE_TYPE);
}

/** A null stands for a value that the other array does not have either: nothing is left of the repetition. */
static void check_nulls(struct reader *reader, const struct fhir_node *node, const struct json_value *object)
{
	for (const struct fhir_node *child = node->first; child; child = child->next)
		if (!child->value.ptr && !child->first && child->type->kind == FHIR_KIND_PRIMITIVE) {
			struct json_value at = { .line = child->line, .column = child->column, .key = object->key };
			wrong(reader, child, &at, "structure", "null needs a value or a companion at the same place");
		}
}

static bool read_object(struct reader *reader, struct fhir_node *node, const struct json_value *object)
{
	size_t errors = reader->issues->error_count;
	struct given given = { 0 };
	unsigned type_keys = 0;

	/* "Objects are never empty" */
	if (object->count == 0)
		wrong(reader, node, object, "structure", "an object must not be empty");
	for (const struct json_value *member = object->first; member && !reader->stopped; member = member->next) {
		if (!is_type_key(node, member)) {
			(void)!read_member(reader, node, member, &given);
			continue;
		}
		if (type_keys++)
			wrong(reader, node, member, "structure", "the key is given twice");
	}
	if (given.has_null)
		check_nulls(reader, node, object);
	return reader->issues->error_count == errors;
}

/** The type of the whole document: as asked for, else as it says. */
static const struct fhir_type *root_type(struct reader *reader, const struct fhir_type *asked, const struct json_value *root)
{
	const struct json_value *name = json_member(root, RESOURCE_TYPE);

	if (!asked)
		return resource_type(reader, NULL, root);
	if (root->kind != JSON_OBJECT) {
		wrong(reader, NULL, root, "structure", "must be a JSON object");
		return NULL;
	}
	bool must_say = asked->kind == FHIR_KIND_RESOURCE;
	if ((!name && !must_say) || (name && name->kind == JSON_STRING && slice_equal(name->text, asked->name)))
		return asked;
	issue_add(reader->issues, ISSUE_ERROR, "structure", SLICE_NONE, root->line, root->column,
		  "expected resourceType \"%.*s\"", SLICE_ARG(asked->name));
	return NULL;
}

static struct fhir_node *read_root(struct reader *reader, const struct fhir_type *asked, const struct json_value *root)
{
	const struct fhir_type *type = root_type(reader, asked, root);
	struct fhir_node *node = type ? fhir_node_new(reader->arena, type) : NULL;

	if (!type)
		return NULL;
	if (!node)
		return out_of_memory(reader, root);
	node->line = root->line;
	node->column = root->column;
	return read_object(reader, node, root) ? node : NULL;
}

bool json_read_values(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
		      const struct json_value *root, struct issues *issues, struct fhir_node **out)
{
	struct reader reader = { .arena = arena, .schema = schema, .issues = issues };

	*out = read_root(&reader, type, root);
	return *out != NULL;
}

bool fhir_json_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, struct slice json,
		    const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out)
{
	struct reader reader = { .arena = arena, .schema = schema, .issues = issues, .lenient = limits->lenient };
	struct arena *scratch = json_scratch_new(json.len);
	struct json_value *root = NULL;

	*out = NULL;
	if (!scratch) {
		issue_add(issues, ISSUE_FATAL, "too-costly", SLICE_NONE, 0, 0, "no memory for reading the document");
		return false;
	}
	if (json_parse(scratch, arena, json, limits, issues, &root))
		*out = read_root(&reader, type, root);
	arena_free(scratch);
	return *out != NULL;
}
