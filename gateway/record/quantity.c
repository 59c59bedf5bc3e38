/* SPDX-License-Identifier: Apache-2.0 */
#include "record/quantity.h"
#include "record/fold.h"

#define WHOLE_DIGITS_MAX 6
#define FRACTION_DIGITS_MAX 3
#define MILLI 1000

struct reading {
	struct arena *arena;
	const struct record_rules *rules;
	struct slice text; /* folded */
};

static bool is_digit(struct slice text, size_t at)
{
	return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

static bool is_letter(struct slice text, size_t at)
{
	return at < text.len && ((text.ptr[at] >= 'a' && text.ptr[at] <= 'z') || (unsigned char)text.ptr[at] >= 0x80);
}

static size_t skip_blank(struct slice text, size_t at)
{
	return at < text.len && text.ptr[at] == ' ' ? at + 1 : at;
}

/** The end of `word` when it stands whole at `at`, else 0. */
static size_t word_at(struct slice text, struct slice word, size_t at)
{
	size_t end = at + word.len;

	if (word.len == 0 || at > text.len || !slice_starts(slice_from(text, at), word))
		return 0;
	bool cut =
	    is_letter(word, word.len - 1) || is_digit(word, word.len - 1) ? is_letter(text, end) || is_digit(text, end) : false;
	return cut ? 0 : end;
}

/** The end of the longest of `words` at `at`, else 0. */
static size_t longest_word_at(struct slice text, const struct option_texts *words, size_t at)
{
	size_t longest = 0;

	for (size_t i = 0; i < words->count; i++) {
		size_t end = word_at(text, words->items[i], at);
		longest = end > longest ? end : longest;
	}
	return longest;
}

static size_t digits_number(struct slice text, size_t at, struct slice *value)
{
	size_t end = at;

	while (is_digit(text, end))
		end++;
	size_t whole = end - at;
	if (whole == 0 || whole > WHOLE_DIGITS_MAX || (whole > 1 && text.ptr[at] == '0'))
		return 0;
	if (end < text.len && text.ptr[end] == '.' && is_digit(text, end + 1)) {
		size_t point = end++;
		while (is_digit(text, end))
			end++;
		if (end - point - 1 > FRACTION_DIGITS_MAX)
			return 0;
	}
	if (end + 1 < text.len && (text.ptr[end] == '/' || text.ptr[end] == ',') && is_digit(text, end + 1))
		return 0; /* a date, a fraction, a number with thousands: not ours */
	*value = (struct slice){ text.ptr + at, end - at };
	return end;
}

/** Where the longest of `words` starts that ends right before `at` (blanks aside); SIZE_MAX when none does. */
static size_t phrase_before(struct slice text, const struct option_texts *words, size_t at)
{
	size_t first = SIZE_MAX;

	while (at > 0 && text.ptr[at - 1] == ' ')
		at--;
	struct slice before = { text.ptr, at };
	for (size_t i = 0; i < words->count; i++) {
		if (words->items[i].len == 0 || !slice_ends(before, words->items[i]))
			continue;
		size_t start = at - words->items[i].len;
		if (start < first && !(start > 0 && is_letter(text, start - 1)))
			first = start;
	}
	return first;
}

/** "for a day" says one day, "three times a day" does not. */
static bool article_counts(const struct reading *reading, size_t at)
{
	return at == 0 || phrase_before(reading->text, &reading->rules->article_leads, at) != SIZE_MAX;
}

/** The end of a number in digits or words at `at`, else 0. */
static size_t number_at(const struct reading *reading, size_t at, struct slice *value)
{
	const struct record_number_word *words = RECORD_ROWS(reading->rules->number_words, struct record_number_word);
	size_t longest = 0;

	for (size_t i = 0; i < reading->rules->number_words.count; i++) {
		size_t end = longest_word_at(reading->text, &words[i].words, at);
		if (end > longest && (!words[i].article || article_counts(reading, at))) {
			longest = end;
			*value = words[i].value;
		}
	}
	return longest > 0 ? longest : digits_number(reading->text, at, value);
}

/** The end of a unit at `at`, after a blank or a hyphen; else 0. */
static size_t unit_at(const struct reading *reading, size_t at, struct record_quantity *out)
{
	const struct record_unit *units = RECORD_ROWS(reading->rules->units, struct record_unit);
	struct slice text = reading->text;

	at = at < text.len && text.ptr[at] == '-' ? at + 1 : skip_blank(text, at);
	for (size_t i = 0; i < reading->rules->units.count; i++) {
		size_t end = longest_word_at(text, &units[i].words, at);
		if (end == 0)
			continue;
		out->unit = &units[i];
		out->word = (struct slice){ text.ptr + at, end - at };
		return end;
	}
	return 0;
}

/** A value in thousandths; the reader lets no more digits through than fit. */
static uint64_t milli_of(struct slice value)
{
	uint64_t milli = 0, scale = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == '.') {
			scale = MILLI;
			continue;
		}
		uint64_t digit = (uint64_t)(value.ptr[i] - '0');
		scale /= scale ? 10 : 1;
		milli = scale ? milli + digit * scale : milli * 10 + digit * MILLI;
	}
	return milli;
}

static struct slice format_milli(struct arena *arena, uint64_t milli)
{
	char text[32];
	int len =
	    snprintf(text, sizeof(text), "%llu.%03llu", (unsigned long long)(milli / MILLI), (unsigned long long)(milli % MILLI));

	while (text[len - 1] == '0')
		len--;
	len -= text[len - 1] == '.';
	return arena_copy(arena, (struct slice){ text, (size_t)len });
}

/** Says `quantity` in the smaller unit `to`; false when that would not be exact. */
static bool convert(struct arena *arena, struct record_quantity *quantity, const struct record_quantity *to)
{
	uint64_t from_seconds = quantity->unit->seconds, to_seconds = to->unit->seconds;

	if (from_seconds == 0 || to_seconds == 0 || from_seconds % to_seconds != 0)
		return false;
	quantity->value = format_milli(arena, milli_of(quantity->value) * (from_seconds / to_seconds));
	quantity->unit = to->unit;
	quantity->word = to->word;
	return quantity->value.ptr != NULL;
}

static bool same_unit(struct arena *arena, struct record_quantity *a, struct record_quantity *b)
{
	if (a->unit == b->unit)
		return true;
	return a->unit->seconds > b->unit->seconds ? convert(arena, a, b) : convert(arena, b, a);
}

/** "1 hour and 30 minutes", "an hour and a half": adds what follows in a smaller unit, or a fraction. Returns the end; `*exact`
 * false when there is a part that cannot be added. */
static size_t compound_at(const struct reading *reading, size_t end, struct record_quantity *out, bool *exact)
{
	size_t at = skip_blank(reading->text, end), joined = longest_word_at(reading->text, &reading->rules->compounds, at);
	struct record_quantity part = { 0 };

	size_t number_end = number_at(reading, joined ? skip_blank(reading->text, joined) : at, &part.value);
	if (number_end == 0)
		return end;
	at = unit_at(reading, number_end, &part);
	bool fraction = at == 0 && joined && milli_of(part.value) < MILLI;
	if ((at == 0 && !fraction) || part.unit == out->unit)
		return end;
	*exact = fraction || (part.unit->seconds < out->unit->seconds && convert(reading->arena, out, &part));
	if (*exact)
		out->value = format_milli(reading->arena, milli_of(out->value) + milli_of(part.value));
	return fraction ? number_end : at;
}

/** The end of what follows a first number when it makes a range, else 0: "-2 hours", " to 45 minutes", " or two". */
static size_t second_at(const struct reading *reading, size_t start, size_t end, struct record_quantity *high)
{
	const struct record_range_form *forms = RECORD_ROWS(reading->rules->ranges, struct record_range_form);
	size_t at = skip_blank(reading->text, end);

	for (size_t i = 0; i < reading->rules->ranges.count; i++) {
		struct option_texts lead = { &forms[i].lead, forms[i].lead.ptr != NULL };
		size_t next = word_at(reading->text, forms[i].between, at);
		if (next == 0 || (lead.count && phrase_before(reading->text, &lead, start) == SIZE_MAX))
			continue;
		next = skip_blank(reading->text, next);
		size_t about = longest_word_at(reading->text, &reading->rules->approximations, next);
		next = number_at(reading, about ? skip_blank(reading->text, about) : next, &high->value);
		if (next > 0)
			return next;
	}
	return 0;
}

/** One number with its unit, and what may stand on both sides of it. The longer phrase holds: "no more than" is not "more than".
 */
static void apply_bounds(const struct reading *reading, size_t start, size_t end, struct record_time *out)
{
	const struct record_rules *rules = reading->rules;
	size_t after = skip_blank(reading->text, end), about;

	while ((about = phrase_before(reading->text, &rules->approximations, start)) != SIZE_MAX)
		start = about;
	size_t least = phrase_before(reading->text, &rules->at_least, start),
	       most = phrase_before(reading->text, &rules->at_most, start);
	if (least < most || longest_word_at(reading->text, &rules->at_least, after))
		out->high.value = SLICE_NONE;
	if (most < least || longest_word_at(reading->text, &rules->at_most, after))
		out->low.value = out->high.value.ptr ? SLICE_NONE : out->low.value;
}

enum found { FOUND_NOTHING, FOUND_TIME, FOUND_INEXACT };

/** "30 to 45 minutes", "30 minutes to 1 hour", "a day or two": the second number and both units. */
static enum found finish_range(const struct reading *reading, size_t second_end, struct record_time *out)
{
	size_t end = unit_at(reading, second_end, &out->high);
	bool exact = true;

	if (end == 0 && !out->low.unit)
		return FOUND_NOTHING;
	if (end > 0)
		compound_at(reading, end, &out->high, &exact);
	if (end == 0) {
		out->high.unit = out->low.unit;
		out->high.word = out->low.word;
	}
	if (!out->low.unit) {
		out->low.unit = out->high.unit;
		out->low.word = out->high.word;
	}
	exact = exact && same_unit(reading->arena, &out->low, &out->high);
	return exact && milli_of(out->low.value) <= milli_of(out->high.value) ? FOUND_TIME : FOUND_INEXACT;
}

static enum found time_at(const struct reading *reading, size_t start, struct record_time *out)
{
	bool exact = true;

	*out = (struct record_time){ 0 };
	size_t number_end = number_at(reading, start, &out->low.value);
	if (number_end == 0)
		return FOUND_NOTHING;
	size_t end = unit_at(reading, number_end, &out->low);
	if (end > 0)
		end = compound_at(reading, end, &out->low, &exact);
	size_t second = second_at(reading, start, end ? end : number_end, &out->high);
	if (second > 0)
		return exact ? finish_range(reading, second, out) : FOUND_INEXACT;
	if (end == 0)
		return FOUND_NOTHING;
	out->high = out->low;
	apply_bounds(reading, start, end, out);
	return exact ? FOUND_TIME : FOUND_INEXACT;
}

/** A number begins a word, and no amount of money or decimal goes before it. */
static bool may_begin(struct slice text, size_t at)
{
	if (at == 0)
		return true;
	char before = text.ptr[at - 1];
	return !is_letter(text, at - 1) && !is_digit(text, at - 1) && before != '.' && before != ',' && before != '/' &&
	       before != '$' && before != '-';
}

bool record_time_find(struct arena *arena, const struct record_rules *rules, struct slice text, struct record_time *out)
{
	struct reading reading = { arena, rules, text };

	for (size_t at = 0; at < text.len; at++) {
		enum found found = may_begin(text, at) ? time_at(&reading, at, out) : FOUND_NOTHING;
		if (found != FOUND_NOTHING)
			return found == FOUND_TIME;
	}
	return false;
}
