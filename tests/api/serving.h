/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway without sockets: a store in a temporary directory, an api on it, and requests handed to the api's callbacks as net
 * would. */
#ifndef CANNULA_TESTS_API_SERVING_H
#define CANNULA_TESTS_API_SERVING_H

#include "../testing.h"

#include <stdlib.h>
#include <unistd.h>

#include "cannula/api.h"

struct gateway {
	struct arena *arena, *schema_arena;
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	char directory[64];
	struct store *store;
	struct store_conn *writer; /* as another process would have */
	struct api_options options;
	struct access_options access_options;
	struct access *access;
	struct api *api;
	struct net_handler handler;
};

static struct gateway gateway;

static inline void gateway_api_open(void)
{
	struct error err = { 0 };

	assert_ok(api_new(&gateway.options, gateway.schemas, gateway.store, 2, &gateway.api, &err), &err);
	assert_ok(api_guard(gateway.api, gateway.access, &err), &err);
	gateway.handler = api_handler(gateway.api);
}

static inline int gateway_open(void **state)
{
	struct store_options store_options = { 0 };
	struct option_errors errors = { 0 };
	struct error err = { 0 };

	(void)state;
	log_level_set(LOG_ERROR);
	gateway.arena = arena_new(256u << 20);
	gateway.schema_arena = arena_new(256u << 20);
	for (size_t i = 0; i < FHIR_VERSION_COUNT; i++) {
		struct fhir_schema *schema;
		assert_ok(fhir_schema_load(gateway.schema_arena, (enum fhir_version)i, &schema, &err), &err);
		gateway.schemas[i] = schema;
	}
	/* in memory where there is such a place: no test here is about what a disk keeps */
	snprintf(gateway.directory, sizeof(gateway.directory), "%s/cannula-api-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(gateway.directory));
	assert_true(options_default(gateway.arena, &store_option_table, &store_options, &errors));
	store_options.path = slice_of(gateway.directory);
	store_options.busy_timeout_ms = 50;
	assert_ok(store_open(&store_options, gateway.schemas, &gateway.store, &err), &err);
	assert_ok(store_conn_open(gateway.store, &gateway.writer, &err), &err);
	assert_true(options_default(gateway.arena, &api_option_table, &gateway.options, &errors));
	gateway.options.access_log = false;
	gateway.options.watch_ms = 5;
	assert_true(options_default(gateway.arena, &access_option_table, &gateway.access_options, &errors));
	assert_ok(access_new(&gateway.access_options, NULL, NULL, &gateway.access, &err), &err);
	gateway_api_open();
	return 0;
}

static inline int gateway_close(void **state)
{
	char command[128];

	(void)state;
	api_free(gateway.api);
	access_free(gateway.access);
	store_conn_close(gateway.writer);
	store_close(gateway.store);
	arena_free(gateway.schema_arena);
	arena_free(gateway.arena);
	snprintf(command, sizeof(command), "rm -rf %s", gateway.directory);
	return system(command) == 0 ? 0 : 1;
}

static const enum store_base store_base_of[] = { [FHIR_R4] = STORE_R4, [FHIR_R5] = STORE_R5 };

/** Reads `json` and stores it, in its own transaction. */
static inline void given(enum fhir_version version, struct slice json)
{
	struct arena *arena = arena_new(16u << 20);
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *resource;
	struct store_put_result result;
	struct issues issues;
	struct error err = { 0 };

	issues_init(&issues, arena, 4);
	if (!fhir_json_read(arena, gateway.schemas[version], NULL, json, &limits, &issues, &resource))
		fail_msg("%.*s", SLICE_ARG(issues.first->text));
	assert_ok(store_begin(gateway.writer, &err), &err);
	assert_ok(store_put(gateway.writer, arena, store_base_of[version], resource, 0, &result, &err), &err);
	assert_ok(store_commit(gateway.writer, &err), &err);
	arena_free(arena);
}

/** A PlanDefinition with these contents, in R4. */
static inline void given_plan(const char *id, const char *title, const char *status, const char *code)
{
	given(FHIR_R4,
	      arena_printf(
		  gateway.arena,
		  "{\"resourceType\":\"PlanDefinition\",\"id\":\"%s\",\"url\":\"https://example.org/PlanDefinition/%s\","
		  "\"version\":\"1\",\"name\":\"Plan\",\"title\":\"%s\",\"status\":\"%s\",\"topic\":[{\"coding\":[{\"system\":"
		  "\"http://www.ama-assn.org/go/cpt\",\"code\":\"%s\"}]}]}",
		  id, id, title, status, code));
}

static inline void given_deleted(const char *type, const char *id)
{
	struct error err = { 0 };
	bool found;

	assert_ok(store_begin(gateway.writer, &err), &err);
	assert_ok(store_delete(gateway.writer, STORE_R4, slice_of(type), slice_of(id), &found, &err), &err);
	assert_ok(store_commit(gateway.writer, &err), &err);
	assert_true(found);
}

/** What came back; texts live as long as the gateway. */
struct answer {
	unsigned status;
	struct slice body;
	struct net_header headers[NET_REPLY_HEADERS_MAX];
	size_t header_count;
	bool from_head, from_loop;
};

struct asking {
	enum net_method method;
	const char *target; /* path?query */
	struct net_header headers[4];
	const char *body;
	const char *authority;
	size_t arena_bytes;
	const struct net_identity *identity;
	const struct net_listener *listener; /* NULL: the first */
};

static const char *const method_texts[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW" };

/** As net does: a body comes when its head was let in. */
static inline void serve(const struct net_request *request, unsigned worker, struct net_reply *reply, struct answer *answer)
{
	const struct net_handler *handler = &gateway.handler;
	struct net_request head = *request;

	head.body = SLICE_NONE;
	answer->from_head = request->body.ptr && handler->on_head && !handler->on_head(handler->context, &head, reply);
	if (answer->from_head)
		return;
	*reply = (struct net_reply){ .note = reply->note };
	answer->from_loop = handler->on_loop(handler->context, request, reply);
	if (!answer->from_loop)
		handler->on_worker(handler->context, worker, request, reply);
}

static inline struct answer ask(struct asking asking)
{
	static uint64_t last_id;
	struct arena *arena = arena_new(asking.arena_bytes ? asking.arena_bytes : 4u << 20);
	struct slice path = slice_of(asking.target), query = path;
	struct net_reply reply = { 0 };
	struct answer answer = { 0 };

	path = slice_cut(&query, '?');
	struct net_request request = {
		.arena = arena,
		.method = asking.method,
		.method_text = slice_of(method_texts[asking.method]),
		.path = path,
		.query = query,
		.authority = slice_of(asking.authority ? asking.authority : "gateway.test:8443"),
		.is_tls = true,
		.version = NET_HTTP_1_1,
		.listener = asking.listener,
		.identity = asking.identity,
		.headers = asking.headers,
		.body = slice_of(asking.body),
		.peer = SLICE("127.0.0.1:40000"),
		.id = ++last_id,
	};
	while (request.header_count < ARRAY_SIZE(asking.headers) && asking.headers[request.header_count].name.ptr)
		request.header_count++;
	serve(&request, (unsigned)(last_id % 2), &reply, &answer);
	answer.status = reply.status;
	answer.body = arena_copy(gateway.arena, reply.body);
	answer.header_count = reply.header_count;
	for (size_t i = 0; i < reply.header_count; i++)
		answer.headers[i] = (struct net_header){ arena_copy(gateway.arena, reply.headers[i].name),
							 arena_copy(gateway.arena, reply.headers[i].value) };
	if (reply.release)
		reply.release(reply.pinned);
	gateway.handler.on_done(gateway.handler.context, &request, &reply, reply.body.len, 1);
	arena_free(arena);
	return answer;
}

static inline struct answer get(const char *target)
{
	return ask((struct asking){ .target = target });
}

static inline struct answer get_with(const char *target, const char *name, const char *value)
{
	return ask((struct asking){ .target = target, .headers = { { slice_of(name), slice_of(value) } } });
}

/** A request with a body in FHIR's JSON and maybe one more field. */
static inline struct answer send_with(enum net_method method, const char *target, const char *body, const char *name, const char *value)
{
	return ask((struct asking){ .method = method,
				    .target = target,
				    .body = body,
				    .headers = { { SLICE("Content-Type"), SLICE("application/fhir+json") },
						 { slice_of(name), slice_of(value) } } });
}

static inline struct answer send(enum net_method method, const char *target, const char *body)
{
	return send_with(method, target, body, NULL, NULL);
}

static inline struct slice header_of(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->header_count; i++)
		if (slice_equal_nocase(answer->headers[i].name, slice_of(name)))
			return answer->headers[i].value;
	return SLICE_NONE;
}

static inline bool body_has(const struct answer *answer, const char *text)
{
	return slice_find(answer->body, slice_of(text)) != SIZE_MAX;
}

#define assert_body_has(answer, text)                                                                                            \
	do {                                                                                                                     \
		if (!body_has((answer), (text)))                                                                                 \
			fail_msg("'%s' is not in: %.*s", (text), SLICE_ARG((answer)->body));                                     \
	} while (0)

/** An OperationOutcome with that status and issue code, CORS included, readable by the schema. */
static inline void assert_outcome(const struct answer *answer, unsigned status, const char *code)
{
	struct arena *arena = arena_new(4u << 20);
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *outcome;
	struct issues issues;

	issues_init(&issues, arena, 4);
	if (answer->status != status)
		fail_msg("%u instead of %u: %.*s", answer->status, status, SLICE_ARG(answer->body));
	if (!fhir_json_read(arena, gateway.schemas[FHIR_R4], NULL, answer->body, &limits, &issues, &outcome))
		fail_msg("%.*s in %.*s", SLICE_ARG(issues.first->text), SLICE_ARG(answer->body));
	assert_slice(outcome->type->name, "OperationOutcome");
	assert_slice(fhir_node_text(fhir_node_child(outcome, SLICE("issue")), SLICE("code")), code);
	assert_slice(header_of(answer, "Content-Type"), "application/fhir+json; charset=utf-8");
	assert_slice(header_of(answer, "Access-Control-Allow-Origin"), "*");
	arena_free(arena);
}

/** The value of the Bundle's link, absent when it has none. */
static inline struct slice link_of(const struct answer *answer, const char *relation)
{
	struct slice start = arena_printf(gateway.arena, "{\"relation\":\"%s\",\"url\":\"", relation);
	size_t at = slice_find(answer->body, start);

	if (at == SIZE_MAX)
		return SLICE_NONE;
	struct slice rest = slice_from(answer->body, at + start.len);
	return arena_copy(gateway.arena, slice_cut(&rest, '"'));
}

/** The path and query of a link on this gateway. */
static inline const char *target_of(struct slice url)
{
	struct slice server = SLICE("https://gateway.test:8443");

	assert_true(slice_starts(url, server));
	return slice_from(url, server.len).ptr;
}

#endif
