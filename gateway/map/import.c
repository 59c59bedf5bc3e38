/* SPDX-License-Identifier: Apache-2.0 */
/* Files beside a map: what it imports and the ConceptMaps it translates by, among given files and then the assets. */
#include "map/compile.h"

#define FOLDER "maps/"
#define READ_ISSUES_MAX 4

static struct slice without_mark(struct slice bytes)
{
	struct slice mark = SLICE("\xef\xbb\xbf");

	return slice_starts(bytes, mark) ? slice_from(bytes, mark.len) : bytes;
}

/** A resource, as JSON or XML, where text of the language begins with a word. */
static bool is_resource(struct slice bytes)
{
	bytes = slice_trim(without_mark(bytes));
	return slice_starts(bytes, SLICE("{")) || slice_starts(bytes, SLICE("<"));
}

static bool read_by(struct map_compiler *compiler, const struct fhir_schema *schema, struct slice bytes, struct issues *issues,
		    struct fhir_node **out)
{
	issues_init(issues, compiler->scratch, READ_ISSUES_MAX);
	return schema && fhir_read(compiler->scratch, schema, NULL, false, bytes, issues, out);
}

/** A resource of any FHIR version at hand. What is wrong with it is told by the first of them that knows it. */
static bool read_resource(struct map_compiler *compiler, const char *name, struct slice bytes, struct fhir_node **out)
{
	const struct fhir_schema *schemas[] = { compiler->target, compiler->source, compiler->library->also };
	struct issues first, issues;

	if (read_by(compiler, schemas[0], bytes, &first, out))
		return true;
	for (size_t i = 1; i < ARRAY_SIZE(schemas); i++)
		if (schemas[i] != schemas[0] && read_by(compiler, schemas[i], bytes, &issues, out))
			return true;
	const struct issue *issue = first.first;
	struct map_text at = { SLICE_NONE, issue ? issue->line : 1, issue ? issue->column : 1 };
	compiler->file = name;
	return map_fail_at(compiler, &at, "%.*s", SLICE_ARG(issue ? issue->text : SLICE("not a resource")));
}

bool map_read_file(struct map_compiler *compiler, const char *name, struct slice bytes, struct map_syntax **out)
{
	struct fhir_node *resource;

	if (bytes.len > MAP_TEXT_MAX_BYTES)
		return error_set(compiler->err, ERROR_LIMIT, name, "a map is longer than %u bytes", MAP_TEXT_MAX_BYTES);
	if (!is_resource(bytes))
		return map_parse(compiler->scratch, name, without_mark(bytes), &compiler->mistakes, out);
	return read_resource(compiler, name, bytes, &resource) &&
	       map_parse_structure(compiler->scratch, name, resource, &compiler->mistakes, out);
}

/* ---- each file beside the map ---- */

struct looking {
	struct map_compiler *compiler;
	struct slice url;
	bool (*found)(struct looking *looking, const char *name, struct slice bytes);
	size_t count;
	bool failed;
	struct map_concept_map *concepts;
};

static bool look_at_asset(void *context, const char *name, struct slice bytes)
{
	struct looking *looking = context;

	if (!slice_ends(slice_of(name), SLICE(".map")) && !slice_ends(slice_of(name), SLICE(".json")) &&
	    !slice_ends(slice_of(name), SLICE(".xml")))
		return true;
	looking->failed = !looking->found(looking, name, bytes);
	return !looking->failed;
}

/** False: a file could not be read. */
static bool look(struct looking *looking)
{
	const struct map_library *library = looking->compiler->library;

	for (size_t i = 0; i < library->file_count; i++)
		if (!looking->found(looking, library->files[i].name, library->files[i].bytes))
			return false;
	asset_each(FOLDER, look_at_asset, looking);
	return !looking->failed;
}

/* ---- imports ---- */

/** Whether the parts of `pattern` between its "*" stand in `url` in that order. Without "*" it is that URL. */
static bool url_matches(struct slice pattern, struct slice url)
{
	struct slice part = slice_cut(&pattern, '*');

	if (!pattern.ptr)
		return slice_equal(part, url);
	if (!slice_starts(url, part))
		return false;
	url = slice_from(url, part.len);
	for (;;) {
		part = slice_cut(&pattern, '*');
		if (!pattern.ptr)
			return slice_ends(url, part);
		size_t found = slice_find(url, part);
		if (found == SIZE_MAX)
			return false;
		url = slice_from(url, found + part.len);
	}
}

static bool is_loaded(const struct map_compiler *compiler, struct slice url)
{
	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		if (slice_equal(file->url, url))
			return true;
	return false;
}

static void append_file(struct map_compiler *compiler, struct map_syntax *file)
{
	struct map_syntax **end = &compiler->files;

	while (*end)
		end = &(*end)->next;
	*end = file;
}

/** The canonical of a map, without reading more of it than that needs; absent: it is none. */
static bool find_url(struct map_compiler *compiler, const char *name, struct slice bytes, struct slice *out)
{
	struct fhir_node *resource;

	*out = SLICE_NONE;
	if (!is_resource(bytes)) {
		*out = map_parse_url(compiler->scratch, name, without_mark(bytes));
		return true;
	}
	if (!read_resource(compiler, name, bytes, &resource))
		return false;
	if (slice_equal(resource->type->name, SLICE("StructureMap")))
		*out = fhir_node_text(resource, SLICE("url"));
	return true;
}

static bool import_file(struct looking *looking, const char *name, struct slice bytes)
{
	struct map_compiler *compiler = looking->compiler;
	struct map_syntax *file;
	struct slice url;

	if (!find_url(compiler, name, bytes, &url))
		return false;
	if (!url.ptr || !url_matches(looking->url, url))
		return true;
	looking->count++;
	if (is_loaded(compiler, url))
		return true;
	char *kept = arena_cstr(compiler->arena, slice_of(name));
	if (!kept)
		return error_memory(compiler->err);
	if (!map_read_file(compiler, kept, bytes, &file))
		return false;
	append_file(compiler, file);
	return true;
}

static bool read_import(struct map_compiler *compiler, const struct map_import *import)
{
	struct looking looking = { .compiler = compiler, .url = import->url.text, .found = import_file };
	const char *file = compiler->file;

	if (!look(&looking))
		return false;
	compiler->file = file;
	if (looking.count > 0)
		return true;
	map_fail_at(compiler, &import->url, "no map has the URL %.*s", SLICE_ARG(import->url.text));
	return error_hint(compiler->err, "a map is imported by the URL in its head, among the files given with it and those of "
					 "profiles/maps/");
}

/** Reads what the files import; files read on the way are appended, so that their own imports follow. */
bool map_read_imports(struct map_compiler *compiler)
{
	bool whole = true;
	size_t count = 0;

	for (const struct map_syntax *file = compiler->files; file; file = file->next)
		for (const struct map_import *import = file->imports; import; import = import->next) {
			compiler->file = file->file;
			if (++count > MAP_IMPORTS_MAX)
				return map_fail_at(compiler, &import->url, "more than %u imports", MAP_IMPORTS_MAX);
			if (read_import(compiler, import))
				continue;
			whole = false;
			if (!map_mistakes_go_on(&compiler->mistakes))
				return false;
		}
	return whole;
}

/* ---- ConceptMaps ---- */

static bool is_named(const struct fhir_node *resource, struct slice url)
{
	return slice_equal(fhir_node_text(resource, SLICE("url")), url) ||
	       slice_equal(fhir_node_text(resource, SLICE("id")), url);
}

static bool take_concepts(struct looking *looking, const char *name, struct slice bytes)
{
	struct map_compiler *compiler = looking->compiler;
	struct fhir_node *resource;

	if (looking->concepts || !is_resource(bytes))
		return true;
	if (!read_resource(compiler, name, bytes, &resource))
		return false;
	if (!slice_equal(resource->type->name, SLICE("ConceptMap")) || !is_named(resource, looking->url))
		return true;
	return map_parse_concepts(compiler->scratch, resource, &looking->concepts, compiler->err);
}

bool map_find_concepts(struct map_compiler *compiler, struct slice url, struct map_concept_map **out)
{
	struct looking looking = { .compiler = compiler, .found = take_concepts };
	const char *file = compiler->file;

	looking.url = slice_cut(&url, '|');
	*out = NULL;
	if (!look(&looking))
		return false;
	compiler->file = file;
	*out = looking.concepts;
	return true;
}
