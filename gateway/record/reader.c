/* SPDX-License-Identifier: Apache-2.0 */
/* The one door for files of records: which reader a file has, and what readers share. */
#include "record/file.h"

#include <string.h>

static const struct reader {
	const char *suffix;
	const char *separator; /* CSV */
	bool (*read)(struct record_file *file);
} readers[] = {
	{ ".csv", ",", record_read_csv },        { ".tsv", "\t", record_read_csv }, { ".json", NULL, record_read_json },
	{ ".ndjson", NULL, record_read_ndjson }, { ".xml", NULL, record_read_xml },
};

static const struct reader *find_reader(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (slice_ends(slice_of(path), slice_of(readers[i].suffix)))
			return &readers[i];
	return NULL;
}

bool record_readable(const char *path)
{
	return find_reader(path) != NULL;
}

bool record_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
		 const struct record_form *form, const char *path, struct slice bytes, struct issues *issues,
		 struct record_list *out, struct error *err)
{
	const struct reader *reader = find_reader(path);
	struct record_file file = { .arena = arena,
				    .schema = schema,
				    .type = type,
				    .path = path,
				    .bytes = bytes,
				    .issues = issues,
				    .list = out,
				    .err = err };

	*out = (struct record_list){ NULL, 0 };
	if (!reader) {
		error_set(err, ERROR_UNSUPPORTED, path, "no reader for this kind of file");
		return error_hint(err, "records are read from .csv, .tsv, .json, .ndjson and .xml");
	}
	if (form)
		file.form = *form;
	if (!file.form.separator.ptr)
		file.form.separator = slice_of(reader->separator);
	if (slice_starts(file.bytes, SLICE("\xef\xbb\xbf")))
		file.bytes = slice_from(file.bytes, 3);
	size_t invalid = slice_utf8_invalid(file.bytes);
	if (invalid != SIZE_MAX && reader->read != record_read_xml)
		return error_set(err, ERROR_SYNTAX, path, "not UTF-8 text: byte %zu", invalid);
	if (!reader->read(&file))
		return false;
	return out->count > 0 || error_set(err, ERROR_SYNTAX, path, "no record in this file");
}

bool record_file_fail(struct record_file *file, uint32_t line, uint32_t column, const char *format, ...)
{
	char place[256], message[400];
	va_list arguments;

	snprintf(place, sizeof(place), "%.200s:%u:%u", file->path, line, column);
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(file->err, ERROR_SYNTAX, place, "%s", message);
}

bool record_file_unknown(struct record_file *file, uint32_t line, uint32_t column, const struct fhir_type *type,
			 struct slice name)
{
	const char *names[256];
	size_t count = 0;

	record_file_fail(file, line, column, "%.*s has no element %.*s", SLICE_ARG(type->name),
			 (int)(name.len > 80 ? 80 : name.len), name.len ? name.ptr : "");
	for (size_t i = 0; i < type->element_count && count < ARRAY_SIZE(names); i++) {
		names[count] = arena_cstr(file->arena, type->elements[i].name);
		count += names[count] != NULL;
	}
	const char *nearest = nearest_name(name, names, count);
	return nearest ? error_hint(file->err, "did you mean %s?", nearest) : false;
}

bool record_file_add(struct record_file *file, struct fhir_node *record)
{
	struct record_list *list = file->list;

	if (list->count == file->capacity) {
		size_t capacity = file->capacity ? 2 * file->capacity : 16;
		struct fhir_node **items = arena_new_array(file->arena, struct fhir_node *, capacity);

		if (!items)
			return error_memory(file->err);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		file->capacity = capacity;
	}
	list->items[list->count++] = record;
	return true;
}

/** A number of RFC 8259 section 6, or true and false: what JSON lets stand without quotes. */
static bool fits(const struct fhir_type *type, struct slice value)
{
	size_t i = slice_starts(value, SLICE("-")), digits = 0;

	if (type->json_form == FHIR_JSON_BOOLEAN)
		return slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("false"));
	if (type->json_form != FHIR_JSON_NUMBER)
		return true;
	for (; i < value.len; i++) {
		if (value.ptr[i] >= '0' && value.ptr[i] <= '9')
			digits++;
		else if (value.ptr[i] != '.' && value.ptr[i] != 'e' && value.ptr[i] != 'E' && value.ptr[i] != '+' &&
			 value.ptr[i] != '-')
			return false;
	}
	return digits > 0;
}

bool record_file_set(struct record_file *file, struct fhir_node *node, struct slice value)
{
	if (node->type->kind != FHIR_KIND_PRIMITIVE)
		return record_file_fail(file, node->line, node->column, "%.*s has parts and takes no text of its own",
					SLICE_ARG(node->element ? node->element->name : node->type->name));
	if (!fits(node->type, value))
		return record_file_fail(file, node->line, node->column, "%.*s is a %.*s and takes no \"%.*s\"",
					SLICE_ARG(node->element->name), SLICE_ARG(node->type->name),
					(int)(value.len > 80 ? 80 : value.len), value.ptr);
	node->value = arena_copy(file->arena, value);
	return node->value.ptr || error_memory(file->err);
}

/* ---- JSON ---- */

static bool read_object(struct record_file *file, struct slice json, uint32_t first_line)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	const struct fhir_type *type = file->type->kind == FHIR_KIND_RESOURCE ? NULL : file->type;
	struct fhir_node *record;
	struct issues issues;

	issues_init(&issues, file->arena, 1);
	if (fhir_json_read(file->arena, file->schema, type, json, &limits, &issues, &record))
		return record_file_add(file, record);
	const struct issue *issue = issues.first;
	return record_file_fail(file, (issue && issue->line ? issue->line : 1) + first_line, issue ? issue->column : 1, "%.*s",
				SLICE_ARG(issue ? issue->text : SLICE("not a record")));
}

bool record_read_json(struct record_file *file)
{
	if (!slice_starts(slice_trim(file->bytes), SLICE("[")))
		return read_object(file, file->bytes, 0);
	record_file_fail(file, 1, 1, "a JSON array, where one record is wanted");
	return error_hint(file->err, "put one record on a line and name the file *.ndjson");
}

bool record_read_ndjson(struct record_file *file)
{
	struct slice rest = file->bytes;

	for (uint32_t line = 0; rest.ptr && rest.len > 0; line++) {
		struct slice json = slice_cut(&rest, '\n');

		if (slice_trim(json).len > 0 && !read_object(file, json, line))
			return false;
	}
	return true;
}
