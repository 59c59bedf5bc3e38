/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the CapabilityStatement of each version as a client reads it: what it claims works, what it does not claim is refused,
 * and every canonical that it names can be read here. */
#include "serving.h"

#include "api/call.h"

#define DEPTH_MAX 8

static struct fhir_node *statements[FHIR_VERSION_COUNT];

/* ---- the least resource of a type ---- */

static struct slice sample_value(const struct fhir_element *element, const struct fhir_type *type)
{
	static const struct {
		const char *type, *value;
	} samples[] = { { "date", "2026-01-01" },
			{ "dateTime", "2026-01-01" },
			{ "instant", "2026-01-01T00:00:00Z" },
			{ "time", "12:00:00" },
			{ "base64Binary", "eA==" },
			{ "xhtml", "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>" } };

	if (slice_equal(element->name, SLICE("status")))
		return SLICE("draft");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		if (slice_equal(type->name, slice_of(samples[i].type)))
			return slice_of(samples[i].value);
	if (type->json_form == FHIR_JSON_STRING)
		return SLICE("x");
	return type->json_form == FHIR_JSON_NUMBER ? SLICE("1") : SLICE("true");
}

static void fill(struct fhir_node *node, int depth);

static struct fhir_node *put(struct fhir_node *parent, const struct fhir_element *element, int depth)
{
	struct fhir_node *node = fhir_node_add(gateway.arena, parent, element->name, element->types[0]);

	assert_non_null(node);
	if (element->types[0]->kind == FHIR_KIND_PRIMITIVE)
		node->value = sample_value(element, element->types[0]);
	else
		fill(node, depth + 1);
	return node;
}

/** The required elements; where nothing is, the first that can hold something. */
static void fill(struct fhir_node *node, int depth)
{
	const struct fhir_type *type = node->type;

	assert_true(depth < DEPTH_MAX);
	for (size_t i = 0; i < type->element_count; i++)
		if (type->elements[i].min && !fhir_node_child(node, type->elements[i].name))
			put(node, &type->elements[i], depth);
	for (size_t i = 0; !node->first && node->parent && i < type->element_count; i++) {
		const struct fhir_element *element = &type->elements[i];
		bool is_plain = element->types[0]->kind == FHIR_KIND_PRIMITIVE || element->types[0]->kind == FHIR_KIND_COMPLEX;
		bool is_base = slice_equal(element->name, SLICE("id")) || slice_ends(element->name, SLICE("xtension"));
		if (is_plain && !is_base)
			put(node, element, depth);
	}
}

/** As JSON, with this id (NULL: none). */
static const char *least(enum fhir_version version, struct slice type, const char *id)
{
	const struct fhir_type *resource = fhir_type_find(gateway.schemas[version], type);
	struct fhir_node *node = fhir_node_new(gateway.arena, resource);
	struct slice json;
	struct buf buf;

	fill(node, 0);
	if (id)
		assert_non_null(fhir_node_add_value(gateway.arena, node, SLICE("id"), slice_of(id)));
	buf_init(&buf, 1u << 20);
	fhir_json_write(&buf, node, FHIR_JSON_COMPACT);
	json = arena_copy(gateway.arena, buf_slice(&buf));
	buf_free(&buf);
	return json.ptr;
}

/* ---- what is tried ---- */

enum sent { NOTHING, RESOURCE, JSON_PATCH };

/** In an order in which each finds what it needs: the first makes the resource, the last takes it away. */
static const struct trial {
	const char *code,
	    *claim; /**< of the interaction, and the element that claims its conditional form; NULL: the interaction */
	enum net_method method;
	const char *before, *behind; /**< the id, in what follows [base]/Type; `behind` NULL: there is no id */
	enum sent sent;
} trials[] = {
	{ "update", NULL, NET_PUT, "/", "", RESOURCE },
	{ "read", NULL, NET_GET, "/", "", NOTHING },
	{ "vread", NULL, NET_GET, "/", "/_history/1", NOTHING },
	{ "patch", NULL, NET_PATCH, "/", "", JSON_PATCH },
	{ "history-instance", NULL, NET_GET, "/", "/_history", NOTHING },
	{ "history-type", NULL, NET_GET, "/_history?_count=1", NULL, NOTHING },
	{ "search-type", NULL, NET_GET, "?_id=", "", NOTHING },
	{ "create", NULL, NET_POST, "", NULL, RESOURCE },
	{ "update", "conditionalUpdate", NET_PUT, "?_id=", "", RESOURCE },
	{ "patch", "conditionalPatch", NET_PATCH, "?_id=", "", JSON_PATCH },
	{ "delete", NULL, NET_DELETE, "/", "", NOTHING },
	{ "delete", "conditionalDelete", NET_DELETE, "?_id=", "", NOTHING },
};

/** Of a resource that is there: what the gateway publishes has its own ids. */
static const char *id_at(struct slice type)
{
	if (slice_equal(type, SLICE("OperationDefinition")))
		return "Resource-validate";
	if (slice_equal(type, SLICE("SearchParameter")))
		return "Resource-id";
	return slice_equal(type, SLICE("StructureDefinition")) ? "ProcedureDefinition" : "walk";
}

static struct answer try(enum fhir_version version, struct slice type, const struct trial *trial)
{
	struct slice target = arena_printf(gateway.arena, "/fhir/%s/%.*s%s%s%s", fhir_version_name(version), SLICE_ARG(type),
					   trial->before, trial->behind ? id_at(type) : "", trial->behind ? trial->behind : "");
	bool is_patch = trial->sent == JSON_PATCH;
	const char *body = trial->sent == RESOURCE ? least(version, type, id_at(type)) : NULL;

	return ask((struct asking){
	    .method = trial->method,
	    .target = target.ptr,
	    .headers = { { SLICE("Content-Type"),
			   is_patch ? SLICE("application/json-patch+json") : SLICE("application/fhir+json") } },
	    .body = is_patch ? "[{\"op\":\"add\",\"path\":\"/language\",\"value\":\"en\"}]" : body,
	});
}

static bool has_code(const struct fhir_node *parent, const char *code)
{
	const struct fhir_node *interaction = fhir_node_child(parent, SLICE("interaction"));

	while (interaction && !slice_equal(fhir_node_text(interaction, SLICE("code")), slice_of(code)))
		interaction = fhir_node_again(interaction);
	return interaction;
}

/** R4 has no element for conditional patches: there the interaction itself claims them. */
static bool claims(const struct fhir_node *resource, const struct trial *trial)
{
	if (!has_code(resource, trial->code))
		return false;
	if (!trial->claim || !fhir_element_find(resource->type, slice_of(trial->claim), NULL))
		return true;
	struct slice value = fhir_node_text(resource, slice_of(trial->claim));
	return slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("single"));
}

static const struct fhir_node *rest_of(size_t version)
{
	return fhir_node_child(statements[version], SLICE("rest"));
}

static void what_a_type_claims_works_and_all_else_is_refused(void **state)
{
	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++) {
		const struct fhir_node *resource = fhir_node_child(rest_of(version), SLICE("resource"));
		for (; resource; resource = fhir_node_again(resource))
			for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
				struct slice type = fhir_node_text(resource, SLICE("type"));
				struct answer answer = try((enum fhir_version)version, type, &trials[i]);
				if ((answer.status < 400) != claims(resource, &trials[i]))
					fail_msg("%s %.*s %s %s is %sclaimed: %u %.*s",
						 fhir_version_name((enum fhir_version)version), SLICE_ARG(type), trials[i].code,
						 trials[i].before, claims(resource, &trials[i]) ? "" : "not ", answer.status,
						 SLICE_ARG(answer.body));
			}
	}
}

static void what_the_system_claims_works_and_all_else_is_refused(void **state)
{
	static const char batch[] = "{\"resourceType\":\"Bundle\",\"type\":\"%s\"}";
	static const struct {
		const char *code;
		enum net_method method;
		const char *rest, *bundle;
	} systems[] = { { "transaction", NET_POST, "", "transaction" },
			{ "batch", NET_POST, "", "batch" },
			{ "search-system", NET_GET, "?_type=Patient&_id=x", NULL },
			{ "history-system", NET_GET, "/_history?_count=1", NULL } };

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
			struct slice target = arena_printf(gateway.arena, "/fhir/%s%s",
							   fhir_version_name((enum fhir_version)version), systems[i].rest);
			const char *body = systems[i].bundle ? arena_printf(gateway.arena, batch, systems[i].bundle).ptr : NULL;
			struct answer answer = send(systems[i].method, target.ptr, body);
			bool claimed = has_code(rest_of(version), systems[i].code);
			if ((answer.status < 400) != claimed)
				fail_msg("%s is %sclaimed: %u %.*s", systems[i].code, claimed ? "" : "not ", answer.status,
					 SLICE_ARG(answer.body));
		}
}

static size_t includes_work(enum fhir_version version, const struct fhir_node *resource, const char *element,
			    const char *parameter)
{
	const struct fhir_node *include = fhir_node_child(resource, slice_of(element));
	size_t tried = 0;

	for (; include; include = fhir_node_again(include), tried++) {
		struct slice target =
		    arena_printf(gateway.arena, "/fhir/%s/%.*s?_id=walk&%s=%.*s", fhir_version_name(version),
				 SLICE_ARG(fhir_node_text(resource, SLICE("type"))), parameter, SLICE_ARG(include->value));
		struct answer answer = get(target.ptr);
		if (answer.status != 200)
			fail_msg("%s: %u %.*s", target.ptr, answer.status, SLICE_ARG(answer.body));
	}
	return tried;
}

static void every_claimed_include_works(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		const struct fhir_node *resource = fhir_node_child(rest_of(i), SLICE("resource"));
		for (; resource; resource = fhir_node_again(resource))
			tried += includes_work((enum fhir_version)i, resource, "searchInclude", "_include") +
				 includes_work((enum fhir_version)i, resource, "searchRevInclude", "_revinclude");
	}
	assert_true(tried > 1000);
}

/* ---- operations ---- */

/** Correct calls of each. A new operation needs a row. */
static const struct call {
	const char *name;
	enum net_method method;
	const char *rest; /**< behind [base]/Type, or [base] */
	const char *body; /**< "": the least resource */
} calls[] = {
	{ "apply", NET_GET, "/op/$apply?subject=Patient/x", NULL },
	{ "related-policies", NET_GET, "/$related-policies?code=1", NULL },
	{ "validate", NET_POST, "/$validate", "" },
	{ "meta", NET_GET, "/op/$meta", NULL },
	{ "meta", NET_GET, "/$meta", NULL },
	{ "meta-add", NET_POST, "/op/$meta-add",
	  "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":{\"tag\":[{\"code\":\"t\"}]}}]}" },
	{ "meta-delete", NET_POST, "/op/$meta-delete",
	  "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":{\"tag\":[{\"code\":\"t\"}]}}]}" },
};

/** Definitions that an operation can work on. */
static void given_operands(enum fhir_version version)
{
	given(version,
	      SLICE("{\"resourceType\":\"PlanDefinition\",\"id\":\"op\",\"status\":\"draft\",\"action\":[{\"title\":\"t\"}]}"));
	given(version, SLICE("{\"resourceType\":\"ActivityDefinition\",\"id\":\"op\",\"status\":\"draft\",\"kind\":\"Task\"}"));
}

/** Of a type, or with an absent one of the base. */
static void call_works(enum fhir_version version, struct slice type, const struct call *call)
{
	struct answer answer = send(call->method,
				    arena_printf(gateway.arena, "/fhir/%s%s%.*s%s", fhir_version_name(version),
						 type.ptr ? "/" : "", SLICE_ARG(type), call->rest)
					.ptr,
				    call->body && !*call->body ? least(version, type, NULL) : call->body);
	if (answer.status >= 400)
		fail_msg("%.*s$%s: %u %.*s", SLICE_ARG(type), call->name, answer.status, SLICE_ARG(answer.body));
}

static size_t operations_work(enum fhir_version version, const struct fhir_node *parent, struct slice type)
{
	const struct fhir_node *operation = fhir_node_child(parent, SLICE("operation"));
	bool has_operand = slice_equal(type, SLICE("PlanDefinition")) || slice_equal(type, SLICE("ActivityDefinition"));
	size_t tried = 0;

	for (; operation; operation = fhir_node_again(operation)) {
		struct slice name = fhir_node_text(operation, SLICE("name"));
		bool is_known = false;
		for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
			/* what works on an instance is tried where there is one */
			bool needs_operand = slice_starts(slice_of(calls[i].rest), SLICE("/op/"));
			if (!slice_equal(name, slice_of(calls[i].name)))
				continue;
			is_known = true;
			if (needs_operand && !has_operand)
				continue;
			call_works(version, type, &calls[i]);
			tried++;
		}
		if (!is_known)
			fail_msg("this test has no call of $%.*s", SLICE_ARG(name));
	}
	return tried;
}

static void every_claimed_operation_works(void **state)
{
	(void)state;
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		enum fhir_version version = (enum fhir_version)i;
		const struct fhir_node *resource = fhir_node_child(rest_of(i), SLICE("resource"));
		given_operands(version);
		assert_true(operations_work(version, rest_of(i), SLICE_NONE) > 0);
		for (; resource; resource = fhir_node_again(resource))
			operations_work(version, resource, fhir_node_text(resource, SLICE("type")));
	}
}

/* ---- canonicals ---- */

/** Ours, and FHIR's own, are read by the last segment of their canonical. */
static void resolves(enum fhir_version version, const char *type, struct slice canonical)
{
	struct slice id = canonical, rest = canonical;

	while (rest.ptr)
		id = slice_cut(&rest, '/');
	if (id.len > 64) /* as long as an id may be */
		id.len = 64;
	struct answer answer =
	    get(arena_printf(gateway.arena, "/fhir/%s/%s/%.*s", fhir_version_name(version), type, SLICE_ARG(id)).ptr);
	if (answer.status != 200)
		fail_msg("%.*s: %u %.*s", SLICE_ARG(canonical), answer.status, SLICE_ARG(answer.body));
	assert_body_has(&answer, arena_printf(gateway.arena, "\"url\":\"%.*s\"", SLICE_ARG(canonical)).ptr);
}

static void every_canonical_of_the_statement_resolves(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		const struct fhir_node *resource = fhir_node_child(rest_of(i), SLICE("resource"));
		for (; resource; resource = fhir_node_again(resource)) {
			const struct fhir_node *param = fhir_node_child(resource, SLICE("searchParam"));
			const struct fhir_node *operation = fhir_node_child(resource, SLICE("operation"));
			for (; param; param = fhir_node_again(param), tried++)
				resolves((enum fhir_version)i, "SearchParameter", fhir_node_text(param, SLICE("definition")));
			for (; operation; operation = fhir_node_again(operation), tried++)
				resolves((enum fhir_version)i, "OperationDefinition",
					 fhir_node_text(operation, SLICE("definition")));
		}
		resolves((enum fhir_version)i, "StructureDefinition",
			 SLICE("https://cannula.dev/fhir/StructureDefinition/ProcedureDefinition"));
	}
	assert_true(tried > 3000);
}

static void what_is_allowed_there_is_told(void **state)
{
	struct answer answer = ask((struct asking){ .method = NET_OPTIONS, .target = "/fhir/r4/SearchParameter/Resource-id" });

	(void)state;
	assert_slice(header_of(&answer, "Allow"), "GET, HEAD, OPTIONS");
	answer = send(NET_DELETE, "/fhir/r5/StructureDefinition/ProcedureDefinition", NULL);
	assert_outcome(&answer, 405, "not-supported");
	assert_slice(header_of(&answer, "Allow"), "GET, HEAD, OPTIONS");
	answer = get("/fhir/r4/SearchParameter/_history");
	assert_outcome(&answer, 405, "not-supported");
	assert_slice(header_of(&answer, "Allow"), "OPTIONS");
}

static void published_definitions_are_searched_as_everything_else(void **state)
{
	static const char *const searches[] = {
		"SearchParameter?base=PlanDefinition&code=code&type=token",
		"SearchParameter?url=https://cannula.dev/fhir/SearchParameter/Library-code",
		"OperationDefinition?code=apply&name=Apply&_id=PlanDefinition-apply",
		"OperationDefinition?url=https://cannula.dev/fhir/OperationDefinition/related-policies",
		"StructureDefinition?type=ProcedureDefinition",
	};

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < ARRAY_SIZE(searches); i++) {
			struct answer answer = get(
			    arena_printf(gateway.arena, "/fhir/%s/%s", fhir_version_name((enum fhir_version)version), searches[i])
				.ptr);
			assert_int_equal(answer.status, 200);
			assert_body_has(&answer, "\"total\":1,");
		}
	struct answer told = get("/fhir/r4/SearchParameter/conformance-context-type-value");
	assert_body_has(&told,
			"\"component\":[{\"definition\":\"http://hl7.org/fhir/SearchParameter/conformance-context-type\",");
	assert_body_has(&told, "\"modifier\":[\"missing\"]");
	told = get("/fhir/r4/SearchParameter/Patient-organization");
	assert_body_has(&told, "\"modifier\":[\"above\",\"below\",\"identifier\",\"missing\",\"type\"]");
	told = get("/fhir/r4/SearchParameter/Patient-identifier");
	assert_body_has(&told, "\"ofType\"");
	told = get("/fhir/r5/SearchParameter/Patient-identifier");
	assert_body_has(&told, "\"of-type\"");
	/* what they refer to is looked for among them, not among what clients keep */
	struct answer answer = get("/fhir/r4/OperationDefinition?_id=related-policies&_include=*&_revinclude=*");
	assert_int_equal(answer.status, 200);
	assert_false(body_has(&answer, "\"mode\":\"include\""));
}

static struct fhir_node *read_tree(enum fhir_version version, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *tree;
	struct issues issues;

	issues_init(&issues, gateway.arena, 4);
	if (!fhir_json_read(gateway.arena, gateway.schemas[version], NULL, json, &limits, &issues, &tree))
		fail_msg("%.*s in %.*s", SLICE_ARG(issues.first->text), SLICE_ARG(json));
	return tree;
}

/** The expression of a published parameter, asked as another system would: of a resource, by FHIRPath alone. */
static size_t evaluate_published(enum fhir_version version, const char *id, const char *resource)
{
	struct answer answer =
	    get(arena_printf(gateway.arena, "/fhir/%s/SearchParameter/%s", fhir_version_name(version), id).ptr);
	struct fhirpath_context context = { .schema = gateway.schemas[version] };
	struct fhirpath_program *program;
	struct fhirpath_result result;
	struct error err = { 0 };

	assert_int_equal(answer.status, 200);
	struct slice expression = fhir_node_text(read_tree(version, answer.body), SLICE("expression"));
	assert_true(expression.len > 0);
	assert_ok(fhirpath_compile(gateway.arena, expression, &program, &err), &err);
	assert_ok(fhirpath_eval_node(gateway.arena, program, &context, read_tree(version, slice_of(resource)), &result, &err),
		  &err);
	return result.count;
}

static void published_expressions_find_what_searches_do(void **state)
{
	static const char ours[] = "{\"resourceType\":\"ProcedureDefinition\",\"url\":\"https://x.example/"
				   "p\",\"version\":\"1\",\"name\":\"P\",\"title\":\"P\","
				   "\"status\":\"active\",\"code\":{\"text\":\"p\"}}";
	static const struct {
		const char *id, *resource;
	} cases[] = {
		{ "ProcedureDefinition-code", ours },
		{ "ProcedureDefinition-name", ours },
		{ "ProcedureDefinition-status", ours },
		{ "ProcedureDefinition-title", ours },
		{ "ProcedureDefinition-url", ours },
		{ "ProcedureDefinition-version", ours },
		{ "PlanDefinition-code",
		  "{\"resourceType\":\"PlanDefinition\",\"status\":\"active\",\"topic\":[{\"text\":\"p\"}]}" },
		{ "ActivityDefinition-code",
		  "{\"resourceType\":\"ActivityDefinition\",\"status\":\"active\",\"code\":{\"text\":\"p\"}}" },
		{ "Library-code",
		  "{\"resourceType\":\"Library\",\"status\":\"active\",\"type\":{\"text\":\"l\"},\"useContext\":[{\"code\":{"
		  "\"code\":\"focus\"},\"valueCodeableConcept\":{\"text\":\"p\"}}]}" },
	};

	(void)state;
	for (size_t version = 0; version < FHIR_VERSION_COUNT; version++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			assert_int_equal(evaluate_published((enum fhir_version)version, cases[i].id, cases[i].resource), 1);
			assert_int_equal(evaluate_published((enum fhir_version)version, cases[i].id,
							    "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"p\"}]}"),
					 0);
		}
}

static int setup(void **state)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;

	gateway_open(state);
	/* least resources have no codes of their bindings */
	api_free(gateway.api);
	gateway.options.validation = SLICE("structure");
	gateway_api_open();
	issues_init(&issues, gateway.arena, 4);
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		struct answer answer = get(i == FHIR_R4 ? "/fhir/r4/metadata" : "/fhir/r5/metadata");
		assert_true(
		    fhir_json_read(gateway.arena, gateway.schemas[i], NULL, answer.body, &limits, &issues, &statements[i]));
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_type_claims_works_and_all_else_is_refused),
		cmocka_unit_test(what_the_system_claims_works_and_all_else_is_refused),
		cmocka_unit_test(every_claimed_include_works),
		cmocka_unit_test(every_claimed_operation_works),
		cmocka_unit_test(every_canonical_of_the_statement_resolves),
		cmocka_unit_test(what_is_allowed_there_is_told),
		cmocka_unit_test(published_definitions_are_searched_as_everything_else),
		cmocka_unit_test(published_expressions_find_what_searches_do),
	};

	return cmocka_run_group_tests_name("walking the statement", tests, setup, gateway_close);
}
