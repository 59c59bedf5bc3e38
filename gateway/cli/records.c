/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/records.h"

static bool read_page(const struct records *records, struct arena *arena, const struct input *input, struct issues *issues,
		      struct record_list *out, struct record_trace *trace, struct error *err)
{
	struct record_source source = { .name = input->path, .system = input->system, .code = input->code };
	struct slice bytes;

	out->items = arena_new_array(arena, struct fhir_node *, 1);
	out->count = 1;
	if (!out->items)
		return error_memory(err);
	return file_read(arena, input->path, RECORD_PAGE_MAX_BYTES, &bytes, err) &&
	       record_read_page(arena, records->schema, records->rules, &source, bytes, issues, &out->items[0], trace, err);
}

bool records_read(const struct records *records, struct arena *arena, const struct input *input, struct issues *issues,
		  struct record_list *out, struct record_trace *trace, struct error *err)
{
	const struct record_form *form = record_form_find(records->forms, input->path);
	struct slice bytes;

	if (!form && !record_readable(input->path))
		return read_page(records, arena, input, issues, out, trace, err);
	if (!form) {
		error_set(err, ERROR_USAGE, input->path, "no form says which model this file's records are of");
		return error_hint(err, "describe it in files/NAME.yaml of the directory that profiles: names");
	}
	const struct fhir_type *type = fhir_type_find(records->schema, form->model);
	if (!type)
		return error_set(err, ERROR_USAGE, form->place, "there is no model %.*s", SLICE_ARG(form->model));
	return file_read(arena, input->path, RECORD_FILE_MAX_BYTES, &bytes, err) &&
	       record_read(arena, records->schema, type, form, input->path, bytes, issues, out, err);
}
