/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler: a pattern becomes a list of instructions for a backtracking matcher (regex_match.c). */
#include "fhirpath/regex_code.h"

#include <string.h>

#define CODE_MAX 8192u
#define RANGES_MAX 4096u
#define NESTING_MAX 64u
#define REPEAT_MAX 1000u

struct compiler {
	struct arena *arena;
	struct slice rest;
	struct fp_regex *regex;
	unsigned depth;
	const char *why;
};

static bool fail(struct compiler *compiler, const char *why)
{
	if (!compiler->why)
		compiler->why = why;
	return false;
}

static bool more(const struct compiler *compiler)
{
	return compiler->rest.len > 0;
}

static char peek(const struct compiler *compiler)
{
	return more(compiler) ? compiler->rest.ptr[0] : '\0';
}

static bool take(struct compiler *compiler, const char *text)
{
	if (!slice_starts(compiler->rest, slice_of(text)))
		return false;
	compiler->rest = slice_from(compiler->rest, strlen(text));
	return true;
}

/** Room for one more in a growing array. */
static bool grow(struct compiler *compiler, void **array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return true;
	size_t wider = *capacity ? *capacity * 2 : 32;
	void *made = arena_alloc_array(compiler->arena, wider, size);
	if (!made)
		return fail(compiler, "the pattern is too large");
	if (count)
		memcpy(made, *array, count * size);
	*array = made;
	*capacity = wider;
	return true;
}

static bool emit(struct compiler *compiler, enum fp_regex_op op, uint32_t x, uint32_t y)
{
	struct fp_regex *regex = compiler->regex;

	if (regex->code_count >= CODE_MAX ||
	    !grow(compiler, (void **)&regex->code, regex->code_count, &regex->code_capacity, sizeof(*regex->code)))
		return fail(compiler, "the pattern is too large");
	regex->code[regex->code_count++] = (struct fp_regex_code){ op, x, y };
	return true;
}

/** Opens a gap of one instruction at `at`; jumps into what moves move along. */
static bool insert(struct compiler *compiler, size_t at, enum fp_regex_op op)
{
	struct fp_regex *regex = compiler->regex;

	if (!emit(compiler, op, 0, 0))
		return false;
	memmove(&regex->code[at + 1], &regex->code[at], (regex->code_count - 1 - at) * sizeof(*regex->code));
	regex->code[at] = (struct fp_regex_code){ op, 0, 0 };
	for (size_t i = at + 1; i < regex->code_count; i++) {
		if (regex->code[i].op != FP_REGEX_SPLIT && regex->code[i].op != FP_REGEX_JUMP)
			continue;
		regex->code[i].x += regex->code[i].x >= at;
		regex->code[i].y += regex->code[i].op == FP_REGEX_SPLIT && regex->code[i].y >= at;
	}
	return true;
}

static bool add_range(struct compiler *compiler, uint32_t low, uint32_t high)
{
	struct fp_regex *regex = compiler->regex;

	if (regex->range_count >= RANGES_MAX ||
	    !grow(compiler, (void **)&regex->ranges, regex->range_count, &regex->range_capacity, sizeof(*regex->ranges)))
		return fail(compiler, "the pattern has too many ranges");
	regex->ranges[regex->range_count++] = (struct fp_regex_range){ low, high };
	return true;
}

/** \d \w \s and their opposites; the opposite is spelled out as the gaps between the ranges. */
static bool add_named_class(struct compiler *compiler, char name)
{
	static const struct {
		char name;
		struct fp_regex_range ranges[5];
		size_t count;
	} classes[] = {
		{ 'd', { { '0', '9' } }, 1 },
		{ 's', { { '\t', '\r' }, { ' ', ' ' } }, 2 },
		{ 'w', { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4 },
	};
	bool negated = name >= 'A' && name <= 'Z';
	uint32_t low = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].name != (negated ? name - 'A' + 'a' : name))
			continue;
		for (size_t k = 0; k < classes[i].count; k++) {
			struct fp_regex_range range = classes[i].ranges[k];

			if (!(negated ? add_range(compiler, low, range.low - 1) : add_range(compiler, range.low, range.high)))
				return false;
			low = range.high + 1;
		}
		return !negated || add_range(compiler, low, 0x10ffff);
	}
	return fail(compiler, "an escape is not known");
}

static bool is_class_name(char c)
{
	return c && strchr("dswDSW", c);
}

static bool read_hex(struct compiler *compiler, unsigned digits, uint32_t *out)
{
	for (*out = 0; digits > 0; digits--) {
		static const char hex[] = "0123456789abcdef";
		char c = peek(compiler);
		const char *found = c ? strchr(hex, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

		if (!found)
			return fail(compiler, "\\x or \\u needs hexadecimal digits");
		*out = *out * 16 + (uint32_t)(found - hex);
		compiler->rest = slice_from(compiler->rest, 1);
	}
	return true;
}

/** One character behind a backslash. */
static bool read_escape(struct compiler *compiler, uint32_t *out)
{
	static const char from[] = "tnrf0", to[] = "\t\n\r\f";
	char c = peek(compiler);
	const char *found = c ? strchr(from, c) : NULL;

	if (!more(compiler))
		return fail(compiler, "the pattern ends with a backslash");
	compiler->rest = slice_from(compiler->rest, 1);
	if (c == 'x' || c == 'u')
		return read_hex(compiler, c == 'x' ? 2 : 4, out);
	if ((c >= '1' && c <= '9') || c == 'p' || c == 'P' || c == 'k')
		return fail(compiler, "back references and \\p are not done here");
	*out = found ? (uint32_t)to[found - from] : (unsigned char)c;
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return found || !letter || fail(compiler, "an escape is not known");
}

static void read_point(struct compiler *compiler, uint32_t *out)
{
	compiler->rest = slice_from(compiler->rest, fp_regex_decode(compiler->rest, 0, out));
}

/** One member of a class: a character, which may begin a range, or \d and its like. */
static bool parse_member(struct compiler *compiler)
{
	uint32_t low, high;

	if (take(compiler, "\\")) {
		char name = peek(compiler);

		if (is_class_name(name)) {
			compiler->rest = slice_from(compiler->rest, 1);
			return add_named_class(compiler, name);
		}
		if (!read_escape(compiler, &low))
			return false;
	} else {
		read_point(compiler, &low);
	}
	high = low;
	if (compiler->rest.len > 1 && compiler->rest.ptr[0] == '-' && compiler->rest.ptr[1] != ']') {
		take(compiler, "-");
		if (take(compiler, "\\")) {
			if (!read_escape(compiler, &high))
				return false;
		} else {
			read_point(compiler, &high);
		}
	}
	return low <= high ? add_range(compiler, low, high) : fail(compiler, "a range runs backwards");
}

static bool parse_class(struct compiler *compiler)
{
	enum fp_regex_op op = take(compiler, "^") ? FP_REGEX_NOT_CLASS : FP_REGEX_CLASS;
	size_t start = compiler->regex->range_count;

	for (bool first = true; first || peek(compiler) != ']'; first = false) {
		if (!more(compiler))
			return fail(compiler, "a class has no closing ]");
		if (!parse_member(compiler))
			return false;
	}
	take(compiler, "]");
	return emit(compiler, op, (uint32_t)start, (uint32_t)compiler->regex->range_count);
}

static bool parse_alternatives(struct compiler *compiler);

/** (…), (?:…), (?<name>…). */
static bool parse_group(struct compiler *compiler)
{
	struct fp_regex *regex = compiler->regex;
	bool silent = take(compiler, "?:");
	struct slice name = SLICE_NONE;

	if (!silent && (take(compiler, "?<") || take(compiler, "?P<"))) {
		name = slice_cut(&compiler->rest, '>');
		if (!compiler->rest.ptr || name.len == 0 || name.ptr[0] == '=' || name.ptr[0] == '!')
			return fail(compiler, "look-around is not done here");
	}
	if (!silent && peek(compiler) == '?')
		return fail(compiler, "look-around and flags are not done here");
	unsigned group = regex->group_count;
	if (!silent && group >= FP_REGEX_GROUPS_MAX)
		return fail(compiler, "the pattern has too many groups");
	if (!silent) {
		regex->names[group] = name;
		regex->group_count++;
	}
	if (!silent && !emit(compiler, FP_REGEX_SAVE, group * 2, 0))
		return false;
	if (!parse_alternatives(compiler))
		return false;
	if (!take(compiler, ")"))
		return fail(compiler, "a group has no closing )");
	return silent || emit(compiler, FP_REGEX_SAVE, group * 2 + 1, 0);
}

static bool parse_backslash(struct compiler *compiler)
{
	char name = peek(compiler);
	uint32_t point;

	if (take(compiler, "b"))
		return emit(compiler, FP_REGEX_BOUNDARY, 0, 0);
	if (take(compiler, "B"))
		return emit(compiler, FP_REGEX_NO_BOUNDARY, 0, 0);
	if (is_class_name(name)) {
		size_t start = compiler->regex->range_count;

		compiler->rest = slice_from(compiler->rest, 1);
		return add_named_class(compiler, name) &&
		       emit(compiler, FP_REGEX_CLASS, (uint32_t)start, (uint32_t)compiler->regex->range_count);
	}
	return read_escape(compiler, &point) && emit(compiler, FP_REGEX_CHAR, point, 0);
}

static bool parse_atom(struct compiler *compiler)
{
	uint32_t point;

	if (take(compiler, "("))
		return parse_group(compiler);
	if (take(compiler, "["))
		return parse_class(compiler);
	if (take(compiler, "."))
		return emit(compiler, FP_REGEX_ANY, 0, 0);
	if (take(compiler, "^"))
		return emit(compiler, FP_REGEX_START, 0, 0);
	if (take(compiler, "$"))
		return emit(compiler, FP_REGEX_END, 0, 0);
	if (take(compiler, "\\"))
		return parse_backslash(compiler);
	if (strchr("*+?", peek(compiler)))
		return fail(compiler, "there is nothing to repeat");
	read_point(compiler, &point);
	return emit(compiler, FP_REGEX_CHAR, point, 0);
}

static bool read_count(struct compiler *compiler, unsigned *out)
{
	size_t digits = 0;
	uint64_t value;

	while (digits < compiler->rest.len && compiler->rest.ptr[digits] >= '0' && compiler->rest.ptr[digits] <= '9')
		digits++;
	if (!slice_to_u64((struct slice){ compiler->rest.ptr, digits }, REPEAT_MAX, &value))
		return fail(compiler, "a repetition count is missing or too large");
	*out = (unsigned)value;
	compiler->rest = slice_from(compiler->rest, digits);
	return true;
}

#define UNBOUNDED UINT32_MAX

static bool parse_counts(struct compiler *compiler, unsigned *min, unsigned *max)
{
	if (!read_count(compiler, min))
		return false;
	*max = *min;
	if (take(compiler, ",")) {
		*max = UNBOUNDED;
		if (peek(compiler) != '}' && !read_count(compiler, max))
			return false;
	}
	return take(compiler, "}") && *min <= *max ? true : fail(compiler, "a repetition is not well formed");
}

/** Another copy of the instructions from `start` to `end`. Groups inside share their slots: the last repetition counts. */
static bool repeat_code(struct compiler *compiler, size_t start, size_t end, size_t *copy)
{
	struct fp_regex *regex = compiler->regex;

	*copy = regex->code_count;
	for (size_t i = start; i < end; i++) {
		struct fp_regex_code code = regex->code[i];

		if (code.op == FP_REGEX_SPLIT || code.op == FP_REGEX_JUMP)
			code.x += (uint32_t)(*copy - start);
		if (code.op == FP_REGEX_SPLIT)
			code.y += (uint32_t)(*copy - start);
		if (!emit(compiler, code.op, code.x, code.y))
			return false;
	}
	return true;
}

static void set_split(struct compiler *compiler, size_t at, size_t into, size_t past, bool lazy)
{
	compiler->regex->code[at].x = (uint32_t)(lazy ? past : into);
	compiler->regex->code[at].y = (uint32_t)(lazy ? into : past);
}

/** e* around the code from `start` on. A round that moves nowhere ends the loop. */
static bool make_loop(struct compiler *compiler, size_t start, bool lazy)
{
	unsigned mark = compiler->regex->slot_count++;

	if (mark >= FP_REGEX_SLOTS_MAX)
		return fail(compiler, "the pattern has too many repetitions");
	if (!insert(compiler, start, FP_REGEX_MARK) || !insert(compiler, start, FP_REGEX_SPLIT))
		return false;
	compiler->regex->code[start + 1].x = mark;
	if (!emit(compiler, FP_REGEX_PROGRESS, mark, 0) || !emit(compiler, FP_REGEX_JUMP, (uint32_t)start, 0))
		return false;
	set_split(compiler, start, start + 1, compiler->regex->code_count, lazy);
	return true;
}

static bool make_optional(struct compiler *compiler, size_t start, bool lazy)
{
	if (!insert(compiler, start, FP_REGEX_SPLIT))
		return false;
	set_split(compiler, start, start + 1, compiler->regex->code_count, lazy);
	return true;
}

/** `min` copies, then a loop or optional ones. */
static bool make_repetition(struct compiler *compiler, size_t start, unsigned min, unsigned max, bool lazy)
{
	size_t end = compiler->regex->code_count, copy = start;
	unsigned made = 1;

	if (max == 0) {
		compiler->regex->code_count = start;
		return true;
	}
	for (; made < min; made++)
		if (!repeat_code(compiler, start, end, &copy))
			return false;
	if (max == UNBOUNDED) {
		if (min > 0 && !repeat_code(compiler, start, end, &copy))
			return false;
		return make_loop(compiler, min > 0 ? copy : start, lazy);
	}
	/* The body is copied before its first copy may become optional. */
	for (; made < max; made++)
		if (!repeat_code(compiler, start, end, &copy) || !make_optional(compiler, copy, lazy))
			return false;
	return min > 0 || make_optional(compiler, start, lazy);
}

static bool parse_repetition(struct compiler *compiler, size_t start)
{
	unsigned min, max;

	if (take(compiler, "*")) {
		min = 0;
		max = UNBOUNDED;
	} else if (take(compiler, "+")) {
		min = 1;
		max = UNBOUNDED;
	} else if (take(compiler, "?")) {
		min = 0;
		max = 1;
	} else if (take(compiler, "{")) {
		if (!parse_counts(compiler, &min, &max))
			return false;
	} else {
		return true;
	}
	return make_repetition(compiler, start, min, max, take(compiler, "?"));
}

static bool parse_sequence(struct compiler *compiler)
{
	while (more(compiler) && peek(compiler) != '|' && peek(compiler) != ')') {
		size_t start = compiler->regex->code_count;

		if (!parse_atom(compiler) || !parse_repetition(compiler, start))
			return false;
	}
	return true;
}

static bool parse_alternatives(struct compiler *compiler)
{
	size_t start = compiler->regex->code_count;

	if (++compiler->depth > NESTING_MAX)
		return fail(compiler, "the pattern is nested too deeply");
	if (!parse_sequence(compiler))
		return false;
	if (take(compiler, "|")) {
		if (!insert(compiler, start, FP_REGEX_SPLIT) || !emit(compiler, FP_REGEX_JUMP, 0, 0))
			return false;
		size_t jump = compiler->regex->code_count - 1;
		set_split(compiler, start, start + 1, jump + 1, false);
		if (!parse_alternatives(compiler))
			return false;
		compiler->regex->code[jump].x = (uint32_t)compiler->regex->code_count;
	}
	compiler->depth--;
	return true;
}

bool fp_regex_compile(struct arena *arena, struct slice pattern, struct fp_regex *out, const char **why)
{
	struct compiler compiler = { .arena = arena, .rest = pattern, .regex = out };

	*out = (struct fp_regex){ .group_count = 1, .slot_count = FP_REGEX_GROUPS_MAX * 2 };
	bool compiled = parse_alternatives(&compiler) && (!more(&compiler) || fail(&compiler, "a ) has no (")) &&
			emit(&compiler, FP_REGEX_MATCH, 0, 0);
	*why = compiler.why ? compiler.why : "the pattern is not understood";
	return compiled;
}
