/* SPDX-License-Identifier: Apache-2.0 */
#include "api/bundle.h"

#include "api/uuid.h"
#include "cannula/fhir.h"

/* Of what stands before the first entry, mostly. */
#define HEAD_BYTES 2048u

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
	if (!buf_reserve(buf, HEAD_BYTES + head->bytes))
		return;
	buf_printf(buf, "{\"resourceType\":\"Bundle\",\"type\":\"%s\"", head->type ? head->type : "searchset");
	if (head->has_total)
		buf_printf(buf, ",\"total\":%llu", (unsigned long long)head->total);
	link_write(buf, "self", head->self, &any);
	link_write(buf, "first", head->first, &any);
	link_write(buf, "previous", head->previous, &any);
	link_write(buf, "next", head->next, &any);
	link_write(buf, "last", head->last, &any);
	if (any)
		buf_append_char(buf, ']');
}

/** The array opens with its first entry: FHIR has no empty arrays. */
static void entry_begin(struct bundle *bundle)
{
	buf_append(&bundle->buf, bundle->entries++ ? SLICE(",{\"fullUrl\":\"") : SLICE(",\"entry\":[{\"fullUrl\":\""));
}

/** Opens an entry with its fullUrl. */
static void resource_begin(struct bundle *bundle, struct slice base_url, const struct store_resource *resource)
{
	entry_begin(bundle);
	buf_append(&bundle->buf, base_url);
	buf_append_char(&bundle->buf, '/');
	buf_append(&bundle->buf, resource->type);
	buf_append_char(&bundle->buf, '/');
	buf_append(&bundle->buf, resource->id);
	buf_append_char(&bundle->buf, '"');
}

static void entry_write(struct bundle *bundle, struct slice base_url, const struct store_resource *resource, const char *mode)
{
	resource_begin(bundle, base_url, resource);
	buf_append(&bundle->buf, SLICE(",\"resource\":"));
	buf_append(&bundle->buf, resource->bytes);
	buf_printf(&bundle->buf, ",\"search\":{\"mode\":\"%s\"}}", mode);
}

void bundle_match(struct bundle *bundle, struct slice base_url, const struct store_resource *resource)
{
	entry_write(bundle, base_url, resource, "match");
}

void bundle_include(struct bundle *bundle, struct slice base_url, const struct store_resource *resource)
{
	entry_write(bundle, base_url, resource, "include");
}

void bundle_version(struct bundle *bundle, struct slice base_url, const struct store_resource *version)
{
	static const char *const methods[] = {
		[STORE_BY_UPDATE] = "PUT", [STORE_BY_CREATE] = "POST", [STORE_BY_PATCH] = "PATCH", [STORE_BY_DELETE] = "DELETE"
	};
	const char *status = version->is_deleted ? "204" : version->is_created ? "201" : "200";
	char instant[TIME_INSTANT_SIZE];

	resource_begin(bundle, base_url, version);
	if (!version->is_deleted) {
		buf_append(&bundle->buf, SLICE(",\"resource\":"));
		buf_append(&bundle->buf, version->bytes);
	}
	time_format_instant(version->last_updated_ms, instant);
	buf_printf(&bundle->buf, ",\"request\":{\"method\":\"%s\",\"url\":\"%.*s", methods[version->method],
		   SLICE_ARG(version->type));
	if (version->method != STORE_BY_CREATE)
		buf_printf(&bundle->buf, "/%.*s", SLICE_ARG(version->id));
	buf_printf(&bundle->buf, "\"},\"response\":{\"status\":\"%s\",\"etag\":\"W/\\\"%llu\\\"\",\"lastModified\":\"%s\"}}",
		   status, (unsigned long long)version->version, instant);
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
