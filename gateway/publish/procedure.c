/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publisher.h"

bool publish_refuse(const struct fhir_node *record, const struct error *refusal, struct issues *issues,
		    struct publish_counts *counts)
{
	counts->refused++;
	issue_add(issues, ISSUE_FATAL, "processing", record->type->name, record->line, record->column, "%s%s%s", refusal->place,
		  refusal->place[0] ? ": " : "", refusal->message);
	return true;
}

static bool put_all(struct store_conn *conn, struct arena *arena, enum fhir_version version, const struct publish_resources *made,
		    struct publish_counts *counts, struct error *err)
{
	for (size_t i = 0; i < made->count; i++)
		if (!publish_put(conn, arena, version, made->items[i], counts, NULL, err))
			return false;
	return true;
}

/** Both versions are mapped before either is put: a record that a map cannot take leaves nothing behind. */
bool publish_procedure(struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct fhir_node *record,
		       struct issues *issues, struct publish_counts *counts, struct error *err)
{
	struct publish_resources made[FHIR_VERSION_COUNT];

	for (int version = 0; version < FHIR_VERSION_COUNT; version++) {
		struct error refusal = { 0 };
		if (!publish_link(publisher, conn, arena, (enum fhir_version)version, record, err))
			return false;
		if (!publish_map(publisher, arena, (enum fhir_version)version, record, NULL, issues, &made[version], &refusal))
			return publish_refuse(record, &refusal, issues, counts);
	}
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!put_all(conn, arena, (enum fhir_version)version, &made[version], counts, err))
			return false;
	if (fhir_node_text(record, SLICE("id")).ptr)
		return publish_put_source(conn, arena, record, err);
	issue_add(issues, ISSUE_INFORMATION, "informational", record->type->name, record->line, 0,
		  "the record has no id and is not kept beside what was made of it");
	return true;
}
