/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules.h"

#include <ctype.h>
#include <string.h>

#define ASSET "policies/rules.yaml"
#define RULE_TITLE_MAX 512u
#define RULE_CODE_MAX 16u

/* ---- the tables that read the file ---- */

#define ROW(type, member, option_kind, key, text)                                                                                \
	{                                                                                                                        \
		.name = key, .kind = option_kind, .offset = offsetof(struct type, member), .sentence = text                      \
	}
#define MUST(type, member, option_kind, key, text)                                                                               \
	{                                                                                                                        \
		.name = key, .kind = option_kind, .offset = offsetof(struct type, member), .sentence = text, .required = true    \
	}
#define NO(type, member, key, text)                                                                                              \
	{                                                                                                                        \
		.name = key, .kind = OPTION_BOOL, .offset = offsetof(struct type, member), .sentence = text,                     \
		.default_text = "no"                                                                                             \
	}
#define TABLE(rows, type)                                                                                                        \
	{                                                                                                                        \
		.options = rows, .count = ARRAY_SIZE(rows), .size = sizeof(struct type)                                          \
	}

static const char *const field_kinds[] = {
	[FIELD_TEXT] = "text", [FIELD_DATE] = "date", [FIELD_STAGE] = "stage", [FIELD_LIST] = "list", NULL
};

static const struct option field_options[] = {
	MUST(rule_field, field, OPTION_TEXT, "field", "The element it fills."),
	{ .name = "kind",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct rule_field, kind_name),
	  .sentence = "How its value is read.",
	  .required = true,
	  .choices = field_kinds },
	MUST(rule_field, labels, OPTION_TEXTS, "labels", "What it is called."),
	NO(rule_field, in_history, "in_history", "Whether it counts below a heading of the revision history."),
};
static const struct option stage_options[] = {
	MUST(rule_stage, stage, OPTION_TEXT, "stage", "Our word."),
	MUST(rule_stage, status, OPTION_TEXT, "status", "FHIR publication status."),
	MUST(rule_stage, words, OPTION_TEXTS, "words", "The sources' words."),
};
static const struct option section_options[] = {
	MUST(rule_section, kind, OPTION_TEXT, "kind", "What the section is."),
	MUST(rule_section, words, OPTION_TEXTS, "words", "Words of its heading."),
};
static const struct option system_options[] = {
	MUST(rule_system, name, OPTION_TEXT, "name", "Short name of the code system."),
	MUST(rule_system, role, OPTION_TEXT, "role", "procedure or diagnosis."),
	NO(rule_system, expand, "expand", "Whether ranges can be counted through."),
	{ .name = "max_span",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct rule_system, max_span),
	  .sentence = "The longest range.",
	  .default_text = "0" },
	ROW(rule_system, url, OPTION_TEXT, "url", "Its URI, when code-systems.yaml does not have it."),
	ROW(rule_system, pattern_text, OPTION_TEXT, "pattern", "Expression of a whole code, with its url."),
};
static const struct option cue_options[] = {
	MUST(rule_cue, words, OPTION_TEXTS, "words", "What announces codes."),
	MUST(rule_cue, system_names, OPTION_TEXTS, "systems", "Of which systems."),
	NO(rule_cue, is_inline, "inline", "Whether it also counts within a sentence."),
};
static const struct option look_alike_options[] = {
	MUST(rule_look_alike, name, OPTION_TEXT, "name", "What it is, for people."),
	NO(rule_look_alike, exact_case, "exact_case", "Whether its expressions tell capitals apart."),
	ROW(rule_look_alike, before_text, OPTION_TEXT, "before", "Expression for the text before."),
	ROW(rule_look_alike, after_text, OPTION_TEXT, "after", "Expression for the text after."),
};
static const struct option position_options[] = {
	MUST(rule_position, kind, OPTION_TEXT, "kind", "The position."),
	NO(rule_position, negative, "negative", "Whether it denies."),
	NO(rule_position, refers, "refers", "Whether it points to criteria elsewhere."),
	MUST(rule_position, pattern_texts, OPTION_TEXTS, "patterns", "Expressions that state it."),
};

static const struct option_table field_table = TABLE(field_options, rule_field);
static const struct option_table stage_table = TABLE(stage_options, rule_stage);
static const struct option_table section_table = TABLE(section_options, rule_section);
static const struct option_table system_table = TABLE(system_options, rule_system);
static const struct option_table cue_table = TABLE(cue_options, rule_cue);
static const struct option_table look_alike_table = TABLE(look_alike_options, rule_look_alike);
static const struct option_table position_table = TABLE(position_options, rule_position);

#define ROWS(member, key, row_table, text)                                                                                       \
	{                                                                                                                        \
		.name = key, .kind = OPTION_ROWS, .offset = offsetof(struct policy_rules, member), .sentence = text,             \
		.required = true, .table = &row_table                                                                            \
	}

static const struct option rule_options[] = {
	ROWS(field_rows, "fields", field_table, "Labels of facts."),
	ROWS(stage_rows, "stages", stage_table, "Words of a policy's state."),
	ROWS(section_rows, "sections", section_table, "Words of headings."),
	ROWS(system_rows, "systems", system_table, "Code systems."),
	ROWS(cue_rows, "cues", cue_table, "What announces codes."),
	ROWS(look_alike_rows, "look_alikes", look_alike_table, "What looks like a code and is none."),
	ROWS(position_rows, "positions", position_table, "Statements of coverage."),
	MUST(policy_rules, none, OPTION_TEXTS, "none", "Values that say that there is none."),
	MUST(policy_rules, months, OPTION_TEXTS, "months", "The twelve months."),
	MUST(policy_rules, month_first, OPTION_BOOL, "month_first", "Order in dates with slashes."),
	MUST(policy_rules, no_codes_in, OPTION_TEXTS, "no_codes_in", "Sections whose tokens are no codes."),
	MUST(policy_rules, statements_in, OPTION_TEXTS, "statements_in", "Sections whose sentences state positions."),
	MUST(policy_rules, bare_cues, OPTION_TEXTS, "bare_cues", "Whole headings that announce codes of any system."),
	MUST(policy_rules, fillers, OPTION_TEXTS, "fillers", "Words between a cue and its codes."),
	MUST(policy_rules, range_words, OPTION_TEXTS, "range_words", "Words between the ends of a range."),
	MUST(policy_rules, add_on_text, OPTION_TEXT, "add_on_after", "What marks an add-on code."),
	MUST(policy_rules, paired_text, OPTION_TEXT, "paired", "What joins two codes to a rule."),
	MUST(policy_rules, report_uncued_names, OPTION_TEXTS, "report_uncued", "Systems whose look-alikes are told."),
	MUST(policy_rules, rest_text, OPTION_TEXT, "rest", "What names all that is left over."),
	MUST(policy_rules, yes, OPTION_TEXTS, "yes", "What affirms in a column."),
	MUST(policy_rules, display_columns, OPTION_TEXTS, "display_columns", "Columns that describe a code."),
	MUST(policy_rules, json_ignored, OPTION_TEXTS, "json_ignored", "Members of JSON that are no part of the policy."),
	MUST(policy_rules, furniture_elements, OPTION_TEXTS, "furniture_elements", "Elements around the text."),
	MUST(policy_rules, furniture_names, OPTION_TEXTS, "furniture_names", "Classes, ids and roles around the text."),
	MUST(policy_rules, main_elements, OPTION_TEXTS, "main_elements", "Elements that hold the text."),
	MUST(policy_rules, gate_texts, OPTION_TEXTS, "gates", "What a page says that is no document."),
};
static const struct option_table rule_table = TABLE(rule_options, policy_rules);

/* ---- words ---- */

static bool is_edge(unsigned char c)
{
	return isspace(c) || c == ':' || c == '.' || c == ',' || c == ';' || c == '*';
}

struct slice rule_bare(struct slice text)
{
	while (text.len > 0 && is_edge((unsigned char)text.ptr[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && is_edge((unsigned char)text.ptr[text.len - 1]))
		text.len--;
	return text;
}

bool rule_is_one_of(struct slice text, const struct option_texts *words)
{
	struct slice bare = rule_bare(text);

	for (size_t i = 0; i < words->count; i++)
		if (slice_equal_nocase(bare, words->items[i]))
			return true;
	return false;
}

static bool stands_alone(struct slice text, size_t at, size_t length)
{
	return (at == 0 || !isalnum((unsigned char)text.ptr[at - 1])) &&
	       (at + length == text.len || !isalnum((unsigned char)text.ptr[at + length]));
}

bool rule_has_one_of(struct slice text, const struct option_texts *words)
{
	for (size_t i = 0; i < words->count; i++) {
		struct slice word = words->items[i];
		for (size_t at = 0; at + word.len <= text.len; at++)
			if (slice_equal_nocase((struct slice){ text.ptr + at, word.len }, word) &&
			    stands_alone(text, at, word.len))
				return true;
	}
	return false;
}

bool rule_matches(const regex_t *pattern, struct slice text, size_t *end)
{
	char copy[RULE_TEXT_MAX + 1];
	regmatch_t match;

	if (text.len > RULE_TEXT_MAX)
		text.len = RULE_TEXT_MAX;
	memcpy(copy, text.len ? text.ptr : "", text.len);
	copy[text.len] = '\0';
	if (regexec(pattern, copy, 1, &match, 0) != 0)
		return false;
	if (end)
		*end = (size_t)match.rm_eo;
	return true;
}

/** Blanks the first of `words` that stands in `text`, so that "ICD-10" is not seen once more in "ICD-10-PCS". */
static bool take_one_of(char *text, size_t length, const struct option_texts *words)
{
	for (size_t i = 0; i < words->count; i++) {
		struct slice word = words->items[i], whole = { text, length };
		for (size_t at = 0; at + word.len <= length; at++)
			if (slice_equal_nocase((struct slice){ text + at, word.len }, word) &&
			    stands_alone(whole, at, word.len)) {
				memset(text + at, ' ', word.len);
				return true;
			}
	}
	return false;
}

bool rule_code_valid(const struct rule_system *system, struct slice code)
{
	bool has_digit = false;

	for (size_t i = 0; i < code.len; i++) {
		if (islower((unsigned char)code.ptr[i]))
			return false;
		has_digit = has_digit || isdigit((unsigned char)code.ptr[i]);
	}
	if (!has_digit || code.len > RULE_CODE_MAX)
		return false;
	return system->code_system ? fhir_code_valid(system->code_system, code) : rule_matches(&system->pattern, code, NULL);
}

system_set rule_cued_systems(const struct policy_rules *rules, struct slice title)
{
	const struct rule_cue *cues = RULE_ROWS(rules, cue, rule_cue);
	char text[RULE_TITLE_MAX];
	size_t length = title.len < sizeof(text) ? title.len : sizeof(text);
	system_set systems = 0;

	memcpy(text, length ? title.ptr : "", length);
	for (size_t i = 0; i < rules->cue_rows.count; i++)
		if (take_one_of(text, length, &cues[i].words))
			systems |= cues[i].systems;
	return systems || !rule_is_one_of(title, &rules->bare_cues) ? systems : rules->all_systems;
}

const struct rule_position *rule_position_find(const struct policy_rules *rules, struct slice sentence)
{
	const struct rule_position *rows = RULE_ROWS(rules, position, rule_position);

	for (size_t i = 0; i < rules->position_rows.count; i++)
		for (size_t k = 0; k < rows[i].pattern_texts.count; k++)
			if (rule_matches(&rows[i].patterns[k], sentence, NULL))
				return &rows[i];
	return NULL;
}

const struct rule_field *rule_field_find(const struct policy_rules *rules, struct slice label)
{
	const struct rule_field *rows = RULE_ROWS(rules, field, rule_field);

	for (size_t i = 0; i < rules->field_rows.count; i++)
		if (rule_is_one_of(label, &rows[i].labels))
			return &rows[i];
	return NULL;
}

struct slice rule_section_kind(const struct policy_rules *rules, struct slice heading)
{
	const struct rule_section *rows = RULE_ROWS(rules, section, rule_section);

	for (size_t i = 0; i < rules->section_rows.count; i++)
		if (rule_has_one_of(heading, &rows[i].words))
			return rows[i].kind;
	return SLICE("other");
}

const struct rule_stage *rule_stage_find(const struct policy_rules *rules, struct slice text)
{
	const struct rule_stage *rows = RULE_ROWS(rules, stage, rule_stage);

	for (size_t i = 0; i < rules->stage_rows.count; i++)
		if (rule_is_one_of(text, &rows[i].words) || slice_equal_nocase(rule_bare(text), rows[i].stage))
			return &rows[i];
	return NULL;
}

/* ---- loading ---- */

static bool compile_with(struct slice text, int flags, regex_t *out, struct error *err)
{
	char reason[128];
	int code;

	if (!text.ptr)
		return true;
	code = regcomp(out, text.ptr, REG_EXTENDED | flags);
	if (code == 0)
		return true;
	regerror(code, out, reason, sizeof(reason));
	return error_set(err, ERROR_SYNTAX, ASSET, "the expression %.200s is wrong: %s", text.ptr, reason);
}

static bool compile(struct slice text, regex_t *out, struct error *err)
{
	return compile_with(text, REG_ICASE, out, err);
}

static regex_t *compile_all(struct arena *arena, const struct option_texts *texts, struct error *err)
{
	regex_t *patterns = arena_new_array(arena, regex_t, texts->count ? texts->count : 1);

	if (!patterns) {
		error_memory(err);
		return NULL;
	}
	for (size_t i = 0; i < texts->count; i++)
		if (!compile(texts->items[i], &patterns[i], err))
			return NULL;
	return patterns;
}

static bool resolve_system(struct rule_system *system, struct error *err)
{
	if (system->url.ptr && system->pattern_text.ptr)
		return compile(system->pattern_text, &system->pattern, err);
	system->code_system = fhir_code_system_find(system->name);
	if (!system->code_system)
		return error_set(err, ERROR_NOT_FOUND, ASSET, "code-systems.yaml has no system %s", system->name.ptr);
	system->url = system->code_system->url;
	return true;
}

static bool resolve_systems(struct policy_rules *rules, struct error *err)
{
	struct rule_system *systems = rules->system_rows.items;

	if (rules->system_rows.count > RULE_SYSTEMS_MAX)
		return error_set(err, ERROR_LIMIT, ASSET, "more than %d code systems", RULE_SYSTEMS_MAX);
	for (size_t i = 0; i < rules->system_rows.count; i++) {
		if (!resolve_system(&systems[i], err))
			return false;
		rules->all_systems |= (system_set)1 << i;
	}
	return true;
}

/** The bits of `names`. */
static bool system_bits(const struct policy_rules *rules, const struct option_texts *names, system_set *out, struct error *err)
{
	const struct rule_system *systems = RULE_ROWS(rules, system, rule_system);

	for (size_t i = 0; i < names->count; i++) {
		size_t k = 0;
		while (k < rules->system_rows.count && !slice_equal(systems[k].name, names->items[i]))
			k++;
		if (k == rules->system_rows.count)
			return error_set(err, ERROR_NOT_FOUND, ASSET, "there is no row for the system %s", names->items[i].ptr);
		*out |= (system_set)1 << k;
	}
	return true;
}

static bool finish_fields(struct policy_rules *rules)
{
	struct rule_field *fields = rules->field_rows.items;

	for (size_t i = 0; i < rules->field_rows.count; i++)
		for (size_t kind = 0; field_kinds[kind]; kind++)
			if (slice_equal(fields[i].kind_name, slice_of(field_kinds[kind])))
				fields[i].kind = (enum field_kind)kind;
	return true;
}

static bool finish_cues(struct policy_rules *rules, struct error *err)
{
	struct rule_cue *cues = rules->cue_rows.items;

	for (size_t i = 0; i < rules->cue_rows.count; i++)
		if (!system_bits(rules, &cues[i].system_names, &cues[i].systems, err))
			return false;
	return system_bits(rules, &rules->report_uncued_names, &rules->report_uncued, err);
}

static bool finish_patterns(struct arena *arena, struct policy_rules *rules, struct error *err)
{
	struct rule_look_alike *look_alikes = rules->look_alike_rows.items;
	struct rule_position *positions = rules->position_rows.items;

	for (size_t i = 0; i < rules->look_alike_rows.count; i++) {
		int flags = look_alikes[i].exact_case ? 0 : REG_ICASE;
		if (!compile_with(look_alikes[i].before_text, flags, &look_alikes[i].before, err) ||
		    !compile_with(look_alikes[i].after_text, flags, &look_alikes[i].after, err))
			return false;
	}
	for (size_t i = 0; i < rules->position_rows.count; i++)
		if (!(positions[i].patterns = compile_all(arena, &positions[i].pattern_texts, err)))
			return false;
	return (rules->gates = compile_all(arena, &rules->gate_texts, err)) != NULL &&
	       compile(rules->add_on_text, &rules->add_on_after, err) && compile(rules->paired_text, &rules->paired, err) &&
	       compile(rules->rest_text, &rules->rest, err);
}

static bool read_digest(struct policy_rules *rules, struct error *err)
{
	uint8_t digest[DIGEST_BYTES];
	struct slice text;

	if (!asset_get(ASSET, &text, err))
		return false;
	digest_sha256(text, digest);
	digest_hex(digest, rules->digest);
	return true;
}

bool policy_rules_load(struct arena *arena, struct policy_rules **out, struct error *err)
{
	struct policy_rules *rules = arena_new_of(arena, struct policy_rules);
	const struct fhir_code_system *systems;
	size_t count;

	if (!rules)
		return error_memory(err);
	if (!fhir_code_systems(&systems, &count, err) || !options_read_asset(arena, &rule_table, ASSET, rules, err))
		return false;
	if (!resolve_systems(rules, err) || !finish_fields(rules) || !finish_cues(rules, err) ||
	    !finish_patterns(arena, rules, err))
		return false;
	*out = rules;
	return read_digest(rules, err);
}

struct slice policy_rules_digest(const struct policy_rules *rules)
{
	return slice_of(rules->digest);
}

static void free_patterns(regex_t *patterns, size_t count)
{
	for (size_t i = 0; patterns && i < count; i++)
		regfree(&patterns[i]);
}

void policy_rules_free(struct policy_rules *rules)
{
	struct rule_look_alike *look_alikes = rules ? rules->look_alike_rows.items : NULL;
	struct rule_position *positions = rules ? rules->position_rows.items : NULL;
	struct rule_system *systems = rules ? rules->system_rows.items : NULL;

	if (!rules)
		return;
	for (size_t i = 0; i < rules->system_rows.count; i++)
		if (!systems[i].code_system)
			regfree(&systems[i].pattern);
	for (size_t i = 0; i < rules->look_alike_rows.count; i++) {
		regfree(&look_alikes[i].before);
		regfree(&look_alikes[i].after);
	}
	for (size_t i = 0; i < rules->position_rows.count; i++)
		free_patterns(positions[i].patterns, positions[i].pattern_texts.count);
	free_patterns(rules->gates, rules->gate_texts.count);
	regfree(&rules->add_on_after);
	regfree(&rules->paired);
	regfree(&rules->rest);
}
