/* SPDX-License-Identifier: Apache-2.0 */
/* A StructureMap resource, R4 or R5, as the syntax that the text of the language has. Source: FHIR R4 and R5, "StructureMap". */
#include "map/lexer.h"
#include "map/syntax.h"

#define NESTING_MAX 32u

struct structure {
	struct arena *arena;
	struct map_syntax *syntax;
	struct map_mistakes *mistakes;
	unsigned depth;
};

static bool refuse(const struct structure *structure, const struct fhir_node *at, const char *what, struct slice about)
{
	return map_fail(structure->mistakes->err, structure->syntax->file, at->line, at->column, "%s%s%.*s", what,
			about.len ? " " : "", SLICE_ARG(about));
}

/** The child of that name as a text with its place. */
static struct map_text text_of(const struct fhir_node *parent, struct slice name)
{
	const struct fhir_node *child = fhir_node_child(parent, name);

	return child ? (struct map_text){ child->value, child->line, child->column }
		     : (struct map_text){ SLICE_NONE, parent->line, parent->column };
}

static bool make(const struct structure *structure, size_t bytes, void *out)
{
	void *made = arena_alloc(structure->arena, bytes);

	*(void **)out = made;
	return made || error_memory(structure->mistakes->err);
}

/** A word of a table, or an error at `at`. */
static bool choose(const struct structure *structure, const struct fhir_node *at, const char *const *words, size_t count,
		   size_t *out)
{
	for (*out = 0; *out < count; ++*out)
		if (words[*out] && slice_equal(at->value, slice_of(words[*out])))
			return true;
	return refuse(structure, at, "unknown code", at->value);
}

/* ---- rules ---- */

/** A parameter: an id names a variable, anything else is the value itself. */
static bool read_operand(const struct structure *structure, const struct fhir_node *value, struct map_operand_syntax *out)
{
	static const struct {
		const char *type;
		enum map_operand_kind kind;
	} kinds[] = { { "id", MAP_OPERAND_NAME },
		      { "boolean", MAP_OPERAND_BOOLEAN },
		      { "integer", MAP_OPERAND_INTEGER },
		      { "unsignedInt", MAP_OPERAND_INTEGER },
		      { "positiveInt", MAP_OPERAND_INTEGER },
		      { "decimal", MAP_OPERAND_DECIMAL } };

	out->kind = MAP_OPERAND_STRING;
	out->text = (struct map_text){ value->value, value->line, value->column };
	if (value->type->kind != FHIR_KIND_PRIMITIVE || !value->value.ptr)
		return refuse(structure, value, "a primitive value is wanted, not a", value->type->name);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (slice_equal(value->type->name, slice_of(kinds[i].type)))
			out->kind = kinds[i].kind;
	return true;
}

static bool read_parameters(const struct structure *structure, const struct fhir_node *parent, struct map_operand_syntax **out)
{
	const struct fhir_node *parameter = fhir_node_child(parent, SLICE("parameter"));
	const struct fhir_node *variable = fhir_node_child(parent, SLICE("variable"));

	for (; parameter; parameter = fhir_node_again(parameter), out = &(*out)->next) {
		const struct fhir_node *value = fhir_node_child(parameter, SLICE("value"));

		if (!value)
			return refuse(structure, parameter, "the parameter has no value", SLICE_NONE);
		if (!make(structure, sizeof(**out), out) || !read_operand(structure, value, *out))
			return false;
	}
	/* R4: StructureMap.group.rule.dependent.variable, which R5 replaced by parameter. A target's variable is another thing.
	 */
	if (!variable || variable->element->max == 1)
		return true;
	for (; variable; variable = fhir_node_again(variable), out = &(*out)->next) {
		if (!make(structure, sizeof(**out), out))
			return false;
		(*out)->kind = MAP_OPERAND_NAME;
		(*out)->text = (struct map_text){ variable->value, variable->line, variable->column };
	}
	return true;
}

static bool read_cardinality(const struct structure *structure, const struct fhir_node *node, struct map_source_syntax *out)
{
	struct map_text min = text_of(node, SLICE("min")), max = text_of(node, SLICE("max"));
	uint64_t low = 0, high = FHIR_UNBOUNDED;

	out->has_cardinality = min.text.ptr || max.text.ptr;
	if ((min.text.ptr && !slice_to_u64(min.text, FHIR_UNBOUNDED - 1, &low)) ||
	    (max.text.ptr && !slice_equal(max.text, SLICE("*")) && !slice_to_u64(max.text, FHIR_UNBOUNDED - 1, &high)))
		return refuse(structure, node, "min and max are numbers, max may be *", SLICE_NONE);
	out->min = (uint32_t)low;
	out->max = (uint32_t)high;
	return true;
}

static bool read_source(const struct structure *structure, const struct fhir_node *node, struct map_source_syntax *out)
{
	static const char *const lists[] = {
		[MAP_LIST_FIRST] = "first",       [MAP_LIST_LAST] = "last",         [MAP_LIST_NOT_FIRST] = "not_first",
		[MAP_LIST_NOT_LAST] = "not_last", [MAP_LIST_ONLY_ONE] = "only_one",
	};
	const struct fhir_node *list = fhir_node_child(node, SLICE("listMode"));
	const struct fhir_node *fallback = fhir_node_child(node, SLICE("defaultValue"));
	size_t mode = MAP_LIST_ALL;

	out->context = text_of(node, SLICE("context"));
	out->element = text_of(node, SLICE("element"));
	out->type = text_of(node, SLICE("type"));
	out->variable = text_of(node, SLICE("variable"));
	out->where = text_of(node, SLICE("condition"));
	out->check = text_of(node, SLICE("check"));
	out->log = text_of(node, SLICE("logMessage"));
	if (!out->context.text.ptr)
		return refuse(structure, node, "a source needs a context", SLICE_NONE);
	if (list && !choose(structure, list, lists, ARRAY_SIZE(lists), &mode))
		return false;
	out->list = (enum map_source_list)mode;
	if (fallback &&
	    (!make(structure, sizeof(*out->fallback), &out->fallback) || !read_operand(structure, fallback, out->fallback)))
		return false;
	if (fallback && out->fallback->kind == MAP_OPERAND_NAME)
		out->fallback->kind = MAP_OPERAND_STRING;
	return read_cardinality(structure, node, out);
}

static bool read_target_list(const struct structure *structure, const struct fhir_node *node, struct map_target_syntax *out)
{
	static const char *const lists[] = { [MAP_TARGET_FIRST] = "first",
					     [MAP_TARGET_LAST] = "last",
					     [MAP_TARGET_SHARE] = "share",
					     [MAP_TARGET_COLLATE] = "collate",
					     [MAP_TARGET_COLLATE + 1] = "single" };
	const struct fhir_node *list = fhir_node_child(node, SLICE("listMode"));
	size_t mode;

	for (; list; list = fhir_node_again(list)) {
		if (!choose(structure, list, lists, ARRAY_SIZE(lists), &mode))
			return false;
		out->list = mode > MAP_TARGET_COLLATE ? MAP_TARGET_COLLATE : (enum map_target_list)mode;
		if (out->list == MAP_TARGET_SHARE)
			break;
	}
	out->share = fhir_node_text(node, SLICE("listRuleId"));
	return out->list != MAP_TARGET_SHARE || out->share.ptr || refuse(structure, node, "share needs a listRuleId", SLICE_NONE);
}

static bool read_target(const struct structure *structure, const struct fhir_node *node, struct map_target_syntax *out)
{
	out->context = text_of(node, SLICE("context"));
	out->element = text_of(node, SLICE("element"));
	out->variable = text_of(node, SLICE("variable"));
	out->transform = text_of(node, SLICE("transform"));
	return read_parameters(structure, node, &out->operands) && read_target_list(structure, node, out);
}

static bool read_calls(const struct structure *structure, const struct fhir_node *node, struct map_rule_syntax *rule)
{
	const struct fhir_node *dependent = fhir_node_child(node, SLICE("dependent"));

	for (struct map_call_syntax **call = &rule->calls; dependent;
	     call = &(*call)->next, dependent = fhir_node_again(dependent)) {
		if (!make(structure, sizeof(**call), call) || !read_parameters(structure, dependent, &(*call)->operands))
			return false;
		(*call)->group = text_of(dependent, SLICE("name"));
		rule->has_then = true;
	}
	return true;
}

/** The text's "a -> b" is published as create() without a type and nothing that fills it: it means to copy. */
static void find_plain_copy(struct map_rule_syntax *rule)
{
	struct map_target_syntax *target = rule->targets;

	if (rule->has_then || !target || target->next || !rule->sources || rule->sources->next || target->operands)
		return;
	if (slice_equal(target->transform.text, SLICE("create")) && rule->sources->variable.text.ptr && target->variable.text.ptr)
		target->transform.text = SLICE_NONE;
}

static bool read_rules(struct structure *structure, const struct fhir_node *parent, struct map_rule_syntax **out);

static bool read_rule(struct structure *structure, const struct fhir_node *node, struct map_rule_syntax *rule)
{
	const struct fhir_node *source = fhir_node_child(node, SLICE("source"));
	const struct fhir_node *target = fhir_node_child(node, SLICE("target"));
	struct map_source_syntax **sources = &rule->sources;
	struct map_target_syntax **targets = &rule->targets;

	rule->line = node->line;
	rule->column = node->column;
	rule->name = fhir_node_text(node, SLICE("name"));
	for (; source; source = fhir_node_again(source), sources = &(*sources)->next)
		if (!make(structure, sizeof(**sources), sources) || !read_source(structure, source, *sources))
			return false;
	if (!rule->sources)
		return refuse(structure, node, "a rule needs a source", SLICE_NONE);
	for (; target; target = fhir_node_again(target), targets = &(*targets)->next)
		if (!make(structure, sizeof(**targets), targets) || !read_target(structure, target, *targets))
			return false;
	if (!read_calls(structure, node, rule) || !read_rules(structure, node, &rule->rules))
		return false;
	rule->has_then = rule->has_then || rule->rules;
	find_plain_copy(rule);
	return true;
}

static bool read_rules(struct structure *structure, const struct fhir_node *parent, struct map_rule_syntax **out)
{
	const struct fhir_node *rule = fhir_node_child(parent, SLICE("rule"));

	if (structure->depth == NESTING_MAX)
		return refuse(structure, parent, "rules are nested too deeply", SLICE_NONE);
	unsigned depth = ++structure->depth;
	for (; rule; rule = fhir_node_again(rule)) {
		if (make(structure, sizeof(**out), out) && read_rule(structure, rule, *out)) {
			out = &(*out)->next;
			continue;
		}
		*out = NULL;
		structure->depth = depth;
		if (!map_mistakes_go_on(structure->mistakes))
			return false;
	}
	structure->depth--;
	return true;
}

/* ---- groups and head ---- */

static bool read_mode(const struct structure *structure, const struct fhir_node *node, enum map_mode *out)
{
	struct slice mode = fhir_node_text(node, SLICE("mode"));

	*out = slice_equal(mode, SLICE("source")) || slice_equal(mode, SLICE("queried")) ? MAP_SOURCE : MAP_TARGET;
	return *out == MAP_SOURCE || slice_equal(mode, SLICE("target")) || slice_equal(mode, SLICE("produced")) ||
	       refuse(structure, node, "unknown mode", mode);
}

static bool read_inputs(const struct structure *structure, const struct fhir_node *node, struct map_parameter **out)
{
	const struct fhir_node *input = fhir_node_child(node, SLICE("input"));

	for (; input; input = fhir_node_again(input), out = &(*out)->next) {
		if (!make(structure, sizeof(**out), out) || !read_mode(structure, input, &(*out)->mode))
			return false;
		(*out)->name = text_of(input, SLICE("name"));
		(*out)->type = text_of(input, SLICE("type"));
	}
	return true;
}

static bool read_group(struct structure *structure, const struct fhir_node *node, struct map_group_syntax *group)
{
	static const char *const defaults[] = {
		[MAP_DEFAULT_NONE] = "none", [MAP_DEFAULT_TYPES] = "types", [MAP_DEFAULT_TYPE_AND_TYPES] = "type-and-types"
	};
	const struct fhir_node *mode = fhir_node_child(node, SLICE("typeMode"));
	size_t by_default = MAP_DEFAULT_NONE;

	group->file = structure->syntax;
	group->name = text_of(node, SLICE("name"));
	group->extends = text_of(node, SLICE("extends"));
	if (mode && !choose(structure, mode, defaults, ARRAY_SIZE(defaults), &by_default))
		return false;
	group->by_default = (enum map_group_default)by_default;
	return read_inputs(structure, node, &group->parameters) && read_rules(structure, node, &group->rules);
}

static bool read_uses(const struct structure *structure, const struct fhir_node *resource)
{
	const struct fhir_node *used = fhir_node_child(resource, SLICE("structure"));
	struct map_uses **uses = &structure->syntax->uses;

	for (; used; used = fhir_node_again(used), uses = &(*uses)->next) {
		if (!make(structure, sizeof(**uses), uses) || !read_mode(structure, used, &(*uses)->mode))
			return false;
		(*uses)->url = text_of(used, SLICE("url"));
		(*uses)->alias = fhir_node_text(used, SLICE("alias"));
	}
	return true;
}

static bool read_head(const struct structure *structure, const struct fhir_node *resource)
{
	const struct fhir_node *import = fhir_node_child(resource, SLICE("import"));
	const struct fhir_node *constant = fhir_node_child(resource, SLICE("const"));
	struct map_import **imports = &structure->syntax->imports;
	struct map_constant_syntax **constants = &structure->syntax->constants;

	for (; import; import = fhir_node_again(import), imports = &(*imports)->next) {
		if (!make(structure, sizeof(**imports), imports))
			return false;
		(*imports)->url = (struct map_text){ import->value, import->line, import->column };
	}
	for (; constant; constant = fhir_node_again(constant), constants = &(*constants)->next) {
		if (!make(structure, sizeof(**constants), constants))
			return false;
		(*constants)->name = text_of(constant, SLICE("name"));
		(*constants)->expression = text_of(constant, SLICE("value"));
		if (!(*constants)->name.text.ptr || !(*constants)->expression.text.ptr)
			return refuse(structure, constant, "a constant needs a name and a value", SLICE_NONE);
	}
	return read_uses(structure, resource);
}

/** ConceptMaps inside the resource are what the text calls conceptmap. */
static bool read_contained(const struct structure *structure, const struct fhir_node *resource)
{
	const struct fhir_node *contained = fhir_node_child(resource, SLICE("contained"));
	struct map_concept_map **end = &structure->syntax->concept_maps;

	for (; contained; contained = fhir_node_again(contained)) {
		if (!slice_equal(contained->type->name, SLICE("ConceptMap")))
			continue;
		if (!map_parse_concepts(structure->arena, contained, end, structure->mistakes->err))
			return false;
		end = &(*end)->next;
	}
	return true;
}

bool map_parse_structure(struct arena *arena, const char *file, const struct fhir_node *resource, struct map_mistakes *mistakes,
			 struct map_syntax **out)
{
	struct structure structure = { .arena = arena, .syntax = arena_new_of(arena, struct map_syntax), .mistakes = mistakes };
	const struct fhir_node *group = fhir_node_child(resource, SLICE("group"));

	if (!structure.syntax)
		return error_memory(mistakes->err);
	structure.syntax->file = file;
	if (!slice_equal(resource->type->name, SLICE("StructureMap")))
		return refuse(&structure, resource, "not a StructureMap but a", resource->type->name);
	structure.syntax->url = fhir_node_text(resource, SLICE("url"));
	structure.syntax->id = fhir_node_text(resource, SLICE("id"));
	if (!read_head(&structure, resource) || !read_contained(&structure, resource))
		return false;
	for (struct map_group_syntax **end = &structure.syntax->groups; group;
	     end = &(*end)->next, group = fhir_node_again(group))
		if (!make(&structure, sizeof(**end), end) || !read_group(&structure, group, *end))
			return false;
	*out = structure.syntax;
	return structure.syntax->groups || refuse(&structure, resource, "the map has no group", SLICE_NONE);
}
