/* SPDX-License-Identifier: Apache-2.0 */
/* Files of records as load and map take them: a page by its rules, any other kind by a form of profiles/files/. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "cli/inputs.h"

#include "cannula/record.h"

/** What all files of a run share. */
struct records {
	const struct fhir_schema *schema;
	struct record_rules *rules;
	const struct record_form *forms;
};

/** The records of one file. A page is one; `trace` (may be NULL) is of a page only. */
bool records_read(const struct records *records, struct arena *arena, const struct input *input, struct issues *issues,
		  struct record_list *out, struct record_trace *trace, struct error *err) MUST_USE;

#endif
