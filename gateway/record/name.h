/* SPDX-License-Identifier: Apache-2.0 */
/* What a record is called: its code (from the caller or the file name), its id, its computable name. */
#ifndef RECORD_NAME_H
#define RECORD_NAME_H

#include "record/rules.h"

/** `system` NULL: no code is known. */
struct record_code {
	const struct fhir_code_system *system;
	struct slice code; /**< in upper case */
};

/** The caller's code, else the one in the file name. False when the caller's is none: an unknown system, a code that has not its
 * form. */
bool record_code_find(struct arena *arena, const struct record_rules *rules, const struct record_source *source,
		      struct issues *issues, struct record_code *out, struct error *err) MUST_USE;

/** "cpt-22513"; without a code, words of `title`. Fits a FHIR id (R5 section "id"). Absent when the arena is full. */
struct slice record_id_make(struct arena *arena, const struct record_rules *rules, const struct record_code *code,
			    struct slice title);

/** "PercutaneousVertebralAugmentation": the form that invariant cnl-0 of canonical resources asks for. Absent when the arena is
 * full. */
struct slice record_computable_name(struct arena *arena, const struct record_rules *rules, struct slice text);

#endif
