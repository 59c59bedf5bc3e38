/* SPDX-License-Identifier: Apache-2.0 */
/* profiles/files/NAME.yaml: which files are instances of which model, and how their text is cut. */
#include "cannula/record.h"

#include <fnmatch.h>
#include <string.h>

#define FOLDER "files/"
#define OPT(key, of_kind, member, does)                                                                                          \
	.name = key, .kind = of_kind, .offset = offsetof(struct record_form, member), .sentence = does

static const struct option options[] = {
	{ OPT("model", OPTION_TEXT, model, "The logical model, by name or canonical."), .required = true },
	{ OPT("files", OPTION_TEXTS, files, "Patterns of file names."), .required = true },
	{ OPT("separator", OPTION_TEXT, separator, "CSV: the character between columns.") },
	{ OPT("list_separator", OPTION_TEXT, list_separator, "CSV: the character between the values of one cell.") },
	{ OPT("row", OPTION_TEXT, row, "XML: the name of the elements that are a record each.") },
};
static const struct option_table table = { .options = options, .count = ARRAY_SIZE(options), .size = sizeof(struct record_form) };

struct loading {
	struct arena *arena;
	struct record_form **end;
	struct error *err;
};

static bool load(void *context, const char *name, struct slice bytes)
{
	struct loading *loading = context;
	struct record_form *form = arena_new_of(loading->arena, struct record_form);

	(void)bytes;
	if (!form)
		return error_memory(loading->err);
	if (!options_read_asset(loading->arena, &table, name, form, loading->err))
		return false;
	if (form->separator.len > 1 || form->list_separator.len > 1)
		return error_set(loading->err, ERROR_USAGE, name, "a separator is one character");
	form->place = name;
	*loading->end = form;
	loading->end = &form->next;
	return true;
}

bool record_forms_load(struct arena *arena, struct record_form **out, struct error *err)
{
	struct loading loading = { arena, out, err };

	*out = NULL;
	return asset_each(FOLDER, load, &loading);
}

const struct record_form *record_form_find(const struct record_form *forms, const char *path)
{
	const char *slash = strrchr(path, '/');

	for (; forms; forms = forms->next)
		for (size_t i = 0; i < forms->files.count; i++)
			if (fnmatch(forms->files.items[i].ptr, slash ? slash + 1 : path, 0) == 0)
				return forms;
	return NULL;
}
