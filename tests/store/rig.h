/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests start from: a fresh directory, the schemas loaded once, resources written as JSON. */
#ifndef STORE_RIG_H
#define STORE_RIG_H

#include "../testing.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cannula/store.h"

struct rig {
	struct arena *schema_arena, *arena;
	const struct fhir_schema *schemas[FHIR_VERSION_COUNT];
	char path[64];
	struct store_options options;
	struct store *store;
	struct store_conn *conn;
	struct error err;
};

static struct rig rig;

static inline void rig_remove_files(void)
{
	char name[512];
	DIR *directory = opendir(rig.path);

	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		snprintf(name, sizeof(name), "%s/%s", rig.path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(name);
	}
	if (directory)
		closedir(directory);
}

static inline int rig_setup_group(void **state)
{
	(void)state;
	rig.schema_arena = arena_new(256 << 20);
	rig.arena = arena_new(256 << 20);
	for (enum fhir_version version = FHIR_R4; version < FHIR_VERSION_COUNT; version++) {
		struct fhir_schema *schema;
		assert_ok(fhir_schema_load(rig.schema_arena, version, &schema, &rig.err), &rig.err);
		rig.schemas[version] = schema;
	}
	return 0;
}

static inline int rig_teardown_group(void **state)
{
	(void)state;
	arena_free(rig.arena);
	arena_free(rig.schema_arena);
	return 0;
}

static inline void rig_open(void)
{
	rig.err = (struct error){ 0 };
	assert_ok(store_open(&rig.options, rig.schemas, &rig.store, &rig.err), &rig.err);
	assert_ok(store_conn_open(rig.store, &rig.conn, &rig.err), &rig.err);
}

static inline void rig_close(void)
{
	store_conn_close(rig.conn);
	store_close(rig.store);
	rig.conn = NULL;
	rig.store = NULL;
}

/** An empty directory, nothing open. */
static inline int rig_setup_directory(void **state)
{
	(void)state;
	arena_reset(rig.arena);
	rig.err = (struct error){ 0 };
	snprintf(rig.path, sizeof(rig.path), "/tmp/cannula-store-XXXXXX");
	assert_non_null(mkdtemp(rig.path));
	rig.options = (struct store_options){
		.path = slice_of(rig.path), .busy_timeout_ms = 200, .cache_bytes = 4 << 20, .snapshot_ms = 3600000, .full_text = true
	};
	return 0;
}

/** An empty store, open. */
static inline int rig_setup(void **state)
{
	rig_setup_directory(state);
	rig_open();
	return 0;
}

static inline int rig_teardown(void **state)
{
	(void)state;
	rig_close();
	rig_remove_files();
	rmdir(rig.path);
	return 0;
}

static inline struct fhir_node *rig_read(enum fhir_version version, struct slice json)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct issues issues;
	struct fhir_node *tree;

	issues_init(&issues, rig.arena, 10);
	if (!fhir_json_read(rig.arena, rig.schemas[version], NULL, json, &limits, &issues, &tree))
		fail_msg("%.*s: %.*s", SLICE_ARG(json), SLICE_ARG(issues.first->text));
	return tree;
}

static inline struct store_put_result rig_put_node(struct fhir_node *resource, unsigned flags)
{
	struct store_put_result result;

	assert_ok(store_put(rig.conn, rig.arena, STORE_R4, resource, flags, &result, &rig.err), &rig.err);
	return result;
}

/** Puts R4 JSON within the transaction that is open. */
static inline struct store_put_result rig_put(const char *json, unsigned flags)
{
	return rig_put_node(rig_read(FHIR_R4, arena_copy(rig.arena, slice_of(json))), flags);
}

static inline void rig_begin(void)
{
	assert_ok(store_begin(rig.conn, &rig.err), &rig.err);
}

static inline void rig_commit(void)
{
	assert_ok(store_commit(rig.conn, &rig.err), &rig.err);
}

static inline struct store_put_result rig_put_alone(const char *json, unsigned flags)
{
	rig_begin();
	struct store_put_result result = rig_put(json, flags);
	rig_commit();
	return result;
}

static inline bool rig_get(const char *type, const char *id, uint64_t version, struct store_resource *out)
{
	bool found;

	assert_ok(store_get(rig.conn, rig.arena, STORE_R4, slice_of(type), slice_of(id), version, out, &found, &rig.err),
		  &rig.err);
	return found;
}

static inline uint64_t rig_count(void)
{
	uint64_t count;

	assert_ok(store_count(rig.conn, STORE_R4, &count, &rig.err), &rig.err);
	return count;
}

static inline uint64_t rig_sequence(void)
{
	uint64_t sequence;

	assert_ok(store_sequence(rig.conn, &sequence, &rig.err), &rig.err);
	return sequence;
}

/** Expects a refusal with that code and a hint, and clears it. */
static inline void rig_expect(enum error_code code)
{
	assert_string_equal(error_code_name(rig.err.code), error_code_name(code));
	assert_true(rig.err.message[0] && rig.err.hint[0]);
	rig.err = (struct error){ 0 };
}

/** Leaves the child with another status unless the condition holds: cmocka's own ways out belong to the parent. */
#define CHILD_CHECK(condition)                                                                                                   \
	do {                                                                                                                     \
		if (!(condition)) {                                                                                              \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, rig.err.message);                     \
			_exit(1);                                                                                                \
		}                                                                                                                \
	} while (0)

#endif
