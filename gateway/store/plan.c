/* SPDX-License-Identifier: Apache-2.0 */
/* What is indexed of each type: compiled when the type is first used, then shared by all threads. */
#include "store/index.h"

/* Raised when the rows of a kind change their form: everything is then indexed again. */
#define INDEX_FORM "6"
#define DEFINITIONS_MAX_BYTES (4u << 20)

bool index_plan_digest(const struct fhir_schema *schema, const struct fhir_type *type, bool has_text, uint8_t out[DIGEST_BYTES],
		       struct error *err)
{
	struct buf text;
	size_t count = 0;
	const struct fhir_search_param *params = fhir_search_params(schema, type, &count);

	buf_init(&text, DEFINITIONS_MAX_BYTES);
	buf_append(&text, has_text ? SLICE(INDEX_FORM " with words") : SLICE(INDEX_FORM));
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "\n%.*s\t%d\t%.*s", SLICE_ARG(params[i].code), (int)params[i].type,
			   SLICE_ARG(params[i].expression));
	bool done = !text.failed || error_memory(err);
	digest_sha256(buf_slice(&text), out);
	buf_free(&text);
	return done;
}

static const struct fhir_search_param *find_definition(const struct fhir_schema *schema, const struct fhir_type *type,
						       struct slice code)
{
	size_t count;
	const struct fhir_search_param *params = fhir_search_params(schema, type, &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, code))
			return &params[i];
	return NULL;
}

/** False: one of them is of no kind, or cannot be compiled; then the whole is not indexed. */
static bool compile_components(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
			       struct index_param *param)
{
	const struct fhir_search_param *composite = param->definition;

	if (composite->component_count == 0 || composite->component_count > INDEX_COMPONENTS_MAX)
		return false;
	for (size_t i = 0; i < composite->component_count; i++) {
		struct index_component *component = &param->components[i];
		struct fhirpath_program *program;
		struct error err = { 0 };
		component->definition = find_definition(schema, type, composite->components[i].code);
		component->kind = component->definition ? kind_find(component->definition) : NULL;
		if (!component->kind || !component->kind->insert ||
		    !fhirpath_compile(arena, composite->components[i].expression, &program, &err))
			return false;
		component->program = program;
	}
	param->component_count = composite->component_count;
	return true;
}

/** A definition that our FHIRPath cannot compile must not stop the resources of its type: it is told once, and a search by it is
 * refused. */
static void compile_param(struct arena *arena, const struct fhir_schema *schema, const struct fhir_type *type,
			  struct index_param *param)
{
	struct fhirpath_program *program = NULL;
	struct error err = { 0 };

	param->kind = kind_find(param->definition);
	if (!param->definition->expression.ptr)
		return;
	if (param->definition->type == FHIR_SEARCH_COMPOSITE ? !compile_components(arena, schema, type, param)
							     : !param->kind || !param->kind->insert)
		return;
	if (fhirpath_compile(arena, param->definition->expression, &program, &err))
		param->program = program;
	else
		log_write(LOG_WARN, "the search parameter %.*s of %.*s cannot be used: %s", SLICE_ARG(param->definition->code),
			  SLICE_ARG(type->name), err.message);
}

static bool compile_plan(struct arena *arena, const struct fhir_schema *schema, enum store_base base,
			 const struct fhir_type *type, struct index_plan **out, struct error *err)
{
	struct index_plan *plan = arena_new_of(arena, struct index_plan);
	size_t count = 0;
	const struct fhir_search_param *definitions = fhir_search_params(schema, type, &count);
	struct index_param *params = arena_new_array(arena, struct index_param, count + 1);

	if (!plan || !params)
		return error_memory(err);
	for (size_t i = 0; i < count; i++) {
		params[i].definition = &definitions[i];
		compile_param(arena, schema, type, &params[i]);
	}
	*plan = (struct index_plan){ .base = base, .type = type, .params = params, .count = count };
	*out = plan;
	return true;
}

static bool use_tables(struct store *store, const struct fhir_schema *schema, const struct terms_tables **out, struct error *err)
{
	const struct terms_tables **tables = &store->tables[fhir_schema_version(schema)];

	if (!*tables && !terms_tables_load(store->plans_arena, fhir_schema_version(schema), tables, err))
		return false;
	*out = *tables;
	return true;
}

static bool find_or_compile(struct store *store, const struct fhir_schema *schema, enum store_base base,
			    const struct fhir_type *type, const struct index_plan **out, struct error *err)
{
	struct index_plan *made = NULL;

	for (const struct index_plan *plan = store->plans; plan; plan = plan->next)
		if (plan->base == base && plan->type == type) {
			*out = plan;
			return true;
		}
	if (!compile_plan(store->plans_arena, schema, base, type, &made, err) || !use_tables(store, schema, &made->tables, err) ||
	    !index_plan_digest(schema, type, store->options.full_text, made->digest, err))
		return false;
	made->next = store->plans;
	store->plans = made;
	*out = made;
	return true;
}

bool index_plan_use(struct store_conn *conn, struct store_type *type, struct error *err)
{
	const struct fhir_schema *schema = conn_schema(conn, type->base);
	const struct fhir_type *known = fhir_type_find(schema, type->name);

	if (type->plan)
		return true;
	if (!known) {
		error_set(err, ERROR_UNSUPPORTED, "", "the type %.*s is not one of %s", SLICE_ARG(type->name),
			  fhir_version_name(fhir_schema_version(schema)));
		return error_hint(err, "check profiles/ for its StructureDefinition");
	}
	pthread_mutex_lock(&conn->store->plans_lock);
	bool done = find_or_compile(conn->store, schema, type->base, known, &type->plan, err);
	pthread_mutex_unlock(&conn->store->plans_lock);
	return done;
}
