/* SPDX-License-Identifier: Apache-2.0 */
/* Types by name, alias and canonical, and what to say when there is none. */
#include "map/compile.h"

bool map_hint_element(struct map_compiler *compiler, const struct fhir_type *type, struct slice name)
{
	const char *names[256];
	size_t count = 0;

	for (size_t i = 0; i < type->element_count && count < ARRAY_SIZE(names); i++) {
		names[count] = arena_cstr(compiler->scratch, type->elements[i].name);
		count += names[count] != NULL;
	}
	const char *nearest = nearest_name(name, names, count);
	return nearest ? error_hint(compiler->err, "did you mean %s?", nearest) : false;
}

static const struct fhir_schema *schema_of(const struct map_compiler *compiler, enum map_mode mode)
{
	return mode == MAP_SOURCE ? compiler->source : compiler->target;
}

/** Types of `schema` near to `name`, as a hint. */
static void hint_type(struct map_compiler *compiler, const struct fhir_schema *schema, struct slice name)
{
	static const enum fhir_kind kinds[] = { FHIR_KIND_RESOURCE, FHIR_KIND_LOGICAL, FHIR_KIND_COMPLEX, FHIR_KIND_PRIMITIVE };
	const char *names[512];
	const struct fhir_type *type;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (size_t k = 0; count < ARRAY_SIZE(names) && (type = fhir_type_next(schema, kinds[i], &k));) {
			names[count] = arena_cstr(compiler->scratch, type->name);
			count += names[count] != NULL;
		}
	const char *nearest = nearest_name(name, names, count);
	if (nearest)
		error_hint(compiler->err, "did you mean %s?", nearest);
}

/** The type a canonical names. FHIR's own may say of which version it is: http://hl7.org/fhir/4.0/StructureDefinition/Patient, or
 * …|4.0.1. `*other`: of another than the schema is. */
static const struct fhir_type *find_structure(struct map_compiler *compiler, const struct fhir_schema *schema, struct slice url,
					      bool *other)
{
	struct slice base = SLICE("http://hl7.org/fhir/"), number = slice_of(fhir_version_number(fhir_schema_version(schema)));
	struct slice version = url, path = slice_cut(&version, '|');

	*other = false;
	if (!slice_starts(path, base))
		return fhir_type_find(schema, path);
	path = slice_from(path, base.len);
	if (!version.ptr && path.len && path.ptr[0] >= '0' && path.ptr[0] <= '9')
		version = slice_cut(&path, '/');
	*other = version.ptr && !slice_starts(number, version);
	if (*other)
		return NULL;
	return fhir_type_find(schema, arena_printf(compiler->scratch, "%.*s%.*s", SLICE_ARG(base), SLICE_ARG(path)));
}

/** The type that a file's alias stands for, or NULL. */
static const struct fhir_type *find_alias(struct map_compiler *compiler, const struct fhir_schema *schema, struct slice name,
					  enum map_mode mode)
{
	const struct fhir_type *type = NULL;
	bool other;

	for (const struct map_syntax *file = compiler->files; file && !type; file = file->next)
		for (const struct map_uses *uses = file->uses; uses && !type; uses = uses->next)
			if (uses->mode == mode && uses->alias.ptr && slice_equal(uses->alias, name))
				type = find_structure(compiler, schema, uses->url.text, &other);
	return type;
}

const struct fhir_type *map_find_type(struct map_compiler *compiler, const struct map_text *name, enum map_mode mode)
{
	const struct fhir_schema *schema = schema_of(compiler, mode);
	const struct fhir_type *type = find_alias(compiler, schema, name->text, mode);

	if (!type)
		type = fhir_type_find(schema, name->text);
	if (type)
		return type;
	map_fail_at(compiler, name, "there is no type %.*s among the %s types", SLICE_ARG(name->text),
		    mode == MAP_SOURCE ? "source" : "target");
	hint_type(compiler, schema, name->text);
	return NULL;
}

static bool check_use(struct map_compiler *compiler, const struct map_uses *uses)
{
	const struct fhir_schema *schema = schema_of(compiler, uses->mode);
	const char *side = uses->mode == MAP_SOURCE ? "source" : "target";
	bool other;

	if (find_structure(compiler, schema, uses->url.text, &other))
		return true;
	if (other) {
		map_fail_at(compiler, &uses->url, "%.*s is not of FHIR %s, as the %s side is", SLICE_ARG(uses->url.text),
			    fhir_version_number(fhir_schema_version(schema)), side);
		return error_hint(compiler->err, "choose the version: --from and --to");
	}
	map_fail_at(compiler, &uses->url, "there is no structure %.*s on the %s side", SLICE_ARG(uses->url.text), side);
	return error_hint(compiler->err, "give its StructureDefinition too: --model");
}

bool map_check_uses(struct map_compiler *compiler, const struct map_syntax *file)
{
	compiler->file = file->file;
	for (const struct map_uses *uses = file->uses; uses; uses = uses->next)
		if (!check_use(compiler, uses))
			return false;
	return true;
}
