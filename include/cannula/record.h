/* SPDX-License-Identifier: Apache-2.0 */
/**
 * record: readers that turn a procedure record into one ProcedureRecord tree (logical model in profiles/). The text page
 * is the first of them; HTML, XML, JSON, CSV and code-set files join it as further readers behind the same door.
 *
 * Nothing is lost and nothing is invented: each non-blank line of a page becomes the text of an element, is recognised page
 * furniture, or is kept verbatim in `note` with an informational issue that names its line. A code is taken only from the caller,
 * never from prose.
 */
#ifndef CANNULA_RECORD_H
#define CANNULA_RECORD_H

#include "cannula/fhir.h"

/** The reading rules of profiles/records/page.yaml: headings and synonyms, list markers, labels, furniture. Immutable, shared. */
struct record_rules;

bool record_rules_load(struct arena *arena, struct record_rules **out, struct error *err) MUST_USE;

/** What the caller knows about a page beyond its bytes. */
struct record_source {
	const char *name;    /**< file name or "-", for issues and for a code in the name ("kyphoplasty-22513.txt") */
	struct slice system; /**< code system short name or URI; absent: told by the code's form */
	struct slice code;   /**< absent: from the name, or unknown */
};

/** What became of one line of the page. */
enum record_fate { RECORD_LINE_ELEMENT, RECORD_LINE_HEADING, RECORD_LINE_FURNITURE, RECORD_LINE_NOTE };

struct record_line {
	uint32_t line; /**< from 1; blank lines are not listed */
	enum record_fate fate;
	struct slice text;
	const struct fhir_node *node; /**< the element it went to, or the note; NULL for headings and furniture */
};

struct record_trace {
	const struct record_line *lines;
	size_t count;
};

#define RECORD_PAGE_MAX_BYTES (4u << 20)
#define RECORD_PAGE_MAX_LINES 20000u
#define RECORD_LINE_MAX_BYTES (64u << 10) /**< one line longer than this is no text for people */
/** How a page is named among other files of a directory. */
#define RECORD_PAGE_SUFFIX ".txt"

/** Reads a page. False when it cannot be one: not UTF-8 text (says byte, line and column), too large, binary, no title; or when
 * the caller's code has not the form of its system. Otherwise a ProcedureRecord with `id` (“cpt-22513”, or made from the title
 * when no code is known, with an issue), `code`, and every line accounted for in `trace` (NULL: not wanted). `schema` is the
 * FHIR_MODEL one. Nodes carry line numbers. */
bool record_read_page(struct arena *arena, const struct fhir_schema *schema, const struct record_rules *rules,
		      const struct record_source *source, struct slice bytes, struct issues *issues, struct fhir_node **out,
		      struct record_trace *trace, struct error *err) MUST_USE;

/* ---- records of other kinds: CSV, JSON, XML, as instances of any logical model ---- */

/** How files of an operator's own are read: profiles/files/NAME.yaml. Zeroed fields mean the defaults. */
struct record_form {
	struct slice model;          /**< the logical model, by name or canonical */
	struct option_texts files;   /**< patterns of file names (fnmatch): "clinic-*.csv" */
	struct slice separator;      /**< CSV: one character between columns; absent: comma, for *.tsv tab */
	struct slice list_separator; /**< CSV: one character between the values of a cell; absent: a cell is one value */
	struct slice row;            /**< XML: the name of the elements that are a record each; absent: the root is one */
	const char *place;           /**< the asset, in errors */
	struct record_form *next;
};

/** Every profiles/files/NAME.yaml in name order. */
bool record_forms_load(struct arena *arena, struct record_form **out, struct error *err) MUST_USE;
/** The first whose pattern fits the last part of `path`; NULL: none. */
const struct record_form *record_form_find(const struct record_form *forms, const char *path);

struct record_list {
	struct fhir_node **items;
	size_t count;
};

#define RECORD_FILE_MAX_BYTES (64u << 20)

/** Whether a reader of this kind of file exists, by the end of its name: .csv, .tsv, .json, .ndjson, .xml. */
bool record_readable(const char *path);
/** Reads the records of a file into trees of `type` (a logical model, or a resource). `form` may be NULL.
 *
 *  CSV (RFC 4180): the first row names elements by their paths ("title", "step.text"), a row is a record; a column named again,
 *  or a cell with list separators, repeats the innermost element on its path that may repeat. JSON: one object; NDJSON: one a
 *  line. XML: elements and attributes by their names, whatever their namespace; the value is the text, or an attribute `value`;
 *  no DTD. What the model has no element for is refused with its place and the nearest name: nothing is dropped. */
bool record_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
		 const struct record_form *form, const char *path, struct slice bytes, struct issues *issues,
		 struct record_list *out, struct error *err) MUST_USE;

#endif
