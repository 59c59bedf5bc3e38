/* SPDX-License-Identifier: Apache-2.0 */
/* Into the store and out of it: resources as made, records as source. */
#include "publish/publisher.h"

#define SOURCE_ISSUES_MAX 4

enum store_base publish_base(enum fhir_version version)
{
	return version == FHIR_R4 ? STORE_R4 : STORE_R5;
}

/** A definition is counted by its business version: a canonical resource with url, version and date. */
static bool is_definition(const struct fhir_type *type)
{
	return fhir_element_find(type, SLICE("url"), NULL) && fhir_element_find(type, SLICE("version"), NULL) &&
	       fhir_element_find(type, SLICE("date"), NULL);
}

bool publish_put(struct store_conn *conn, struct arena *arena, enum fhir_version version, struct fhir_node *resource,
		 struct publish_counts *counts, bool *changed, struct error *err)
{
	struct store_put_result result;

	if (!store_put(conn, arena, publish_base(version), resource, is_definition(resource->type) ? STORE_PUT_DEFINITION : 0,
		       &result, err))
		return false;
	counts->created += result.outcome == STORE_CREATED;
	counts->updated += result.outcome == STORE_UPDATED;
	counts->unchanged += result.outcome == STORE_UNCHANGED;
	if (changed && result.outcome != STORE_UNCHANGED)
		*changed = true;
	return true;
}

bool publish_put_source(struct store_conn *conn, struct arena *arena, struct fhir_node *record, struct error *err)
{
	struct store_put_result result;

	publish_gateway_remove(record);
	return store_put(conn, arena, STORE_SOURCE, record, 0, &result, err);
}

bool publish_get_source(const struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct slice model,
			struct slice id, struct fhir_node **out, struct error *err)
{
	const struct fhir_schema *schema = publisher->schemas[FHIR_MODEL];
	const struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct store_resource stored;
	struct issues issues;
	bool found;

	*out = NULL;
	if (!store_get(conn, arena, STORE_SOURCE, model, id, 0, &stored, &found, err))
		return false;
	if (!found || stored.is_deleted)
		return true;
	issues_init(&issues, arena, SOURCE_ISSUES_MAX);
	if (fhir_json_read(arena, schema, fhir_type_find(schema, model), stored.bytes, &limits, &issues, out))
		return true;
	*out = NULL;
	return error_set(err, ERROR_CORRUPT, "", "the stored source %.*s/%.*s cannot be read: %.*s", SLICE_ARG(model),
			 SLICE_ARG(id), SLICE_ARG(issues.first ? issues.first->text : SLICE_NONE));
}
