/* SPDX-License-Identifier: Apache-2.0 */
/* StructureDefinitions given as resources: ours in profiles/structures/, an operator's. Read as plain JSON, because what they
 * define is not in the tables yet. FHIR, "StructureDefinition" and "ElementDefinition". */
#include "fhir/json.h"
#include "fhir/schema.h"

#include <string.h>

#define MAX_BYTES (8u << 20)
#define ISSUES_MAX 100 /* what XML has that the schema does not know comes before an error */
#define FHIR_TYPE_URL SLICE("http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type")
#define SYSTEM_TYPE SLICE("http://hl7.org/fhirpath/System.")

struct definition {
	struct fhir_schema *schema;
	const char *place;
	struct error *err;
	const struct json_value *root, *elements;
	size_t first_new; /**< types from here on in `schema->sorted` are this definition's */
	bool leaves_profiles;
};

static bool refuse(const struct definition *definition, const struct json_value *at, const char *what, struct slice about)
{
	char place[300];

	snprintf(place, sizeof(place), "%.200s:%u:%u", definition->place, at ? at->line : 1, at ? at->column : 1);
	return error_set(definition->err, ERROR_SYNTAX, place, "%s%s%.*s", what, about.ptr ? " " : "",
			 SLICE_ARG(json_clip(about)));
}

/** What follows the last `separator`. */
static struct slice tail(struct slice text, char separator)
{
	const char *found = text.len ? memrchr(text.ptr, separator, text.len) : NULL;

	return found ? slice_from(text, (size_t)(found - text.ptr) + 1) : text;
}

/** What comes before the last '.'; absent for a path without one. */
static struct slice owner_of(struct slice path)
{
	size_t leaf = tail(path, '.').len;

	return leaf == path.len ? SLICE_NONE : (struct slice){ path.ptr, path.len - leaf - 1 };
}

static struct slice path_of(const struct json_value *element)
{
	return json_text(element, SLICE("path"));
}

/** Slices repeat the path of what they slice: a definition of a new type says nothing new by them. */
static bool is_slice(const struct json_value *element)
{
	return json_member(element, SLICE("sliceName")) || slice_find(json_text(element, SLICE("id")), SLICE(":")) != SIZE_MAX;
}

/** Elements stand depth first: children come right behind. */
static bool has_children(const struct json_value *element)
{
	struct slice path = path_of(element), next = element->next ? path_of(element->next) : SLICE_NONE;

	return next.len > path.len && slice_starts(next, path) && next.ptr[path.len] == '.';
}

static const struct json_value *first_type(const struct json_value *element)
{
	const struct json_value *types = json_member(element, SLICE("type"));

	return types ? types->first : NULL;
}

/* ---- the types that a definition brings ---- */

static bool kind_of(const struct definition *definition, enum fhir_kind *out)
{
	static const struct {
		struct slice word;
		enum fhir_kind kind;
	} kinds[] = {
		{ { "resource", 8 }, FHIR_KIND_RESOURCE },
		{ { "logical", 7 }, FHIR_KIND_LOGICAL },
		{ { "complex-type", 12 }, FHIR_KIND_COMPLEX },
	};
	struct slice word = json_text(definition->root, SLICE("kind"));

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!slice_equal(kinds[i].word, word))
			continue;
		*out = kinds[i].kind;
		return true;
	}
	return refuse(definition, definition->root, "kind must be resource, logical or complex-type, not", word);
}

/** Strings of a definition move from its JSON into the schema's arena. */
static struct slice keep(const struct definition *definition, struct slice text)
{
	return text.ptr ? arena_copy(definition->schema->arena, text) : SLICE_NONE;
}

static struct schema_type *type_new(const struct definition *definition, struct slice name, struct slice url)
{
	return schema_type_new(definition->schema, keep(definition, name), keep(definition, url), definition->place,
			       definition->err);
}

static bool add_root(const struct definition *definition, struct slice name)
{
	struct slice base = json_text(definition->root, SLICE("baseDefinition"));
	const struct json_value *is_abstract = json_member(definition->root, SLICE("abstract"));
	struct schema_type *prefix = schema_type_find(definition->schema, base);
	enum fhir_kind kind = FHIR_KIND_COMPLEX;

	if (!kind_of(definition, &kind))
		return false;
	/* R4 has no type Base: a logical model on it is a root there. */
	if (!prefix && !slice_ends(base, SLICE("/Base")))
		return refuse(definition, definition->root, "baseDefinition is not known:", base);
	struct schema_type *entry = type_new(definition, name, json_text(definition->root, SLICE("url")));
	if (!entry)
		return false;
	entry->type.kind = kind;
	entry->type.is_abstract = is_abstract && is_abstract->kind == JSON_TRUE;
	entry->type.base = prefix ? &prefix->type : NULL;
	entry->prefix = prefix;
	return true;
}

static bool add_backbone(const struct definition *definition, const struct json_value *element)
{
	struct slice code = json_text(first_type(element), SLICE("code"));
	struct schema_type *base = schema_type_find(definition->schema, code.len ? code : SLICE("BackboneElement"));

	if (!base)
		return refuse(definition, element, "unknown type", code);
	struct schema_type *entry = type_new(definition, path_of(element), SLICE_NONE);
	if (!entry)
		return false;
	entry->type.kind = FHIR_KIND_BACKBONE;
	entry->type.base = &base->type;
	entry->prefix = base;
	return true;
}

static bool add_types(const struct definition *definition, struct slice root)
{
	if (!add_root(definition, root))
		return false;
	for (const struct json_value *element = definition->elements->first; element; element = element->next) {
		struct slice path = path_of(element);
		if (!slice_starts(path, root) || (path.len > root.len && path.ptr[root.len] != '.'))
			return refuse(definition, element, "path does not begin with the name of the type:", path);
		if (path.len > root.len && !schema_type_find(definition->schema, owner_of(path)))
			return refuse(definition, element, "the element around it does not stand right before:", path);
		if (path.len == root.len || is_slice(element) || !has_children(element))
			continue;
		if (!add_backbone(definition, element))
			return false;
	}
	return true;
}

/* ---- elements ---- */

static size_t count_members(const struct json_value *array)
{
	return array && array->kind == JSON_ARRAY ? array->count : 0;
}

/** "http://hl7.org/fhirpath/System.String" stands for the FHIR type in its extension, else for the primitive of that name. */
static struct slice system_type(const struct json_value *type, struct slice code, char lower[32])
{
	const struct json_value *extensions = json_member(type, SLICE("extension"));
	struct slice name = slice_from(code, SYSTEM_TYPE.len);

	for (const struct json_value *one = extensions ? extensions->first : NULL; one; one = one->next)
		if (slice_equal(json_text(one, SLICE("url")), FHIR_TYPE_URL))
			return json_text(one, SLICE("valueUrl"));
	int length = snprintf(lower, 32, "%.*s", SLICE_ARG(json_clip(name)));
	lower[0] = (char)(lower[0] | 0x20);
	return (struct slice){ lower, length < 32 ? (size_t)length : 31 };
}

static const struct fhir_type *find_type(const struct definition *definition, const struct json_value *type)
{
	struct slice code = json_text(type, SLICE("code"));
	char lower[32];

	if (slice_starts(code, SYSTEM_TYPE))
		code = system_type(type, code, lower);
	const struct fhir_type *found = fhir_type_find(definition->schema, code);
	if (!found)
		(void)!refuse(definition, type, "unknown type", code);
	return found;
}

static bool single_type(const struct definition *definition, struct slice name, const struct json_value *at,
			struct fhir_element *out)
{
	struct schema_type *entry = schema_type_find(definition->schema, name);

	if (!entry)
		return refuse(definition, at, "unknown type", name);
	out->types = &entry->self;
	out->type_count = 1;
	return true;
}

static bool types_set(const struct definition *definition, const struct json_value *element, struct fhir_element *out)
{
	const struct json_value *types = json_member(element, SLICE("type"));
	struct slice reference = json_text(element, SLICE("contentReference"));
	size_t count = count_members(types), known = 0;

	if (reference.len)
		return single_type(definition, tail(reference, '#'), element, out);
	if (has_children(element))
		return single_type(definition, path_of(element), element, out);
	if (count == 0)
		return out->type_count > 0 || refuse(definition, element, "no type for", path_of(element));
	const struct fhir_type **list = arena_new_array(definition->schema->arena, const struct fhir_type *, count);
	if (!list)
		return error_memory(definition->err);
	for (const struct json_value *type = types->first; type; type = type->next)
		if (!(list[known++] = find_type(definition, type)))
			return false;
	out->types = list;
	out->type_count = count;
	return out->is_choice || count == 1 || refuse(definition, element, "several types need [x] in", path_of(element));
}

static bool targets_set(const struct definition *definition, const struct json_value *element, struct fhir_element *out)
{
	const struct json_value *types = json_member(element, SLICE("type"));
	size_t count = 0;

	for (const struct json_value *type = types ? types->first : NULL; type; type = type->next)
		count += count_members(json_member(type, SLICE("targetProfile")));
	if (count == 0)
		return true;
	struct slice *targets = arena_new_array(definition->schema->arena, struct slice, count);
	if (!targets)
		return error_memory(definition->err);
	count = 0;
	for (const struct json_value *type = types->first; type; type = type->next) {
		const struct json_value *profiles = json_member(type, SLICE("targetProfile"));
		for (const struct json_value *profile = profiles ? profiles->first : NULL; profile; profile = profile->next) {
			struct slice url = profile->text, name = tail(slice_cut(&url, '|'), '/');
			if (!slice_equal(name, SLICE("Resource")))
				targets[count++] = keep(definition, name);
		}
	}
	out->targets = targets;
	out->target_count = count;
	return true;
}

static bool cardinality_set(const struct definition *definition, const struct json_value *element, struct fhir_element *out)
{
	const struct json_value *min = json_member(element, SLICE("min"));
	struct slice max = json_text(element, SLICE("max"));
	uint64_t number;

	if (min && min->kind == JSON_NUMBER) {
		if (!slice_to_u64(min->text, FHIR_UNBOUNDED - 1, &number))
			return refuse(definition, min, "min is not a cardinality:", min->text);
		out->min = (uint32_t)number;
	}
	if (!max.len)
		return out->max > 0 || refuse(definition, element, "no max for", path_of(element));
	out->max = FHIR_UNBOUNDED;
	if (slice_equal(max, SLICE("*")))
		return true;
	if (!slice_to_u64(max, FHIR_UNBOUNDED - 1, &number))
		return refuse(definition, element, "max is not a cardinality:", max);
	out->max = (uint32_t)number;
	return true;
}

static bool flag_of(const struct json_value *element, struct slice name, bool before)
{
	const struct json_value *flag = json_member(element, name);

	return flag ? flag->kind == JSON_TRUE : before;
}

static bool is_attribute(const struct json_value *element, bool before)
{
	const struct json_value *forms = json_member(element, SLICE("representation"));

	for (const struct json_value *form = forms ? forms->first : NULL; form; form = form->next)
		if (slice_equal(form->text, SLICE("xmlAttr")))
			return true;
	return before;
}

static void binding_set(const struct definition *definition, const struct json_value *element, struct fhir_element *out)
{
	const struct json_value *binding = json_member(element, SLICE("binding"));
	struct slice value_set = json_text(binding, SLICE("valueSet"));

	if (!value_set.len)
		return;
	out->binding = schema_binding(json_text(binding, SLICE("strength")));
	out->value_set = keep(definition, value_set);
}

/** Fills or overrides `out`: what the definition does not say stays as inherited. */
static bool element_set(const struct definition *definition, const struct json_value *element, struct fhir_element *out)
{
	struct slice name = tail(path_of(element), '.');

	if (slice_ends(name, SLICE("[x]"))) {
		out->is_choice = true;
		name.len -= 3;
	}
	if (!out->name.len)
		out->name = keep(definition, name);
	out->is_summary = flag_of(element, SLICE("isSummary"), out->is_summary);
	out->is_modifier = flag_of(element, SLICE("isModifier"), out->is_modifier);
	out->is_attribute = is_attribute(element, out->is_attribute);
	binding_set(definition, element, out);
	return cardinality_set(definition, element, out) && types_set(definition, element, out) &&
	       targets_set(definition, element, out);
}

static struct fhir_element *element_slot(struct fhir_element *elements, size_t count, struct slice name)
{
	if (slice_ends(name, SLICE("[x]")))
		name.len -= 3;
	for (size_t i = 0; i < count; i++)
		if (slice_equal(elements[i].name, name))
			return &elements[i];
	return &elements[count];
}

static size_t count_own(const struct definition *definition, struct slice owner)
{
	size_t count = 0;

	for (const struct json_value *element = definition->elements->first; element; element = element->next)
		count += slice_equal(owner_of(path_of(element)), owner);
	return count;
}

static bool fill_type(const struct definition *definition, struct schema_type *entry)
{
	size_t inherited = entry->prefix ? entry->prefix->type.element_count : 0, count = inherited;
	size_t most = inherited + count_own(definition, entry->type.name);

	if (most > SCHEMA_MAX_ELEMENTS)
		return refuse(definition, definition->root, "too many elements in", entry->type.name);
	struct fhir_element *elements = arena_new_array(definition->schema->arena, struct fhir_element, most);
	if (!elements)
		return error_memory(definition->err);
	if (inherited)
		memcpy(elements, entry->prefix->type.elements, inherited * sizeof(*elements));
	for (const struct json_value *element = definition->elements->first; element; element = element->next) {
		if (!slice_equal(owner_of(path_of(element)), entry->type.name) || is_slice(element))
			continue;
		struct fhir_element *slot = element_slot(elements, count, tail(path_of(element), '.'));
		slot->order = (uint16_t)(slot - elements);
		if (!element_set(definition, element, slot))
			return false;
		count += slot == &elements[count];
	}
	entry->type.elements = elements;
	entry->type.element_count = count;
	return true;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------------------------------------ */

static bool add_definition(struct definition *definition)
{
	const struct json_value *root = definition->root;
	const struct json_value *view = json_member(root, SLICE("snapshot"));
	struct fhir_schema *schema = definition->schema;

	if (!slice_equal(json_text(root, SLICE("resourceType")), SLICE("StructureDefinition")))
		return refuse(definition, root, "not a StructureDefinition", SLICE_NONE);
	if (definition->leaves_profiles && slice_equal(json_text(root, SLICE("derivation")), SLICE("constraint")))
		return true;
	if (!slice_equal(json_text(root, SLICE("derivation")), SLICE("specialization")))
		return refuse(definition, root, "derivation must be specialization, not", json_text(root, SLICE("derivation")));
	view = view ? view : json_member(root, SLICE("differential"));
	definition->elements = json_member(view, SLICE("element"));
	if (count_members(definition->elements) == 0)
		return refuse(definition, root, "neither snapshot nor differential has elements", SLICE_NONE);
	struct slice first = path_of(definition->elements->first);
	if (!add_types(definition, slice_cut(&first, '.')))
		return false;
	for (size_t i = definition->first_new; i < schema->type_count; i++)
		if (!fill_type(definition, schema->sorted[i]))
			return false;
	struct schema_type *entry = schema->sorted[definition->first_new];
	bool searchable = schema->params_merged && entry->type.kind == FHIR_KIND_RESOURCE;
	return !searchable || schema_search_merge(schema, entry, definition->err);
}

static bool issue_to_error(const struct issues *issues, const char *place, struct error *err)
{
	const struct issue *issue = issues->first;
	char at[300];

	while (issue && issue->severity < ISSUE_ERROR)
		issue = issue->next;
	if (!issue)
		return error_memory(err);
	snprintf(at, sizeof(at), "%.200s:%u:%u", place, issue->line, issue->column);
	return error_set(err, ERROR_SYNTAX, at, "%.*s", SLICE_ARG(issue->text));
}

/** As XML it is read by the schema it is for, and as JSON it may have members that the schema does not know: so here too. */
static bool read_xml(struct arena *arena, const struct fhir_schema *schema, struct slice xml, struct issues *issues,
		     struct json_value **out)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *root;

	limits.max_bytes = MAX_BYTES;
	limits.lenient = true;
	return fhir_xml_read(arena, schema, NULL, xml, &limits, issues, &root) && (*out = json_from_tree(arena, root));
}

static bool read_definition(struct arena *arena, const struct fhir_schema *schema, struct slice text, struct issues *issues,
			    struct json_value **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;

	if (fhir_is_xml(text))
		return read_xml(arena, schema, text, issues, out);
	limits.max_bytes = MAX_BYTES;
	return json_parse(arena, arena, text, &limits, issues, out);
}

static bool add(struct definition *definition, struct slice text)
{
	struct arena *scratch = json_scratch_new(text.len);
	struct json_value *root = NULL;
	struct issues issues;

	if (!scratch)
		return error_memory(definition->err);
	issues_init(&issues, scratch, ISSUES_MAX);
	bool done = read_definition(scratch, definition->schema, text, &issues, &root) ||
		    issue_to_error(&issues, definition->place, definition->err);
	definition->root = root;
	done = done && add_definition(definition);
	arena_free(scratch);
	schema_sort(definition->schema);
	return done;
}

bool fhir_schema_add(struct fhir_schema *schema, const char *place, struct slice text, struct error *err)
{
	struct definition definition = { .schema = schema, .place = place, .err = err, .first_new = schema->type_count };

	return add(&definition, text);
}

bool schema_structure_add(struct fhir_schema *schema, const char *place, struct slice text, struct error *err)
{
	struct definition definition = {
		.schema = schema, .place = place, .err = err, .first_new = schema->type_count, .leaves_profiles = true
	};

	return add(&definition, text);
}
