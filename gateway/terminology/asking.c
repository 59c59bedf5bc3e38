/* SPDX-License-Identifier: Apache-2.0 */
#include "terminology/asking.h"

#define CANONICAL_MAX_BYTES 1024u

void asking_close(struct asking *asking)
{
	filter_regex_free(asking);
}

/** "include[2]": the rule that is being read. */
static int write_rule(const struct fhir_node *rule, char *out, size_t size)
{
	unsigned index = 0;

	if (!rule)
		return 0;
	for (const struct fhir_node *one = fhir_node_child(rule->parent, rule->element->name); one != rule;
	     one = fhir_node_again(one))
		index++;
	return snprintf(out, size, ", %.*s[%u]", SLICE_ARG(rule->element->name), index);
}

enum fhirpath_answer asking_refuse(struct asking *asking, const char *format, ...)
{
	struct slice name = asking->value_set;
	va_list arguments;
	int used = 0;

	if (!asking->wants_reason)
		return FHIRPATH_NOT_HELD;
	name.len = name.len < REASON_NAME_MAX ? name.len : REASON_NAME_MAX;
	if (name.ptr) {
		used = snprintf(asking->reason, sizeof(asking->reason), "the value set %.*s", SLICE_ARG(name));
		used += write_rule(asking->rule, asking->reason + used, sizeof(asking->reason) - (size_t)used);
		used += snprintf(asking->reason + used, sizeof(asking->reason) - (size_t)used, ": ");
	}
	va_start(arguments, format);
	vsnprintf(asking->reason + used, sizeof(asking->reason) - (size_t)used, format, arguments);
	va_end(arguments);
	return FHIRPATH_NOT_HELD;
}

bool asking_spend(struct asking *asking, uint64_t steps)
{
	asking->steps += steps;
	if (asking->steps <= TERMS_STEPS_MAX)
		return true;
	asking_refuse(asking, "it takes more than %u steps to tell", TERMS_STEPS_MAX);
	return false;
}

/* ---- looking up ---- */

const struct fhir_node *asking_value_set(struct asking *asking, struct slice canonical)
{
	const struct fhir_node *found = NULL;

	asking->has_failed |= !asking->source->value_set(asking->source->context, canonical, &found, &asking->err);
	return asking->has_failed ? NULL : found;
}

static const struct terms_system *look_up(struct asking *asking, struct slice canonical)
{
	const struct terms_system *found = NULL;

	asking->has_failed |= !asking->source->code_system(asking->source->context, canonical, &found, &asking->err);
	return asking->has_failed ? NULL : found;
}

const struct terms_system *asking_system(struct asking *asking, struct slice url, struct slice version)
{
	char text[CANONICAL_MAX_BYTES];
	const struct terms_system *found;

	if (!version.len)
		return look_up(asking, url);
	int length = snprintf(text, sizeof(text), "%.*s|%.*s", SLICE_ARG(url), SLICE_ARG(version));
	if (length < 0 || (size_t)length >= sizeof(text))
		return NULL;
	if ((found = look_up(asking, (struct slice){ text, (size_t)length })))
		return found;
	/* One that does not say which version it is may be any. */
	found = look_up(asking, url);
	return found && !fhir_node_text(found->resource, SLICE("version")).len ? found : NULL;
}

/** A version may also stand behind the URI, as in a canonical. */
struct slice named_system(const struct fhir_node *node, struct slice *version)
{
	struct slice behind = fhir_node_text(node, SLICE("system")), url = slice_cut(&behind, '|');

	*version = fhir_node_text(node, SLICE("version"));
	if (!version->len)
		*version = behind;
	return url;
}

bool rule_is_sound(struct asking *asking, const struct fhir_node *rule)
{
	bool has_codes = fhir_node_child(rule, SLICE("concept")) || fhir_node_child(rule, SLICE("filter"));

	if (fhir_node_text(rule, SLICE("system")).ptr || (fhir_node_child(rule, SLICE("valueSet")) && !has_codes))
		return true;
	asking_refuse(asking, "it names no code system");
	return false;
}

/* ---- codes that are no longer in use ---- */

/** FHIR, "CodeSystem", "Defined Concept Properties": inactive, status. */
static bool says_inactive(const struct fhir_node *property)
{
	struct slice code = fhir_node_text(property, SLICE("code")), value = fhir_node_text(property, SLICE("value"));

	if (slice_equal(code, SLICE("inactive")))
		return slice_equal(value, SLICE("true"));
	return slice_equal(code, SLICE("status")) && slice_equal(value, SLICE("retired"));
}

bool asking_is_inactive(struct asking *asking, struct slice system, struct slice code)
{
	const struct terms_system *held = system.ptr ? asking_system(asking, system, SLICE_NONE) : NULL;

	/* Only where case does not count are all concepts looked at. */
	if (!held || !asking_spend(asking, held->ignores_case ? held->count : 1))
		return false;
	const struct concept *concept = system_concept(held, code);
	const struct fhir_node *property = concept ? fhir_node_child(concept->node, SLICE("property")) : NULL;
	while (property && !says_inactive(property))
		property = fhir_node_again(property);
	return property;
}

bool compose_drops_inactive(const struct fhir_node *compose)
{
	return slice_equal(fhir_node_text(compose, SLICE("inactive")), SLICE("false"));
}

bool expansion_is_whole(const struct fhir_node *expansion)
{
	struct slice total = fhir_node_text(expansion, SLICE("total"));
	const struct fhir_node *contains = fhir_node_child(expansion, SLICE("contains"));
	uint64_t wanted, count = 0;

	for (; contains; contains = fhir_node_again(contains))
		count++;
	return !fhir_node_child(expansion, SLICE("offset")) &&
	       (!total.ptr || (slice_to_u64(total, UINT32_MAX, &wanted) && count >= wanted));
}
