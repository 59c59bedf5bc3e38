/* SPDX-License-Identifier: Apache-2.0 */
/* The table of elements: profiles/apply/elements.tsv, whose first lines say what the columns are. */
#include "apply/run.h"

#define ASSET "apply/elements.tsv"

/** Whether `name` is one of the words of "a|b|c". */
static bool is_among(struct slice words, struct slice name)
{
	while (words.ptr)
		if (slice_equal(slice_cut(&words, '|'), name))
			return true;
	return false;
}

static size_t count_lines(struct slice text)
{
	size_t count = 0;

	for (; text.len; count++)
		slice_cut(&text, '\n');
	return count;
}

/** Every target has to be a type that this version has. */
static bool targets_check(const struct fhir_schema *schema, const struct apply_row *row, const char *place, struct error *err)
{
	struct slice targets = row->targets;

	while (targets.ptr) {
		struct slice name = slice_cut(&targets, '|');
		if (!fhir_type_find(schema, name))
			return error_set(err, ERROR_SYNTAX, place, "FHIR %s has no type '%.*s'",
					 fhir_version_number(fhir_schema_version(schema)), SLICE_ARG(name));
	}
	return true;
}

/** `*taken` false: the row is another version's. */
static bool row_read(struct arena *arena, const struct fhir_schema *schema, struct slice line, struct apply_row *out, bool *taken,
		     struct error *err)
{
	struct slice versions = slice_cut(&line, '\t');
	char place[64];

	snprintf(place, sizeof(place), "%s:%u", ASSET, out->line);
	*taken = is_among(versions, slice_of(fhir_version_name(fhir_schema_version(schema))));
	if (!*taken)
		return true;
	out->source = slice_cut(&line, '\t');
	out->targets = slice_cut(&line, '\t');
	out->element = slice_cut(&line, '\t');
	if (!out->element.len || !line.len)
		return error_set(err, ERROR_SYNTAX, place, "a row has five columns");
	/* '+': behind those there are. */
	if (slice_starts(out->element, SLICE("+")))
		out->element = arena_printf(arena, "%.*s[%u]", SLICE_ARG(slice_from(out->element, 1)), UINT32_MAX);
	if (!out->element.ptr)
		return error_memory(err);
	struct fhirpath_origin origin = { .name = ASSET, .line = out->line, .column = 1 };
	return targets_check(schema, out, place, err) && fhirpath_compile_at(arena, line, &origin, NULL, &out->program, err);
}

bool apply_rules_load(struct arena *arena, const struct fhir_schema *schema, struct apply_rules **out, struct error *err)
{
	struct apply_rules *rules = arena_new_of(arena, struct apply_rules);
	struct slice text;

	if (!asset_get(ASSET, &text, err))
		return false;
	struct apply_row *rows = arena_new_array(arena, struct apply_row, count_lines(text));
	if (!rules || !rows)
		return error_memory(err);
	*rules = (struct apply_rules){ .schema = schema, .rows = rows };
	for (uint32_t number = 1; text.len; number++) {
		struct slice line = slice_cut(&text, '\n');
		struct apply_row *row = &rows[rules->row_count];
		bool taken;
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		row->line = number;
		if (!row_read(arena, schema, line, row, &taken, err))
			return false;
		rules->row_count += taken;
	}
	*out = rules;
	return true;
}

static bool row_makes(const struct apply_row *row, struct slice source, struct slice target)
{
	return slice_equal(row->source, source) && is_among(row->targets, target);
}

bool apply_rules_have(const struct apply_rules *rules, struct slice source, struct slice target)
{
	for (size_t i = 0; i < rules->row_count; i++)
		if (row_makes(&rules->rows[i], source, target))
			return true;
	return false;
}

bool apply_kind_known(const struct apply_rules *rules, struct slice kind)
{
	return apply_rules_have(rules, SLICE("ActivityDefinition"), kind);
}

bool apply_fill(struct apply_run *run, const struct fhir_node *focus, struct fhir_node *node)
{
	struct fhirpath_context context = {
		.schema = run->schema,
		.resource = run->request->definition,
		.variables = run->variables,
		.variable_count = run->variable_count,
		.now_ms = run->request->now_ms,
	};

	for (size_t i = 0; i < run->rules->row_count; i++) {
		const struct apply_row *row = &run->rules->rows[i];
		struct fhirpath_result value;
		struct error wrong = { 0 };
		if (!row_makes(row, focus->type->name, node->type->name))
			continue;
		if (fhirpath_eval_node(run->arena, row->program, &context, focus, &value, &wrong) &&
		    apply_assign(run->arena, node, row->element, &value, &wrong))
			continue;
		if (wrong.code == ERROR_MEMORY || wrong.code == ERROR_LIMIT)
			return error_set(run->err, wrong.code, wrong.place, "%s", wrong.message);
		issue_add(run->issues, ISSUE_WARNING, "not-supported", fhir_node_path(run->arena, focus), 0, 0,
			  "%.*s.%.*s was left out: %s", SLICE_ARG(node->type->name), SLICE_ARG(row->element), wrong.message);
	}
	return true;
}
