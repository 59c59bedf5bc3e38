/* SPDX-License-Identifier: Apache-2.0 */
/* SearchParameter resources of the rows of profiles/VERSION/search.tsv and ours: one for each canonical, whose rows stand at
 * several types. Source: FHIR R4 and R5, searchparameter.html. */
#include <stdlib.h>

#include "api/published.h"

#define OUR_VERSION SLICE("0.1.0")
#define ID_MAX 64
#define ROWS_MAX_BYTES (1u << 20)
#define PARAM_MAX_BYTES (1u << 20)

/** A parameter of a type. */
struct row {
	const struct fhir_type *type;
	const struct fhir_search_param *param;
};

struct making {
	struct arena *arena;
	const struct served_base *base;
	struct fhir_node *node;
	bool failed;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = slice_compare(left->param->url, right->param->url);

	return order ? order : slice_compare(left->type->name, right->type->name);
}

/** Every parameter that searches take, at every type. NULL: no memory. */
static struct row *rows_collect(struct arena *arena, const struct served_base *base, size_t *count)
{
	size_t capacity = 0;

	for (size_t i = 0; i < base->type_count; i++)
		capacity += base->types[i].param_count;
	struct row *rows = arena_new_array(arena, struct row, capacity + 1);
	*count = 0;
	for (size_t i = 0; rows && i < base->type_count; i++)
		for (size_t j = 0; j < base->types[i].param_count; j++)
			rows[(*count)++] = (struct row){ base->types[i].type, base->types[i].params[j] };
	if (rows)
		qsort(rows, *count, sizeof(*rows), compare_rows);
	return rows;
}

static void add(struct making *making, const char *name, struct slice text)
{
	if (!making->failed && text.len)
		making->failed = !fhir_node_add_value(making->arena, making->node, slice_of(name), text);
}

static struct slice last_segment(struct slice url)
{
	struct slice segment = url;

	while (url.ptr)
		segment = slice_cut(&url, '/');
	return segment;
}

/** "clinical-code" is Clinical_code: a name that programs can use (rule cnl-0). */
static struct slice computable_name(struct arena *arena, struct slice id)
{
	struct slice name = arena_copy(arena, id);
	char *text = (char *)name.ptr;

	for (size_t i = 0; i < name.len; i++)
		if (text[i] == '-' || text[i] == '.')
			text[i] = '_';
	if (name.len && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return name;
}

/** An additional type cannot stand in `base`, which has a required binding. */
static bool is_of_fhir(const struct row *row)
{
	return slice_starts(row->type->url, SLICE("http://hl7.org/fhir/"));
}

/** Resource or DomainResource when the parameter is theirs, so every type has it; ours of an additional type too, since `base`
 * has a required binding. */
static struct slice abstract_base(const struct row *row, struct slice id)
{
	static const struct slice bases[] = { { "Resource", 8 }, { "DomainResource", 14 } };

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (slice_starts(id, bases[i]) && id.len > bases[i].len && id.ptr[bases[i].len] == '-')
			return bases[i];
	return is_of_fhir(row) ? SLICE_NONE : bases[1];
}

static void bases_add(struct making *making, const struct row *rows, size_t count, struct slice id)
{
	struct slice abstract = abstract_base(&rows[0], id);

	add(making, "base", abstract);
	for (size_t i = 0; !abstract.ptr && i < count; i++)
		add(making, "base", rows[i].type->name);
}

/** The rows' expressions, each once. */
static struct slice expressions_join(struct making *making, const struct row *rows, size_t count)
{
	struct slice all = SLICE_NONE;

	for (size_t i = 0; i < count; i++) {
		struct slice one = rows[i].param->expression;
		if (!one.len || (i && slice_equal(one, rows[i - 1].param->expression)))
			continue;
		all = all.ptr ? arena_printf(making->arena, "%.*s | %.*s", SLICE_ARG(all), SLICE_ARG(one)) : one;
		making->failed |= !all.ptr;
	}
	return all;
}

/** On the type that `base` names; of an additional type, on those of it that are ours. */
static struct slice expression_of(struct making *making, const struct row *rows, size_t count)
{
	struct slice expression = expressions_join(making, rows, count), type = rows[0].type->name;

	if (!expression.len || is_of_fhir(&rows[0]))
		return expression;
	expression =
	    arena_printf(making->arena, "DomainResource.ofType(%.*s).select(%.*s)", SLICE_ARG(type), SLICE_ARG(expression));
	making->failed |= !expression.ptr;
	return expression;
}

static void targets_add(struct making *making, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < rows[i].param->target_count; j++) {
			const struct fhir_node *known = fhir_node_child(making->node, SLICE("target"));
			while (known && !slice_equal(known->value, rows[i].param->targets[j]))
				known = fhir_node_again(known);
			if (!known)
				add(making, "target", rows[i].param->targets[j]);
		}
}

/** Prefixes that values take (search.html, "Prefixes"). */
static void comparators_add(struct making *making, enum fhir_search_type type)
{
	static const char *const names[] = { "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap" };
	bool ordered = type == FHIR_SEARCH_NUMBER || type == FHIR_SEARCH_DATE || type == FHIR_SEARCH_QUANTITY;

	for (size_t i = 0; ordered && i < ARRAY_SIZE(names); i++)
		add(making, "comparator", slice_of(names[i]));
}

/** R4's code system writes ":of-type" in its own way; a type's name as modifier has a code for all of them. */
static void modifiers_add(struct making *making, const struct fhir_search_param *param)
{
	enum fhir_version version = fhir_schema_version(making->base->schema);
	const char *names[STORE_MODIFIERS_MAX];
	size_t count = store_modifiers(version, param, names);

	for (size_t i = 0; i < count; i++) {
		bool is_other = version == FHIR_R4 && slice_equal(slice_of(names[i]), SLICE("of-type"));
		add(making, "modifier", is_other ? SLICE("ofType") : slice_of(names[i]));
	}
	if (param->type == FHIR_SEARCH_REFERENCE)
		add(making, "modifier", SLICE("type"));
}

static void component_add(struct making *making, const struct row *row, const struct fhir_search_component *component)
{
	const struct fhir_search_param *part =
	    served_param_find(served_type_find(making->base, row->type->name), component->code);
	struct fhir_node *node = making->failed ? NULL : fhir_node_add(making->arena, making->node, SLICE("component"), NULL);

	making->failed |= !node || !part || !fhir_node_add_value(making->arena, node, SLICE("definition"), part->url) ||
			  !fhir_node_add_value(making->arena, node, SLICE("expression"), component->expression);
}

static void fill(struct making *making, const struct row *rows, size_t count)
{
	const struct fhir_search_param *param = rows[0].param;
	struct slice id = last_segment(param->url);
	const char *version = fhir_version_number(fhir_schema_version(making->base->schema));

	add(making, "id", (struct slice){ id.ptr, id.len < ID_MAX ? id.len : ID_MAX });
	add(making, "url", param->url);
	add(making, "version", param->is_ours ? OUR_VERSION : slice_of(version));
	add(making, "name", computable_name(making->arena, id));
	add(making, "status", SLICE("active"));
	add(making, "experimental", SLICE("false"));
	add(making, "description", param->description.len ? param->description : param->code);
	add(making, "code", param->code);
	bases_add(making, rows, count, id);
	add(making, "type", served_search_type(param->type));
	struct slice expression = expression_of(making, rows, count);
	add(making, "expression", expression);
	if (expression.len && fhir_element_find(making->node->type, SLICE("processingMode"), NULL))
		add(making, "processingMode", SLICE("normal"));
	targets_add(making, rows, count);
	comparators_add(making, param->type);
	modifiers_add(making, param);
	for (size_t i = 0; i < param->component_count; i++)
		component_add(making, &rows[0], &param->components[i]);
}

bool published_params_each(const struct served_base *base, bool (*each)(void *context, struct fhir_node *, struct error *),
			   void *context, struct error *err)
{
	struct arena *arena = arena_new(ROWS_MAX_BYTES), *scratch = arena_new(PARAM_MAX_BYTES);
	const struct fhir_type *type = fhir_type_find(base->schema, SLICE("SearchParameter"));
	size_t count = 0, first = 0;
	struct row *rows = arena ? rows_collect(arena, base, &count) : NULL;
	bool ok = (rows && scratch) || error_memory(err);

	while (ok && first < count) {
		size_t last = first + 1;
		while (last < count && slice_equal(rows[last].param->url, rows[first].param->url))
			last++;
		arena_reset(scratch);
		struct making making = { .arena = scratch, .base = base, .node = fhir_node_new(scratch, type) };
		making.failed = !making.node;
		if (!making.failed)
			fill(&making, rows + first, last - first);
		ok = making.failed ? error_memory(err) : each(context, making.node, err);
		first = last;
	}
	arena_free(scratch);
	arena_free(arena);
	return ok;
}
