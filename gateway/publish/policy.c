/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publisher.h"

#include <stdlib.h>

#define PROCEDURE_ARENA_BYTES (64u << 20)

/** A policy on its way into the store. */
struct policy {
	struct publisher *publisher;
	struct store_conn *conn;
	struct arena *arena;
	struct fhir_node *former; /**< the stored record of that id, or NULL */
	struct fhir_node *now;
	struct issues *issues;
	struct publish_counts *counts;
	bool library_changed;
};

static bool put_made(struct policy *policy, enum fhir_version version, const struct publish_resources *made, struct error *err)
{
	for (size_t i = 0; i < made->count; i++) {
		bool is_library = slice_equal(made->items[i]->type->name, SLICE("Library"));

		if (!publish_put(policy->conn, policy->arena, version, made->items[i], policy->counts,
				 is_library ? &policy->library_changed : NULL, err))
			return false;
	}
	return true;
}

/** Whether a resource belongs to this policy alone: its id is the record's or goes on from it. */
static bool is_own(const struct policy *policy, struct slice id)
{
	struct slice own = fhir_node_text(policy->now, SLICE("id"));

	return slice_starts(id, own) && (id.len == own.len || id.ptr[own.len] == '-');
}

static bool is_among(const struct publish_resources *made, const struct fhir_node *resource)
{
	struct slice id = fhir_node_text(resource, SLICE("id"));

	for (size_t i = 0; i < made->count; i++)
		if (made->items[i]->type == resource->type && slice_equal(fhir_node_text(made->items[i], SLICE("id")), id))
			return true;
	return false;
}

/** Deletes what the former version had and this one has no more. */
static bool delete_dropped(struct policy *policy, enum fhir_version version, const struct publish_resources *made,
			   struct error *err)
{
	struct publish_resources former;

	if (!policy->former)
		return true;
	if (!publish_map(policy->publisher, policy->arena, version, policy->former, NULL, policy->issues, &former, err))
		return false;
	for (size_t i = 0; i < former.count; i++) {
		const struct fhir_node *resource = former.items[i];
		struct slice id = fhir_node_text(resource, SLICE("id"));
		bool found;

		if (!is_own(policy, id) || is_among(made, resource))
			continue;
		if (!store_delete(policy->conn, publish_base(version), resource->type->name, id, &found, err))
			return false;
		policy->counts->updated += found;
	}
	return true;
}

/** As for procedures, everything is mapped before anything is put. */
static bool map_versions(struct policy *policy, struct publish_resources made[FHIR_VERSION_COUNT], struct error *refusal)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!publish_map(policy->publisher, policy->arena, (enum fhir_version)version, policy->now, NULL, policy->issues,
				 &made[version], refusal))
			return false;
	return true;
}

static bool put_versions(struct policy *policy, const struct publish_resources made[FHIR_VERSION_COUNT], struct error *err)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!put_made(policy, (enum fhir_version)version, &made[version], err) ||
		    !delete_dropped(policy, (enum fhir_version)version, &made[version], err))
			return false;
	return true;
}

/* ---- the procedures that it covers or covered ---- */

/** Codes with their systems; sorted, each once. */
struct codes {
	struct store_value *items;
	size_t count;
};

static size_t collect_codes(const struct fhir_node *record, struct store_value *out)
{
	size_t count = 0;
	const struct fhir_node *group = record ? fhir_node_child(record, SLICE("group")) : NULL;

	for (; group; group = fhir_node_again(group)) {
		const struct fhir_node *set = fhir_node_child(group, SLICE("set"));

		for (; set; set = fhir_node_again(set)) {
			const struct fhir_node *code = fhir_node_child(set, SLICE("code"));

			for (; code; code = fhir_node_again(code), count++)
				if (out)
					out[count] = (struct store_value){ .text = fhir_node_text(code, SLICE("code")),
									   .system = fhir_node_text(set, SLICE("system")) };
		}
	}
	return count;
}

static int compare_codes(const void *a, const void *b)
{
	const struct store_value *left = a, *right = b;
	int order = slice_compare(left->system, right->system);

	return order ? order : slice_compare(left->text, right->text);
}

static bool affected_codes(const struct policy *policy, struct codes *out)
{
	size_t count = collect_codes(policy->former, NULL) + collect_codes(policy->now, NULL);
	struct store_value *items = arena_new_array(policy->arena, struct store_value, count + 1);

	if (!items)
		return false;
	size_t former = collect_codes(policy->former, items), kept = 0;

	collect_codes(policy->now, items + former);
	qsort(items, count, sizeof(*items), compare_codes);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_codes(&items[kept - 1], &items[i]) != 0)
			items[kept++] = items[i];
	*out = (struct codes){ items, kept };
	return true;
}

/** The ids of procedures found, each kept once. */
struct found {
	struct arena *arena;
	struct id {
		struct slice id;
		struct id *next;
	} * first, **end;
};

static bool note_procedure(void *context, const struct store_resource *resource, struct error *err)
{
	struct found *found = context;

	for (const struct id *known = found->first; known; known = known->next)
		if (slice_equal(known->id, resource->id))
			return true;
	struct id *id = arena_new_of(found->arena, struct id);

	if (!id)
		return error_memory(err);
	id->id = resource->id;
	*found->end = id;
	found->end = &id->next;
	return true;
}

static bool publish_again(const struct policy *policy, struct arena *arena, struct slice id, struct error *err)
{
	struct fhir_node *record;
	struct issues issues;

	arena_reset(arena);
	/* What the maps had to say was told when the record was loaded. */
	issues_init(&issues, arena, 0);
	if (!publish_get_source(policy->publisher, policy->conn, arena, SLICE("ProcedureRecord"), id, &record, err))
		return false;
	return !record || publish_procedure(policy->publisher, policy->conn, arena, record, &issues, policy->counts, err);
}

static bool relink_procedures(struct policy *policy, struct error *err)
{
	struct found found = { .arena = policy->arena };
	struct codes codes;

	found.end = &found.first;
	if (!affected_codes(policy, &codes))
		return error_memory(err);
	if (!publish_each_with_code(policy->publisher, policy->conn, policy->arena, FHIR_R4, SLICE("ProcedureDefinition"),
				    codes.items, codes.count, note_procedure, &found, err))
		return false;
	struct arena *arena = arena_new(PROCEDURE_ARENA_BYTES);

	if (!arena)
		return error_memory(err);
	bool done = true;

	for (const struct id *id = found.first; id && done; id = id->next)
		done = publish_again(policy, arena, id->id, err);
	arena_free(arena);
	return done;
}

bool publish_policy(struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct fhir_node *record,
		    struct issues *issues, struct publish_counts *counts, struct error *err)
{
	struct policy policy = {
		.publisher = publisher, .conn = conn, .arena = arena, .now = record, .issues = issues, .counts = counts
	};
	struct slice id = fhir_node_text(record, SLICE("id"));

	if (!publish_get_source(publisher, conn, arena, record->type->name, id, &policy.former, err))
		return false;
	if (policy.former &&
	    slice_equal(fhir_node_text(policy.former, SLICE("digest")), fhir_node_text(record, SLICE("digest")))) {
		policy.now = policy.former;
		policy.former = NULL;
	}
	struct publish_resources made[FHIR_VERSION_COUNT];
	struct error refusal = { 0 };

	if (!map_versions(&policy, made, &refusal))
		return publish_refuse(record, &refusal, issues, counts);
	/* The source goes before the links: they are read from it. */
	return put_versions(&policy, made, err) && publish_put_source(conn, arena, policy.now, err) &&
	       (!policy.library_changed || relink_procedures(&policy, err));
}
