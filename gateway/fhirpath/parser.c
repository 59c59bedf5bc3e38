/* SPDX-License-Identifier: Apache-2.0 */
/* Source: FHIRPath N1 2.0, appendix "Formal Specifications", fhirpath.g4: precedence climbing over its operator levels. */
#include "fhirpath/lexer.h"
#include "fhirpath/moment.h"
#include "fhirpath/program.h"
#include "fhirpath/unit.h"

struct parser {
	struct fp_lexer lexer;
	const struct fhirpath_origin *origin;
	unsigned depth;
	size_t op_count;
};

/** Binary operators: the higher the level, the tighter. */
static const struct binary {
	const char *word;
	int symbol;
	uint8_t level;
	uint8_t code;
} operators[] = {
	{ "implies", 0, 1, FP_IMPLIES }, { "or", 0, 2, FP_OR },
	{ "xor", 0, 2, FP_XOR },         { "and", 0, 3, FP_AND },
	{ "in", 0, 4, FP_IN },           { "contains", 0, 4, FP_CONTAINS },
	{ NULL, '=', 5, FP_EQUAL },      { NULL, FP_SYMBOL_NOT_EQUAL, 5, FP_NOT_EQUAL },
	{ NULL, '~', 5, FP_EQUIVALENT }, { NULL, FP_SYMBOL_NOT_EQUIVALENT, 5, FP_NOT_EQUIVALENT },
	{ NULL, '<', 6, FP_LESS },       { NULL, FP_SYMBOL_LESS_EQUAL, 6, FP_LESS_EQUAL },
	{ NULL, '>', 6, FP_GREATER },    { NULL, FP_SYMBOL_GREATER_EQUAL, 6, FP_GREATER_EQUAL },
	{ NULL, '|', 7, FP_UNION },      { "is", 0, 8, FP_IS },
	{ "as", 0, 8, FP_AS },           { NULL, '+', 9, FP_ADD },
	{ NULL, '-', 9, FP_SUBTRACT },   { NULL, '&', 9, FP_CONCATENATE },
	{ NULL, '*', 10, FP_MULTIPLY },  { NULL, '/', 10, FP_DIVIDE },
	{ "div", 0, 10, FP_DIV },        { "mod", 0, 10, FP_MOD },
};

static bool parse_expression(struct parser *parser, unsigned level, struct fp_op **out);

static struct fp_token *token(struct parser *parser)
{
	return &parser->lexer.token;
}

static bool advance(struct parser *parser)
{
	return fp_lexer_next(&parser->lexer);
}

static bool is_symbol(struct parser *parser, int symbol)
{
	return token(parser)->kind == FP_TOKEN_SYMBOL && token(parser)->symbol == symbol;
}

static bool is_word(struct parser *parser, const char *word)
{
	return token(parser)->kind == FP_TOKEN_NAME && slice_equal(token(parser)->text, slice_of(word));
}

static bool unexpected(struct parser *parser, const char *wanted)
{
	const struct fp_token *at = token(parser);

	if (at->kind == FP_TOKEN_END)
		return fp_lexer_fail(&parser->lexer, at, "the expression ends where %s was expected", wanted);
	return fp_lexer_fail(&parser->lexer, at, "expected %s, found \"%.*s\"", wanted,
			     (int)(at->text.len > 40 ? 40 : at->text.len), at->text.ptr);
}

static bool expect(struct parser *parser, int symbol, const char *wanted)
{
	return is_symbol(parser, symbol) ? advance(parser) : unexpected(parser, wanted);
}

static bool op_new(struct parser *parser, enum fp_code code, struct fp_op **out)
{
	if (++parser->op_count > FHIRPATH_OPS_MAX)
		return fp_lexer_fail(&parser->lexer, token(parser), "the expression has more than %u operations",
				     FHIRPATH_OPS_MAX);
	*out = arena_new_of(parser->lexer.arena, struct fp_op);
	if (!*out)
		return error_memory(parser->lexer.err);
	(*out)->code = (uint8_t)code;
	(*out)->depth = 1;
	(*out)->line = (uint32_t)token(parser)->line;
	(*out)->column = (uint32_t)token(parser)->column;
	return true;
}

/** Makes `op` deeper than `below`, within the limit. */
static bool deepen(struct parser *parser, struct fp_op *op, const struct fp_op *below)
{
	if (below->depth >= FHIRPATH_DEPTH_MAX)
		return fp_lexer_fail(&parser->lexer, token(parser), "the expression is nested deeper than %u",
				     FHIRPATH_DEPTH_MAX);
	if (op->depth <= below->depth)
		op->depth = (uint16_t)(below->depth + 1);
	return true;
}

static bool is_identifier(struct parser *parser)
{
	return token(parser)->kind == FP_TOKEN_NAME || token(parser)->kind == FP_TOKEN_DELIMITED;
}

/** qualifiedIdentifier, kept with its dots: "FHIR.Patient". A following call belongs to the expression around it. */
static bool parse_type(struct parser *parser, struct slice *out)
{
	if (!is_identifier(parser))
		return unexpected(parser, "a type name");
	*out = token(parser)->text;
	if (!advance(parser))
		return false;
	if (!is_symbol(parser, '.') || !(slice_equal(*out, SLICE("FHIR")) || slice_equal(*out, SLICE("System"))))
		return true;
	if (!advance(parser))
		return false;
	if (!is_identifier(parser))
		return unexpected(parser, "a type name");
	*out = arena_printf(parser->lexer.arena, "%.*s.%.*s", SLICE_ARG(*out), SLICE_ARG(token(parser)->text));
	return out->ptr ? advance(parser) : error_memory(parser->lexer.err);
}

static bool parse_argument(struct parser *parser, struct fp_op *op)
{
	struct fp_op *argument;

	if (op->argument_count == op->function->max_arguments)
		return fp_lexer_fail(&parser->lexer, token(parser), "%s() takes at most %u arguments", op->function->name,
				     op->function->max_arguments);
	if (op->function->argument == FP_ARGUMENT_TYPE) {
		op->argument_count++;
		return parse_type(parser, &op->item.text);
	}
	if (!parse_expression(parser, 1, &argument) || !deepen(parser, op, argument))
		return false;
	op->arguments[op->argument_count++] = argument;
	return true;
}

/** The arguments of a call; the current token is the opening parenthesis. */
static bool parse_arguments(struct parser *parser, struct fp_op *op)
{
	if (!advance(parser))
		return false;
	while (!is_symbol(parser, ')')) {
		if (op->argument_count > 0 && !expect(parser, ',', "\",\" or \")\""))
			return false;
		if (!parse_argument(parser, op))
			return false;
	}
	if (op->argument_count < op->function->min_arguments)
		return fp_lexer_fail(&parser->lexer, token(parser), "%s() needs at least %u arguments", op->function->name,
				     op->function->min_arguments);
	return advance(parser);
}

static bool unknown_function(struct parser *parser, const struct fp_token *at)
{
	const char *nearest = fp_function_nearest(at->text);

	fp_lexer_fail(&parser->lexer, at, "there is no function %.*s()", (int)(at->text.len > 60 ? 60 : at->text.len),
		      at->text.ptr);
	return nearest ? error_hint(parser->lexer.err, "did you mean %s()?", nearest) : false;
}

/** A name that begins a path and belongs to a variable of the caller stands for that variable. */
static bool is_bare_variable(const struct parser *parser, struct slice name)
{
	for (size_t i = 0; i < parser->origin->bare_count; i++)
		if (slice_equal(parser->origin->bare[i], name))
			return true;
	return false;
}

/** A name or a call: what may follow a dot, or begin a path (`left` NULL). */
static bool parse_invocation(struct parser *parser, struct fp_op *left, struct fp_op **out)
{
	struct fp_token at = *token(parser);

	if (!is_identifier(parser))
		return unexpected(parser, left ? "a name after \".\"" : "an expression");
	if (!op_new(parser, FP_NAME, out) || !advance(parser))
		return false;
	(*out)->item.text = at.text;
	(*out)->left = left;
	if (left && !deepen(parser, *out, left))
		return false;
	if (is_symbol(parser, '(')) {
		(*out)->code = FP_CALL;
		(*out)->function = fp_function_find(at.text);
		return (*out)->function ? parse_arguments(parser, *out) : unknown_function(parser, &at);
	}
	if (!left && is_bare_variable(parser, at.text))
		(*out)->code = FP_VARIABLE;
	(*out)->maybe_type = !left && at.text.len > 0 && at.text.ptr[0] >= 'A' && at.text.ptr[0] <= 'Z';
	return true;
}

/** $this and its like; also after a dot, as the grammar has it. */
static bool parse_special(struct parser *parser, struct fp_op *left, struct fp_op **out)
{
	static const struct {
		const char *name;
		enum fp_code code;
	} specials[] = { { "this", FP_THIS }, { "index", FP_INDEX }, { "total", FP_TOTAL } };

	if (left)
		return unexpected(parser, "a name after \".\"");
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
		if (slice_equal(token(parser)->text, slice_of(specials[i].name)))
			return op_new(parser, specials[i].code, out) && advance(parser);
	return fp_lexer_fail(&parser->lexer, token(parser), "only $this, $index and $total exist");
}

static bool literal(struct parser *parser, enum fhirpath_kind kind, struct slice text, struct fp_op **out)
{
	if (!op_new(parser, FP_LITERAL, out))
		return false;
	(*out)->item = (struct fhirpath_item){ .kind = kind, .text = text.ptr ? text : SLICE("") };
	return true;
}

static bool parse_moment(struct parser *parser, enum fhirpath_kind kind, struct fp_op **out)
{
	struct slice text = token(parser)->text;
	struct fp_moment moment;

	/* "@2015T" is a DateTime without a time. */
	if (kind == FHIRPATH_DATETIME && slice_ends(text, SLICE("T")))
		text.len--;
	if (!fp_moment_parse(kind, text, &moment))
		return fp_lexer_fail(&parser->lexer, token(parser), "\"%.*s\" is no date or time",
				     (int)(text.len > 40 ? 40 : text.len), text.ptr);
	return literal(parser, kind, text, out) && advance(parser);
}

static bool parse_number(struct parser *parser, struct fp_op **out)
{
	enum fhirpath_kind kind = token(parser)->kind == FP_TOKEN_INTEGER ? FHIRPATH_INTEGER : FHIRPATH_DECIMAL;
	struct slice unit = SLICE_NONE;

	if (token(parser)->text.len > FHIRPATH_NUMBER_MAX)
		return fp_lexer_fail(&parser->lexer, token(parser), "a number has more than %u digits", FHIRPATH_NUMBER_MAX);
	if (!literal(parser, kind, token(parser)->text, out) || !advance(parser))
		return false;
	if (token(parser)->kind == FP_TOKEN_STRING)
		unit = token(parser)->text.ptr ? token(parser)->text : SLICE("");
	if (token(parser)->kind == FP_TOKEN_NAME)
		unit = fp_unit_calendar(token(parser)->text);
	if (!unit.ptr)
		return true;
	(*out)->item.kind = FHIRPATH_QUANTITY;
	(*out)->item.unit = unit;
	return advance(parser);
}

static bool parse_parentheses(struct parser *parser, struct fp_op **out)
{
	return advance(parser) && parse_expression(parser, 1, out) && expect(parser, ')', "\")\"");
}

static bool parse_variable(struct parser *parser, struct fp_op **out)
{
	if (!op_new(parser, FP_VARIABLE, out))
		return false;
	(*out)->item.text = token(parser)->text;
	return advance(parser);
}

static bool parse_text(struct parser *parser, struct fp_op **out)
{
	return literal(parser, FHIRPATH_STRING, token(parser)->text, out) && advance(parser);
}

static bool parse_term(struct parser *parser, struct fp_op **out)
{
	switch (token(parser)->kind) {
	case FP_TOKEN_STRING:
		return parse_text(parser, out);
	case FP_TOKEN_INTEGER:
	case FP_TOKEN_DECIMAL:
		return parse_number(parser, out);
	case FP_TOKEN_DATE:
		return parse_moment(parser, FHIRPATH_DATE, out);
	case FP_TOKEN_DATETIME:
		return parse_moment(parser, FHIRPATH_DATETIME, out);
	case FP_TOKEN_TIME:
		return parse_moment(parser, FHIRPATH_TIME, out);
	case FP_TOKEN_VARIABLE:
		return parse_variable(parser, out);
	case FP_TOKEN_SPECIAL:
		return parse_special(parser, NULL, out);
	default:
		break;
	}
	if (is_symbol(parser, '('))
		return parse_parentheses(parser, out);
	if (is_symbol(parser, '{'))
		return op_new(parser, FP_EMPTY, out) && advance(parser) && expect(parser, '}', "\"}\"");
	if (is_word(parser, "true") || is_word(parser, "false"))
		return literal(parser, FHIRPATH_BOOLEAN, token(parser)->text, out) && advance(parser);
	return parse_invocation(parser, NULL, out);
}

static bool parse_indexer(struct parser *parser, struct fp_op *left, struct fp_op **out)
{
	struct fp_op *index;

	if (!op_new(parser, FP_INDEXER, out) || !advance(parser) || !parse_expression(parser, 1, &index) ||
	    !expect(parser, ']', "\"]\""))
		return false;
	(*out)->left = left;
	(*out)->right = index;
	return deepen(parser, *out, left) && deepen(parser, *out, index);
}

static bool parse_postfix(struct parser *parser, struct fp_op **out)
{
	if (!parse_term(parser, out))
		return false;
	for (;;) {
		struct fp_op *left = *out;

		if (is_symbol(parser, '[')) {
			if (!parse_indexer(parser, left, out))
				return false;
			continue;
		}
		if (!is_symbol(parser, '.'))
			return true;
		if (!advance(parser) || !parse_invocation(parser, left, out))
			return false;
	}
}

/** polarityExpression; a sign before a number literal still binds looser than what follows the number. */
static bool parse_unary(struct parser *parser, struct fp_op **out)
{
	struct fp_op *operand;
	bool negative = false, any = false;

	for (; is_symbol(parser, '-') || is_symbol(parser, '+'); any = true) {
		negative ^= is_symbol(parser, '-');
		if (!advance(parser))
			return false;
	}
	if (!any)
		return parse_postfix(parser, out);
	if (!parse_postfix(parser, &operand) || !op_new(parser, FP_NEGATE, out))
		return false;
	(*out)->left = operand;
	(*out)->item.kind = negative ? FHIRPATH_BOOLEAN : FHIRPATH_NODE;
	return deepen(parser, *out, operand);
}

static const struct binary *binary_at(struct parser *parser)
{
	const struct fp_token *at = token(parser);

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (at->kind == FP_TOKEN_SYMBOL && operators[i].symbol && operators[i].symbol == at->symbol)
			return &operators[i];
		if (operators[i].word && is_word(parser, operators[i].word))
			return &operators[i];
	}
	return NULL;
}

static bool parse_right(struct parser *parser, const struct binary *binary, struct fp_op *op)
{
	struct fp_op *right;

	if (binary->code == FP_IS || binary->code == FP_AS)
		return parse_type(parser, &op->item.text);
	if (!parse_expression(parser, binary->level + 1u, &right) || !deepen(parser, op, right))
		return false;
	op->right = right;
	return true;
}

static bool parse_operators(struct parser *parser, unsigned level, struct fp_op **out)
{
	const struct binary *binary;

	if (!parse_unary(parser, out))
		return false;
	while ((binary = binary_at(parser)) && binary->level >= level) {
		struct fp_op *left = *out;

		if (!op_new(parser, binary->code, out) || !advance(parser))
			return false;
		(*out)->left = left;
		if (!deepen(parser, *out, left) || !parse_right(parser, binary, *out))
			return false;
	}
	return true;
}

static bool parse_expression(struct parser *parser, unsigned level, struct fp_op **out)
{
	if (parser->depth >= FHIRPATH_DEPTH_MAX)
		return fp_lexer_fail(&parser->lexer, token(parser), "the expression is nested deeper than %u",
				     FHIRPATH_DEPTH_MAX);
	parser->depth++;
	bool parsed = parse_operators(parser, level, out);
	parser->depth--;
	return parsed;
}

bool fhirpath_compile_at(struct arena *arena, struct slice text, const struct fhirpath_origin *origin, size_t *used,
			 struct fhirpath_program **out, struct error *err)
{
	struct parser parser = {
		.origin = origin, .lexer = { .arena = arena, .text = text, .name = origin->name ? origin->name : "", .err = err }
	};
	struct fp_op *root;

	/* Columns count from the start of the line, which may lie before `text`. */
	parser.lexer.line = origin->line ? origin->line : 1;
	parser.lexer.line_start = (size_t)0 - (origin->column ? origin->column - 1 : 0);
	if (text.len > FHIRPATH_TEXT_MAX_BYTES && !used)
		return error_set(err, ERROR_LIMIT, parser.lexer.name, "an expression is longer than %u bytes",
				 FHIRPATH_TEXT_MAX_BYTES);
	if (!advance(&parser) || !parse_expression(&parser, 1, &root))
		return false;
	if (!used && token(&parser)->kind != FP_TOKEN_END)
		return unexpected(&parser, "an operator or the end");
	if (used)
		*used = token(&parser)->offset;
	*out = arena_new_of(arena, struct fhirpath_program);
	if (!*out)
		return error_memory(err);
	(*out)->root = root;
	(*out)->text = (struct slice){ text.ptr, token(&parser)->offset };
	return true;
}

bool fhirpath_compile(struct arena *arena, struct slice text, struct fhirpath_program **out, struct error *err)
{
	return fhirpath_compile_at(arena, text, &(struct fhirpath_origin){ 0 }, NULL, out, err);
}
