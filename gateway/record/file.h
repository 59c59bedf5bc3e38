/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of files of records share. */
#ifndef RECORD_FILE_H
#define RECORD_FILE_H

#include "cannula/record.h"

struct record_file {
	struct arena *arena;
	const struct fhir_schema *schema;
	const struct fhir_type *type;
	struct record_form form;
	const char *path;
	struct slice bytes;
	struct issues *issues;
	struct record_list *list;
	size_t capacity; /**< of the list */
	struct error *err;
};

/** Sets an error at path:line:column; returns false. */
bool record_file_fail(struct record_file *file, uint32_t line, uint32_t column, const char *format, ...) PRINTF_LIKE(4, 5);
/** The same for a name that `type` has no element for, with the nearest that it has. */
bool record_file_unknown(struct record_file *file, uint32_t line, uint32_t column, const struct fhir_type *type,
			 struct slice name);
bool record_file_add(struct record_file *file, struct fhir_node *record) MUST_USE;
/** Sets the value of a primitive; refuses what cannot stand in its JSON form. */
bool record_file_set(struct record_file *file, struct fhir_node *node, struct slice value) MUST_USE;

bool record_read_csv(struct record_file *file) MUST_USE;
bool record_read_json(struct record_file *file) MUST_USE;
bool record_read_ndjson(struct record_file *file) MUST_USE;
bool record_read_xml(struct record_file *file) MUST_USE;

#endif
