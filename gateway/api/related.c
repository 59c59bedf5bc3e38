/* SPDX-License-Identifier: Apache-2.0 */
#include "api/related.h"

#define ASSET "api/related-policies.yaml"

static const struct option filter_options[] = {
	{ .name = "parameter",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_expression, name),
	  .required = true,
	  .sentence = "The parameter of the operation." },
	{ .name = "when",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_expression, when),
	  .required = true,
	  .sentence = "Whether a policy is meant by what was given." },
};
static const struct option_table filter_table = { filter_options, ARRAY_SIZE(filter_options), sizeof(struct related_expression),
						  0 };

static const struct option standing_options[] = {
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_expression, name),
	  .required = true,
	  .sentence = "What the parameter `include` calls it." },
	{ .name = "always",
	  .kind = OPTION_BOOL,
	  .offset = offsetof(struct related_expression, always),
	  .default_text = "false",
	  .sentence = "Answered without being asked for." },
	{ .name = "when",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_expression, when),
	  .required = true,
	  .sentence = "Whether a policy stands so on the date." },
};
static const struct option_table standing_table = { standing_options, ARRAY_SIZE(standing_options),
						    sizeof(struct related_expression), 0 };

static const struct option state_options[] = {
	{ .name = "code",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_state, code),
	  .required = true,
	  .sentence = "The abbreviation." },
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_state, name),
	  .required = true,
	  .sentence = "The name." },
};
static const struct option_table state_table = { state_options, ARRAY_SIZE(state_options), sizeof(struct related_state), 0 };

struct file {
	struct slice codes, groups;
	struct option_rows filters, standings, states;
};

static const struct option file_options[] = {
	{ .name = "codes",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct file, codes),
	  .required = true,
	  .sentence = "The codes that a procedure goes by." },
	{ .name = "filters",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, filters),
	  .required = true,
	  .table = &filter_table,
	  .sentence = "Which policies are meant." },
	{ .name = "standings",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, standings),
	  .required = true,
	  .table = &standing_table,
	  .sentence = "How a policy can stand on a date, in the order of the answer." },
	{ .name = "groups",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct file, groups),
	  .required = true,
	  .sentence = "Canonicals of a policy's code groups." },
	{ .name = "states",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, states),
	  .table = &state_table,
	  .sentence = "Names of states by their abbreviations." },
};
static const struct option_table file_table = { file_options, ARRAY_SIZE(file_options), sizeof(struct file), 0 };

static bool compile(struct arena *arena, struct slice text, struct fhirpath_program **out, struct error *err)
{
	struct fhirpath_origin origin = { .name = ASSET };

	return fhirpath_compile_at(arena, text, &origin, NULL, out, err);
}

static bool compile_rows(struct arena *arena, const struct option_rows *rows, struct error *err)
{
	struct related_expression *expressions = rows->items;

	for (size_t i = 0; i < rows->count; i++)
		if (!compile(arena, expressions[i].when, &expressions[i].program, err))
			return false;
	return true;
}

bool related_rules_load(struct arena *arena, struct related_rules **out, struct error *err)
{
	struct related_rules *rules = arena_new_of(arena, struct related_rules);
	struct file file = { 0 };

	if (!rules)
		return error_memory(err);
	if (!options_read_asset(arena, &file_table, ASSET, &file, err))
		return false;
	*rules = (struct related_rules){
		.filters = file.filters.items,
		.filter_count = file.filters.count,
		.standings = file.standings.items,
		.standing_count = file.standings.count,
		.states = file.states.items,
		.state_count = file.states.count,
	};
	*out = rules;
	return compile(arena, file.codes, &rules->codes, err) && compile(arena, file.groups, &rules->groups, err) &&
	       compile_rows(arena, &file.filters, err) && compile_rows(arena, &file.standings, err);
}
