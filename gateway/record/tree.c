/* SPDX-License-Identifier: Apache-2.0 */
#include "record/tree.h"
#include "record/fold.h"
#include "record/heading.h"
#include "record/quantity.h"

#include <string.h>

/** One text on its way: what each part of a target looks at. */
struct placing {
	struct record_tree *tree;
	const struct record_target *target;
	const struct record_text_line *line;
	struct slice text;   /* as it will stand */
	struct slice folded; /* its beginning */
	struct fhir_node *node;
	struct error *err;
};

static bool no_such_element(const struct placing *placing, struct slice name)
{
	return error_set(placing->err, ERROR_USAGE, "records/page.yaml", "target \"%.*s\": %.*s has no element \"%.*s\"",
			 SLICE_ARG(placing->target->name), SLICE_ARG(placing->tree->rules->model), SLICE_ARG(name));
}

static struct fhir_node *mark(struct fhir_node *node, const struct record_text_line *line)
{
	if (node) {
		node->line = line->line;
		node->column = line->column;
	}
	return node;
}

/** The element `name` of `parent`'s type; NULL with the error set. */
static const struct fhir_element *element_of(const struct placing *placing, const struct fhir_node *parent, struct slice name)
{
	const struct fhir_element *element = fhir_element_find(parent->type, name, NULL);

	if (!element)
		(void)no_such_element(placing, name);
	return element;
}

static bool add_value(const struct placing *placing, struct fhir_node *parent, struct slice name, struct slice value,
		      struct fhir_node **out)
{
	if (!element_of(placing, parent, name))
		return false;
	*out = mark(fhir_node_add_value(placing->tree->arena, parent, name, value), placing->line);
	return *out || error_memory(placing->err);
}

static bool set_child(const struct placing *placing, struct slice name, struct slice value)
{
	struct fhir_node *made;

	return !name.ptr || !value.ptr || add_value(placing, placing->node, name, value, &made);
}

/** The node that holds the last step of `path`, made where it is missing; the path is left at that step. */
static bool open_parents(const struct placing *placing, struct slice *path, struct fhir_node **out)
{
	struct fhir_node *parent = placing->tree->record;

	while (slice_find(*path, SLICE(".")) != SIZE_MAX) {
		struct slice name = slice_cut(path, '.');
		struct fhir_node *child = fhir_node_child(parent, name);
		if (!child && !element_of(placing, parent, name))
			return false;
		parent = child ? child : mark(fhir_node_add(placing->tree->arena, parent, name, NULL), placing->line);
		if (!parent)
			return error_memory(placing->err);
	}
	*out = parent;
	return true;
}

/* ---- parts
 * ---------------------------------------------------------------------------------------------------------------------------- */

static bool add_bound(const struct placing *placing, struct fhir_node *range, struct slice name,
		      const struct record_quantity *bound)
{
	struct arena *arena = placing->tree->arena;

	if (!bound->value.ptr)
		return true;
	struct fhir_node *node = mark(fhir_node_add(arena, range, name, NULL), placing->line);
	return (node && fhir_node_add_value(arena, node, SLICE("value"), bound->value) &&
		fhir_node_add_value(arena, node, SLICE("unit"), bound->word) &&
		fhir_node_add_value(arena, node, SLICE("system"), placing->tree->rules->unit_system) &&
		fhir_node_add_value(arena, node, SLICE("code"), bound->unit->code)) ||
	       error_memory(placing->err);
}

/** The stated time as a Range. */
static bool put_quantity(const struct placing *placing)
{
	const struct record_target *target = placing->target;
	struct record_time time;

	if (!target->quantity.ptr || (target->near_words.count > 0 && !record_word_any(&target->near_words, placing->folded)))
		return true;
	if (!record_time_find(placing->tree->arena, placing->tree->rules, placing->folded, &time))
		return true;
	if (target->no_upper && !time.low.value.ptr)
		return true;
	if (!element_of(placing, placing->node, target->quantity))
		return false;
	struct fhir_node *range = mark(fhir_node_add(placing->tree->arena, placing->node, target->quantity, NULL), placing->line);
	if (!range)
		return error_memory(placing->err);
	return add_bound(placing, range, SLICE("low"), &time.low) && add_bound(placing, range, SLICE("high"), &time.high);
}

static bool starts_with_word(const struct placing *placing, const struct option_texts *words, struct slice text)
{
	char folded[64], first[1];
	struct slice begin = record_fold(placing->tree->rules, text, first, sizeof(first)), start = SLICE_NONE;

	for (size_t i = 0; i < words->count; i++) {
		if (!slice_starts(words->items[i], begin))
			continue; /* nearly always */
		if (!start.ptr)
			start = record_fold(placing->tree->rules, text, folded, sizeof(folded));
		if (record_word_find(start, words->items[i], 0) == 0)
			return true;
	}
	return false;
}

/** Where a condition starts in "X (if …)", "X, if …" or "X if …"; SIZE_MAX when there is none. */
static size_t find_condition(const struct placing *placing)
{
	const struct option_texts *words = &placing->tree->rules->condition_words;
	struct slice text = placing->text;

	if (record_is_sentence(placing->tree->rules, text))
		return SIZE_MAX;
	for (size_t at = 1; at < text.len && at < RECORD_RECOGNISE_MAX_BYTES; at++) {
		bool opens = text.ptr[at - 1] == '(' || text.ptr[at - 1] == ' ';
		bool inside = text.ptr[at - 1] == '(' && text.ptr[text.len - 1] == ')';
		if (opens && (inside || text.ptr[at - 1] == ' ') && starts_with_word(placing, words, slice_from(text, at)))
			return at;
	}
	return SIZE_MAX;
}

static bool put_role(const struct placing *placing)
{
	const struct record_target *target = placing->target;
	struct slice text = placing->text, condition = SLICE_NONE;

	if (!target->role.ptr)
		return true;
	size_t at = find_condition(placing);
	if (at != SIZE_MAX) {
		condition = slice_from(text, at);
		bool closed = text.ptr[at - 1] == '(' && slice_ends(condition, SLICE(")"));
		condition.len -= closed;
		text.len = at - (text.ptr[at - 1] == '(');
	}
	text = slice_trim(text);
	if (at != SIZE_MAX && slice_ends(text, SLICE(",")))
		text = slice_trim((struct slice){ text.ptr, text.len - 1 });
	if (text.len == 0)
		return set_child(placing, target->role, placing->text);
	return set_child(placing, target->role, text) && set_child(placing, target->condition, condition);
}

/** The first of `ends` in `text`: what stands before it, and after it when `rest` is wanted. Absent when none. */
static struct slice cut_at(struct slice text, const struct option_texts *ends, struct slice *rest)
{
	size_t first = SIZE_MAX, len = 0;

	for (size_t i = 0; i < ends->count; i++) {
		size_t found = slice_find(text, ends->items[i]);
		if (found < first) {
			first = found;
			len = ends->items[i].len;
		}
	}
	if (first == SIZE_MAX || first == 0)
		return SLICE_NONE;
	if (rest)
		*rest = slice_trim(slice_from(text, first + len));
	return slice_trim((struct slice){ text.ptr, first });
}

static bool put_name(const struct placing *placing)
{
	struct slice text = placing->text, name = cut_at(text, &placing->tree->rules->name_ends, NULL);
	size_t parenthesis = slice_find(text, SLICE(" ("));

	if (!placing->target->name_child.ptr)
		return true;
	if (parenthesis != SIZE_MAX && parenthesis > 0 && text.ptr[text.len - 1] == ')' && (!name.ptr || parenthesis < name.len))
		name = (struct slice){ text.ptr, parenthesis };
	if (!name.ptr)
		name = text;
	if (record_is_sentence(placing->tree->rules, name) && name.len > 1)
		name.len--;
	return set_child(placing, placing->target->name_child, name);
}

static bool put_link(const struct placing *placing)
{
	const struct option_texts *prefixes = &placing->tree->rules->link_prefixes;

	for (size_t i = 0; placing->target->link.ptr && i < prefixes->count; i++) {
		size_t at = slice_find(placing->text, prefixes->items[i]);
		if (at == SIZE_MAX)
			continue;
		struct slice rest = slice_from(placing->text, at), link = slice_cut(&rest, ' ');
		while (link.len > 0 && strchr(".,;)>\"'", link.ptr[link.len - 1]))
			link.len--;
		return set_child(placing, placing->target->link, link);
	}
	return true;
}

static bool put_line(const struct placing *placing)
{
	return !placing->target->line.ptr ||
	       set_child(placing, placing->target->line, arena_printf(placing->tree->arena, "%u", placing->line->line));
}

/** Whether what stands before `at` in the same clause denies it. */
static bool is_denied(const struct record_rules *rules, struct slice text, size_t at)
{
	size_t start = at;

	while (start > 0 && !memchr(".;:(", text.ptr[start - 1], 4))
		start--;
	return record_word_any(&rules->negation_words, (struct slice){ text.ptr + start, at - start });
}

static bool names_kind(const struct placing *placing, const struct record_kind *kind)
{
	for (size_t i = 0; i < kind->words.count; i++)
		for (size_t at = 0; (at = record_word_find(placing->folded, kind->words.items[i], at)) != SIZE_MAX; at++)
			if (!is_denied(placing->tree->rules, placing->folded, at))
				return true;
	return false;
}

static bool has_value(const struct fhir_node *parent, struct slice name, struct slice value)
{
	for (const struct fhir_node *child = fhir_node_child(parent, name); child; child = fhir_node_again(child))
		if (slice_equal(child->value, value))
			return true;
	return false;
}

/** Codes for what the text names, each once. */
static bool put_kinds(const struct placing *placing)
{
	const struct record_kind *kinds = RECORD_ROWS(placing->target->kinds, struct record_kind);
	struct slice path = placing->target->kinds_element;
	struct fhir_node *parent, *made;

	for (size_t i = 0; path.ptr && i < placing->target->kinds.count; i++) {
		struct slice name = path;
		if (!names_kind(placing, &kinds[i]))
			continue;
		if (!open_parents(placing, &name, &parent))
			return false;
		if (!has_value(parent, name, kinds[i].code) && !add_value(placing, parent, name, kinds[i].code, &made))
			return false;
	}
	return true;
}

/** Number, title and text of a step. */
static bool put_step(struct placing *placing)
{
	struct record_tree *tree = placing->tree;
	const struct record_target *target = placing->target;
	struct slice text = placing->text, rest = SLICE_NONE, title = cut_at(text, &tree->rules->title_ends, &rest);

	tree->step = placing->node;
	tree->step_count++;
	if (placing->line->marker == RECORD_MARKER_NUMBER && placing->line->number != tree->step_count)
		issue_add(tree->issues, ISSUE_INFORMATION, "informational", SLICE_NONE, placing->line->line,
			  placing->line->column, "the step that the page numbers %u is its step %u", placing->line->number,
			  tree->step_count);
	if (!title.ptr && slice_ends(text, SLICE(":"))) {
		title = slice_trim((struct slice){ text.ptr, text.len - 1 });
		rest = SLICE_NONE;
	}
	bool titled = title.len > 0 && record_char_count(title) <= tree->rules->title_max_chars &&
		      slice_find(title, SLICE(". ")) == SIZE_MAX;
	return set_child(placing, target->sequence, arena_printf(tree->arena, "%u", tree->step_count)) &&
	       set_child(placing, target->title, titled ? title : SLICE_NONE) &&
	       set_child(placing, target->text, titled ? rest : text);
}

static bool put_parts(struct placing *placing)
{
	const struct record_target *target = placing->target;

	if (target->sequence.ptr)
		return put_step(placing);
	return set_child(placing, target->set, target->to) && put_role(placing) && put_name(placing) && put_link(placing) &&
	       put_line(placing) && put_quantity(placing) && set_child(placing, target->text, placing->text);
}

/* ---- placing
 * --------------------------------------------------------------------------------------------------------------------------- */

/** For targets that recognise something in the text. */
static bool fold_beginning(struct placing *placing)
{
	struct slice beginning = placing->text;

	if (!placing->target->quantity.ptr && placing->target->kinds.count == 0)
		return true;
	if (beginning.len > RECORD_RECOGNISE_MAX_BYTES)
		beginning.len = RECORD_RECOGNISE_MAX_BYTES;
	placing->folded = record_fold_copy(placing->tree->arena, placing->tree->rules, beginning);
	return placing->folded.ptr || error_memory(placing->err);
}

bool record_tree_put(struct record_tree *tree, const struct record_target *target, struct slice text,
		     const struct record_text_line *line, struct fhir_node **out, struct error *err)
{
	struct placing placing = { .tree = tree, .target = target, .line = line, .text = text, .err = err };
	struct slice name = target->element;
	struct fhir_node *parent;

	*out = NULL;
	if (!open_parents(&placing, &name, &parent))
		return false;
	const struct fhir_element *element = element_of(&placing, parent, name);
	if (!element)
		return false;
	if (element->max == 1 && fhir_node_child(parent, name))
		return true;
	if (!fold_beginning(&placing))
		return false;
	if (!target->text.ptr)
		return add_value(&placing, parent, name, text, out) && put_kinds(&placing);
	*out = placing.node = mark(fhir_node_add(tree->arena, parent, name, NULL), line);
	if (!*out)
		return error_memory(err);
	return put_parts(&placing);
}

bool record_tree_put_detail(struct record_tree *tree, const struct record_target *target, struct slice text,
			    const struct record_text_line *line, struct fhir_node **out, struct error *err)
{
	struct placing placing = { .tree = tree, .target = target, .line = line, .text = text, .node = tree->step, .err = err };

	return add_value(&placing, tree->step, target->detail, text, out);
}

const struct record_target *record_tree_route(const struct record_tree *tree, const struct record_target *target,
					      struct slice text)
{
	const struct record_route *routes = RECORD_ROWS(target->routes, struct record_route);
	char folded[128];
	struct slice start = target->routes.count > 0 ? record_fold(tree->rules, text, folded, sizeof(folded)) : SLICE_NONE;

	for (size_t i = 0; i < target->routes.count; i++)
		if (record_glob_any(&routes[i].lines, start))
			return routes[i].target;
	return target;
}
