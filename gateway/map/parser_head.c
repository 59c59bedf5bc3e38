/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a map: its name, structures, imports, conceptmaps. Source: as parser.c. */
#include "map/parser.h"

static bool parse_map(struct map_parser *parser)
{
	struct map_text url, id;

	if (!map_parser_advance(parser) || !map_parser_take_string(parser, "the URL of the map", &url) ||
	    !map_parser_expect(parser, '=', "\"=\"") || !map_parser_take_id(parser, "the name of the map", &id))
		return false;
	parser->syntax->url = url.text;
	parser->syntax->id = id.text;
	return true;
}

/** /// url = 'http://…' : the head of a map in the R5 form. */
static bool parse_metadata(struct map_parser *parser)
{
	struct slice value = map_parser_token(parser)->text, key = slice_trim(slice_cut(&value, '='));

	value = slice_trim(value);
	if (value.len >= 2 && (value.ptr[0] == '\'' || value.ptr[0] == '"'))
		value = (struct slice){ value.ptr + 1, value.len - 2 };
	if (slice_equal(key, SLICE("url")))
		parser->syntax->url = value;
	if (slice_equal(key, SLICE("name")) || slice_equal(key, SLICE("id")))
		parser->syntax->id = value;
	return map_parser_advance(parser);
}

static bool parse_uses(struct map_parser *parser, struct map_uses *uses)
{
	struct map_text alias = { SLICE_NONE, 0, 0 };

	if (!map_parser_advance(parser) || !map_parser_take_string(parser, "a URL", &uses->url))
		return false;
	if (map_parser_is_word(parser, "alias") &&
	    (!map_parser_advance(parser) || !map_parser_take_id(parser, "an alias", &alias)))
		return false;
	uses->alias = alias.text;
	if (!map_parser_expect_word(parser, "as"))
		return false;
	bool source = map_parser_is_word(parser, "source") || map_parser_is_word(parser, "queried");
	if (!source && !map_parser_is_word(parser, "target") && !map_parser_is_word(parser, "produced"))
		return map_parser_unexpected(parser, "source, queried, target or produced");
	uses->mode = source ? MAP_SOURCE : MAP_TARGET;
	return map_parser_advance(parser);
}

/** prefix:code on one side of a pair. */
static bool parse_concept_side(struct map_parser *parser, struct map_text *prefix, struct map_text *code)
{
	return map_parser_take_id(parser, "a prefix", prefix) && map_parser_expect(parser, ':', "\":\"") &&
	       (map_parser_token(parser)->kind == MAP_TOKEN_INTEGER ? map_parser_take(parser, code)
								    : map_parser_take_id(parser, "a code", code));
}

struct prefix {
	struct slice name, system;
};

static bool find_prefix(struct map_parser *parser, const struct prefix *prefixes, size_t count, const struct map_text *name,
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

static bool is_relationship(struct map_parser *parser)
{
	static const int symbols[] = { '-', '=', '~', '<', '>', '!', MAP_SYMBOL_EQUALS, MAP_SYMBOL_ARROW };

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
		if (map_parser_is_symbol(parser, symbols[i]))
			return true;
	return false;
}

/** All relationships (==, =, ~, -, <=, >=, …) map but != and --, which says that the code has no equal and stands alone. */
static bool parse_relationship(struct map_parser *parser, bool *related, bool *has_target)
{
	bool dash = map_parser_is_symbol(parser, '-');

	if (!is_relationship(parser))
		return map_parser_unexpected(parser, "a relationship such as ==");
	*related = !map_parser_is_symbol(parser, '!');
	if (!map_parser_advance(parser))
		return false;
	if (dash && map_parser_is_symbol(parser, '-'))
		*related = *has_target = false;
	while (is_relationship(parser))
		if (!map_parser_advance(parser))
			return false;
	return true;
}

/** s:code == t:code. Which relationship it is matters to readers only. */
static bool parse_concept(struct map_parser *parser, const struct prefix *prefixes, size_t count, struct map_concept *concept,
			  bool *related)
{
	struct map_text from, to, source, target;
	bool has_target = true;

	if (!parse_concept_side(parser, &from, &source) || !find_prefix(parser, prefixes, count, &from, &concept->source_system))
		return false;
	concept->source_code = source.text;
	if (!parse_relationship(parser, related, &has_target))
		return false;
	if (!has_target)
		return true;
	if (!parse_concept_side(parser, &to, &target) || !find_prefix(parser, prefixes, count, &to, &concept->target_system))
		return false;
	concept->target_code = target.text;
	return true;
}

/** unmapped for s = provided: a code that no pair names stays as it is. */
static bool parse_unmapped(struct map_parser *parser, const struct prefix *prefixes, size_t count, struct map_concept *concept)
{
	struct map_text prefix;

	if (!map_parser_advance(parser) || !map_parser_expect_word(parser, "for") ||
	    !map_parser_take_id(parser, "a prefix", &prefix) ||
	    !find_prefix(parser, prefixes, count, &prefix, &concept->source_system))
		return false;
	concept->target_system = concept->source_system;
	return map_parser_expect(parser, '=', "\"=\"") && map_parser_expect_word(parser, "provided");
}

#define PREFIXES_MAX 16u

static bool parse_prefix(struct map_parser *parser, struct prefix *prefixes, size_t *count)
{
	struct map_text name, system;

	if (*count == PREFIXES_MAX)
		return map_parser_fail(parser, "a conceptmap has too many prefixes");
	if (!map_parser_advance(parser) || !map_parser_take_id(parser, "a prefix", &name) ||
	    !map_parser_expect(parser, '=', "\"=\"") || !map_parser_take_string(parser, "a system URL", &system))
		return false;
	prefixes[(*count)++] = (struct prefix){ name.text, system.text };
	return true;
}

static bool parse_concept_map(struct map_parser *parser, struct map_concept_map *map)
{
	struct map_concept **concept = &map->concepts;
	struct prefix prefixes[PREFIXES_MAX];
	struct map_text id;
	size_t count = 0;

	if (!map_parser_advance(parser) || !map_parser_take_id(parser, "the id of the conceptmap", &id) ||
	    !map_parser_expect(parser, '{', "\"{\""))
		return false;
	map->id = id.text;
	while (!map_parser_is_symbol(parser, '}')) {
		if (map_parser_is_word(parser, "prefix")) {
			if (!parse_prefix(parser, prefixes, &count))
				return false;
			continue;
		}
		bool related = true;
		if (!map_parser_make(parser, sizeof(**concept), concept) ||
		    !(map_parser_is_word(parser, "unmapped") ? parse_unmapped(parser, prefixes, count, *concept)
							     : parse_concept(parser, prefixes, count, *concept, &related)))
			return false;
		concept = related ? &(*concept)->next : concept;
		*concept = NULL;
		if (map_parser_is_symbol(parser, ';') && !map_parser_advance(parser))
			return false;
	}
	return map_parser_advance(parser);
}

static bool parse_constant(struct map_parser *parser, struct map_constant_syntax *constant)
{
	return map_parser_advance(parser) && map_parser_take_name(parser, "the name of a constant", &constant->name) &&
	       map_parser_expect(parser, '=', "\"=\"") && map_parser_take_expression(parser, &constant->expression) &&
	       map_parser_expect(parser, ';', "\";\"");
}

static bool parse_import(struct map_parser *parser, struct map_import *import)
{
	return map_parser_advance(parser) && map_parser_take_string(parser, "the URL of a map", &import->url);
}

/** Where the next declaration of each kind goes. */
struct ends {
	struct map_concept_map **concept_map;
	struct map_uses **uses;
	struct map_import **import;
	struct map_constant_syntax **constant;
	struct map_group_syntax **group;
};

/** One more of a list, when it is right. */
#define TAKE(parser, end, parse)                                                                                                 \
	do {                                                                                                                     \
		if (map_parser_make(parser, sizeof(**(end)), end) && parse(parser, *(end))) {                                    \
			(end) = &(*(end))->next;                                                                                 \
			return true;                                                                                             \
		}                                                                                                                \
		*(end) = NULL;                                                                                                   \
		return false;                                                                                                    \
	} while (0)

/** A part of the head or a group. Semicolons between them are allowed. */
static bool parse_declaration(struct map_parser *parser, struct ends *ends)
{
	if (map_parser_is_word(parser, "group"))
		TAKE(parser, ends->group, map_parse_group);
	if (map_parser_is_word(parser, "uses"))
		TAKE(parser, ends->uses, parse_uses);
	if (map_parser_is_word(parser, "imports"))
		TAKE(parser, ends->import, parse_import);
	if (map_parser_is_word(parser, "conceptmap"))
		TAKE(parser, ends->concept_map, parse_concept_map);
	if (map_parser_is_word(parser, "let"))
		TAKE(parser, ends->constant, parse_constant);
	if (map_parser_is_word(parser, "map"))
		return parse_map(parser);
	if (map_parser_token(parser)->kind == MAP_TOKEN_METADATA)
		return parse_metadata(parser);
	if (map_parser_is_symbol(parser, ';'))
		return map_parser_advance(parser);
	return map_parser_unexpected(parser, "map, uses, imports, conceptmap, let or group");
}

/** Behind a mistake in a declaration: to the next one. */
static bool skip_declaration(struct map_parser *parser)
{
	static const char *const words[] = { "group", "uses", "imports", "conceptmap", "let" };
	size_t open = 0;

	parser->depth = 0;
	while (map_parser_token(parser)->kind != MAP_TOKEN_END) {
		if (map_parser_is_symbol(parser, '{'))
			open++;
		if (map_parser_is_symbol(parser, '}') && open > 0)
			open--;
		if (!map_parser_advance(parser))
			return false;
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (open == 0 && map_parser_is_word(parser, words[i]))
				return true;
	}
	return true;
}

static bool parse_declarations(struct map_parser *parser)
{
	struct map_syntax *syntax = parser->syntax;
	struct ends ends = { &syntax->concept_maps, &syntax->uses, &syntax->imports, &syntax->constants, &syntax->groups };
	bool whole = true;

	while (map_parser_token(parser)->kind != MAP_TOKEN_END) {
		if (parse_declaration(parser, &ends))
			continue;
		/* What was lost would be missed by what comes behind it: the rest is read, but not compiled. */
		whole = false;
		if (!map_mistakes_go_on(parser->mistakes) || !skip_declaration(parser))
			return false;
	}
	return whole && (syntax->groups || map_parser_fail(parser, "the map has no group"));
}

bool map_parse(struct arena *arena, const char *file, struct slice text, struct map_mistakes *mistakes, struct map_syntax **out)
{
	struct map_parser parser = { .lexer = { .arena = arena, .file = file, .text = text, .line = 1, .err = mistakes->err },
				     .mistakes = mistakes };

	if (!map_parser_make(&parser, sizeof(*parser.syntax), &parser.syntax))
		return false;
	parser.syntax->file = file;
	*out = parser.syntax;
	return map_parser_advance(&parser) && parse_declarations(&parser);
}

struct slice map_parse_url(struct arena *arena, const char *file, struct slice text)
{
	struct map_syntax syntax = { .file = file };
	struct map_parser parser = { .lexer = { .arena = arena, .file = file, .text = text, .line = 1 }, .syntax = &syntax };

	if (text.len > MAP_TEXT_MAX_BYTES || !map_parser_advance(&parser))
		return SLICE_NONE;
	while (map_parser_token(&parser)->kind == MAP_TOKEN_METADATA || map_parser_is_word(&parser, "map")) {
		if (!(map_parser_is_word(&parser, "map") ? parse_map(&parser) : parse_metadata(&parser)))
			return SLICE_NONE;
	}
	return syntax.url;
}
