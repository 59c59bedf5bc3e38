/* SPDX-License-Identifier: Apache-2.0 */
/**
 * fhir: schema tables, the element tree, the JSON and XML codecs, code systems, narrative, issues.
 *
 * Everything in cannula is an element tree, and every tree is described by the schema tables: FHIR resources, our
 * ProcedureDefinition, and the logical models ProcedureRecord (a procedure page as read) and PolicyRecord (a payer policy as
 * read). The tables are facts in profiles/, loaded once at start and never changed afterwards, so threads share them freely.
 *
 * Example (tests/examples.sh compiles and runs it):
 *
 *     #include "cannula/fhir.h"
 *
 *     int main(void)
 *     {
 *         struct slice json = SLICE("{\"resourceType\": \"Patient\", \"birthDate\": \"1974-12-25\"}");
 *         struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
 *         struct arena *arena = arena_new(64u << 20);
 *         struct fhir_schema *schema;
 *         struct fhir_node *patient;
 *         struct issues issues;
 *         struct error err = { 0 };
 *         struct buf out;
 *
 *         if (!arena || !fhir_schema_load(arena, FHIR_R4, &schema, &err))
 *             return 1;
 *         issues_init(&issues, arena, 10);
 *         if (!fhir_json_read(arena, schema, NULL, json, &limits, &issues, &patient))
 *             return 1;
 *         if (!fhir_node_set_value(arena, patient, SLICE("gender"), SLICE("female")))
 *             return 1;
 *         buf_init(&out, 1u << 20);
 *         fhir_json_write(&out, patient, FHIR_JSON_COMPACT);
 *         printf("%.*s\n", SLICE_ARG(buf_slice(&out)));
 *         buf_free(&out);
 *         arena_free(arena);
 *         return 0;
 *     }
 *
 * It prints:
 *
 *     {"resourceType":"Patient","gender":"female","birthDate":"1974-12-25"}
 *
 * Sources: FHIR R4 (4.0.1) and R5 (5.0.0), "Data Types", "JSON Representation of Resources",
 * "XML Representation of Resources", "StructureDefinition".
 */
#ifndef CANNULA_FHIR_H
#define CANNULA_FHIR_H

#include "cannula/base.h"

enum fhir_version { FHIR_R4, FHIR_R5, FHIR_VERSION_COUNT };
/** The logical models need only data types that both versions share; they are read and held with these tables. */
#define FHIR_MODEL FHIR_R5

const char *fhir_version_name(enum fhir_version version);   /**< "r4", "r5": as in URLs and in profiles/ */
const char *fhir_version_number(enum fhir_version version); /**< "4.0.1", "5.0.0" */

/* ---- schema ---- */

enum fhir_kind {
	FHIR_KIND_PRIMITIVE, /**< string, dateTime …; also xhtml */
	FHIR_KIND_COMPLEX,   /**< Coding, Timing … */
	FHIR_KIND_BACKBONE,  /**< the nameless type of an element with children: its name is the path, "PlanDefinition.action" */
	FHIR_KIND_RESOURCE,
	FHIR_KIND_LOGICAL, /**< ProcedureRecord, PolicyRecord, an operator's own */
};

/** How a primitive stands in JSON (section "Primitive Elements"). */
enum fhir_json_form { FHIR_JSON_STRING, FHIR_JSON_NUMBER, FHIR_JSON_BOOLEAN };

enum fhir_binding {
	FHIR_BINDING_NONE,
	FHIR_BINDING_EXAMPLE,
	FHIR_BINDING_PREFERRED,
	FHIR_BINDING_EXTENSIBLE,
	FHIR_BINDING_REQUIRED
};

struct fhir_element;

struct fhir_type {
	struct slice name;
	enum fhir_kind kind;
	enum fhir_json_form json_form; /**< primitives only */
	bool is_abstract;
	const struct fhir_type *base;        /**< NULL for the roots */
	struct slice url;                    /**< canonical of its StructureDefinition; absent for backbones */
	const struct fhir_element *elements; /**< inherited ones first, in the order of the specification */
	size_t element_count;
};

#define FHIR_UNBOUNDED UINT32_MAX

struct fhir_element {
	struct slice name; /**< without [x] */
	uint32_t min, max;
	uint16_t order; /**< index in the owner's `elements` */
	bool is_choice; /**< value[x] */
	bool is_summary, is_modifier;
	bool is_attribute; /**< an attribute in XML (Element.id, Extension.url): has no `_name` companion in JSON */
	const struct fhir_type *const *types; /**< one, or the choices; a contentReference points to the type it names */
	size_t type_count;
	const struct slice *targets; /**< names of the resource types a Reference or canonical may point to; none: any */
	size_t target_count;
	enum fhir_binding binding;
	struct slice value_set; /**< canonical, maybe |version */
};

/** A search parameter as published (SearchParameter resources), or ours from profiles/. */
enum fhir_search_type {
	FHIR_SEARCH_NUMBER,
	FHIR_SEARCH_DATE,
	FHIR_SEARCH_STRING,
	FHIR_SEARCH_TOKEN,
	FHIR_SEARCH_REFERENCE,
	FHIR_SEARCH_COMPOSITE,
	FHIR_SEARCH_QUANTITY,
	FHIR_SEARCH_URI,
	FHIR_SEARCH_SPECIAL
};

/** A part of a composite: a parameter of the same type by its code, and where its value stands in what the composite's expression
 * gives (FHIRPath). */
struct fhir_search_component {
	struct slice code;
	struct slice expression;
};

struct fhir_search_param {
	struct slice code; /**< the name in a query */
	struct slice url;  /**< canonical of the definition */
	enum fhir_search_type type;
	const struct slice *targets; /**< FHIR_SEARCH_REFERENCE: names of resource types; none: any */
	size_t target_count;
	const struct fhir_search_component *components; /**< FHIR_SEARCH_COMPOSITE */
	size_t component_count;
	struct slice expression;  /**< FHIRPath, already narrowed to the base type; absent for special ones */
	struct slice description; /**< one sentence; may be absent */
	bool is_ours;
};

/** All tables of one FHIR version. Immutable after fhir_schema_load. */
struct fhir_schema;

/** Loads profiles/VERSION/…, then our StructureDefinitions and search parameters. `arena` must live as long as the schema. */
bool fhir_schema_load(struct arena *arena, enum fhir_version version, struct fhir_schema **out, struct error *err) MUST_USE;
/** Adds one StructureDefinition resource (JSON or XML; `kind` resource, complex-type or logical; `derivation` specialization):
 * ours or an operator's, from its snapshot or else its differential. `place` names it in errors. Only before the schema is
 * shared; after a refusal the schema is not to be used. */
bool fhir_schema_add(struct fhir_schema *schema, const char *place, struct slice text, struct error *err) MUST_USE;

/** Whether a JSON file of profiles/ is about that version: "NAME.r4.json" is for R4 only, "NAME.r5.json" for R5 only, any other
 * for both. */
bool fhir_asset_is_for(const char *name, enum fhir_version version);

enum fhir_version fhir_schema_version(const struct fhir_schema *schema);
/** By name ("PlanDefinition", "string", "PlanDefinition.action") or canonical URL. NULL when unknown. */
const struct fhir_type *fhir_type_find(const struct fhir_schema *schema, struct slice name);
/** Every type of `kind` in name order: `*index` starts at 0; NULL at the end. */
const struct fhir_type *fhir_type_next(const struct fhir_schema *schema, enum fhir_kind kind, size_t *index);
bool fhir_type_is(const struct fhir_type *type, struct slice name); /**< itself or an ancestor has that name */
/** The element a name stands for in `type`: "title", "value" (the choice itself) or "valueQuantity" (then `*choice` is set). */
const struct fhir_element *fhir_element_find(const struct fhir_type *type, struct slice name, const struct fhir_type **choice);
/** Search parameters of a resource type, those of Resource and DomainResource and ours included, in code order. */
const struct fhir_search_param *fhir_search_params(const struct fhir_schema *schema, const struct fhir_type *type, size_t *count);

/* ---- the element tree ---- */

/** One element. Repetitions are neighbouring siblings with the same `element`; siblings stand in the order of the
 *  specification. A primitive may have a value, children (`id`, `extension`), or both. Belongs to the arena it was made in. */
struct fhir_node {
	const struct fhir_type *type;       /**< the actual type: the chosen one of a choice, the resource's own */
	const struct fhir_element *element; /**< NULL at a root, and for a resource root only */
	struct fhir_node *parent, *first, *last, *next;
	struct slice value;    /**< primitives: the text as it stood (decimals and dates keep their precision); absent: none */
	uint32_t line, column; /**< in the source (column in bytes, from 1; of the key in JSON); 0 when unknown */
};

/** A root of `type`. NULL when the arena is full. */
struct fhir_node *fhir_node_new(struct arena *arena, const struct fhir_type *type) MUST_USE;
/** A new repetition of `name` under `parent`, placed in order. `name` of a choice carries its type ("valueQuantity"), or `type`
 *  gives it; `type` NULL: the element's only one. For an element that holds resources (contained, Bundle.entry.resource) `type`
 * is the resource's. NULL when the arena is full or the schema does not allow it. */
struct fhir_node *fhir_node_add(struct arena *arena, struct fhir_node *parent, struct slice name,
				const struct fhir_type *type) MUST_USE;
/** As fhir_node_add for a primitive, with its text (copied). */
struct fhir_node *fhir_node_add_value(struct arena *arena, struct fhir_node *parent, struct slice name,
				      struct slice value) MUST_USE;
/** Sets the only repetition of a primitive, adding it when absent. */
bool fhir_node_set_value(struct arena *arena, struct fhir_node *parent, struct slice name, struct slice value) MUST_USE;
/** Takes `node` and what is below it out of its parent. */
void fhir_node_remove(struct fhir_node *node);
/** A deep copy, texts included, under `parent` (NULL: as a root), placed in order under the element of the same name; a whole
 * resource goes under the parent's first element that holds resources (contained, resource). NULL when there is none or no room.
 */
struct fhir_node *fhir_node_copy(struct arena *arena, const struct fhir_node *node, struct fhir_node *parent) MUST_USE;

/** Value and content of `from` become those of `node`, in place of its own: copied. The types must be the same; a primitive also
 * takes one of another type that JSON writes alike, without extensions. */
bool fhir_node_assign(struct arena *arena, struct fhir_node *node, const struct fhir_node *from) MUST_USE;
/** Makes it the repetition with that index of its element (the last one when there are fewer). */
void fhir_node_move(struct fhir_node *node, size_t index);

/** The first child with that element name (choices by their bare name), or NULL. */
struct fhir_node *fhir_node_child(const struct fhir_node *parent, struct slice name);
/** The next repetition of the same element, or NULL. */
struct fhir_node *fhir_node_again(const struct fhir_node *node);
/** The value of the first child of that name; absent when there is none. */
struct slice fhir_node_text(const struct fhir_node *parent, struct slice name);
/** "PlanDefinition.action[0].title": the path used in issues and traces. Absent when the arena is full. */
struct slice fhir_node_path(struct arena *arena, const struct fhir_node *node) MUST_USE;

/* ---- issues ---- */

enum issue_severity { ISSUE_INFORMATION, ISSUE_WARNING, ISSUE_ERROR, ISSUE_FATAL };

/** One row of an OperationOutcome. Texts belong to the arena of the list. */
struct issue {
	enum issue_severity severity;
	const char *code;        /**< FHIR issue-type: "structure", "value", "not-found" … */
	struct slice expression; /**< element path; may be absent */
	struct slice text;
	struct slice key;      /**< of the invariant that is broken; absent for others */
	uint32_t line, column; /**< 0 when unknown */
	struct issue *next;
};

/** In order of discovery, capped. */
struct issues {
	struct arena *arena;
	struct issue *first, *last;
	size_t count;
	size_t max_count;   /**< further ones are only counted */
	size_t error_count; /**< of severity error or fatal */
};

void issues_init(struct issues *issues, struct arena *arena, size_t max_count);
/** Returns the row, for a key; NULL when it was only counted. */
struct issue *issue_add(struct issues *issues, enum issue_severity severity, const char *code, struct slice expression,
			uint32_t line, uint32_t column, const char *format, ...) PRINTF_LIKE(7, 8);
/** Adds one of another list; its texts are copied. */
void issue_repeat(struct issues *issues, const struct issue *issue);
const char *issue_severity_name(enum issue_severity severity);
/** The list as an OperationOutcome of `schema`'s version. NULL when the arena is full. */
struct fhir_node *issues_outcome(struct arena *arena, const struct fhir_schema *schema, const struct issues *issues) MUST_USE;

/* ---- JSON ---- */

/** Limits on hostile input; the defaults serve unless configuration says otherwise. */
struct fhir_json_limits {
	size_t max_bytes;
	uint32_t max_depth;
	uint32_t max_children; /**< of one array or object */
	bool lenient;          /**< an unknown element is left out with a warning, a number or boolean given as a string (or a
				* string as either, as R5's own examples do with integer64) is taken with a warning: nothing of this
				* is silent, all else stays refused */
};
#define FHIR_JSON_LIMITS_DEFAULT ((struct fhir_json_limits){ .max_bytes = 32u << 20, .max_depth = 64, .max_children = 1u << 20 })

/** Reads one resource, or an instance of logical model `type` when `type` is given (else the root's resourceType decides).
 * Strict: unknown elements, duplicate keys, wrong JSON forms, empty values, invalid UTF-8 and lone surrogates are issues of
 * severity error with their place, and the result is then false with `*out` NULL. Cardinality, primitive formats and bindings are
 * not checked here. Text in the tree may point into `json`, which must live as long as the tree. */
bool fhir_json_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, struct slice json,
		    const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out) MUST_USE;

enum fhir_json_style { FHIR_JSON_COMPACT, FHIR_JSON_PRETTY };
/** Appends `node` (a resource, or any element) as FHIR JSON: order of the specification, arrays where max > 1, `_name`
 * companions, numbers with their own text. FHIR has no empty elements: one without value and content is not written. A number or
 * boolean whose text is none stands as a string, so that the document stays JSON. The buffer's `failed` tells whether it fitted.
 */
void fhir_json_write(struct buf *buf, const struct fhir_node *node, enum fhir_json_style style);
/** Appends `text` as a JSON string with its quotes. */
void fhir_json_write_string(struct buf *buf, struct slice text);

/** What the tables alone tell of a tree: too few and too many repetitions, elements with nothing in them. Each is an issue with
 * its path; false when there was one. */
bool fhir_node_check(const struct fhir_node *root, struct issues *issues) MUST_USE;

/* ---- what changed ---- */

enum fhir_change_kind { FHIR_CHANGE_ADDED, FHIR_CHANGE_REMOVED, FHIR_CHANGE_CHANGED, FHIR_CHANGE_MOVED };

/** One element that differs. A changed primitive has another value, a changed choice another type; a moved repetition stands
 * elsewhere among those that stayed. Nodes belong to the two trees. */
struct fhir_change {
	enum fhir_change_kind kind;
	const struct fhir_node *before; /**< NULL: added */
	const struct fhir_node *after;  /**< NULL: removed */
	struct fhir_change *next;
};

struct fhir_changes {
	struct fhir_change *first, *last;
	size_t count;
};

/** Lists what leads from one tree to another of the same schema, in the order of `after`. Repetitions are aligned: equal ones
 * first, then those with the same key (profiles/diff.yaml), then those in the same place, so that one insertion is one change. */
bool fhir_node_diff(struct arena *arena, const struct fhir_node *before, const struct fhir_node *after, struct fhir_changes *out,
		    struct error *err) MUST_USE;
const char *fhir_change_name(enum fhir_change_kind kind);

/* ---- JSON Patch ---- */

/** `*out` is `resource` after a JSON Patch (RFC 6902): an array of add, remove, replace, move, copy and test, with JSON Pointers
 * (RFC 6901) into the resource's JSON. All or nothing: `resource` itself is never changed, and the result must be what
 * fhir_json_read and fhir_node_check let pass; in between it need not be. An array whose last item was removed goes too. Issues
 * have the place in `patch` of what is wrong, and the element path. */
bool fhir_json_patch(struct arena *arena, const struct fhir_schema *schema, const struct fhir_node *resource, struct slice patch,
		     const struct fhir_json_limits *limits, struct issues *issues, struct fhir_node **out) MUST_USE;

/* ---- XML ---- */

struct fhir_xml_limits {
	size_t max_bytes;
	uint32_t max_depth;      /**< of elements, those of narratives included */
	uint32_t max_children;   /**< of one element */
	uint32_t max_attributes; /**< of one element, namespace declarations included */
	bool lenient;            /**< an unknown element or attribute is left out, an element out of order is put into its place:
				  * each with a warning; all else stays refused */
};
#define FHIR_XML_LIMITS_DEFAULT                                                                                                  \
	((struct fhir_xml_limits){ .max_bytes = 32u << 20, .max_depth = 100, .max_children = 1u << 20, .max_attributes = 64 })

/** Reads one resource, or an instance of logical model `type` when `type` is given (else the root element's name decides): FHIR,
 * "XML Representation of Resources". Strict: a DTD (so any entity but XML's own five), other encodings than UTF-8, other
 * namespaces, unknown or disordered elements, unknown attributes, text between elements, empty elements and values, and numbers
 * and booleans that JSON could not hold are issues of severity error with their place; the result is then false with `*out` NULL.
 * A narrative is kept as it stands, byte by byte. Comments and processing instructions are not data; xsi:schemaLocation is a hint
 * to tools. Cardinality, primitive formats and bindings are not checked here. Nothing of the tree points into `xml`. */
bool fhir_xml_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, struct slice xml,
		   const struct fhir_xml_limits *limits, struct issues *issues, struct fhir_node **out) MUST_USE;

/** Whether the first character that is neither white space nor a byte order mark is <. */
bool fhir_is_xml(struct slice text);
/** As fhir_xml_read when it is XML, else as fhir_json_read; within the default limits. */
bool fhir_read(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type, bool lenient,
	       struct slice text, struct issues *issues, struct fhir_node **out) MUST_USE;

enum fhir_xml_style { FHIR_XML_COMPACT, FHIR_XML_PRETTY };
/** Appends `node` (a resource, or any element under its own name) as an XML document: order of the specification, values as
 * attributes, narratives as they stand; a div without a namespace gets that of XHTML. An additional resource (FHIR R6) carries
 * resourceDefinition as an attribute of its element. Refused (ERROR_UNSUPPORTED, the element's path as place): what XML cannot
 * hold, which is control characters, a narrative that is not well-formed, and children of one. The buffer's `failed` tells
 * whether it fitted. */
bool fhir_xml_write(struct buf *buf, const struct fhir_node *node, enum fhir_xml_style style, struct error *err) MUST_USE;

/* ---- code systems
 * --------------------------------------------------------------------------------------------------------------- */

/** A procedure code system we know by name, from profiles/code-systems.yaml. */
struct fhir_code_system {
	struct slice name;           /**< short name in ids, options and file names: "cpt" */
	struct slice title;          /**< for people */
	struct slice url;            /**< the system URI we write */
	struct option_texts aliases; /**< other URIs met in the wild (urn:oid: forms too) */
	struct option_texts labels;  /**< words that name it on a page */
	struct slice pattern;        /**< POSIX ERE that a whole code matches, upper case */
};

/** Loads profiles/code-systems.yaml once; later calls return the same table. */
bool fhir_code_systems(const struct fhir_code_system **out, size_t *count, struct error *err) MUST_USE;
/** By short name, URI or alias; NULL when unknown. */
const struct fhir_code_system *fhir_code_system_find(struct slice name_or_uri);
/** Whether `code` (any case) has that system's form. */
bool fhir_code_valid(const struct fhir_code_system *system, struct slice code);

/* ---- narrative
 * ------------------------------------------------------------------------------------------------------------------- */

/** Makes `text` (status generated, XHTML div) of a resource from profiles/narrative/, replacing an older one. A type without a
 * template keeps none. Values are escaped. */
bool fhir_narrative_generate(struct arena *arena, const struct fhir_schema *schema, struct fhir_node *resource,
			     struct error *err) MUST_USE;

#endif
