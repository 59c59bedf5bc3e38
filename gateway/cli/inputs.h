/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a `load` means: operands, the pages below directories, the rows of a manifest. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "cannula/record.h"

struct input {
	const char *path;
	struct slice system, code; /**< absent: by the file's name */
};

struct inputs {
	struct input *items;
	size_t count, capacity;
	const struct record_form *forms; /**< files that fit one are records, too; may be NULL */
	size_t passed_over;              /**< files below directories that are not pages by their name */
};

/** A file as it is named, or every page below a directory, in name order. A directory without pages is an error. */
bool inputs_add_path(struct arena *arena, struct inputs *inputs, const char *path, struct error *err) MUST_USE;
/** The rows of a CSV file (RFC 4180) with a header row `file,system,code`; further columns are left alone; files stand relative
 * to it. */
bool inputs_add_manifest(struct arena *arena, struct inputs *inputs, const char *path, struct error *err) MUST_USE;

#endif
