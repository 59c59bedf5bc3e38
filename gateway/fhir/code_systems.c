/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/fhir.h"

#include <pthread.h>
#include <regex.h>

#define ASSET "code-systems.yaml"
#define TABLE_MAX_BYTES (4u << 20)
#define CODE_MAX_BYTES 64u
#define PATTERN_MAX_BYTES 256u

struct file {
	struct option_rows systems;
};

/** Filled once, then only read. */
static struct {
	pthread_once_t once;
	struct arena *arena;
	const struct fhir_code_system *systems;
	regex_t *patterns;
	size_t count;
	bool loaded;
	struct error err;
} table = { .once = PTHREAD_ONCE_INIT };

static const struct option system_options[] = {
	{ .name = "name",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct fhir_code_system, name),
	  .required = true,
	  .sentence = "Short name in ids, options and file names." },
	{ .name = "title",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct fhir_code_system, title),
	  .required = true,
	  .sentence = "The name for people." },
	{ .name = "url",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct fhir_code_system, url),
	  .required = true,
	  .sentence = "The system URI that is written." },
	{ .name = "aliases",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct fhir_code_system, aliases),
	  .sentence = "Other URIs that are understood." },
	{ .name = "labels",
	  .kind = OPTION_TEXTS,
	  .offset = offsetof(struct fhir_code_system, labels),
	  .sentence = "Words that announce a code of this system on a page." },
	{ .name = "pattern",
	  .kind = OPTION_TEXT,
	  .offset = offsetof(struct fhir_code_system, pattern),
	  .required = true,
	  .sentence = "POSIX extended expression that a whole code matches, upper case." },
};

static const struct option_table system_table = {
	.options = system_options,
	.count = ARRAY_SIZE(system_options),
	.size = sizeof(struct fhir_code_system),
};

static const struct option file_options[] = {
	{ .name = "systems",
	  .kind = OPTION_ROWS,
	  .offset = offsetof(struct file, systems),
	  .required = true,
	  .table = &system_table,
	  .sentence = "The code systems, first match first." },
};

static const struct option_table file_table = {
	.options = file_options,
	.count = ARRAY_SIZE(file_options),
	.size = sizeof(struct file),
};

static bool compile(const struct fhir_code_system *system, regex_t *out, struct error *err)
{
	char pattern[PATTERN_MAX_BYTES], reason[128];
	int length = snprintf(pattern, sizeof(pattern), "^(%.*s)$", SLICE_ARG(system->pattern));

	if (length < 0 || (size_t)length >= sizeof(pattern))
		return error_set(err, ERROR_LIMIT, ASSET, "the pattern of %.*s is too long", SLICE_ARG(system->name));
	int failure = regcomp(out, pattern, REG_EXTENDED | REG_NOSUB);
	if (failure == 0)
		return true;
	regerror(failure, out, reason, sizeof(reason));
	return error_set(err, ERROR_SYNTAX, ASSET, "the pattern of %.*s: %s", SLICE_ARG(system->name), reason);
}

static bool load(struct error *err)
{
	struct file file = { 0 };

	table.arena = arena_new(TABLE_MAX_BYTES);
	if (!table.arena)
		return error_memory(err);
	if (!options_read_asset(table.arena, &file_table, ASSET, &file, err))
		return false;
	table.systems = file.systems.items;
	table.count = file.systems.count;
	table.patterns = arena_new_array(table.arena, regex_t, table.count);
	if (!table.patterns)
		return error_memory(err);
	for (size_t i = 0; i < table.count; i++)
		if (!compile(&table.systems[i], &table.patterns[i], err))
			return false;
	return true;
}

static void load_once(void)
{
	table.loaded = load(&table.err);
}

bool fhir_code_systems(const struct fhir_code_system **out, size_t *count, struct error *err)
{
	pthread_once(&table.once, load_once);
	if (!table.loaded)
		return error_set(err, table.err.code, table.err.place, "%s", table.err.message);
	*out = table.systems;
	*count = table.count;
	return true;
}

static bool is_named(const struct fhir_code_system *system, struct slice text)
{
	if (slice_equal_nocase(system->name, text) || slice_equal(system->url, text))
		return true;
	for (size_t i = 0; i < system->aliases.count; i++)
		if (slice_equal(system->aliases.items[i], text))
			return true;
	return false;
}

const struct fhir_code_system *fhir_code_system_find(struct slice name_or_uri)
{
	const struct fhir_code_system *systems = NULL;
	size_t count = 0;

	if (!name_or_uri.len || !fhir_code_systems(&systems, &count, NULL))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (is_named(&systems[i], name_or_uri))
			return &systems[i];
	return NULL;
}

bool fhir_code_valid(const struct fhir_code_system *system, struct slice code)
{
	char upper[CODE_MAX_BYTES];
	size_t index = (size_t)(system - table.systems);

	ASSERT(table.loaded && index < table.count);
	if (code.len == 0 || code.len >= sizeof(upper))
		return false;
	for (size_t i = 0; i < code.len; i++) {
		char c = code.ptr[i];
		if (c == '\0')
			return false;
		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	upper[code.len] = '\0';
	return regexec(&table.patterns[index], upper, 0, NULL, 0) == 0;
}
