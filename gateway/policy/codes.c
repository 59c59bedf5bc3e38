/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the words of a text. A token that has the form of a code counts when its surroundings, or a cue within the
 * sentence, vouch for it, and when nothing right before or after it says that it is something else. */
#include "policy/codes.h"

#include <ctype.h>
#include <string.h>

#define CONTEXT_BYTES 48u /* how far look-alike rules see to either side */

struct scan {
	struct arena *arena;
	const struct policy_rules *rules;
	struct slice text;
	system_set vouched; /* by the surroundings */
	system_set armed;   /* by a cue in this sentence, until a word that is neither filler nor code */
	struct code_hits *hits;
	bool full;
};

/* ---- words ---- */

static bool is_word_byte(struct slice text, size_t at)
{
	unsigned char c = (unsigned char)text.ptr[at];

	if (c == '.') /* within "M80.08XA", not at the end of a sentence */
		return at > 0 && at + 1 < text.len && isalnum((unsigned char)text.ptr[at - 1]) &&
		       isalnum((unsigned char)text.ptr[at + 1]);
	return isalnum(c) || c >= 0x80;
}

/** En and em dashes and their relatives are bytes over 0x7f, but no part of a word. Length of the dash at `at`, or 0. */
static size_t dash_length(struct slice text, size_t at)
{
	static const char *const dashes[] = {
		"-", "\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92"
	};
	struct slice rest = slice_from(text, at);

	for (size_t i = 0; i < ARRAY_SIZE(dashes); i++)
		if (slice_starts(rest, slice_of(dashes[i])))
			return strlen(dashes[i]);
	return 0;
}

/** Other punctuation over 0x7f: "…", "•", "“", "”", "’" (U+2010 to U+203F) and signs of Latin-1 (U+0080 to U+00BF). Length, or 0.
 */
static size_t sign_length(struct slice text, size_t at)
{
	struct slice rest = slice_from(text, at);

	if (rest.len >= 3 && slice_starts(rest, SLICE("\xe2\x80")))
		return 3;
	return rest.len >= 2 && slice_starts(rest, SLICE("\xc2")) ? 2 : 0;
}

/** The word that starts at `at`; empty when none does. */
static struct slice word_at(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.len && is_word_byte(text, end) && !dash_length(text, end) && !sign_length(text, end))
		end++;
	return (struct slice){ text.ptr + at, end - at };
}

static size_t skip_space(struct slice text, size_t at)
{
	while (at < text.len && isspace((unsigned char)text.ptr[at]))
		at++;
	return at;
}

static bool has_digit(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (isdigit((unsigned char)word.ptr[i]))
			return true;
	return false;
}

/** The first system of `set` whose form `word` has, or SIZE_MAX. */
static size_t system_of(const struct policy_rules *rules, system_set set, struct slice word)
{
	const struct rule_system *systems = RULE_ROWS(rules, system, rule_system);

	for (size_t i = 0; word.len <= CODE_LENGTH_MAX && i < rules->system_rows.count; i++)
		if ((set >> i & 1) && rule_code_valid(&systems[i], word))
			return i;
	return SIZE_MAX;
}

/* ---- cues within a sentence ---- */

/** Whether a cue's words stand at `at`; their length, or 0. The longest wins, so that "ICD-10-PCS" is not taken for "ICD-10". */
static size_t cue_at(const struct scan *scan, size_t at, system_set *systems)
{
	const struct rule_cue *cues = RULE_ROWS(scan->rules, cue, rule_cue);
	size_t longest = 0;

	for (size_t i = 0; i < scan->rules->cue_rows.count; i++)
		for (size_t k = 0; cues[i].is_inline && k < cues[i].words.count; k++) {
			struct slice word = cues[i].words.items[k];
			size_t end = at + word.len;
			if (end > scan->text.len || word.len <= longest ||
			    !slice_equal_nocase((struct slice){ scan->text.ptr + at, word.len }, word))
				continue;
			if (end < scan->text.len && isalnum((unsigned char)scan->text.ptr[end]))
				continue;
			longest = word.len;
			*systems = cues[i].systems;
		}
	return longest;
}

/* ---- look-alikes ---- */

/** The rule that refuses the token between `from` and `to`, or NULL. */
static const struct rule_look_alike *look_alike_of(const struct scan *scan, size_t from, size_t to)
{
	const struct rule_look_alike *rows = RULE_ROWS(scan->rules, look_alike, rule_look_alike);
	size_t start = from > CONTEXT_BYTES ? from - CONTEXT_BYTES : 0;
	struct slice before = { scan->text.ptr + start, from - start };
	struct slice after = slice_from(scan->text, to);

	after.len = after.len > CONTEXT_BYTES ? CONTEXT_BYTES : after.len;
	for (size_t i = 0; i < scan->rules->look_alike_rows.count; i++) {
		if (rows[i].before_text.ptr && !rule_matches(&rows[i].before, before, NULL))
			continue;
		if (rows[i].after_text.ptr && !rule_matches(&rows[i].after, after, NULL))
			continue;
		return &rows[i];
	}
	return NULL;
}

/* ---- hits ---- */

static void add_hit(struct scan *scan, const struct code_hit *hit)
{
	struct code_hits *hits = scan->hits;

	if (hits->count == hits->capacity) {
		size_t capacity = hits->capacity ? 2 * hits->capacity : 32;
		struct code_hit *items =
		    capacity <= 2 * CODE_HITS_MAX ? arena_new_array(scan->arena, struct code_hit, capacity) : NULL;
		if (!items) {
			scan->full = true;
			return;
		}
		if (hits->count)
			memcpy(items, hits->items, hits->count * sizeof(*items));
		hits->items = items;
		hits->capacity = capacity;
	}
	hits->items[hits->count++] = *hit;
}

static bool is_add_on(const struct scan *scan, size_t from, size_t to)
{
	size_t at = from;

	while (at > 0 && scan->text.ptr[at - 1] == ' ')
		at--;
	return (at > 0 && scan->text.ptr[at - 1] == '+') ||
	       rule_matches(&scan->rules->add_on_after, slice_from(scan->text, to), NULL);
}

/* ---- ranges ---- */

/** What stands between two ends: a dash, or a word such as "through". Where the second end would start, or SIZE_MAX. */
static size_t second_end(const struct scan *scan, size_t at, bool *tight)
{
	size_t next = skip_space(scan->text, at), length = next < scan->text.len ? dash_length(scan->text, next) : 0;
	bool by_word = false;

	if (length == 0 && next > at) {
		struct slice word = word_at(scan->text, next);
		by_word = word.len > 0 && rule_is_one_of(word, &scan->rules->range_words);
		length = by_word ? word.len : 0;
	}
	if (length == 0)
		return SIZE_MAX;
	size_t end = skip_space(scan->text, next + length);
	*tight = !by_word && next == at && end == next + length;
	if (end < scan->text.len && scan->text.ptr[end] == '+')
		end++;
	return end;
}

static struct slice between(const struct scan *scan, size_t from, size_t to)
{
	return (struct slice){ scan->text.ptr + from, to - from };
}

/** "22513-50": a modifier is two characters. */
static bool is_modifier(struct slice word, bool tight)
{
	return tight && word.len == 2 && (has_digit(word) || isupper((unsigned char)word.ptr[0]));
}

/** Completes `hit` as a range when one follows; returns where the scan goes on. */
static size_t take_range(const struct scan *scan, size_t at, struct code_hit *hit)
{
	const struct rule_system *system = &RULE_ROWS(scan->rules, system, rule_system)[hit->system];
	bool tight = false;
	size_t end = second_end(scan, at, &tight);
	struct slice word = end < scan->text.len ? word_at(scan->text, end) : SLICE("");

	if (end == SIZE_MAX || is_modifier(word, tight))
		return end == SIZE_MAX ? at : end + word.len;
	if (has_digit(word) && look_alike_of(scan, end, end + word.len) == NULL && word.len > 1) {
		hit->last = word;
		hit->text = between(scan, hit->offset, end + word.len);
		if (system_of(scan->rules, (system_set)1 << hit->system, word) != hit->system)
			hit->detail = "its ends do not have one pattern";
		else
			codes_range_count(system, hit->code, word, &hit->detail);
		hit->fate = hit->detail ? CODE_UNRESOLVED : CODE_RANGE;
		return end + word.len;
	}
	if (dash_length(scan->text, at) && (end == scan->text.len || word.len == 0)) {
		hit->fate = CODE_UNRESOLVED;
		hit->detail = "it has no end";
		hit->text = between(scan, hit->offset, at + dash_length(scan->text, at));
	}
	return at;
}

/* ---- one word ---- */

static void refuse(struct scan *scan, struct slice word, size_t at, const char *detail)
{
	struct code_hit hit = { .fate = CODE_LOOK_ALIKE, .text = word, .code = word, .offset = at, .detail = detail };

	add_hit(scan, &hit);
}

/** Returns where the scan goes on. */
static size_t take_code(struct scan *scan, struct slice word, size_t at)
{
	system_set set = scan->vouched | scan->armed;
	size_t system = system_of(scan->rules, set, word), end = at + word.len;
	const struct rule_look_alike *look_alike;
	struct code_hit hit = { .fate = CODE_TAKEN, .system = system, .text = word, .code = word, .offset = at };

	if (system == SIZE_MAX) {
		if (system_of(scan->rules, scan->rules->report_uncued, word) != SIZE_MAX)
			refuse(scan, word, at, "nothing near it says that it is a code");
		return end;
	}
	look_alike = look_alike_of(scan, at, end);
	if (look_alike) {
		refuse(scan, word, at, look_alike->name.ptr);
		return end;
	}
	hit.by_cue = !(scan->vouched >> system & 1);
	end = take_range(scan, end, &hit);
	hit.add_on = is_add_on(scan, at, end);
	add_hit(scan, &hit);
	return end;
}

static bool is_sentence_end(struct slice text, size_t at)
{
	return (strchr(".!?", text.ptr[at]) && at + 1 < text.len && isspace((unsigned char)text.ptr[at + 1]));
}

/** Passes one byte or sign that is no word. */
static size_t pass(struct scan *scan, size_t at)
{
	size_t dash = dash_length(scan->text, at), sign = sign_length(scan->text, at);

	if (is_sentence_end(scan->text, at))
		scan->armed = 0;
	return at + (dash ? dash : sign ? sign : 1);
}

static size_t step(struct scan *scan, size_t at)
{
	struct slice word = word_at(scan->text, at);
	system_set cued = 0;
	size_t cue = word.len > 0 ? cue_at(scan, at, &cued) : 0;

	if (word.len == 0)
		return pass(scan, at);
	if (cue > 0) {
		scan->armed |= cued;
		return at + cue;
	}
	if (has_digit(word)) {
		size_t count = scan->hits->count, end = take_code(scan, word, at);
		if (scan->hits->count == count || scan->hits->items[count].fate == CODE_LOOK_ALIKE)
			scan->armed = 0; /* the cue spoke of something else */
		return end;
	}
	if (!rule_is_one_of(word, &scan->rules->fillers))
		scan->armed = 0;
	return at + word.len;
}

bool codes_scan(struct arena *arena, const struct policy_rules *rules, struct slice text, system_set systems,
		struct code_hits *hits)
{
	struct scan scan = { .arena = arena, .rules = rules, .text = text, .vouched = systems, .hits = hits };

	for (size_t at = 0; at < text.len && !scan.full;)
		at = step(&scan, at);
	return !scan.full;
}
