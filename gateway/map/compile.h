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
	struct map_default *defaults;
	size_t default_count;
	struct map_group *groups; /**< compiled so far, or being compiled */
	unsigned depth;
	struct error *err;
	struct map_mistakes mistakes;
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
/** The group of that name, of the file being compiled or else of another; or an error. */
bool map_find_group(struct map_compiler *compiler, const struct map_text *name, const struct map_group_syntax **out) MUST_USE;
/** No name twice in a file. */
bool map_check_group_names(struct map_compiler *compiler, const struct map_syntax *file) MUST_USE;
size_t map_count_parameters(const struct map_group_syntax *syntax);
/** Constants stand behind the parameters of every group. */
bool map_declare_constants(struct map_compiler *compiler, uint16_t count) MUST_USE;
/** Lists the default groups (<<types>>, <<type+>>), of which no two stand between the same types. */
bool map_find_defaults(struct map_compiler *compiler) MUST_USE;
/** A target that is filled from the source by itself, "a -> b": by default groups, or as it is. */
bool map_compile_default(struct map_compiler *compiler, const struct map_source *source, const struct map_target_syntax *syntax,
			 struct map_target *out) MUST_USE;
/** Every structure a file says it uses must be known. */
bool map_check_uses(struct map_compiler *compiler, const struct map_syntax *file) MUST_USE;
/** By alias, name or canonical; NULL after an error. */
const struct fhir_type *map_find_type(struct map_compiler *compiler, const struct map_text *name, enum map_mode mode);

size_t map_count_rules(const struct map_rule_syntax *syntax);
/** Appends to `rules`, which has room for them. A rule with a mistake that is told is left out. */
bool map_compile_rules(struct map_compiler *compiler, const struct map_rule_syntax *syntax, struct map_rule *rules,
		       size_t *count) MUST_USE;
/** The type a source's items have when all have the same; NULL: not known before it runs. */
const struct fhir_type *map_item_type(const struct map_compiler *compiler, const struct map_source *source);
/** context.value of a primitive: its own value, where no element is called so. */
bool map_is_own_value(const struct fhir_type *type, struct slice name);
bool map_type_allowed(const struct fhir_element *element, const struct fhir_type *type);
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
