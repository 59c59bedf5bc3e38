/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publisher.h"

static bool publish_version(struct publisher *publisher, struct store_conn *conn, struct arena *arena, enum fhir_version version,
			    struct fhir_node *record, struct issues *issues, struct publish_counts *counts, struct error *err)
{
	struct publish_resources made;

	if (!publish_link(publisher, conn, arena, version, record, err) ||
	    !publish_map(publisher, arena, version, record, NULL, issues, &made, err))
		return false;
	for (size_t i = 0; i < made.count; i++)
		if (!publish_put(conn, arena, version, made.items[i], counts, NULL, err))
			return false;
	return true;
}

bool publish_procedure(struct publisher *publisher, struct store_conn *conn, struct arena *arena, struct fhir_node *record,
		       struct issues *issues, struct publish_counts *counts, struct error *err)
{
	for (int version = 0; version < FHIR_VERSION_COUNT; version++)
		if (!publish_version(publisher, conn, arena, (enum fhir_version)version, record, issues, counts, err))
			return false;
	return publish_put_source(conn, arena, record, err);
}
