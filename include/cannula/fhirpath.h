/* SPDX-License-Identifier: Apache-2.0 */
/**
 * fhirpath: FHIRPath N1 2.0 with the FHIR additions. An expression is compiled once and evaluated often; evaluation allocates
 * from the caller's arena only and is bounded in steps and depth, so an expression from outside cannot hang a server.
 *
 * Example (tests/examples.sh compiles and runs it):
 *
 *     #include "cannula/fhirpath.h"
 *
 *     int main(void)
 *     {
 *         struct slice json = SLICE("{\"resourceType\": \"Patient\", \"name\": [{\"given\": [\"Anna\", \"Maria\"]}]}");
 *         struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
 *         struct arena *arena = arena_new(64u << 20);
 *         struct fhirpath_context context = { 0 };
 *         struct fhirpath_program *program;
 *         struct fhirpath_result result;
 *         struct fhir_schema *schema;
 *         struct fhir_node *patient;
 *         struct issues issues;
 *         struct error err = { 0 };
 *
 *         if (!arena || !fhir_schema_load(arena, FHIR_R4, &schema, &err))
 *             return 1;
 *         issues_init(&issues, arena, 10);
 *         context.schema = schema;
 *         if (!fhir_json_read(arena, schema, NULL, json, &limits, &issues, &patient) ||
 *             !fhirpath_compile(arena, SLICE("Patient.name.given.where(startsWith('M'))"), &program, &err) ||
 *             !fhirpath_eval_node(arena, program, &context, patient, &result, &err))
 *             return 1;
 *         for (size_t i = 0; i < result.count; i++)
 *             printf("%.*s\n", SLICE_ARG(fhirpath_item_text(&result.items[i])));
 *         arena_free(arena);
 *         return 0;
 *     }
 *
 * It prints:
 *
 *     Maria
 *
 * Source: http://hl7.org/fhirpath/N1 ; FHIR R4 section 2.9 "FHIRPath".
 */
#ifndef CANNULA_FHIRPATH_H
#define CANNULA_FHIRPATH_H

#include "cannula/fhir.h"

struct fhirpath_program;

/** Compiles `text`. The program lives in `arena`, is immutable, and threads may share it. Errors carry line and column in
 * `err->place`. */
bool fhirpath_compile(struct arena *arena, struct slice text, struct fhirpath_program **out, struct error *err) MUST_USE;

/** Limits of one expression; a longer, deeper or larger one is refused when it is compiled. */
#define FHIRPATH_TEXT_MAX_BYTES (64u << 10)
#define FHIRPATH_DEPTH_MAX 200u
#define FHIRPATH_OPS_MAX 20000u
#define FHIRPATH_NUMBER_MAX 40u
/** Default of `max_steps`: about a second of work. */
#define FHIRPATH_STEPS_DEFAULT (2u << 20)

/** Where an expression stands in a larger text (a map), so that errors name the right place. Zeroed: nowhere in particular. */
struct fhirpath_origin {
	const char *name;         /**< file; may be NULL */
	size_t line, column;      /**< of the first byte, from 1 */
	const struct slice *bare; /**< names that stand for variables even without %, where a path begins */
	size_t bare_count;
};

/** Compiles the expression that `text` begins with. `used` receives the offset of what follows it; NULL: nothing may follow. */
bool fhirpath_compile_at(struct arena *arena, struct slice text, const struct fhirpath_origin *origin, size_t *used,
			 struct fhirpath_program **out, struct error *err) MUST_USE;

/** What the escape that `text` begins with stands for (N1 section "String": \' \n \uXXXX and so on), as at most 4 bytes of UTF-8;
 * 0: it is none. `*used`: its length, which is never less. */
size_t fhirpath_unescape(struct slice text, char *out, size_t *used);

/** What is known of types before an expression runs; a NULL type: nothing. */
struct fhirpath_types {
	const struct fhir_schema *schema;
	const struct fhir_type *focus;
	const struct fhirpath_typed {
		struct slice name; /**< without % */
		const struct fhir_type *type;
	} * variables;
	size_t variable_count;
	/** Also refuse what N1 calls semantic errors: types that can never fit, an order asked of unordered collections. */
	bool strict;
};

/** Follows the paths through the tables, as far as types are known: a name that no element has is an error with its place
 * (`origin` names the file) and the nearest name. `*out`: the type of the result, or NULL. */
bool fhirpath_check(const struct fhirpath_program *program, const struct fhirpath_types *types,
		    const struct fhirpath_origin *origin, const struct fhir_type **out, struct error *err) MUST_USE;

/** Kinds of the System types; a node item is an element of a tree. */
enum fhirpath_kind {
	FHIRPATH_NODE,
	FHIRPATH_BOOLEAN,
	FHIRPATH_STRING,
	FHIRPATH_INTEGER,
	FHIRPATH_DECIMAL,
	FHIRPATH_DATE,
	FHIRPATH_DATETIME,
	FHIRPATH_TIME,
	FHIRPATH_QUANTITY,
	FHIRPATH_TYPE, /**< what type() gives: `text` is the name, `unit` the namespace ("FHIR", "System") */
};

/** "Boolean", "DateTime": the name of a System type; of FHIRPATH_TYPE "TypeInfo"; NULL for a node. */
const char *fhirpath_kind_name(enum fhirpath_kind kind);

struct fhirpath_item {
	enum fhirpath_kind kind;
	const struct fhir_node *node; /**< FHIRPATH_NODE */
	struct slice text;            /**< System types: their text ("true", "1.50", "2026-11-23") */
	struct slice unit;            /**< FHIRPATH_QUANTITY: a UCUM code or a calendar word in the singular */
};

struct fhirpath_result {
	const struct fhirpath_item *items;
	size_t count;
};

struct fhirpath_variable {
	struct slice name; /**< without % */
	struct fhirpath_result value;
};

/** An answer of the caller. */
enum fhirpath_answer { FHIRPATH_NOT_HELD, FHIRPATH_NO, FHIRPATH_YES };

/** What an evaluation sees and may cost. Zeroed limits mean the defaults. */
struct fhirpath_context {
	const struct fhir_schema *schema;
	const struct fhir_node *resource; /**< %resource; NULL: the root of the focus */
	const struct fhirpath_variable *variables;
	size_t variable_count;
	uint64_t max_steps; /**< FHIRPATH_STEPS_DEFAULT */
	uint64_t *spent;    /**< the steps of the evaluation are added to it; may be NULL */
	int64_t now_ms;     /**< for now() and today(); 0: the clock */
	/** Told of each primitive that a path reached, for whoever traces where a text came from. May be NULL. */
	void (*reached)(void *listener, const struct fhir_node *node);
	void *listener;
	/** What memberOf() and conformsTo() ask: whether `item` is in the value set, or conforms to the profile, of that
	 * canonical. Absent: the canonical is not held. May be NULL: none is held. */
	enum fhirpath_answer (*member_of)(void *knowledge, const struct fhirpath_item *item, struct slice value_set);
	enum fhirpath_answer (*conforms_to)(void *knowledge, const struct fhirpath_item *item, struct slice profile);
	void *knowledge;
};

/** Evaluates with `focus` as input collection. False: a FHIRPath error (type, singleton) or a limit. */
bool fhirpath_eval(struct arena *arena, const struct fhirpath_program *program, const struct fhirpath_context *context,
		   struct fhirpath_result focus, struct fhirpath_result *out, struct error *err) MUST_USE;
/** As fhirpath_eval on a single node. */
bool fhirpath_eval_node(struct arena *arena, const struct fhirpath_program *program, const struct fhirpath_context *context,
			const struct fhir_node *focus, struct fhirpath_result *out, struct error *err) MUST_USE;
/** The text of an item: a primitive node's value, a System value's text; absent for a complex node. */
struct slice fhirpath_item_text(const struct fhirpath_item *item);

#endif
