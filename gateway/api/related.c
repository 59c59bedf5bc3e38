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

static const struct option policies_options[] = {
	{ .name = "type",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_policies, type),
	  .required = true,
	  .sentence = "The type of resource that a policy is." },
	{ .name = "code",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_policies, code),
	  .required = true,
	  .sentence = "Its search parameter for the codes that it names." },
	{ .name = "order",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_policies, order),
	  .required = true,
	  .sentence = "Its element by which policies of one standing are ordered." },
};
static const struct option_table policies_table = { policies_options, ARRAY_SIZE(policies_options),
						    sizeof(struct related_policies), 0 };

static const struct option groups_options[] = {
	{ .name = "canonicals",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_groups, canonicals),
	  .required = true,
	  .sentence = "Canonicals of a policy's code groups." },
	{ .name = "type",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_groups, type),
	  .required = true,
	  .sentence = "The type of resource that a group is." },
	{ .name = "url",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_groups, url),
	  .required = true,
	  .sentence = "Its search parameter for its canonical." },
	{ .name = "code",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct related_groups, code),
	  .required = true,
	  .sentence = "Its search parameter for the codes in it." },
};
static const struct option_table groups_table = { groups_options, ARRAY_SIZE(groups_options), sizeof(struct related_groups), 0 };

struct file {
	struct slice codes;
	struct related_policies policies;
	struct related_groups groups;
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
	{ .name = "policies",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct file, policies),
	  .required = true,
	  .table = &policies_table,
	  .sentence = "What a policy is." },
	{ .name = "groups",
	  .kind = OPTION_GROUP,
	  .offset = offsetof(struct file, groups),
	  .required = true,
	  .table = &groups_table,
	  .sentence = "What a policy's code groups are." },
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

static bool param_check(const struct served_base *base, struct slice type, struct slice code, struct error *err)
{
	const struct served_type *served = served_type_find(base, type);

	if (served && served_param_find(served, code))
		return true;
	error_set(err, ERROR_USAGE, ASSET, "the base %s has no %.*s with a search parameter '%.*s'",
		  fhir_version_name(base->version), SLICE_ARG(type), SLICE_ARG(code));
	return error_hint(err, "metadata lists types and their search parameters");
}

static bool params_check(const struct related_rules *rules, const struct served_base *base, struct error *err)
{
	return param_check(base, rules->policies.type, rules->policies.code, err) &&
	       param_check(base, rules->groups.type, rules->groups.url, err) &&
	       param_check(base, rules->groups.type, rules->groups.code, err);
}

bool related_rules_load(struct arena *arena, const struct served_base bases[FHIR_VERSION_COUNT], struct related_rules **out,
			struct error *err)
{
	struct related_rules *rules = arena_new_of(arena, struct related_rules);
	struct file file = { 0 };

	if (!rules)
		return error_memory(err);
	if (!options_read_asset(arena, &file_table, ASSET, &file, err))
		return false;
	*rules = (struct related_rules){
		.policies = file.policies,
		.groups = file.groups,
		.filters = file.filters.items,
		.filter_count = file.filters.count,
		.standings = file.standings.items,
		.standing_count = file.standings.count,
		.states = file.states.items,
		.state_count = file.states.count,
	};
	*out = rules;
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++)
		if (!params_check(rules, &bases[i], err))
			return false;
	return compile(arena, file.codes, &rules->codes, err) &&
	       compile(arena, rules->groups.canonicals, &rules->groups.program, err) && compile_rows(arena, &file.filters, err) &&
	       compile_rows(arena, &file.standings, err);
}
