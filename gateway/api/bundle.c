/* SPDX-License-Identifier: Apache-2.0 */
#include "api/bundle.h"

#include "api/uuid.h"
#include "cannula/fhir.h"

static void link_write(struct buf *buf, const char *relation, struct slice url, bool *any)
{
	if (!url.ptr)
		return;
	buf_printf(buf, "%s{\"relation\":\"%s\",\"url\":", *any ? "," : ",\"link\":[", relation);
	fhir_json_write_string(buf, url);
	buf_append_char(buf, '}');
	*any = true;
}

void bundle_begin(struct bundle *bundle, size_t max_bytes, const struct bundle_head *head)
{
	struct buf *buf = &bundle->buf;
	bool any = false;

	buf_init(buf, max_bytes);
	bundle->entries = 0;
	buf_append(buf, SLICE("{\"resourceType\":\"Bundle\",\"type\":\"searchset\""));
	if (head->has_total)
		buf_printf(buf, ",\"total\":%llu", (unsigned long long)head->total);
	link_write(buf, "self", head->self, &any);
	link_write(buf, "first", head->first, &any);
	link_write(buf, "next", head->next, &any);
	if (any)
		buf_append_char(buf, ']');
}

/** The array opens with its first entry: FHIR has no empty arrays. */
static void entry_begin(struct bundle *bundle)
{
	buf_append(&bundle->buf, bundle->entries++ ? SLICE(",{\"fullUrl\":\"") : SLICE(",\"entry\":[{\"fullUrl\":\""));
}

void bundle_match(struct bundle *bundle, struct slice base_url, const struct store_resource *resource)
{
	entry_begin(bundle);
	buf_append(&bundle->buf, base_url);
	buf_append_char(&bundle->buf, '/');
	buf_append(&bundle->buf, resource->type);
	buf_append_char(&bundle->buf, '/');
	buf_append(&bundle->buf, resource->id);
	buf_append(&bundle->buf, SLICE("\",\"resource\":"));
	buf_append(&bundle->buf, resource->bytes);
	buf_append(&bundle->buf, SLICE(",\"search\":{\"mode\":\"match\"}}"));
}

void bundle_outcome(struct bundle *bundle, const struct outcome_issue *issues, size_t count)
{
	char uuid[UUID_SIZE];

	/* A random address: the outcome is nowhere else. */
	uuid_make(uuid);
	entry_begin(bundle);
	buf_append(&bundle->buf, SLICE("urn:uuid:"));
	buf_append(&bundle->buf, slice_of(uuid));
	buf_append(&bundle->buf, SLICE("\",\"resource\":"));
	outcome_write(&bundle->buf, issues, count);
	buf_append(&bundle->buf, SLICE(",\"search\":{\"mode\":\"outcome\"}}"));
}

void bundle_end(struct bundle *bundle)
{
	buf_append(&bundle->buf, bundle->entries ? SLICE("]}") : SLICE("}"));
}
