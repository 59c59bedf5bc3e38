/* SPDX-License-Identifier: Apache-2.0 */
/**
 * map: the FHIR Mapping Language. A map is parsed and compiled once against the schema tables to a compact program, then run over
 * any number of trees. No clinical word, target element or code system is in C: they are in profiles/maps/.
 *
 * Example (tests/examples.sh compiles and runs it):
 *
 *     #include "cannula/map.h"
 *
 *     static const char text[] =
 *         "map 'http://example.org/person' = person\n"
 *         "uses 'http://hl7.org/fhir/StructureDefinition/Patient' as source\n"
 *         "uses 'http://hl7.org/fhir/StructureDefinition/Person' as target\n"
 *         "group person(source src : Patient, target tgt : Person) {\n"
 *         "  src.birthDate -> tgt.birthDate;\n"
 *         "}\n";
 *
 *     int main(void)
 *     {
 *         struct slice json = SLICE("{\"resourceType\": \"Patient\", \"birthDate\": \"1974-12-25\"}");
 *         struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
 *         struct arena *arena = arena_new(64u << 20);
 *         struct fhir_node *patient, *person;
 *         struct map_program *program;
 *         struct fhir_schema *schema;
 *         struct issues issues;
 *         struct error err = { 0 };
 *         struct buf out;
 *
 *         if (!arena || !fhir_schema_load(arena, FHIR_R4, &schema, &err))
 *             return 1;
 *         issues_init(&issues, arena, 10);
 *         if (!fhir_json_read(arena, schema, NULL, json, &limits, &issues, &patient) ||
 *             !map_compile(arena, schema, schema, "person.map", slice_of(text), &program, &err) ||
 *             !map_run(arena, program, patient, NULL, &issues, &person, &err)) {
 *             fprintf(stderr, "%s: %s\n", err.place, err.message);
 *             return 1;
 *         }
 *         buf_init(&out, 1u << 20);
 *         fhir_json_write(&out, person, FHIR_JSON_COMPACT);
 *         printf("%.*s\n", SLICE_ARG(buf_slice(&out)));
 *         buf_free(&out);
 *         arena_free(arena);
 *         return 0;
 *     }
 *
 * It prints:
 *
 *     {"resourceType":"Person","birthDate":"1974-12-25"}
 *
 * Source: FHIR R5 section "FHIR Mapping Language" (mapping-language.html), StructureMap.
 */
#ifndef CANNULA_MAP_H
#define CANNULA_MAP_H

#include "cannula/fhir.h"
#include "cannula/fhirpath.h"

struct map_program;

/** Limits of a map and of one run. */
#define MAP_TEXT_MAX_BYTES (1u << 20)
#define MAP_IMPORTS_MAX 32u
#define MAP_MISTAKES_MAX 50u
#define MAP_CALLS_MAX 64u        /**< depth of groups calling groups */
#define MAP_STEPS_MAX (1u << 20) /**< rules and targets carried out */

/** Compiles the text of a .map file. Source types are looked up in `source`, target types in `target`. `name` is the asset or
 * file in errors (file:line:column, with a hint). Imports are looked for among the assets under maps/. Lives in `arena`; threads
 * may share it. */
bool map_compile(struct arena *arena, const struct fhir_schema *source, const struct fhir_schema *target, const char *name,
		 struct slice text, struct map_program **out, struct error *err) MUST_USE;

/** What may stand beside a map: another map that it imports (text of the language, or a StructureMap as JSON or XML), or a
 * ConceptMap (JSON or XML) that it translates by. */
struct map_file {
	const char *name;
	struct slice bytes;
};

/** What a map is compiled with. Given files are looked at before the assets under maps/ (.map, .json and .xml). */
struct map_library {
	const struct fhir_schema *source, *target;
	const struct fhir_schema *also; /**< by which StructureMaps and ConceptMaps of another version are read; may be NULL */
	const struct map_file *files;
	size_t file_count;
	/** Hears of each mistake, with place and hint; compiling goes on behind it, for at most MAP_MISTAKES_MAX of them. NULL:
	 * the first is the error. */
	void (*mistake)(void *context, const struct error *mistake);
	void *context;
};

/** As map_compile; `text` may be a StructureMap as JSON or XML, of R4 or R5, too. When mistakes were told, `err` has their
 * number.
 */
bool map_compile_with(struct arena *arena, const struct map_library *library, const char *name, struct slice text,
		      struct map_program **out, struct error *err) MUST_USE;

/** Told, when the run has ended well, of each target element that was made and kept, containers before what is in them and the
 * resource last, with the source element its rule stood on (for a copy: the element copied). For `cannula map --trace`. */
struct map_trace {
	void (*made)(void *context, const struct fhir_node *from, const struct fhir_node *made);
	void *context;
};

/** Runs the first group over `input`. `*out` is the resource it made (type of the group's target), belonging to `arena`. Log
 * lines become issues, and so do failed checks and cardinalities: errors, with which what was made is not to be used. False: the
 * map itself failed (a FHIRPath error, a limit, a value the schema refuses). */
bool map_run(struct arena *arena, const struct map_program *program, const struct fhir_node *input, const struct map_trace *trace,
	     struct issues *issues, struct fhir_node **out, struct error *err) MUST_USE;

/** The root types of the first group, e.g. ProcedureRecord and PlanDefinition. */
const struct fhir_type *map_source_type(const struct map_program *program);
const struct fhir_type *map_target_type(const struct map_program *program);

#endif
