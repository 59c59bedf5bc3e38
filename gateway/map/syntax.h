/* SPDX-License-Identifier: Apache-2.0 */
/* What a .map file says, before anything is looked up. Lives in the compiler's scratch arena. */
#ifndef MAP_SYNTAX_H
#define MAP_SYNTAX_H

#include "cannula/map.h"
#include "map/mistakes.h"

/** A word or expression and where it stands; `text.ptr` NULL: not given. */
struct map_text {
	struct slice text;
	uint32_t line, column;
};

enum map_mode { MAP_SOURCE, MAP_TARGET };

struct map_uses {
	struct map_text url;
	struct slice alias;
	enum map_mode mode;
	struct map_uses *next;
};

struct map_import {
	struct map_text url;
	struct map_import *next;
};

/** One pair of a conceptmap, or what becomes of every other code. */
struct map_concept {
	struct slice source_system; /**< absent: any */
	struct slice source_code;   /**< absent: whatever no other pair names */
	struct slice target_system;
	struct slice target_code; /**< absent: the code as it came */
	struct slice target_display;
	struct map_concept *next;
};

struct map_concept_map {
	struct slice id;
	struct map_concept *concepts;
	struct map_concept_map *next;
};

/** let name = expression; */
struct map_constant_syntax {
	struct map_text name, expression;
	struct map_constant_syntax *next;
};

struct map_parameter {
	struct map_text name, type;
	enum map_mode mode;
	struct map_parameter *next;
};

enum map_operand_kind {
	MAP_OPERAND_STRING,
	MAP_OPERAND_INTEGER,
	MAP_OPERAND_DECIMAL,
	MAP_OPERAND_BOOLEAN,
	MAP_OPERAND_NAME,       /**< a variable */
	MAP_OPERAND_EXPRESSION, /**< FHIRPath */
};

struct map_operand_syntax {
	enum map_operand_kind kind;
	struct map_text text;
	struct map_operand_syntax *next;
};

enum map_source_list { MAP_LIST_ALL, MAP_LIST_FIRST, MAP_LIST_LAST, MAP_LIST_NOT_FIRST, MAP_LIST_NOT_LAST, MAP_LIST_ONLY_ONE };

struct map_source_syntax {
	struct map_text context, element, type, variable, where, check, log;
	bool has_cardinality;
	uint32_t min, max;
	struct map_operand_syntax *fallback; /**< `default` */
	enum map_source_list list;
	struct map_source_syntax *next;
};

enum map_target_list { MAP_TARGET_NEW, MAP_TARGET_FIRST, MAP_TARGET_LAST, MAP_TARGET_SHARE, MAP_TARGET_COLLATE };

struct map_target_syntax {
	struct map_text context, element, variable;
	struct map_text transform; /**< name, "copy" for a bare operand; absent: none */
	struct map_operand_syntax *operands;
	enum map_target_list list;
	struct slice share; /**< rule name behind `share` */
	struct map_target_syntax *next;
};

struct map_call_syntax {
	struct map_text group;
	struct map_operand_syntax *operands;
	struct map_call_syntax *next;
};

struct map_rule_syntax {
	uint32_t line, column;
	struct slice name;
	struct map_source_syntax *sources;
	struct map_target_syntax *targets;
	struct map_call_syntax *calls;
	struct map_rule_syntax *rules;
	bool has_then;
	struct map_rule_syntax *next;
};

/** <<types>>: used by itself for its pair of types; <<type+>>: also for its source type alone. */
enum map_group_default { MAP_DEFAULT_NONE, MAP_DEFAULT_TYPES, MAP_DEFAULT_TYPE_AND_TYPES };

struct map_group_syntax {
	struct map_text name, extends;
	struct map_parameter *parameters;
	enum map_group_default by_default;
	struct map_rule_syntax *rules;
	const struct map_syntax *file;
	struct map_group_syntax *next;
};

struct map_syntax {
	const char *file;
	struct slice url, id;
	struct map_uses *uses;
	struct map_import *imports;
	struct map_concept_map *concept_maps;
	struct map_constant_syntax *constants;
	struct map_group_syntax *groups;
	struct map_syntax *next; /**< the next file read for the same program */
};

/** Parses `text`. Errors carry file:line:column. A rule with a mistake that is told is left out; false when more was. */
bool map_parse(struct arena *arena, const char *file, struct slice text, struct map_mistakes *mistakes,
	       struct map_syntax **out) MUST_USE;
/** The same from a StructureMap resource of R4 or R5. Places are those of its JSON or XML. */
bool map_parse_structure(struct arena *arena, const char *file, const struct fhir_node *resource, struct map_mistakes *mistakes,
			 struct map_syntax **out) MUST_USE;
/** The pairs of a ConceptMap resource of R4 or R5. */
bool map_parse_concepts(struct arena *arena, const struct fhir_node *resource, struct map_concept_map **out,
			struct error *err) MUST_USE;
/** Only the URL in the head of a file; absent when it has none. */
struct slice map_parse_url(struct arena *arena, const char *file, struct slice text);

#endif
