/* SPDX-License-Identifier: Apache-2.0 */
/* The matcher: backtracking with a stack of its own, so that neither recursion nor time is unbounded. */
#include "fhirpath/regex_code.h"

#include <string.h>

/** Choices and saved slots that may be open at once. */
#define STACK_MAX (1u << 18)

/** What to go back to: a choice (`slot` is NO_SLOT), or a slot's former value. */
struct entry {
	uint32_t slot;
	uint32_t pc;
	size_t value;
};

#define NO_SLOT UINT32_MAX
#define NOWHERE SIZE_MAX

struct matcher {
	struct arena *arena;
	const struct fp_regex *regex;
	struct slice text;
	bool whole;
	uint64_t *steps;
	struct entry *stack;
	size_t count, capacity;
	size_t slots[FP_REGEX_SLOTS_MAX];
};

size_t fp_regex_decode(struct slice text, size_t at, uint32_t *out)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr + at;
	size_t length = bytes[0] < 0xc0 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

	if (length == 1 || length > text.len - at) {
		*out = bytes[0];
		return 1;
	}
	*out = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		*out = (*out << 6) | (bytes[i] & 0x3fu);
	return length;
}

static bool push(struct matcher *matcher, struct entry entry)
{
	if (matcher->count == matcher->capacity) {
		size_t capacity = matcher->capacity ? matcher->capacity * 4 : 64;
		struct entry *stack = capacity > STACK_MAX ? NULL : arena_new_array(matcher->arena, struct entry, capacity);

		if (!stack)
			return false;
		if (matcher->count)
			memcpy(stack, matcher->stack, matcher->count * sizeof(*stack));
		matcher->stack = stack;
		matcher->capacity = capacity;
	}
	matcher->stack[matcher->count++] = entry;
	return true;
}

static bool set_slot(struct matcher *matcher, uint32_t slot, size_t value)
{
	if (!push(matcher, (struct entry){ slot, 0, matcher->slots[slot] }))
		return false;
	matcher->slots[slot] = value;
	return true;
}

/** Back to the newest choice; false: there is none left. */
static bool go_back(struct matcher *matcher, uint32_t *pc, size_t *at)
{
	while (matcher->count > 0) {
		struct entry entry = matcher->stack[--matcher->count];

		if (entry.slot == NO_SLOT) {
			*pc = entry.pc;
			*at = entry.value;
			return true;
		}
		matcher->slots[entry.slot] = entry.value;
	}
	return false;
}

static bool is_word_at(struct slice text, size_t at)
{
	char c = at < text.len ? text.ptr[at] : ' ';

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_boundary(struct slice text, size_t at)
{
	return (at > 0 && is_word_at(text, at - 1)) != is_word_at(text, at);
}

static bool in_class(const struct fp_regex *regex, const struct fp_regex_code *code, uint32_t point)
{
	for (uint32_t i = code->x; i < code->y; i++)
		if (point >= regex->ranges[i].low && point <= regex->ranges[i].high)
			return true;
	return false;
}

/** An instruction that takes one character: moves `*at`, or fails. */
static bool take_character(const struct matcher *matcher, const struct fp_regex_code *code, size_t *at)
{
	uint32_t point;

	if (*at >= matcher->text.len)
		return false;
	size_t length = fp_regex_decode(matcher->text, *at, &point);
	bool taken = code->op == FP_REGEX_ANY || (code->op == FP_REGEX_CHAR && point == code->x) ||
		     (code->op == FP_REGEX_CLASS && in_class(matcher->regex, code, point)) ||
		     (code->op == FP_REGEX_NOT_CLASS && !in_class(matcher->regex, code, point));
	*at += taken ? length : 0;
	return taken;
}

/** An instruction that only asks about the place. */
static bool stands(const struct matcher *matcher, const struct fp_regex_code *code, size_t at)
{
	switch (code->op) {
	case FP_REGEX_START:
		return at == 0;
	case FP_REGEX_END:
		return at == matcher->text.len;
	case FP_REGEX_BOUNDARY:
		return is_boundary(matcher->text, at);
	case FP_REGEX_NO_BOUNDARY:
		return !is_boundary(matcher->text, at);
	case FP_REGEX_PROGRESS:
		return matcher->slots[code->x] != at;
	default:
		return !matcher->whole || at == matcher->text.len;
	}
}

static enum fp_regex_outcome match_at(struct matcher *matcher, size_t at)
{
	uint32_t pc = 0;
	bool held;

	matcher->count = 0;
	matcher->slots[0] = at;
	for (;;) {
		const struct fp_regex_code *code = &matcher->regex->code[pc];

		if (*matcher->steps == 0)
			return FP_REGEX_LIMIT;
		--*matcher->steps;
		switch (code->op) {
		case FP_REGEX_JUMP:
			pc = code->x;
			continue;
		case FP_REGEX_SPLIT:
			if (!push(matcher, (struct entry){ NO_SLOT, code->y, at }))
				return FP_REGEX_LIMIT;
			pc = code->x;
			continue;
		case FP_REGEX_SAVE:
		case FP_REGEX_MARK:
			if (!set_slot(matcher, code->x, at))
				return FP_REGEX_LIMIT;
			held = true;
			break;
		case FP_REGEX_CHAR:
		case FP_REGEX_ANY:
		case FP_REGEX_CLASS:
		case FP_REGEX_NOT_CLASS:
			held = take_character(matcher, code, &at);
			break;
		default:
			held = stands(matcher, code, at);
			break;
		}
		if (held && code->op == FP_REGEX_MATCH) {
			matcher->slots[1] = at;
			return FP_REGEX_FOUND;
		}
		pc++;
		if (!held && !go_back(matcher, &pc, &at))
			return FP_REGEX_NONE;
	}
}

static void give_groups(const struct matcher *matcher, struct fp_regex_match *out)
{
	for (unsigned i = 0; i < FP_REGEX_GROUPS_MAX; i++) {
		size_t start = matcher->slots[i * 2], end = matcher->slots[i * 2 + 1];
		bool set = start != NOWHERE && end != NOWHERE && start <= end;

		out->groups[i] = set ? (struct slice){ matcher->text.ptr + start, end - start } : SLICE_NONE;
	}
}

enum fp_regex_outcome fp_regex_search(struct arena *arena, const struct fp_regex *regex, struct slice text, size_t start,
				      bool whole, uint64_t *steps, struct fp_regex_match *out)
{
	struct matcher matcher = { .arena = arena, .regex = regex, .text = text, .whole = whole, .steps = steps };

	for (size_t at = start; at <= text.len; at++) {
		if (at < text.len && at > start && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(matcher.slots); i++)
			matcher.slots[i] = NOWHERE;
		enum fp_regex_outcome outcome = match_at(&matcher, at);
		if (outcome == FP_REGEX_FOUND)
			give_groups(&matcher, out);
		if (outcome != FP_REGEX_NONE || whole)
			return outcome;
	}
	return FP_REGEX_NONE;
}
