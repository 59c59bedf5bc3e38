/* SPDX-License-Identifier: Apache-2.0 */
/* profiles/records/page.yaml: read by tables, then names become pointers and words are folded once. */
#include "record/fold.h"
#include "record/rules.h"

#define ASSET "records/page.yaml"
#define OPT(type, key, of_kind, member, does)                                                                                    \
	{                                                                                                                        \
		.name = key, .kind = of_kind, .offset = offsetof(type, member), .sentence = does                                 \
	}
#define NEED(type, key, of_kind, member, does)                                                                                   \
	{                                                                                                                        \
		.name = key, .kind = of_kind, .offset = offsetof(type, member), .sentence = does, .required = true               \
	}
#define ROWS(type, key, member, rows, does)                                                                                      \
	{                                                                                                                        \
		.name = key, .kind = OPTION_ROWS, .offset = offsetof(type, member), .sentence = does, .table = &(rows)           \
	}
#define TABLE(options, type, line)                                                                                               \
	{                                                                                                                        \
		options, ARRAY_SIZE(options), sizeof(type), line                                                                 \
	}

static const struct option kind_options[] = {
	NEED(struct record_kind, "code", OPTION_TEXT, code, "code of the kind"),
	NEED(struct record_kind, "words", OPTION_TEXTS, words, "words that name it"),
};
static const struct option_table kind_table = TABLE(kind_options, struct record_kind, 0);

static const struct option route_options[] = {
	NEED(struct record_route, "lines", OPTION_TEXTS, lines.patterns, "forms of lines that belong elsewhere"),
	NEED(struct record_route, "target", OPTION_TEXT, target_name, "the target they belong to"),
};
static const struct option_table route_table =
    TABLE(route_options, struct record_route, offsetof(struct record_route, yaml_line));

static const struct option target_options[] = {
	NEED(struct record_target, "name", OPTION_TEXT, name, "what sections call this target"),
	NEED(struct record_target, "element", OPTION_TEXT, element, "path in the model"),
	OPT(struct record_target, "text", OPTION_TEXT, text, "child that holds the text"),
	OPT(struct record_target, "set", OPTION_TEXT, set, "child with a fixed value"),
	OPT(struct record_target, "to", OPTION_TEXT, to, "that value"),
	OPT(struct record_target, "quantity", OPTION_TEXT, quantity, "child that holds the stated time"),
	OPT(struct record_target, "near_words", OPTION_TEXTS, near_words, "words without which there is no stated time"),
	OPT(struct record_target, "no_upper", OPTION_BOOL, no_upper, "an upper bound alone is no stated time"),
	OPT(struct record_target, "role", OPTION_TEXT, role, "child that holds who takes part"),
	OPT(struct record_target, "condition", OPTION_TEXT, condition, "child that holds on what condition"),
	OPT(struct record_target, "name_child", OPTION_TEXT, name_child, "child that holds the name before an explanation"),
	OPT(struct record_target, "link", OPTION_TEXT, link, "child that holds a web address"),
	OPT(struct record_target, "line", OPTION_TEXT, line, "child that holds the line number"),
	OPT(struct record_target, "sequence", OPTION_TEXT, sequence, "child that counts steps"),
	OPT(struct record_target, "title", OPTION_TEXT, title, "child that holds a step's title"),
	OPT(struct record_target, "detail", OPTION_TEXT, detail, "child that holds points below a step"),
	OPT(struct record_target, "plain", OPTION_TEXT, plain_name, "target of unnumbered text"),
	OPT(struct record_target, "kinds_element", OPTION_TEXT, kinds_element, "path of the codes for what the text names"),
	ROWS(struct record_target, "kinds", kinds, kind_table, "those codes"),
	ROWS(struct record_target, "routes", routes, route_table, "lines that belong to another target"),
};
static const struct option_table target_table =
    TABLE(target_options, struct record_target, offsetof(struct record_target, yaml_line));

static const struct option label_options[] = {
	NEED(struct record_label, "headings", OPTION_TEXTS, headings.patterns, "its words"),
	OPT(struct record_label, "target", OPTION_TEXT, target_name, "where its lines go"),
	OPT(struct record_label, "here_only", OPTION_BOOL, here_only, "known only inside its section"),
};
static const struct option_table label_table =
    TABLE(label_options, struct record_label, offsetof(struct record_label, yaml_line));

static const struct option section_options[] = {
	NEED(struct record_section, "headings", OPTION_TEXTS, headings.patterns, "its words"),
	OPT(struct record_section, "target", OPTION_TEXT, target_name, "where its lines go"),
	OPT(struct record_section, "remark", OPTION_TEXT, remark_name, "where paragraphs around its list go"),
	ROWS(struct record_section, "labels", labels, label_table, "headings below it"),
};
static const struct option_table section_table =
    TABLE(section_options, struct record_section, offsetof(struct record_section, yaml_line));

static const struct option unit_options[] = {
	NEED(struct record_unit, "code", OPTION_TEXT, code, "code of the unit"),
	OPT(struct record_unit, "seconds", OPTION_COUNT, seconds, "its length, when exact"),
	NEED(struct record_unit, "words", OPTION_TEXTS, words, "words that name it"),
};
static const struct option_table unit_table = TABLE(unit_options, struct record_unit, 0);

static const struct option number_word_options[] = {
	NEED(struct record_number_word, "words", OPTION_TEXTS, words, "how it is said"),
	NEED(struct record_number_word, "value", OPTION_TEXT, value, "its digits"),
	OPT(struct record_number_word, "article", OPTION_BOOL, article, "a number only after one of article_leads"),
};
static const struct option_table number_word_table = TABLE(number_word_options, struct record_number_word, 0);

static const struct option range_options[] = {
	NEED(struct record_range_form, "between", OPTION_TEXT, between, "what stands between two numbers"),
	OPT(struct record_range_form, "lead", OPTION_TEXT, lead, "what has to stand before the first"),
};
static const struct option_table range_table = TABLE(range_options, struct record_range_form, 0);

static const struct option letter_options[] = {
	NEED(struct record_letters, "from", OPTION_TEXT, from, "characters"),
	NEED(struct record_letters, "to", OPTION_TEXT, to, "what each counts as"),
};
static const struct option_table letter_table = TABLE(letter_options, struct record_letters, 0);

#define RULE(key, kind, member, does) NEED(struct record_rules, key, kind, member, does)
static const struct option rules_options[] = {
	RULE("model", OPTION_TEXT, model, "the logical model that pages become"),
	RULE("bullets", OPTION_TEXTS, bullets, "marks of list items"),
	RULE("numbers", OPTION_TEXTS, numbers, "marks of numbered items"),
	RULE("label_separators", OPTION_TEXTS, label_separators, "what stands between a label and its value"),
	RULE("decoration", OPTION_TEXT, decoration, "characters around a heading that mean nothing"),
	RULE("wrap_min_chars", OPTION_COUNT, wrap_min_chars, "length from which a line may have been broken"),
	RULE("heading_max_chars", OPTION_COUNT, heading_max_chars, "length of an unknown heading"),
	RULE("heading_max_words", OPTION_COUNT, heading_max_words, "words of an unknown heading"),
	RULE("final_marks", OPTION_TEXT, final_marks, "what ends a sentence"),
	RULE("furniture", OPTION_TEXTS, furniture.patterns, "lines that belong to the site"),
	ROWS(struct record_rules, "targets", targets, target_table, "where text goes"),
	RULE("title_target", OPTION_TEXT, title_name, "target of the title"),
	RULE("code_label_target", OPTION_TEXT, code_label_name, "target of a line that names the code system"),
	RULE("note_target", OPTION_TEXT, note_name, "target of what found no other"),
	RULE("opening_target", OPTION_TEXT, opening_name, "target of sentences before the first heading"),
	RULE("code_element", OPTION_TEXT, code_element, "element of the code"),
	RULE("name_element", OPTION_TEXT, name_element, "element that a computable name is made from"),
	RULE("computable_name_element", OPTION_TEXT, computable_name_element, "element of the computable name"),
	RULE("computable_prefix", OPTION_TEXT, computable_prefix, "begins a computable name that has no letter to begin with"),
	RULE("id_prefix", OPTION_TEXT, id_prefix, "begins an id that could be taken for a code"),
	ROWS(struct record_rules, "sections", sections, section_table, "headings"),
	RULE("condition_words", OPTION_TEXTS, condition_words, "words that begin a condition"),
	RULE("negation_words", OPTION_TEXTS, negation_words, "words that deny what follows"),
	RULE("name_ends", OPTION_TEXTS, name_ends, "what ends a name"),
	RULE("title_ends", OPTION_TEXTS, title_ends, "what ends a step's title"),
	RULE("title_max_chars", OPTION_COUNT, title_max_chars, "length of a step's title"),
	RULE("link_prefixes", OPTION_TEXTS, link_prefixes, "how a web address begins"),
	RULE("unit_system", OPTION_TEXT, unit_system, "code system of the units"),
	ROWS(struct record_rules, "units", units, unit_table, "units of time"),
	ROWS(struct record_rules, "number_words", number_words, number_word_table, "numbers in words"),
	ROWS(struct record_rules, "ranges", ranges, range_table, "how a range is said"),
	RULE("article_leads", OPTION_TEXTS, article_leads, "words after which an article is a number"),
	RULE("compounds", OPTION_TEXTS, compounds, "what joins the parts of one time"),
	RULE("approximations", OPTION_TEXTS, approximations, "words before a number that leave it as it is"),
	RULE("at_least", OPTION_TEXTS, at_least, "words that make it a lower bound"),
	RULE("at_most", OPTION_TEXTS, at_most, "words that make it an upper bound"),
	RULE("file_name_separators", OPTION_TEXT, file_name_separators, "what separates the words of a file name"),
	ROWS(struct record_rules, "letters", letters, letter_table, "characters that count as others"),
};
static const struct option_table rules_table = TABLE(rules_options, struct record_rules, 0);

/** What the steps of resolving share: the first failure stays, so each step is a plain call. */
struct loading {
	struct arena *arena;
	struct record_rules *rules;
	struct error *err;
	bool failed;
};

static void fold_texts(struct loading *loading, struct option_texts *texts)
{
	struct slice *folded = arena_new_array(loading->arena, struct slice, texts->count + 1);

	for (size_t i = 0; folded && i < texts->count; i++) {
		folded[i] = record_fold_copy(loading->arena, loading->rules, texts->items[i]);
		loading->failed = loading->failed || !folded[i].ptr;
	}
	loading->failed = loading->failed || !folded;
	texts->items = folded;
}

static void fold_forms(struct loading *loading, struct record_forms *forms)
{
	fold_texts(loading, &forms->patterns);
	if (!loading->failed)
		record_forms_prepare(forms);
}

static const struct record_target *find_target(struct loading *loading, struct slice name, uint32_t line)
{
	const struct record_target *targets = RECORD_ROWS(loading->rules->targets, struct record_target);
	char place[64];

	if (!name.ptr)
		return NULL;
	for (size_t i = 0; i < loading->rules->targets.count; i++)
		if (slice_equal(targets[i].name, name))
			return &targets[i];
	snprintf(place, sizeof(place), "%s:%u", ASSET, line);
	loading->failed = true;
	error_set(loading->err, ERROR_USAGE, place, "there is no target \"%.*s\"", SLICE_ARG(name));
	return NULL;
}

static void resolve_target(struct loading *loading, struct record_target *target)
{
	struct record_route *routes = target->routes.items;
	struct record_kind *kinds = target->kinds.items;

	fold_texts(loading, &target->near_words);
	target->plain = find_target(loading, target->plain_name, target->yaml_line);
	for (size_t i = 0; i < target->routes.count; i++) {
		fold_forms(loading, &routes[i].lines);
		routes[i].target = find_target(loading, routes[i].target_name, routes[i].yaml_line);
	}
	for (size_t i = 0; i < target->kinds.count; i++)
		fold_texts(loading, &kinds[i].words);
}

static void resolve_section(struct loading *loading, struct record_section *section)
{
	struct record_label *labels = section->labels.items;

	fold_forms(loading, &section->headings);
	section->target = find_target(loading, section->target_name, section->yaml_line);
	section->remark = find_target(loading, section->remark_name, section->yaml_line);
	for (size_t i = 0; i < section->labels.count; i++) {
		fold_forms(loading, &labels[i].headings);
		labels[i].target = find_target(loading, labels[i].target_name, labels[i].yaml_line);
	}
}

static void resolve_words(struct loading *loading)
{
	struct record_rules *rules = loading->rules;
	struct record_number_word *numbers = rules->number_words.items;
	struct record_unit *units = rules->units.items;
	struct option_texts *lists[] = { &rules->condition_words, &rules->negation_words, &rules->compounds,
					 &rules->approximations,  &rules->at_least,       &rules->at_most };

	fold_forms(loading, &rules->furniture);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		fold_texts(loading, lists[i]);
	for (size_t i = 0; i < rules->number_words.count; i++)
		fold_texts(loading, &numbers[i].words);
	for (size_t i = 0; i < rules->units.count; i++)
		fold_texts(loading, &units[i].words);
}

static bool resolve(struct loading *loading)
{
	struct record_rules *rules = loading->rules;
	struct record_target *targets = rules->targets.items;
	struct record_section *sections = rules->sections.items;

	for (size_t i = 0; i < rules->targets.count; i++)
		resolve_target(loading, &targets[i]);
	for (size_t i = 0; i < rules->sections.count; i++)
		resolve_section(loading, &sections[i]);
	resolve_words(loading);
	rules->title = find_target(loading, rules->title_name, 1);
	rules->code_label = find_target(loading, rules->code_label_name, 1);
	rules->note = find_target(loading, rules->note_name, 1);
	rules->opening = find_target(loading, rules->opening_name, 1);
	return !loading->failed || error_memory(loading->err); /* the first error stays */
}

static bool load_code_labels(struct arena *arena, struct record_rules *rules, struct error *err)
{
	const struct fhir_code_system *systems;
	size_t system_count, count = 0;

	if (!fhir_code_systems(&systems, &system_count, err))
		return false;
	for (size_t i = 0; i < system_count; i++)
		count += systems[i].labels.count;
	struct record_code_label *labels = arena_new_array(arena, struct record_code_label, count + 1);
	if (!labels)
		return error_memory(err);
	rules->code_labels = labels;
	for (size_t i = 0; i < system_count; i++) {
		for (size_t j = 0; j < systems[i].labels.count; j++) {
			struct slice words = record_fold_copy(arena, rules, systems[i].labels.items[j]);
			if (!words.ptr)
				return error_memory(err);
			labels[rules->code_label_count++] = (struct record_code_label){ words, &systems[i] };
		}
	}
	return true;
}

bool record_rules_load(struct arena *arena, struct record_rules **out, struct error *err)
{
	struct record_rules *rules = arena_new_of(arena, struct record_rules);

	if (!rules)
		return error_memory(err);
	if (!options_read_asset(arena, &rules_table, ASSET, rules, err))
		return false;
	if (!record_fold_prepare(arena, rules))
		return error_memory(err);
	if (!resolve(&(struct loading){ .arena = arena, .rules = rules, .err = err }) || !load_code_labels(arena, rules, err))
		return false;
	*out = rules;
	return true;
}
