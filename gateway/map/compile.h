/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAP_COMPILE_H
#define MAP_COMPILE_H

#include "map/program.h"

#define MAP_SCRATCH_MAX_BYTES (64u << 20)

/** A variable in scope: what it holds, as far as that is known. */
struct map_variable {
	struct slice name;
	enum map_mode mode;
	bool is_value;                /**< a value from FHIRPath: neither source nor target */
	const struct fhir_type *type; /**< NULL: not known before it runs */
};

struct map_compiler {
	struct arena *arena, *scratch; /**< of the program; of the syntax */
	const struct fhir_schema *source, *target;
	struct map_syntax *files; /**< the map and what it imports */
	struct map_program *program;
	const struct map_library *library;
	const struct fhir_type **constant_types; /**< of the program's constants; NULL: not known before it runs */
	struct map_group *groups;                /**< compiled so far, or being compiled */
	unsigned depth;
	struct error *err;
	/* Of the group being compiled. */
	const char *file;
	struct map_variable variables[MAP_SLOTS_MAX];
	uint16_t variable_count, slot_count;
};

bool map_fail_at(struct map_compiler *compiler, const struct map_text *at, const char *format, ...) PRINTF_LIKE(3, 4);
/** Adds the nearest of `type`'s elements as hint; returns false. */
bool map_hint_element(struct map_compiler *compiler, const struct fhir_type *type, struct slice name);

/** Reads what the files import, and what those import; appends them to the files. */
bool map_read_imports(struct map_compiler *compiler) MUST_USE;
/** Text of the language or a StructureMap as JSON, whichever `bytes` are. */
bool map_read_file(struct map_compiler *compiler, const char *name, struct slice bytes, struct map_syntax **out) MUST_USE;
/** The ConceptMap with that canonical or id among the given files and the assets under maps/; `*out` NULL: none. */
bool map_find_concepts(struct map_compiler *compiler, struct slice url, struct map_concept_map **out) MUST_USE;
/** Compiles FHIRPath; an absent text gives no program. */
bool map_compile_expression(struct map_compiler *compiler, const struct map_text *text, const struct fhir_type *focus,
			    const struct fhirpath_program **out, const struct fhir_type **type) MUST_USE;
/** The group named, for these types of arguments; compiled when it is not yet. */
bool map_compile_group(struct map_compiler *compiler, const struct map_group_syntax *syntax, const struct fhir_type *const *types,
		       size_t count, const struct map_group **out) MUST_USE;
const struct map_group_syntax *map_find_group(const struct map_compiler *compiler, struct slice name);
/** The <<types>> group from `from` to `to`; `*out` NULL: none. */
bool map_find_filler(struct map_compiler *compiler, const struct fhir_type *from, const struct fhir_type *to,
		     const struct map_group **out) MUST_USE;
/** Every structure a file says it uses must be known. */
bool map_check_uses(struct map_compiler *compiler, const struct map_syntax *file) MUST_USE;
/** By alias, name or canonical; NULL after an error. */
const struct fhir_type *map_find_type(struct map_compiler *compiler, const struct map_text *name, enum map_mode mode);

bool map_compile_rules(struct map_compiler *compiler, const struct map_rule_syntax *syntax, const struct map_rule **out,
		       size_t *count) MUST_USE;
bool map_compile_source(struct map_compiler *compiler, const struct map_source_syntax *syntax, struct map_source *out) MUST_USE;
bool map_compile_target(struct map_compiler *compiler, const struct map_target_syntax *syntax, struct map_target *out) MUST_USE;
bool map_compile_operands(struct map_compiler *compiler, const struct map_operand_syntax *syntax, const struct map_operand **out,
			  size_t *count) MUST_USE;
/** A new variable; without a name none. */
bool map_declare(struct map_compiler *compiler, const struct map_text *name, struct map_variable variable,
		 struct map_binding *out) MUST_USE;
/** The newest variable of that name, or an error. */
bool map_find_variable(struct map_compiler *compiler, const struct map_text *name, uint16_t *out) MUST_USE;

#endif
