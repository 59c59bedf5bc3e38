/* SPDX-License-Identifier: Apache-2.0 */
/* Source: FHIR R5 "FHIR Mapping Language", grammar mapping.g4. The forms of R4 files (unparenthesised conditions, `default
 * "text"`) are read too. */
#include "map/parser.h"

static bool parse_bound(struct map_parser *parser, uint32_t *out)
{
	uint64_t value;

	if (map_parser_is_symbol(parser, '*')) {
		*out = FHIR_UNBOUNDED;
		return map_parser_advance(parser);
	}
	if (map_parser_token(parser)->kind != MAP_TOKEN_INTEGER ||
	    !slice_to_u64(map_parser_token(parser)->text, UINT32_MAX - 1, &value))
		return map_parser_unexpected(parser, "a number or *");
	*out = (uint32_t)value;
	return map_parser_advance(parser);
}

static bool parse_cardinality(struct map_parser *parser, struct map_source_syntax *source)
{
	if (map_parser_token(parser)->kind != MAP_TOKEN_INTEGER)
		return true;
	source->has_cardinality = true;
	return parse_bound(parser, &source->min) && map_parser_expect(parser, MAP_SYMBOL_RANGE, "\"..\"") &&
	       parse_bound(parser, &source->max);
}

static bool parse_source_list(struct map_parser *parser, struct map_source_syntax *source)
{
	static const struct {
		const char *word;
		enum map_source_list list;
	} lists[] = { { "first", MAP_LIST_FIRST },
		      { "last", MAP_LIST_LAST },
		      { "not_first", MAP_LIST_NOT_FIRST },
		      { "not_last", MAP_LIST_NOT_LAST },
		      { "only_one", MAP_LIST_ONLY_ONE } };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!map_parser_is_word(parser, lists[i].word))
			continue;
		source->list = lists[i].list;
		return map_parser_advance(parser);
	}
	return true;
}

/** log "text" of the older form, as the FHIRPath literal 'text'. */
static bool take_log_text(struct map_parser *parser, struct map_text *out)
{
	struct slice text = map_parser_token(parser)->text;
	struct buf quoted;

	buf_init(&quoted, MAP_TEXT_MAX_BYTES * 2);
	buf_append_char(&quoted, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
			buf_append_char(&quoted, '\\');
		buf_append_char(&quoted, text.ptr[i]);
	}
	buf_append_char(&quoted, '\'');
	bool taken = !quoted.failed && map_parser_take(parser, out);
	if (taken)
		out->text = arena_copy(parser->lexer.arena, buf_slice(&quoted));
	buf_free(&quoted);
	return (taken && out->text.ptr) || error_memory(parser->lexer.err);
}

/** where, check, log: an expression behind a word, in any order. */
static bool parse_conditions(struct map_parser *parser, struct map_source_syntax *source)
{
	for (;;) {
		struct map_text *part = map_parser_is_word(parser, "where")   ? &source->where
					: map_parser_is_word(parser, "check") ? &source->check
					: map_parser_is_word(parser, "log")   ? &source->log
									      : NULL;

		if (!part)
			return true;
		if (part->text.ptr)
			return map_parser_fail(parser, "this condition is given twice");
		if (!map_parser_advance(parser))
			return false;
		bool text = map_parser_is_quoted_by(parser, '"');
		if (text && part != &source->log)
			return map_parser_fail(parser, "write this text in single quotes: it is FHIRPath");
		if (!(text ? take_log_text(parser, part) : map_parser_take_expression(parser, part)))
			return false;
	}
}

/** A source, or a target's context: name or name.element. */
static bool parse_path(struct map_parser *parser, struct map_text *context, struct map_text *element)
{
	if (!map_parser_take_name(parser, "a variable", context))
		return false;
	if (!map_parser_is_symbol(parser, '.'))
		return true;
	return map_parser_advance(parser) && map_parser_take_name(parser, "an element name", element);
}

static bool parse_variable(struct map_parser *parser, struct map_text *out)
{
	if (!map_parser_is_word(parser, "as"))
		return true;
	return map_parser_advance(parser) && map_parser_take_name(parser, "a variable name", out);
}

static bool parse_fallback(struct map_parser *parser, struct map_source_syntax *source)
{
	if (!map_parser_is_word(parser, "default"))
		return true;
	return map_parser_advance(parser) && map_parser_make(parser, sizeof(*source->fallback), &source->fallback) &&
	       map_parse_operand(parser, source->fallback);
}

static bool parse_source(struct map_parser *parser, struct map_source_syntax *source)
{
	if (!parse_path(parser, &source->context, &source->element))
		return false;
	if (map_parser_is_symbol(parser, '.'))
		return map_parser_fail(parser, "a source is a variable and one element: go deeper with \"as\" and a nested rule");
	if (map_parser_is_symbol(parser, ':') &&
	    (!map_parser_advance(parser) || !map_parser_take_id(parser, "a type", &source->type)))
		return false;
	return parse_cardinality(parser, source) && parse_fallback(parser, source) && parse_source_list(parser, source) &&
	       parse_variable(parser, &source->variable) && parse_conditions(parser, source);
}

static bool parse_target_list(struct map_parser *parser, struct map_target_syntax *target)
{
	static const struct {
		const char *word;
		enum map_target_list list;
	} lists[] = { { "first", MAP_TARGET_FIRST },
		      { "last", MAP_TARGET_LAST },
		      { "collate", MAP_TARGET_COLLATE },
		      { "single", MAP_TARGET_COLLATE } };
	struct map_text name;

	if (map_parser_is_word(parser, "share")) {
		target->list = MAP_TARGET_SHARE;
		if (!map_parser_advance(parser) || !map_parser_take_id(parser, "the name of the shared list", &name))
			return false;
		target->share = name.text;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!map_parser_is_word(parser, lists[i].word))
			continue;
		target->list = lists[i].list;
		return map_parser_advance(parser);
	}
	return true;
}

/** What stands behind "=": a transform with operands, or one value that is copied. */
static bool parse_transform(struct map_parser *parser, struct map_target_syntax *target)
{
	struct map_lexer start = parser->lexer;

	if (map_parser_is_kind(parser, MAP_TOKEN_NAME)) {
		if (!map_parser_take(parser, &target->transform))
			return false;
		if (map_parser_is_symbol(parser, '('))
			return map_parse_operands(parser, &target->operands);
		parser->lexer = start;
	}
	target->transform = (struct map_text){ SLICE("copy"), start.token.line, start.token.column };
	return map_parser_make(parser, sizeof(*target->operands), &target->operands) &&
	       map_parse_operand(parser, target->operands);
}

static bool parse_target(struct map_parser *parser, struct map_target_syntax *target)
{
	if (map_parser_is_symbol(parser, '(')) {
		if (!parse_transform(parser, target))
			return false;
		return parse_variable(parser, &target->variable);
	}
	struct map_token start = *map_parser_token(parser);
	if (!parse_path(parser, &target->context, &target->element))
		return false;
	if (map_parser_is_symbol(parser, '(') && !target->element.text.ptr) {
		/* A transform without a place: its value goes to the variable. */
		target->transform = target->context;
		target->context = (struct map_text){ SLICE_NONE, start.line, start.column };
		return map_parse_operands(parser, &target->operands) && parse_variable(parser, &target->variable);
	}
	if (map_parser_is_symbol(parser, '.'))
		return map_parser_fail(parser,
				       "a target is a variable and one element: make the outer one first, \"as\" a variable");
	if (map_parser_is_symbol(parser, '=') && (!map_parser_advance(parser) || !parse_transform(parser, target)))
		return false;
	return parse_variable(parser, &target->variable) && parse_target_list(parser, target);
}

static bool parse_rules(struct map_parser *parser, struct map_rule_syntax **out);

/** `then`: calls, nested rules, or calls followed by nested rules. */
static bool parse_then(struct map_parser *parser, struct map_rule_syntax *rule)
{
	struct map_call_syntax **call = &rule->calls;

	rule->has_then = true;
	while (!map_parser_is_symbol(parser, '{')) {
		if (!map_parser_make(parser, sizeof(**call), call) ||
		    !map_parser_take_id(parser, "a group or \"{\"", &(*call)->group))
			return false;
		if (!map_parser_is_symbol(parser, '('))
			return map_parser_unexpected(parser, "\"(\"");
		if (!map_parse_operands(parser, &(*call)->operands))
			return false;
		call = &(*call)->next;
		if (map_parser_is_symbol(parser, '{'))
			break;
		if (!map_parser_is_symbol(parser, ','))
			return true;
		if (!map_parser_advance(parser))
			return false;
	}
	return parse_rules(parser, &rule->rules);
}

static bool parse_rule_body(struct map_parser *parser, struct map_rule_syntax *rule)
{
	struct map_source_syntax **source = &rule->sources;
	struct map_target_syntax **target = &rule->targets;

	for (bool first = true; first || map_parser_is_symbol(parser, ','); first = false) {
		if (!first && !map_parser_advance(parser))
			return false;
		if (!map_parser_make(parser, sizeof(**source), source) || !parse_source(parser, *source))
			return false;
		source = &(*source)->next;
	}
	if (!map_parser_is_symbol(parser, MAP_SYMBOL_ARROW))
		return true;
	if (!map_parser_advance(parser))
		return false;
	for (bool first = true; first || map_parser_is_symbol(parser, ','); first = false) {
		if (!first && !map_parser_advance(parser))
			return false;
		if (!map_parser_make(parser, sizeof(**target), target) || !parse_target(parser, *target))
			return false;
		target = &(*target)->next;
	}
	return true;
}

static bool parse_rule(struct map_parser *parser, struct map_rule_syntax *rule)
{
	struct map_text name = { SLICE_NONE, 0, 0 };

	rule->line = map_parser_token(parser)->line;
	rule->column = map_parser_token(parser)->column;
	if (!parse_rule_body(parser, rule))
		return false;
	if (map_parser_is_word(parser, "then") && (!map_parser_advance(parser) || !parse_then(parser, rule)))
		return false;
	if ((map_parser_is_kind(parser, MAP_TOKEN_STRING) || map_parser_is_name(parser)) && !map_parser_take(parser, &name))
		return false;
	rule->name = name.text;
	return map_parser_expect(parser, ';', "\";\"");
}

/** Behind a mistake in a rule: to the end of that rule, or to the "}" around it. */
static bool skip_rule(struct map_parser *parser)
{
	unsigned open = 0;

	while (map_parser_token(parser)->kind != MAP_TOKEN_END) {
		bool ends = open == 0 && map_parser_is_symbol(parser, ';');

		if (open == 0 && map_parser_is_symbol(parser, '}'))
			return true;
		open += map_parser_is_symbol(parser, '{');
		open -= map_parser_is_symbol(parser, '}');
		if (!map_parser_advance(parser))
			return false;
		if (ends)
			return true;
	}
	return true;
}

static bool parse_rules(struct map_parser *parser, struct map_rule_syntax **out)
{
	unsigned depth = ++parser->depth;

	if (depth > MAP_NESTING_MAX)
		return map_parser_fail(parser, "rules are nested too deeply");
	if (!map_parser_expect(parser, '{', "\"{\""))
		return false;
	while (!map_parser_is_symbol(parser, '}')) {
		if (map_parser_make(parser, sizeof(**out), out) && parse_rule(parser, *out)) {
			out = &(*out)->next;
			continue;
		}
		*out = NULL;
		parser->depth = depth;
		bool ended = map_parser_token(parser)->kind == MAP_TOKEN_END;
		if (ended || !map_mistakes_go_on(parser->mistakes) || !skip_rule(parser))
			return false;
	}
	parser->depth--;
	return map_parser_advance(parser);
}

static bool parse_parameter(struct map_parser *parser, struct map_parameter *parameter)
{
	if (!map_parser_is_word(parser, "source") && !map_parser_is_word(parser, "target"))
		return map_parser_unexpected(parser, "\"source\" or \"target\"");
	parameter->mode = map_parser_is_word(parser, "source") ? MAP_SOURCE : MAP_TARGET;
	if (!map_parser_advance(parser) || !map_parser_take_name(parser, "a parameter name", &parameter->name))
		return false;
	return !map_parser_is_symbol(parser, ':') ||
	       (map_parser_advance(parser) && map_parser_take_id(parser, "a type", &parameter->type));
}

static bool parse_parameters(struct map_parser *parser, struct map_parameter **out)
{
	if (!map_parser_expect(parser, '(', "\"(\""))
		return false;
	for (bool first = true; first || map_parser_is_symbol(parser, ','); first = false) {
		if (!first && !map_parser_advance(parser))
			return false;
		if (!map_parser_make(parser, sizeof(**out), out) || !parse_parameter(parser, *out))
			return false;
		out = &(*out)->next;
	}
	return map_parser_expect(parser, ')', "\")\"");
}

static bool parse_group_default(struct map_parser *parser, struct map_group_syntax *group)
{
	if (!map_parser_is_symbol(parser, MAP_SYMBOL_OPEN))
		return true;
	if (!map_parser_advance(parser))
		return false;
	group->by_default = map_parser_is_word(parser, "types") ? MAP_DEFAULT_TYPES : MAP_DEFAULT_TYPE_AND_TYPES;
	if (!map_parser_is_word(parser, "types") && !map_parser_is_word(parser, "type"))
		return map_parser_unexpected(parser, "\"types\" or \"type+\"");
	if (!map_parser_advance(parser) ||
	    (group->by_default == MAP_DEFAULT_TYPE_AND_TYPES && !map_parser_expect(parser, '+', "\"+\"")))
		return false;
	return map_parser_expect(parser, MAP_SYMBOL_CLOSE, "\">>\"");
}

bool map_parse_group(struct map_parser *parser, struct map_group_syntax *group)
{
	group->file = parser->syntax;
	if (!map_parser_advance(parser) || !map_parser_take_id(parser, "a group name", &group->name) ||
	    !parse_parameters(parser, &group->parameters))
		return false;
	if (map_parser_is_word(parser, "extends") &&
	    (!map_parser_advance(parser) || !map_parser_take_id(parser, "a group name", &group->extends)))
		return false;
	return parse_group_default(parser, group) && parse_rules(parser, &group->rules);
}
