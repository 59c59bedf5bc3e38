/* SPDX-License-Identifier: Apache-2.0 */
/* The transforms of the language, one function and one row each. Source: FHIR R5 "FHIR Mapping Language", transforms;
 * http://hl7.org/fhir/map-transform. */
#include "map/run.h"

#include <string.h>

#define TRANSFORM(name)                                                                                                          \
	static bool do_##name(struct map_run *run, const struct map_target *target, struct fhir_node *parent,                    \
			      struct map_value *out)
#define UNUSED(name) (void)(name)

static bool give_text(struct map_run *run, struct slice text, struct map_value *out)
{
	struct fhirpath_item *item = arena_new_of(run->arena, struct fhirpath_item);

	if (!text.ptr)
		return true;
	if (!item)
		return error_memory(run->err);
	item->kind = FHIRPATH_STRING;
	item->text = text;
	out->items = (struct fhirpath_result){ item, 1 };
	return true;
}

/** The node a building transform fills: in the target's place, or on its own when it only goes to a variable. */
static bool build(struct map_run *run, const struct map_target *target, struct fhir_node *parent, struct map_value *out)
{
	if (!target->type || target->type->is_abstract)
		return map_run_fail(run, &target->at, "the type to make is not known");
	out->made = target->element ? map_make(run, target, parent, target->type) : fhir_node_new(run->arena, target->type);
	return out->made || error_memory(run->err);
}

static const struct fhir_type *type_named(const struct map_run *run, const char *name)
{
	return fhir_type_find(run->program->target, slice_of(name));
}

/** Sets the elements `names` from operands `first`, `first`+1 … */
static bool set_texts(struct map_run *run, const struct map_target *target, struct fhir_node *node, size_t first,
		      const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		struct slice text;

		if (!map_operand_text(run, target, first + i, &text) ||
		    !map_set_text(run, &target->at, node, slice_of(names[i]), text))
			return false;
	}
	return true;
}

TRANSFORM(create)
{
	return build(run, target, parent, out);
}

TRANSFORM(copy)
{
	UNUSED(parent);
	return map_operand_value(run, &target->at, &target->operands[0], &out->items);
}

/** evaluate(context, expression) and evaluate(expression): the operand is compiled FHIRPath by now. */
TRANSFORM(evaluate)
{
	struct fhirpath_result focus = { NULL, 0 };
	const struct map_operand *expression = &target->operands[target->operand_count - 1];

	UNUSED(parent);
	if (expression->kind != MAP_OPERAND_EXPRESSION)
		return map_operand_value(run, &target->at, expression, &out->items);
	if (target->operand_count > 1 && !map_operand_value(run, &target->at, &target->operands[0], &focus))
		return false;
	if (focus.count > 1)
		return map_run_fail(run, &target->at, "the context of evaluate() has %zu values, one is wanted", focus.count);
	if (target->operand_count > 1 && focus.count == 0)
		return true;
	return map_evaluate(run, &target->at, expression->expression, expression->visible, focus.items, &out->items);
}

/** Characters, not bytes. */
TRANSFORM(truncate)
{
	struct slice text, number;
	uint64_t length;
	size_t end = 0;

	UNUSED(parent);
	if (!map_operand_text(run, target, 0, &text) || !map_operand_text(run, target, 1, &number))
		return false;
	if (!slice_to_u64(number, UINT32_MAX, &length))
		return map_run_fail(run, &target->at, "truncate() needs a length");
	for (; end < text.len; end++) {
		if (((unsigned char)text.ptr[end] & 0xc0) == 0x80)
			continue;
		if (length-- == 0)
			break;
	}
	text.len = end;
	return give_text(run, text, out);
}

/** The primitive is checked against the type it is cast to when it is written. */
TRANSFORM(cast)
{
	UNUSED(parent);
	return map_operand_value(run, &target->at, &target->operands[0], &out->items);
}

TRANSFORM(append)
{
	struct slice parts[16], joined;
	size_t length = 0;
	char *end;

	UNUSED(parent);
	for (size_t i = 0; i < target->operand_count; i++) {
		if (!map_operand_text(run, target, i, &parts[i]))
			return false;
		length += parts[i].len;
	}
	joined.ptr = end = arena_alloc(run->arena, length + 1);
	joined.len = length;
	if (!end)
		return error_memory(run->err);
	for (size_t i = 0; i < target->operand_count; i++) {
		if (parts[i].len)
			memcpy(end, parts[i].ptr, parts[i].len);
		end += parts[i].len;
	}
	return give_text(run, joined, out);
}

enum format { FORMAT_PLAIN, FORMAT_BACKSLASH, FORMAT_MARKUP };

static const struct {
	const char *name;
	enum format format;
} formats[] = { { "plain", FORMAT_PLAIN }, { "java", FORMAT_BACKSLASH }, { "json", FORMAT_BACKSLASH }, { "xml", FORMAT_MARKUP } };

static const struct {
	char character;
	struct slice text;
} backslash_escapes[] = {
	{ '"', { "\\\"", 2 } }, { '\\', { "\\\\", 2 } }, { '\n', { "\\n", 2 } }, { '\r', { "\\r", 2 } }, { '\t', { "\\t", 2 } },
};

static bool find_format(struct slice name, enum format *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (slice_equal(name, slice_of(formats[i].name))) {
			*out = formats[i].format;
			return true;
		}
	return false;
}

/** The character that the start of `text` stands for, and how much of it does. */
static size_t unescape_at(struct slice text, enum format format, char *out)
{
	size_t length = format == FORMAT_MARKUP ? markup_character(text, out) : 0;

	for (size_t i = 0; format == FORMAT_BACKSLASH && !length && i < ARRAY_SIZE(backslash_escapes); i++)
		if (slice_starts(text, backslash_escapes[i].text)) {
			*out = backslash_escapes[i].character;
			length = backslash_escapes[i].text.len;
		}
	if (!length)
		*out = text.ptr[0];
	return length ? length : 1;
}

static size_t escape_char(char c, enum format format, char *out)
{
	struct slice text = format == FORMAT_MARKUP ? markup_reference(c) : SLICE_NONE;

	for (size_t i = 0; format == FORMAT_BACKSLASH && !text.ptr && i < ARRAY_SIZE(backslash_escapes); i++)
		if (backslash_escapes[i].character == c)
			text = backslash_escapes[i].text;
	if (!text.ptr)
		text = (struct slice){ &c, 1 };
	memcpy(out, text.ptr, text.len);
	return text.len;
}

#define ESCAPE_MAX 6u

/** escape(text, from, to): formats plain, java, json, xml. */
TRANSFORM(escape)
{
	struct slice text, from_name, to_name;
	enum format from, to;
	size_t length = 0;

	UNUSED(parent);
	if (!map_operand_text(run, target, 0, &text) || !map_operand_text(run, target, 1, &from_name) ||
	    !map_operand_text(run, target, 2, &to_name))
		return false;
	if (!find_format(from_name, &from) || !find_format(to_name, &to))
		return map_run_fail(run, &target->at, "escape() knows plain, java, json and xml");
	if (!text.ptr)
		return true;
	char *made = text.len < SIZE_MAX / ESCAPE_MAX ? arena_alloc(run->arena, text.len * ESCAPE_MAX + 1) : NULL;
	if (!made)
		return error_memory(run->err);
	while (text.len > 0) {
		char plain;

		text = slice_from(text, unescape_at(text, from, &plain));
		length += escape_char(plain, to, made + length);
	}
	return give_text(run, (struct slice){ made, length }, out);
}

/* ---- coded types ---- */

static const char *const coding_names[] = { "system", "code", "display", NULL };
static const char *const coding_texts[] = { "code", NULL };

/** c(system, code, display?) : Coding. */
TRANSFORM(coding)
{
	return build(run, target, parent, out) && set_texts(run, target, out->made, 0, coding_names);
}

/** cc(text) or cc(system, code, display?) : CodeableConcept. */
TRANSFORM(concept)
{
	static const char *const text[] = { "text", NULL };

	if (!build(run, target, parent, out))
		return false;
	if (target->operand_count == 1)
		return set_texts(run, target, out->made, 0, text);
	struct fhir_node *coding = map_add_child(run, out->made, SLICE("coding"));
	if (!coding)
		return map_run_fail(run, &target->at, "%.*s has no coding", SLICE_ARG(out->made->type->name));
	map_trace_made(run, run->from, coding);
	return set_texts(run, target, coding, 0, coding_names);
}

/** "5.4 mg", "<5": comparator, number, unit. */
static bool parse_quantity(struct map_run *run, const struct map_target *target, struct slice text, struct fhir_node *node)
{
	size_t at = 0;

	text = slice_trim(text);
	while (at < text.len && (text.ptr[at] == '<' || text.ptr[at] == '>' || text.ptr[at] == '='))
		at++;
	struct slice comparator = { text.ptr, at }, rest = slice_trim(slice_from(text, at));
	at = 0;
	while (at < rest.len && (rest.ptr[at] == '-' || rest.ptr[at] == '.' || (rest.ptr[at] >= '0' && rest.ptr[at] <= '9')))
		at++;
	if (at == 0)
		return map_run_fail(run, &target->at, "\"%.*s\" is no quantity", (int)(text.len > 80 ? 80 : text.len), text.ptr);
	return map_set_text(run, &target->at, node, SLICE("comparator"), comparator) &&
	       map_set_text(run, &target->at, node, SLICE("value"), (struct slice){ rest.ptr, at }) &&
	       map_set_text(run, &target->at, node, SLICE("unit"), slice_trim(slice_from(rest, at)));
}

/** qty(text) or qty(value, unit, system?, code?) : Quantity. */
TRANSFORM(quantity)
{
	static const char *const names[] = { "value", "unit", "system", "code", NULL };
	struct slice text;

	if (!map_operand_text(run, target, 0, &text))
		return false;
	if (!text.ptr)
		return true;
	if (!build(run, target, parent, out))
		return false;
	return target->operand_count == 1 ? parse_quantity(run, target, text, out->made)
					  : set_texts(run, target, out->made, 0, names);
}

/** id(system, value, type code?) : Identifier. */
TRANSFORM(identifier)
{
	static const char *const names[] = { "system", "value", NULL };

	if (!build(run, target, parent, out) || !set_texts(run, target, out->made, 0, names))
		return false;
	if (target->operand_count < 3)
		return true;
	struct fhir_node *type = map_add_child(run, out->made, SLICE("type"));
	struct fhir_node *coding = type ? map_add_child(run, type, SLICE("coding")) : NULL;
	if (!coding)
		return map_run_fail(run, &target->at, "%.*s has no type", SLICE_ARG(out->made->type->name));
	return map_set_text(run, &target->at, coding, SLICE("system"), SLICE("http://terminology.hl7.org/CodeSystem/v2-0203")) &&
	       set_texts(run, target, coding, 2, coding_texts);
}

/** The system of a contact point, from its form. */
static struct slice contact_system(struct slice value)
{
	if (slice_find(value, SLICE("@")) != SIZE_MAX)
		return SLICE("email");
	return slice_starts(value, SLICE("http")) ? SLICE("url") : SLICE("phone");
}

/** cp(value) or cp(system, value) : ContactPoint. */
TRANSFORM(contact)
{
	static const char *const names[] = { "system", "value", NULL };
	struct slice value;

	if (!build(run, target, parent, out))
		return false;
	if (target->operand_count > 1)
		return set_texts(run, target, out->made, 0, names);
	return map_operand_text(run, target, 0, &value) &&
	       (!value.ptr || map_set_text(run, &target->at, out->made, SLICE("system"), contact_system(value))) &&
	       set_texts(run, target, out->made, 0, names + 1);
}

/* ---- translate ---- */

/** Code and system of the item: a code (no system), Coding, or the first coding of a CodeableConcept. */
static struct slice code_of(const struct fhirpath_item *item, struct slice *system)
{
	const struct fhir_node *node = item->kind == FHIRPATH_NODE ? item->node : NULL;

	*system = SLICE_NONE;
	if (!node || node->type->kind == FHIR_KIND_PRIMITIVE)
		return fhirpath_item_text(item);
	const struct fhir_node *coding = fhir_node_child(node, SLICE("coding"));
	*system = fhir_node_text(coding ? coding : node, SLICE("system"));
	return fhir_node_text(coding ? coding : node, SLICE("code"));
}

/** The pair that names the code, else what the map says of all others. */
static const struct map_concept *find_concept(const struct map_target *target, struct slice code, struct slice system)
{
	const struct map_concept *other = NULL;

	for (const struct map_concept *concept = target->concept_map->concepts; concept; concept = concept->next) {
		if (system.len && concept->source_system.len && !slice_equal(concept->source_system, system))
			continue;
		if (concept->source_code.ptr && slice_equal(concept->source_code, code))
		return concept;
		if (!concept->source_code.ptr && !other)
		other = concept;
	}
	return other;
}

static bool give_coding(struct map_run *run, const struct map_target *target, const struct map_concept *concept, const char *type,
			struct map_value *out)
{
	struct fhir_node *node = fhir_node_new(run->arena, type_named(run, type));
	struct fhirpath_item *item = arena_new_of(run->arena, struct fhirpath_item);
	struct fhir_node *coding = node;

	if (!node || !item)
		return error_memory(run->err);
	if (slice_equal(node->type->name, SLICE("CodeableConcept")))
		coding = map_add_child(run, node, SLICE("coding"));
	if (!coding)
		return error_memory(run->err);
	item->node = node;
	out->items = (struct fhirpath_result){ item, 1 };
	return map_set_text(run, &target->at, coding, SLICE("system"), concept->target_system) &&
	       map_set_text(run, &target->at, coding, SLICE("code"), concept->target_code) &&
	       map_set_text(run, &target->at, coding, SLICE("display"), concept->target_display);
}

static bool give_translation(struct map_run *run, const struct map_target *target, const struct map_concept *concept,
			     struct slice output, struct map_value *out)
{
	if (slice_equal(output, SLICE("code")))
		return give_text(run, concept->target_code, out);
	if (slice_equal(output, SLICE("system")) || slice_equal(output, SLICE("uri")))
		return give_text(run, concept->target_system, out);
	if (slice_equal(output, SLICE("display")))
		return give_text(run, concept->target_display, out);
	if (slice_equal(output, SLICE("Coding")))
		return give_coding(run, target, concept, "Coding", out);
	if (slice_equal(output, SLICE("CodeableConcept")))
		return give_coding(run, target, concept, "CodeableConcept", out);
	return map_run_fail(run, &target->at, "translate() gives code, system, display, Coding or CodeableConcept, not %.*s",
			    SLICE_ARG(output));
}

/** translate(code, '#map', output). A code that the map does not list has no translation. Without an output the target says. */
TRANSFORM(translate)
{
	struct fhirpath_result from;
	struct slice output;

	UNUSED(parent);
	if (!map_operand_value(run, &target->at, &target->operands[0], &from) || !map_operand_text(run, target, 2, &output))
		return false;
	if (from.count != 1)
		return true;
	struct slice system, code = code_of(from.items, &system);
	const struct map_concept *found = code.len ? find_concept(target, code, system) : NULL;
	if (!found)
		return true;
	struct map_concept translation = *found;
	if (!translation.target_code.ptr)
		translation.target_code = code;
	if (!output.ptr)
		output = target->type && target->type->kind == FHIR_KIND_COMPLEX ? target->type->name : SLICE("code");
	return give_translation(run, target, &translation, output, out);
}

/* ---- identity ---- */

/** The digest of the input, from which all identifiers of this run are made: the same input gives the same ones. */
static bool make_seed(struct map_run *run)
{
	struct buf buf;

	if (run->has_seed)
		return true;
	buf_init(&buf, 64u << 20);
	buf_append(&buf, run->program->url);
	fhir_json_write(&buf, run->input, FHIR_JSON_COMPACT);
	if (!buf.failed)
		digest_sha256(buf_slice(&buf), run->seed);
	run->has_seed = !buf.failed;
	buf_free(&buf);
	return run->has_seed || error_memory(run->err);
}

/** The UUID of the seed and a counter. */
static bool make_uuid(struct map_run *run, struct slice *out)
{
	uint8_t seeded[DIGEST_BYTES + sizeof(run->uuid_count)], digest[DIGEST_BYTES];
	char uuid[DIGEST_UUID_SIZE];

	if (!make_seed(run))
		return false;
	run->uuid_count++;
	memcpy(seeded, run->seed, DIGEST_BYTES);
	memcpy(seeded + DIGEST_BYTES, &run->uuid_count, sizeof(run->uuid_count));
	digest_sha256((struct slice){ (const char *)seeded, sizeof(seeded) }, digest);
	digest_uuid(digest, uuid);
	*out = arena_copy(run->arena, slice_of(uuid));
	return out->ptr || error_memory(run->err);
}

TRANSFORM(uuid)
{
	struct slice text;

	UNUSED(target), UNUSED(parent);
	return make_uuid(run, &text) && give_text(run, text, out);
}

/** The resource an operand stands for, with an id (made when it has none and is a target). */
static bool identified(struct map_run *run, const struct map_target *target, const struct fhir_node **out, struct slice *id)
{
	const struct map_operand *operand = &target->operands[0];
	struct fhir_node *writable = operand->kind == MAP_OPERAND_NAME ? run->frame->targets[operand->slot] : NULL;
	struct fhirpath_result value;

	*out = NULL;
	if (!map_operand_value(run, &target->at, operand, &value))
		return false;
	if (value.count == 0)
		return true;
	if (value.count > 1 || value.items->kind != FHIRPATH_NODE || value.items->node->type->kind != FHIR_KIND_RESOURCE)
		return map_run_fail(run, &target->at, "a reference needs one resource");
	*out = value.items->node;
	*id = fhir_node_text(*out, SLICE("id"));
	if (id->ptr)
		return true;
	if (!writable)
		return map_run_fail(run, &target->at, "the resource has no id to refer to");
	return make_uuid(run, id) && map_set_text(run, &target->at, writable, SLICE("id"), *id);
}

/** reference(resource): "Type/id". */
TRANSFORM(reference)
{
	const struct fhir_node *resource;
	struct slice id;

	UNUSED(parent);
	if (!identified(run, target, &resource, &id))
		return false;
	if (!resource)
		return true;
	return give_text(run, arena_printf(run->arena, "%.*s/%.*s", SLICE_ARG(resource->type->name), SLICE_ARG(id)), out);
}

/** pointer(resource): "urn:uuid:id". */
TRANSFORM(pointer)
{
	const struct fhir_node *resource;
	struct slice id;

	UNUSED(parent);
	if (!identified(run, target, &resource, &id))
		return false;
	if (!resource)
		return true;
	return give_text(run, arena_printf(run->arena, "urn:uuid:%.*s", SLICE_ARG(id)), out);
}

static const struct map_transform transforms[] = {
	{ "append", 1, 16, false, NULL, do_append },      { "c", 2, 3, true, "Coding", do_coding },
	{ "cast", 1, 2, false, NULL, do_cast },           { "cc", 1, 3, true, "CodeableConcept", do_concept },
	{ "copy", 1, 1, false, NULL, do_copy },           { "cp", 1, 2, true, "ContactPoint", do_contact },
	{ "create", 0, 1, true, NULL, do_create },        { "escape", 3, 3, false, NULL, do_escape },
	{ "evaluate", 1, 2, false, NULL, do_evaluate },   { "id", 2, 3, true, "Identifier", do_identifier },
	{ "pointer", 1, 1, false, NULL, do_pointer },     { "qty", 1, 4, true, "Quantity", do_quantity },
	{ "reference", 1, 1, false, NULL, do_reference }, { "translate", 2, 3, false, NULL, do_translate },
	{ "truncate", 2, 2, false, NULL, do_truncate },   { "uuid", 0, 0, false, NULL, do_uuid },
};

const struct map_transform *map_transform_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(transforms); i++)
		if (slice_equal(slice_of(transforms[i].name), name))
			return &transforms[i];
	return NULL;
}

const char *map_transform_nearest(struct slice name)
{
	const char *names[ARRAY_SIZE(transforms)];

	for (size_t i = 0; i < ARRAY_SIZE(transforms); i++)
		names[i] = transforms[i].name;
	return nearest_name(name, names, ARRAY_SIZE(transforms));
}
