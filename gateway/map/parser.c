/* SPDX-License-Identifier: Apache-2.0 */
/* Source: FHIR R5 "FHIR Mapping Language", grammar mapping.g4. The forms of R4 files (unparenthesised conditions, `default
 * "text"`) are read too. */
#include "map/lexer.h"
#include "map/syntax.h"

#define NESTING_MAX 32u
#define NODES_MAX 50000u

struct parser {
	struct map_lexer lexer;
	struct map_syntax *syntax;
	unsigned depth;
	size_t node_count;
};

static struct map_token *token(struct parser *parser)
{
	return &parser->lexer.token;
}

/** A "///" line means something in the head of a map only; among rules it is a comment. */
static bool advance(struct parser *parser)
{
	do {
		if (!map_lexer_next(&parser->lexer))
			return false;
	} while (parser->depth > 0 && token(parser)->kind == MAP_TOKEN_METADATA);
	return true;
}

static bool fail(struct parser *parser, const char *message)
{
	return map_fail(parser->lexer.err, parser->lexer.file, token(parser)->line, token(parser)->column, "%s", message);
}

static bool unexpected(struct parser *parser, const char *wanted)
{
	struct slice text = token(parser)->text;

	if (token(parser)->kind == MAP_TOKEN_END)
		return map_fail(parser->lexer.err, parser->lexer.file, token(parser)->line, token(parser)->column,
				"the map ends where %s was expected", wanted);
	return map_fail(parser->lexer.err, parser->lexer.file, token(parser)->line, token(parser)->column,
			"expected %s, found \"%.*s\"", wanted, (int)(text.len > 40 ? 40 : text.len), text.ptr);
}

static bool is_symbol(struct parser *parser, int symbol)
{
	return token(parser)->kind == MAP_TOKEN_SYMBOL && token(parser)->symbol == symbol;
}

static bool is_word(struct parser *parser, const char *word)
{
	return token(parser)->kind == MAP_TOKEN_NAME && slice_equal(token(parser)->text, slice_of(word));
}

static bool expect(struct parser *parser, int symbol, const char *wanted)
{
	return is_symbol(parser, symbol) ? advance(parser) : unexpected(parser, wanted);
}

static bool expect_word(struct parser *parser, const char *word)
{
	return is_word(parser, word) ? advance(parser) : unexpected(parser, word);
}

/** Zeroed memory for one part of the syntax; the count bounds what a file can ask for. */
static bool make(struct parser *parser, size_t bytes, void *out)
{
	void *made = NULL;

	if (++parser->node_count > NODES_MAX)
		return fail(parser, "the map is too large");
	made = arena_alloc(parser->lexer.arena, bytes);
	*(void **)out = made;
	return made || error_memory(parser->lexer.err);
}

/** Takes the current token as a text with its place. */
static bool take(struct parser *parser, struct map_text *out)
{
	*out = (struct map_text){ token(parser)->text, token(parser)->line, token(parser)->column };
	if (!out->text.ptr)
		out->text = SLICE("");
	return advance(parser);
}

static bool take_name(struct parser *parser, const char *wanted, struct map_text *out)
{
	if (token(parser)->kind != MAP_TOKEN_NAME && token(parser)->kind != MAP_TOKEN_DELIMITED)
		return unexpected(parser, wanted);
	return take(parser, out);
}

static bool take_string(struct parser *parser, const char *wanted, struct map_text *out)
{
	return token(parser)->kind == MAP_TOKEN_STRING ? take(parser, out) : unexpected(parser, wanted);
}

/** A name or a quoted name, as identifiers of maps, groups and types come in both forms. */
static bool take_id(struct parser *parser, const char *wanted, struct map_text *out)
{
	return token(parser)->kind == MAP_TOKEN_STRING ? take(parser, out) : take_name(parser, wanted, out);
}

/** FHIRPath from the current token on. It is read twice: here to find its end, and by the compiler, who knows the variables. */
static bool take_expression(struct parser *parser, struct map_text *out)
{
	struct map_token start = *token(parser);
	struct fhirpath_origin origin = { .name = parser->lexer.file, .line = start.line, .column = start.column };
	struct fhirpath_program *program;
	size_t used;

	if (!fhirpath_compile_at(parser->lexer.arena, slice_from(parser->lexer.text, start.offset), &origin, &used, &program,
				 parser->lexer.err))
		return false;
	*out = (struct map_text){ { parser->lexer.text.ptr + start.offset, used }, start.line, start.column };
	return map_lexer_resume(&parser->lexer, start.offset + used);
}

/** "(" FHIRPath ")": the parentheses belong to the mapping language. */
static bool take_parenthesised(struct parser *parser, struct map_text *out)
{
	return advance(parser) && take_expression(parser, out) && expect(parser, ')', "\")\"");
}

static bool parse_operand(struct parser *parser, struct map_operand_syntax *out)
{
	static const enum map_operand_kind kinds[] = {
		[MAP_TOKEN_STRING] = MAP_OPERAND_STRING,   [MAP_TOKEN_INTEGER] = MAP_OPERAND_INTEGER,
		[MAP_TOKEN_DECIMAL] = MAP_OPERAND_DECIMAL, [MAP_TOKEN_NAME] = MAP_OPERAND_NAME,
		[MAP_TOKEN_DELIMITED] = MAP_OPERAND_NAME,
	};
	struct map_token start = *token(parser);

	if (is_symbol(parser, '(')) {
		out->kind = MAP_OPERAND_EXPRESSION;
		return take_parenthesised(parser, &out->text);
	}
	if (is_symbol(parser, '-') || is_symbol(parser, '%')) {
		out->kind = MAP_OPERAND_EXPRESSION;
		return take_expression(parser, &out->text);
	}
	if (start.kind == MAP_TOKEN_END || start.kind == MAP_TOKEN_SYMBOL || start.kind == MAP_TOKEN_METADATA)
		return unexpected(parser, "a value");
	out->kind = kinds[start.kind];
	if (is_word(parser, "true") || is_word(parser, "false"))
		out->kind = MAP_OPERAND_BOOLEAN;
	if (!take(parser, &out->text))
		return false;
	/* A path behind a variable ("src.name.first()") is FHIRPath: read it again as such. */
	if (out->kind != MAP_OPERAND_NAME || !is_symbol(parser, '.'))
		return true;
	*token(parser) = start;
	out->kind = MAP_OPERAND_EXPRESSION;
	return take_expression(parser, &out->text);
}

/** Operands up to ")"; the current token is "(". */
static bool parse_operands(struct parser *parser, struct map_operand_syntax **out)
{
	if (!advance(parser))
		return false;
	for (bool first = true; !is_symbol(parser, ')'); first = false) {
		if (!first && !expect(parser, ',', "\",\" or \")\""))
			return false;
		if (!make(parser, sizeof(**out), out) || !parse_operand(parser, *out))
			return false;
		out = &(*out)->next;
	}
	return advance(parser);
}

static bool parse_bound(struct parser *parser, uint32_t *out)
{
	uint64_t value;

	if (is_symbol(parser, '*')) {
		*out = FHIR_UNBOUNDED;
		return advance(parser);
	}
	if (token(parser)->kind != MAP_TOKEN_INTEGER || !slice_to_u64(token(parser)->text, UINT32_MAX - 1, &value))
		return unexpected(parser, "a number or *");
	*out = (uint32_t)value;
	return advance(parser);
}

static bool parse_cardinality(struct parser *parser, struct map_source_syntax *source)
{
	if (token(parser)->kind != MAP_TOKEN_INTEGER)
		return true;
	source->has_cardinality = true;
	return parse_bound(parser, &source->min) && expect(parser, MAP_SYMBOL_RANGE, "\"..\"") &&
	       parse_bound(parser, &source->max);
}

static bool parse_source_list(struct parser *parser, struct map_source_syntax *source)
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
		if (!is_word(parser, lists[i].word))
			continue;
		source->list = lists[i].list;
		return advance(parser);
	}
	return true;
}

/** where, check, log: an expression behind a word, in any order. */
static bool parse_conditions(struct parser *parser, struct map_source_syntax *source)
{
	for (;;) {
		struct map_text *part = is_word(parser, "where")   ? &source->where
					: is_word(parser, "check") ? &source->check
					: is_word(parser, "log")   ? &source->log
								   : NULL;

		if (!part)
			return true;
		if (part->text.ptr)
			return fail(parser, "this condition is given twice");
		if (!advance(parser))
			return false;
		/* `log "text"` is a literal in files of the older form. */
		if (token(parser)->kind == MAP_TOKEN_STRING && parser->lexer.text.ptr[token(parser)->offset] == '"')
			return fail(parser, "write this text in single quotes: it is FHIRPath");
		if (!take_expression(parser, part))
			return false;
	}
}

/** A source, or a target's context: name or name.element. */
static bool parse_path(struct parser *parser, struct map_text *context, struct map_text *element)
{
	if (!take_name(parser, "a variable", context))
		return false;
	if (!is_symbol(parser, '.'))
		return true;
	return advance(parser) && take_name(parser, "an element name", element);
}

static bool parse_variable(struct parser *parser, struct map_text *out)
{
	if (!is_word(parser, "as"))
		return true;
	return advance(parser) && take_name(parser, "a variable name", out);
}

static bool parse_fallback(struct parser *parser, struct map_source_syntax *source)
{
	if (!is_word(parser, "default"))
		return true;
	return advance(parser) && make(parser, sizeof(*source->fallback), &source->fallback) &&
	       parse_operand(parser, source->fallback);
}

static bool parse_source(struct parser *parser, struct map_source_syntax *source)
{
	if (!parse_path(parser, &source->context, &source->element))
		return false;
	if (is_symbol(parser, '.'))
		return fail(parser, "a source is a variable and one element: go deeper with \"as\" and a nested rule");
	if (is_symbol(parser, ':') && (!advance(parser) || !take_id(parser, "a type", &source->type)))
		return false;
	return parse_cardinality(parser, source) && parse_fallback(parser, source) && parse_source_list(parser, source) &&
	       parse_variable(parser, &source->variable) && parse_conditions(parser, source);
}

static bool parse_target_list(struct parser *parser, struct map_target_syntax *target)
{
	static const struct {
		const char *word;
		enum map_target_list list;
	} lists[] = { { "first", MAP_TARGET_FIRST },
		      { "last", MAP_TARGET_LAST },
		      { "collate", MAP_TARGET_COLLATE },
		      { "single", MAP_TARGET_COLLATE } };
	struct map_text name;

	if (is_word(parser, "share")) {
		target->list = MAP_TARGET_SHARE;
		if (!advance(parser) || !take_id(parser, "the name of the shared list", &name))
			return false;
		target->share = name.text;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!is_word(parser, lists[i].word))
			continue;
		target->list = lists[i].list;
		return advance(parser);
	}
	return true;
}

/** What stands behind "=": a transform with operands, or one value that is copied. */
static bool parse_transform(struct parser *parser, struct map_target_syntax *target)
{
	struct map_token start = *token(parser);

	if (start.kind == MAP_TOKEN_NAME) {
		if (!take(parser, &target->transform))
			return false;
		if (is_symbol(parser, '('))
			return parse_operands(parser, &target->operands);
	}
	target->transform = (struct map_text){ SLICE("copy"), start.line, start.column };
	if (!make(parser, sizeof(*target->operands), &target->operands))
		return false;
	if (start.kind != MAP_TOKEN_NAME)
		return parse_operand(parser, target->operands);
	target->operands->kind = MAP_OPERAND_NAME;
	target->operands->text = (struct map_text){ start.text, start.line, start.column };
	if (slice_equal(start.text, SLICE("true")) || slice_equal(start.text, SLICE("false")))
		target->operands->kind = MAP_OPERAND_BOOLEAN;
	if (!is_symbol(parser, '.'))
		return true;
	*token(parser) = start;
	target->operands->kind = MAP_OPERAND_EXPRESSION;
	return take_expression(parser, &target->operands->text);
}

static bool parse_target(struct parser *parser, struct map_target_syntax *target)
{
	if (is_symbol(parser, '(')) {
		if (!parse_transform(parser, target))
			return false;
		return parse_variable(parser, &target->variable);
	}
	struct map_token start = *token(parser);
	if (!parse_path(parser, &target->context, &target->element))
		return false;
	if (is_symbol(parser, '(') && !target->element.text.ptr) {
		/* A transform without a place: its value goes to the variable. */
		target->transform = target->context;
		target->context = (struct map_text){ SLICE_NONE, start.line, start.column };
		return parse_operands(parser, &target->operands) && parse_variable(parser, &target->variable);
	}
	if (is_symbol(parser, '.'))
		return fail(parser, "a target is a variable and one element: make the outer one first, \"as\" a variable");
	if (is_symbol(parser, '=') && (!advance(parser) || !parse_transform(parser, target)))
		return false;
	return parse_variable(parser, &target->variable) && parse_target_list(parser, target);
}

static bool parse_rules(struct parser *parser, struct map_rule_syntax **out);

/** `then`: calls, nested rules, or calls followed by nested rules. */
static bool parse_then(struct parser *parser, struct map_rule_syntax *rule)
{
	struct map_call_syntax **call = &rule->calls;

	rule->has_then = true;
	while (!is_symbol(parser, '{')) {
		if (!make(parser, sizeof(**call), call) || !take_id(parser, "a group or \"{\"", &(*call)->group))
			return false;
		if (!is_symbol(parser, '('))
			return unexpected(parser, "\"(\"");
		if (!parse_operands(parser, &(*call)->operands))
			return false;
		call = &(*call)->next;
		if (is_symbol(parser, '{'))
			break;
		if (!is_symbol(parser, ','))
			return true;
		if (!advance(parser))
			return false;
	}
	return parse_rules(parser, &rule->rules);
}

static bool parse_rule_body(struct parser *parser, struct map_rule_syntax *rule)
{
	struct map_source_syntax **source = &rule->sources;
	struct map_target_syntax **target = &rule->targets;

	for (bool first = true; first || is_symbol(parser, ','); first = false) {
		if (!first && !advance(parser))
			return false;
		if (!make(parser, sizeof(**source), source) || !parse_source(parser, *source))
			return false;
		source = &(*source)->next;
	}
	if (!is_symbol(parser, MAP_SYMBOL_ARROW))
		return true;
	if (!advance(parser))
		return false;
	for (bool first = true; first || is_symbol(parser, ','); first = false) {
		if (!first && !advance(parser))
			return false;
		if (!make(parser, sizeof(**target), target) || !parse_target(parser, *target))
			return false;
		target = &(*target)->next;
	}
	return true;
}

static bool parse_rule(struct parser *parser, struct map_rule_syntax *rule)
{
	struct map_text name = { SLICE_NONE, 0, 0 };

	rule->line = token(parser)->line;
	rule->column = token(parser)->column;
	if (!parse_rule_body(parser, rule))
		return false;
	if (is_word(parser, "then") && (!advance(parser) || !parse_then(parser, rule)))
		return false;
	if ((token(parser)->kind == MAP_TOKEN_STRING || token(parser)->kind == MAP_TOKEN_NAME) && !take(parser, &name))
		return false;
	rule->name = name.text;
	return expect(parser, ';', "\";\"");
}

static bool parse_rules(struct parser *parser, struct map_rule_syntax **out)
{
	if (++parser->depth > NESTING_MAX)
		return fail(parser, "rules are nested too deeply");
	if (!expect(parser, '{', "\"{\""))
		return false;
	while (!is_symbol(parser, '}')) {
		if (!make(parser, sizeof(**out), out) || !parse_rule(parser, *out))
			return false;
		out = &(*out)->next;
	}
	parser->depth--;
	return advance(parser);
}

static bool parse_parameter(struct parser *parser, struct map_parameter *parameter)
{
	if (!is_word(parser, "source") && !is_word(parser, "target"))
		return unexpected(parser, "\"source\" or \"target\"");
	parameter->mode = is_word(parser, "source") ? MAP_SOURCE : MAP_TARGET;
	if (!advance(parser) || !take_name(parser, "a parameter name", &parameter->name))
		return false;
	return !is_symbol(parser, ':') || (advance(parser) && take_id(parser, "a type", &parameter->type));
}

static bool parse_parameters(struct parser *parser, struct map_parameter **out)
{
	if (!expect(parser, '(', "\"(\""))
		return false;
	for (bool first = true; first || is_symbol(parser, ','); first = false) {
		if (!first && !advance(parser))
			return false;
		if (!make(parser, sizeof(**out), out) || !parse_parameter(parser, *out))
			return false;
		out = &(*out)->next;
	}
	return expect(parser, ')', "\")\"");
}

static bool parse_group_default(struct parser *parser, struct map_group_syntax *group)
{
	if (!is_symbol(parser, MAP_SYMBOL_OPEN))
		return true;
	if (!advance(parser))
		return false;
	group->by_default = is_word(parser, "types") ? MAP_DEFAULT_TYPES : MAP_DEFAULT_TYPE_AND_TYPES;
	if (!is_word(parser, "types") && !is_word(parser, "type"))
		return unexpected(parser, "\"types\" or \"type+\"");
	if (!advance(parser) || (group->by_default == MAP_DEFAULT_TYPE_AND_TYPES && !expect(parser, '+', "\"+\"")))
		return false;
	return expect(parser, MAP_SYMBOL_CLOSE, "\">>\"");
}

static bool parse_group(struct parser *parser, struct map_group_syntax *group)
{
	group->file = parser->syntax;
	if (!advance(parser) || !take_id(parser, "a group name", &group->name) || !parse_parameters(parser, &group->parameters))
		return false;
	if (is_word(parser, "extends") && (!advance(parser) || !take_id(parser, "a group name", &group->extends)))
		return false;
	return parse_group_default(parser, group) && parse_rules(parser, &group->rules);
}

static bool parse_map(struct parser *parser)
{
	struct map_text url, id;

	if (!advance(parser) || !take_string(parser, "the URL of the map", &url) || !expect(parser, '=', "\"=\"") ||
	    !take_id(parser, "the name of the map", &id))
		return false;
	parser->syntax->url = url.text;
	parser->syntax->id = id.text;
	return true;
}

/** /// url = 'http://…' : the head of a map in the R5 form. */
static bool parse_metadata(struct parser *parser)
{
	struct slice value = token(parser)->text, key = slice_trim(slice_cut(&value, '='));

	value = slice_trim(value);
	if (value.len >= 2 && (value.ptr[0] == '\'' || value.ptr[0] == '"'))
		value = (struct slice){ value.ptr + 1, value.len - 2 };
	if (slice_equal(key, SLICE("url")))
		parser->syntax->url = value;
	if (slice_equal(key, SLICE("name")) || slice_equal(key, SLICE("id")))
		parser->syntax->id = value;
	return advance(parser);
}

static bool parse_uses(struct parser *parser, struct map_uses *uses)
{
	struct map_text alias = { SLICE_NONE, 0, 0 };

	if (!advance(parser) || !take_string(parser, "a URL", &uses->url))
		return false;
	if (is_word(parser, "alias") && (!advance(parser) || !take_id(parser, "an alias", &alias)))
		return false;
	uses->alias = alias.text;
	if (!expect_word(parser, "as"))
		return false;
	bool source = is_word(parser, "source") || is_word(parser, "queried");
	if (!source && !is_word(parser, "target") && !is_word(parser, "produced"))
		return unexpected(parser, "source, queried, target or produced");
	uses->mode = source ? MAP_SOURCE : MAP_TARGET;
	return advance(parser);
}

/** prefix:code on one side of a pair. */
static bool parse_concept_side(struct parser *parser, struct map_text *prefix, struct map_text *code)
{
	return take_id(parser, "a prefix", prefix) && expect(parser, ':', "\":\"") &&
	       (token(parser)->kind == MAP_TOKEN_INTEGER ? take(parser, code) : take_id(parser, "a code", code));
}

struct prefix {
	struct slice name, system;
};

static bool find_prefix(struct parser *parser, const struct prefix *prefixes, size_t count, const struct map_text *name,
			struct slice *out)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(prefixes[i].name, name->text)) {
			*out = prefixes[i].system;
			return true;
		}
	return map_fail(parser->lexer.err, parser->lexer.file, name->line, name->column, "there is no prefix %.*s",
			SLICE_ARG(name->text));
}

/** s:code == t:code. All relationships (==, =, ~, -, <=, >=, …) map; which one it is matters to readers only. */
static bool parse_concept(struct parser *parser, const struct prefix *prefixes, size_t count, struct map_concept *concept)
{
	struct map_text from, to, source, target;
	struct slice source_system;

	if (!parse_concept_side(parser, &from, &source) || !find_prefix(parser, prefixes, count, &from, &source_system))
		return false;
	if (token(parser)->kind != MAP_TOKEN_SYMBOL)
		return unexpected(parser, "a relationship such as ==");
	while (token(parser)->kind == MAP_TOKEN_SYMBOL)
		if (!advance(parser))
			return false;
	if (!parse_concept_side(parser, &to, &target) || !find_prefix(parser, prefixes, count, &to, &concept->target_system))
		return false;
	concept->source_code = source.text;
	concept->target_code = target.text;
	return true;
}

#define PREFIXES_MAX 16u

static bool parse_prefix(struct parser *parser, struct prefix *prefixes, size_t *count)
{
	struct map_text name, system;

	if (*count == PREFIXES_MAX)
		return fail(parser, "a conceptmap has too many prefixes");
	if (!advance(parser) || !take_id(parser, "a prefix", &name) || !expect(parser, '=', "\"=\"") ||
	    !take_string(parser, "a system URL", &system))
		return false;
	prefixes[(*count)++] = (struct prefix){ name.text, system.text };
	return true;
}

static bool parse_concept_map(struct parser *parser, struct map_concept_map *map)
{
	struct map_concept **concept = &map->concepts;
	struct prefix prefixes[PREFIXES_MAX];
	struct map_text id;
	size_t count = 0;

	if (!advance(parser) || !take_id(parser, "the id of the conceptmap", &id) || !expect(parser, '{', "\"{\""))
		return false;
	map->id = id.text;
	while (!is_symbol(parser, '}')) {
		if (is_word(parser, "prefix")) {
			if (!parse_prefix(parser, prefixes, &count))
				return false;
			continue;
		}
		if (!make(parser, sizeof(**concept), concept) || !parse_concept(parser, prefixes, count, *concept))
			return false;
		concept = &(*concept)->next;
	}
	return advance(parser);
}

static bool parse_import(struct parser *parser, struct map_import *import)
{
	return advance(parser) && take_string(parser, "the URL of a map", &import->url);
}

/** The parts of the head, then the groups. Semicolons between declarations are allowed. */
static bool parse_declarations(struct parser *parser)
{
	struct map_concept_map **concept_map = &parser->syntax->concept_maps;
	struct map_uses **uses = &parser->syntax->uses;
	struct map_import **import = &parser->syntax->imports;
	struct map_group_syntax **group = &parser->syntax->groups;
	bool parsed = true;

	while (parsed && token(parser)->kind != MAP_TOKEN_END) {
		if (is_word(parser, "group")) {
			parsed = make(parser, sizeof(**group), group) && parse_group(parser, *group);
			group = parsed ? &(*group)->next : group;
		} else if (is_word(parser, "uses")) {
			parsed = make(parser, sizeof(**uses), uses) && parse_uses(parser, *uses);
			uses = parsed ? &(*uses)->next : uses;
		} else if (is_word(parser, "imports")) {
			parsed = make(parser, sizeof(**import), import) && parse_import(parser, *import);
			import = parsed ? &(*import)->next : import;
		} else if (is_word(parser, "conceptmap")) {
			parsed = make(parser, sizeof(**concept_map), concept_map) && parse_concept_map(parser, *concept_map);
			concept_map = parsed ? &(*concept_map)->next : concept_map;
		} else if (is_word(parser, "map")) {
			parsed = parse_map(parser);
		} else if (token(parser)->kind == MAP_TOKEN_METADATA) {
			parsed = parse_metadata(parser);
		} else if (is_symbol(parser, ';')) {
			parsed = advance(parser);
		} else {
			parsed = unexpected(parser, "map, uses, imports, conceptmap or group");
		}
	}
	return parsed;
}

bool map_parse(struct arena *arena, const char *file, struct slice text, struct map_syntax **out, struct error *err)
{
	struct parser parser = { .lexer = { .arena = arena, .file = file, .text = text, .line = 1, .err = err } };

	if (text.len > MAP_TEXT_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, file, "a map is longer than %u bytes", MAP_TEXT_MAX_BYTES);
	if (!make(&parser, sizeof(*parser.syntax), &parser.syntax))
		return false;
	parser.syntax->file = file;
	if (!advance(&parser) || !parse_declarations(&parser))
		return false;
	if (!parser.syntax->groups)
		return fail(&parser, "the map has no group");
	*out = parser.syntax;
	return true;
}

struct slice map_parse_url(struct arena *arena, const char *file, struct slice text)
{
	struct map_syntax syntax = { .file = file };
	struct parser parser = { .lexer = { .arena = arena, .file = file, .text = text, .line = 1 }, .syntax = &syntax };

	if (text.len > MAP_TEXT_MAX_BYTES || !advance(&parser))
		return SLICE_NONE;
	while (token(&parser)->kind == MAP_TOKEN_METADATA || is_word(&parser, "map")) {
		if (!(is_word(&parser, "map") ? parse_map(&parser) : parse_metadata(&parser)))
			return SLICE_NONE;
	}
	return syntax.url;
}
