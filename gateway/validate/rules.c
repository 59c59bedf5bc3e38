/* SPDX-License-Identifier: Apache-2.0 */
/* profiles/VERSION/rules.tsv, whose first lines say what the columns are. Texts stay in the embedded file. */
#include "validate/run.h"

#include <stdlib.h>

static const char *asset_name(const struct validator *validator, const char *file, char out[32])
{
	snprintf(out, 32, "%s/%s", fhir_version_name(fhir_schema_version(validator->schema)), file);
	return out;
}

static size_t count_lines(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/* ---- invariants and formats ---- */

/** The one function of the specification that is no FHIRPath: narrative.c does what it asks. */
static bool is_html_rule(const struct rule *rule)
{
	return slice_starts(rule->expression, SLICE("htmlChecks"));
}

/** An invariant that calls what our FHIRPath does not have yet is not checked: the number of these is told. */
static bool leave_out(struct validator *validator, struct error *err)
{
	if (err->code == ERROR_MEMORY || err->code == ERROR_LIMIT)
		return false;
	validator->left_out++;
	*err = (struct error){ 0 };
	return true;
}

static bool add_rule(struct validator *validator, struct slice path, struct slice line, struct error *err)
{
	struct rule *rule = &validator->rules[validator->rule_count];
	struct fhirpath_program *program;

	rule->path = path;
	rule->key = slice_cut(&line, '\t');
	rule->severity = slice_equal(slice_cut(&line, '\t'), SLICE("error")) ? ISSUE_ERROR : ISSUE_WARNING;
	rule->expression = slice_cut(&line, '\t');
	rule->text = line;
	validator->rule_count++;
	if (is_html_rule(rule))
		return true;
	if (fhirpath_compile(validator->arena, rule->expression, &program, err))
		rule->program = program;
	return rule->program || leave_out(validator, err);
}

static bool add_line(struct validator *validator, struct slice line, struct error *err)
{
	if (!line.len || line.ptr[0] == '#')
		return true;
	struct slice path = slice_cut(&line, '\t');
	if (!slice_equal(path, SLICE("=")))
		return add_rule(validator, path, line, err);
	struct slice type = slice_cut(&line, '\t');
	return format_add(validator, type, line, err);
}

static bool load_rules(struct validator *validator, struct error *err)
{
	char name[32];
	struct slice text;

	if (!asset_get(asset_name(validator, "rules.tsv", name), &text, err))
		return false;
	validator->rules = arena_new_array(validator->arena, struct rule, count_lines(text));
	if (!validator->rules)
		return error_memory(err);
	for (unsigned number = 1; text.len; number++) {
		struct error wrong = { 0 };

		if (!add_line(validator, slice_cut(&text, '\n'), &wrong)) {
			char place[64];

			snprintf(place, sizeof(place), "%s:%u", name, number);
			return error_set(err, wrong.code, place, "%s", wrong.message);
		}
	}
	return true;
}

static int by_path(const void *key, const void *row)
{
	return slice_compare(*(const struct slice *)key, ((const struct rule *)row)->path);
}

const struct rule *rules_of(const struct validator *validator, struct slice path, size_t *count)
{
	const struct rule *end = validator->rules + validator->rule_count;
	const struct rule *first = bsearch(&path, validator->rules, validator->rule_count, sizeof(*first), by_path),
			  *last = first;

	*count = 0;
	if (!first)
		return NULL;
	while (first > validator->rules && slice_equal(first[-1].path, path))
		first--;
	while (last < end && slice_equal(last->path, path))
		last++;
	*count = (size_t)(last - first);
	return first;
}

bool rules_load(struct validator *validator, struct error *err)
{
	return load_rules(validator, err) &&
	       terms_tables_load(validator->arena, fhir_schema_version(validator->schema), &validator->terms.tables, err);
}
