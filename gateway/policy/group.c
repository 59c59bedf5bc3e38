/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/groups.h"

struct group *group_get(struct groups *groups, const void *owner, const struct rule_position *answer, struct slice title,
			struct slice anchor)
{
	struct group *group;

	for (group = groups->first; group && owner; group = group->next)
		if (group->owner == owner && group->answer == answer)
			return group;
	group = groups->group_count < GROUPS_MAX ? arena_new_of(groups->reading->arena, struct group) : NULL;
	if (!group) {
		groups->reading->full = true;
		return NULL;
	}
	*group = (struct group){ .owner = owner, .answer = answer, .title = rule_bare(title), .anchor = anchor };
	if (groups->last)
		groups->last->next = group;
	if (!groups->first)
		groups->first = group;
	groups->last = group;
	groups->group_count++;
	return group;
}

/* ---- codes ---- */

/** FNV-1a, begun with an address that no document knows. A page may repeat a wide range a hundred thousand times. */
static struct group_code **bucket_of(struct groups *groups, const struct group *group, size_t system, struct slice code)
{
	uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)group ^ system;

	for (size_t i = 0; i < code.len; i++)
		hash = (hash ^ (unsigned char)code.ptr[i]) * 0x100000001b3u;
	return &groups->buckets[(hash ^ hash >> 32) % GROUP_CODE_BUCKETS];
}

static struct group_code *find_code(struct group_code *bucket, const struct group *group, size_t system, struct slice code)
{
	for (struct group_code *known = bucket; known; known = known->next_in_bucket)
		if (known->group == group && known->system == system && slice_equal(known->code, code))
			return known;
	return NULL;
}

static void add_code(struct groups *groups, struct group *group, const struct group_code *code)
{
	struct group_code **bucket = bucket_of(groups, group, code->system, code->code);
	struct group_code *known = find_code(*bucket, group, code->system, code->code), *copy;

	if (known) {
		known->add_on = known->add_on || code->add_on;
		return;
	}
	copy = groups->code_count < GROUP_CODES_MAX ? arena_new_of(groups->reading->arena, struct group_code) : NULL;
	if (copy) {
		*copy = *code;
		copy->code = arena_copy(groups->reading->arena, code->code);
	}
	if (!copy || !copy->code.ptr) {
		groups->reading->full = true;
		return;
	}
	copy->group = group;
	copy->next_in_bucket = *bucket;
	*bucket = copy;
	if (group->last)
		group->last->next = copy;
	if (!group->first)
		group->first = copy;
	group->last = copy;
	group->code_count++;
	groups->code_count++;
}

static void add_range(struct groups *groups, struct group *group, const struct code_hit *hit)
{
	const struct rule_system *system = &RULE_ROWS(groups->reading->rules, system, rule_system)[hit->system];
	const char *detail;
	size_t count = codes_range_count(system, hit->code, hit->last, &detail);
	char code[CODE_LENGTH_MAX + 1];

	for (size_t i = 0; i < count; i++) {
		codes_range_at(hit->code, hit->last, i, code);
		struct group_code one = {
			.system = hit->system, .code = slice_of(code), .from_range = hit->text, .add_on = hit->add_on
		};
		add_code(groups, group, &one);
	}
}

void group_add_hits(struct groups *groups, struct group *group, const struct code_hits *hits, struct slice display)
{
	for (size_t i = 0; group && i < hits->count; i++) {
		const struct code_hit *hit = &hits->items[i];
		struct group_code one = { .system = hit->system, .code = hit->code, .display = display, .add_on = hit->add_on };
		if (hit->fate == CODE_TAKEN)
			add_code(groups, group, &one);
		if (hit->fate == CODE_RANGE)
			add_range(groups, group, hit);
	}
}

void group_add_rule(struct groups *groups, struct group *group, struct slice sentence)
{
	struct indication *rule = arena_new_of(groups->reading->arena, struct indication);

	if (!rule) {
		groups->reading->full = true;
		return;
	}
	rule->text = sentence;
	if (group->last_rule)
		group->last_rule->next = rule;
	if (!group->first_rule)
		group->first_rule = rule;
	group->last_rule = rule;
	group->rules_bytes += sentence.len + 1;
}

bool groups_taken(const struct code_hits *hits)
{
	for (size_t i = 0; i < hits->count; i++)
		if (hits->items[i].fate != CODE_LOOK_ALIKE)
			return true;
	return false;
}

/* ---- what was not taken ---- */

static struct slice key_of(const struct groups *groups, const struct group *group)
{
	size_t number = 1;

	if (!group)
		return SLICE_NONE;
	for (const struct group *other = groups->first; other && other != group; other = other->next)
		number += other->code_count > 0;
	return arena_printf(groups->reading->arena, "g%zu", number);
}

static void tell(struct groups *groups, const struct code_hit *hit, const struct group *group, uint32_t line, const char *because)
{
	struct reading *reading = groups->reading;
	const char *detail = hit->fate == CODE_LOOK_ALIKE || hit->fate == CODE_UNRESOLVED ? hit->detail : because;
	const char *reason = hit->fate == CODE_UNRESOLVED ? "range" : hit->fate == CODE_LOOK_ALIKE ? "look-alike" : "history";
	bool range = hit->fate == CODE_UNRESOLVED && !because;
	struct fhir_node *node;

	issue_add(reading->issues, range ? ISSUE_WARNING : ISSUE_INFORMATION, range ? "code-invalid" : "informational",
		  SLICE_NONE, line, 0, "%.*s %s: %s", SLICE_ARG(hit->text),
		  range ? "was not expanded" : "was not taken as a code", detail);
	if (reading->told++ >= READING_TOLD_MAX)
		return;
	node = reading_add(reading, reading->record, "unresolved");
	if (!node)
		return;
	reading_put(reading, node, "text", hit->text);
	reading_put(reading, node, "reason", slice_of(reason));
	reading_put(reading, node, "detail", slice_of(detail));
	reading_put(reading, node, "group", group && group->code_count > 0 ? key_of(groups, group) : SLICE_NONE);
}

void groups_tell(struct groups *groups, const struct code_hits *hits, const struct group *group, uint32_t line,
		 const char *because)
{
	for (size_t i = 0; i < hits->count; i++) {
		const struct code_hit *hit = &hits->items[i];
		if (!because && hit->fate != CODE_UNRESOLVED && hit->fate != CODE_LOOK_ALIKE)
			continue;
		tell(groups, hit, group, line, because);
	}
}

/* ---- statements ---- */

struct statement *statement_new(struct groups *groups, const struct rule_position *position, struct slice text,
				struct slice anchor)
{
	struct statement *statement = arena_new_of(groups->reading->arena, struct statement);

	if (!statement) {
		groups->reading->full = true;
		return NULL;
	}
	*statement = (struct statement){ .position = position, .text = slice_trim(text), .anchor = anchor };
	return statement;
}

void statement_keep(struct groups *groups, struct statement *statement)
{
	statement->is_rest = rule_matches(&groups->reading->rules->rest, statement->text, NULL);
	if (groups->last_statement)
		groups->last_statement->next = statement;
	if (!groups->first_statement)
		groups->first_statement = statement;
	groups->last_statement = statement;
}

void statement_add_indication(struct groups *groups, struct statement *statement, struct slice text)
{
	struct indication *indication = arena_new_of(groups->reading->arena, struct indication);

	if (!indication) {
		groups->reading->full = true;
		return;
	}
	indication->text = text;
	if (statement->last)
		statement->last->next = indication;
	if (!statement->first)
		statement->first = indication;
	statement->last = indication;
}

/* ---- into the record ---- */

static void put_code(struct reading *reading, struct fhir_node *set, const struct group_code *code)
{
	struct fhir_node *node = reading_add(reading, set, "code");

	if (!node)
		return;
	reading_put(reading, node, "code", code->code);
	reading_put(reading, node, "display", code->display);
	reading_put(reading, node, "addOn", code->add_on ? SLICE("true") : SLICE_NONE);
	reading_put(reading, node, "fromRange", code->from_range);
}

static void put_sets(struct reading *reading, struct fhir_node *node, const struct group *group)
{
	const struct rule_system *systems = RULE_ROWS(reading->rules, system, rule_system);

	for (size_t i = 0; i < reading->rules->system_rows.count; i++) {
		struct fhir_node *set = NULL;
		for (const struct group_code *code = group->first; code; code = code->next) {
			if (code->system != i)
				continue;
			if (!set && !(set = reading_add(reading, node, "set")))
				return;
			if (!fhir_node_child(set, SLICE("system"))) {
				reading_put(reading, set, "system", systems[i].url);
				reading_put(reading, set, "name", systems[i].name);
			}
			put_code(reading, set, code);
		}
	}
}

static void put_position(struct reading *reading, struct fhir_node *group, const struct statement *statement)
{
	struct fhir_node *node = reading_add(reading, group, "position");

	if (!node)
		return;
	reading_put(reading, node, "kind", statement->position->kind);
	for (const struct indication *indication = statement->first; indication; indication = indication->next)
		reading_put(reading, node, "indication", indication->text);
	reading_put(reading, node, "text", statement->text);
	reading_put(reading, node, "anchor", statement->anchor);
}

static bool has_role(const struct reading *reading, const struct group *group, struct slice role)
{
	const struct rule_system *systems = RULE_ROWS(reading->rules, system, rule_system);

	for (const struct group_code *code = group->first; code; code = code->next)
		if (slice_equal(systems[code->system].role, role))
			return true;
	return false;
}

static bool any_positive(const struct groups *groups)
{
	for (const struct statement *statement = groups->first_statement; statement; statement = statement->next)
		if (!statement->position->negative)
			return true;
	return false;
}

/** Whether statements about the whole policy can speak of the codes of `group`, too. */
static bool takes_statements(const struct groups *groups, const struct group *group)
{
	return group->owner && !(group->own && group->own->position->negative) &&
	       has_role(groups->reading, group, SLICE("procedure"));
}

/** The rules of `group`, a line for each. */
static struct slice rules_text(struct reading *reading, const struct group *group)
{
	char *text = group->rules_bytes ? arena_alloc(reading->arena, group->rules_bytes) : NULL;
	size_t length = 0;

	if (group->rules_bytes && !text)
		reading->full = true;
	for (const struct indication *rule = group->first_rule; rule && text; rule = rule->next) {
		memcpy(text + length, rule->text.ptr, rule->text.len);
		length += rule->text.len;
		text[length++] = '\n';
	}
	return text ? (struct slice){ text, length - 1 } : SLICE_NONE;
}

static void put_group(struct groups *groups, const struct group *group, bool has_positive)
{
	struct reading *reading = groups->reading;
	struct fhir_node *node = reading_add(reading, reading->record, "group");

	if (!node)
		return;
	reading_put(reading, node, "key", key_of(groups, group));
	reading_put(reading, node, "title", group->title.len > 0 ? group->title : SLICE_NONE);
	reading_put(reading, node, "anchor", group->anchor);
	reading_put(reading, node, "text", rules_text(reading, group));
	put_sets(reading, node, group);
	if (group->own)
		put_position(reading, node, group->own);
	if (!takes_statements(groups, group))
		return;
	/* A denial belongs to the codes only when it is about what the positive statements leave over, or when there is nothing
	 * positive at all. */
	for (const struct statement *statement = groups->first_statement; statement && !reading->full;
	     statement = statement->next)
		if (!statement->position->negative || statement->is_rest || !has_positive)
			put_position(reading, node, statement);
}

void groups_put(struct groups *groups)
{
	bool has_positive = any_positive(groups);

	for (const struct group *group = groups->first; group && !groups->reading->full; group = group->next)
		if (group->code_count > 0)
			put_group(groups, group, has_positive);
}
