/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <regex.h>
#include <string.h>

#include "sync/run.h"

#define KEY_MAX_BYTES 24u

static const char *const field_names[] = { "url", "number", "version", "title", "status", "effective_date", "end_date", NULL };

static const struct option field_options[] = {
	{ .name = "field",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_field, field),
	  .sentence = "The fact about a policy.",
	  .required = true,
	  .choices = field_names },
	{ .name = "member",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_field, member),
	  .sentence = "Where an item of the list has it: a member's name, or several with dots.",
	  .required = true },
};
static const struct option_table field_table = { .options = field_options,
						 .count = ARRAY_SIZE(field_options),
						 .size = sizeof(struct sync_field) };

static const struct option source_options[] = {
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, name),
	  .required = true,
	  .sentence =
	      "What the source is called on the command line and in its status: lower case letters, digits and hyphens." },
	{ .name = "kind",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, kind),
	  .required = true,
	  .choices = sync_kind_names,
	  .sentence = "How it lists its policies: index is an HTML page of links, json a JSON list." },
	{ .name = "url",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, url),
	  .required = true,
	  .sentence = "Where the list is: https:, http: or file:, the last absolute or relative to this file." },
	{ .name = "public_url",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, public_url),
	  .sentence = "The folder where people find the documents, when url is a copy of it: what resources say." },
	{ .name = "payer_id",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, payer_id),
	  .required = true,
	  .sentence = "A short name for the payer, used in ids: lower case letters, digits and hyphens, at most 24." },
	{ .name = "payer_name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, payer_name),
	  .required = true,
	  .sentence = "The payer's name." },
	{ .name = "line_of_business",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, line_of_business),
	  .sentence = "The business that its policies govern." },
	{ .name = "jurisdiction",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, jurisdiction),
	  .sentence = "Where they apply; several with commas." },
	{ .name = "link_pattern",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, link_pattern),
	  .sentence = "Extended regular expression that a document's URL must match; absent: documents in the list's folder "
		      "(index) or on its "
		      "server (json). Other servers only when it begins with ^http." },
	{ .name = "items",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct sync_source, items),
	  .sentence = "json: where the list is within the answer, a name or several with dots; absent: the answer is the list." },
	{ .name = "fields",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct sync_source, fields),
	  .table = &field_table,
	  .sentence = "json: which member of an item is which fact; absent: they have the same names." },
	{ .name = "min_listed_percent",
	  .kind = OPTION_COUNT,
	  .offset = offsetof(struct sync_source, min_listed_percent),
	  .default_text = "70",
	  .max = 100,
	  .sentence = "A list shorter than this share of the last good one retires nothing." },
};
const struct option_table sync_source_table = { .options = source_options,
						.count = ARRAY_SIZE(source_options),
						.size = sizeof(struct sync_source),
						.line_offset = offsetof(struct sync_source, line) };

/* ---- what the table cannot say ---- */

struct check {
	struct arena *arena;
	const char *file;
	struct option_errors *errors;
	bool wrong;
};

PRINTF_LIKE(3, 4) static void wrong(struct check *check, const struct sync_source *source, const char *format, ...)
{
	char place[sizeof(((struct error *)0)->place)], message[sizeof(((struct error *)0)->message)];
	struct option_errors *errors = check->errors;
	va_list arguments;

	check->wrong = true;
	if (errors->count == OPTION_ERRORS_MAX ||
	    (!errors->items && !(errors->items = arena_new_array(check->arena, struct error, OPTION_ERRORS_MAX)))) {
		errors->dropped++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(place, sizeof(place), "%.200s:%u:1", check->file, source->line);
	errors->items[errors->count] = (struct error){ 0 };
	error_set(&errors->items[errors->count++], ERROR_USAGE, place, "%s", message);
}

static bool is_key(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!islower((unsigned char)text.ptr[i]) && !isdigit((unsigned char)text.ptr[i]) && text.ptr[i] != '-')
			return false;
	return text.len > 0 && text.len <= KEY_MAX_BYTES;
}

static void check_pattern(struct check *check, const struct sync_source *source)
{
	regex_t pattern;

	if (!source->link_pattern.ptr)
		return;
	if (regcomp(&pattern, source->link_pattern.ptr, REG_EXTENDED | REG_NOSUB) == 0)
		regfree(&pattern);
	else
		wrong(check, source, "link_pattern is no extended regular expression: %s", source->link_pattern.ptr);
}

static void check_url(struct check *check, struct sync_source *source)
{
	struct slice url = fetch_url_configured(check->arena, check->file, source->url);

	if (url.ptr)
		source->url = url;
	else
		wrong(check, source, "url is no https:, http: or file: address, or its folder does not exist: %s",
		      source->url.ptr);
}

bool sync_sources_check(struct arena *arena, const char *file, struct option_rows *sources, struct option_errors *errors)
{
	struct check check = { .arena = arena, .file = file, .errors = errors };
	struct sync_source *items = sources->items;

	for (size_t i = 0; i < sources->count; i++) {
		if (!is_key(items[i].name) || !is_key(items[i].payer_id))
			wrong(&check, &items[i], "name and payer_id are at most %u lower case letters, digits and hyphens",
			      KEY_MAX_BYTES);
		for (size_t k = 0; k < i; k++)
			if (slice_equal(items[k].name, items[i].name))
				wrong(&check, &items[i], "there already is a source named %s, in line %u", items[i].name.ptr,
				      items[k].line);
		check_pattern(&check, &items[i]);
		check_url(&check, &items[i]);
	}
	return !check.wrong;
}
