/* SPDX-License-Identifier: Apache-2.0 */
/* Resources with random values of every kind, several or none, in the store and in memory. The values are numbers, written so
 * that their order is that of what is indexed. */
#ifndef STORE_ORDERED_H
#define STORE_ORDERED_H

#include "searching.h"

#include <stdlib.h>

#define AT_FIRST 1100
#define ITEMS_MAX 4000
#define FIELDS_MAX 10
#define ALWAYS 1000000

struct value {
	bool has;
	int64_t low, high;
};

/** A resource, as the test knows it. Its place in the array is its place in the order of creation. */
struct item {
	int id;
	bool is_deleted, is_narrow;
	int64_t updated_ms;
	struct value values[FIELDS_MAX];
};

struct kind_of_resource {
	const char *type;
	const char *fields[FIELDS_MAX];
	void (*write)(struct buf *json, struct item *item);
};

static uint64_t random_state;

static inline int any(int count)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (int)(random_state % (uint64_t)count);
}

static inline void note(struct value *value, int64_t low, int64_t high)
{
	value->low = value->has && value->low < low ? value->low : low;
	value->high = value->has && value->high > high ? value->high : high;
	value->has = true;
}

/* ---- values, as JSON ---- */

/** Before each element of an array, and after them: there is no array without any. */
static inline void begin_element(struct buf *json, const char *name, int i)
{
	if (i == 0)
		buf_printf(json, ",\"%s\":[", name);
	if (i > 0)
		buf_append_char(json, ',');
}

static inline void end_array(struct buf *json, int count)
{
	if (count > 0)
		buf_append_char(json, ']');
}

/** A year or a month. */
static inline void write_date(struct buf *json, const char *name, struct value *value)
{
	int month = any(240);
	bool is_year = any(3) == 0;
	int low = is_year ? month / 12 * 12 : month;

	buf_printf(json, is_year ? ",\"%s\":\"%d\"" : ",\"%s\":\"%d-%02d\"", name, 2000 + month / 12, month % 12 + 1);
	note(value, low, is_year ? low + 12 : low + 1);
}

static inline void write_period(struct buf *json, const char *name, struct value *value)
{
	int from = any(200), to = from + 1 + any(40), open = any(4);

	buf_printf(json, "\"%s\":{", name);
	if (open != 1)
		buf_printf(json, "\"start\":\"%d-%02d\"%s", 2000 + from / 12, from % 12 + 1, open != 2 ? "," : "");
	if (open != 2)
		buf_printf(json, "\"end\":\"%d-%02d\"", 2000 + to / 12, to % 12 + 1);
	buf_append_char(json, '}');
	note(value, open == 1 ? -ALWAYS : from, open == 2 ? ALWAYS : to + 1);
}

static inline void write_quantity(struct buf *json, struct value *value)
{
	int low = any(40) - 20, high = low + any(9);

	if (any(2)) {
		/* A unit beside its code is a row of its own with the same number. */
		buf_printf(json, "\"valueQuantity\":{\"value\":%d%s,\"code\":\"a\",\"system\":\"http://u\"}", low,
			   any(2) ? ",\"unit\":\"years\"" : "");
		note(value, low, low);
		return;
	}
	buf_printf(json, "\"valueRange\":{\"low\":{\"value\":%d,\"code\":\"a\"},\"high\":{\"value\":%d,\"code\":\"a\"}}", low,
		   high);
	note(value, low, high);
}

/** Some begin with the same two hundred letters. */
static inline void write_string(struct buf *json, const char *name, struct value *value)
{
	int rank = any(60);

	buf_printf(json, ",\"%s\":\"", name);
	for (int i = 0; rank >= 40 && i < 100; i++)
		buf_append(json, SLICE("zz"));
	buf_printf(json, "w%02d\"", rank);
	note(value, rank, rank);
}

static inline void write_concepts(struct buf *json, const char *name, struct value *value)
{
	int count = any(4);

	for (int i = 0; i < count; i++) {
		int rank = any(30), systems = any(3);
		begin_element(json, name, i);
		buf_printf(json, "{\"coding\":[{\"code\":\"c%02d\"}", rank);
		for (int k = 0; k < systems; k++)
			buf_printf(json, ",{\"system\":\"http://s%d\",\"code\":\"C%02d\"}", any(3), rank);
		buf_append(json, SLICE("]}"));
		note(value, rank, rank);
	}
	end_array(json, count);
}

/* ---- resources ---- */

enum { TITLE, TOPIC, DATE, EFFECTIVE, QUANTITY, URL, DEPENDS, STATUS };

static inline void write_plan(struct buf *json, struct item *item)
{
	struct value *values = item->values;
	int status = any(3), url = any(ITEMS_MAX);
	static const char *const statuses[] = { "active", "draft", "retired" };

	buf_printf(json, ",\"status\":\"%s\"", statuses[status]);
	note(&values[STATUS], status, status);
	if (any(5))
		write_string(json, "title", &values[TITLE]);
	write_concepts(json, "topic", &values[TOPIC]);
	if (any(4))
		write_date(json, "date", &values[DATE]);
	if (any(3)) {
		buf_append_char(json, ',');
		write_period(json, "effectivePeriod", &values[EFFECTIVE]);
	}
	if (any(8)) {
		buf_printf(json, ",\"url\":\"http://x/%04d\"", url);
		note(&values[URL], url, url);
	}
	int contexts = any(3), libraries = any(3);
	for (int i = 0; i < contexts; i++) {
		begin_element(json, "useContext", i);
		buf_append(json, SLICE("{\"code\":{\"code\":\"age\"},"));
		write_quantity(json, &values[QUANTITY]);
		buf_append_char(json, '}');
	}
	end_array(json, contexts);
	for (int i = 0; i < libraries; i++) {
		int rank = any(30);
		begin_element(json, "library", i);
		buf_printf(json, "\"http://%c/Library/l%02d%s\"", 'a' + any(3), rank, any(2) ? "|2" : "");
		note(&values[DEPENDS], rank, rank);
	}
	end_array(json, libraries);
}

enum { ACTIVITY_DATE, PERIOD, CATEGORY };

static inline void write_care(struct buf *json, struct item *item)
{
	int activities = any(4);

	for (int i = 0; i < activities; i++) {
		begin_element(json, "activity", i);
		buf_append(json, SLICE("{\"detail\":{"));
		write_period(json, "scheduledPeriod", &item->values[ACTIVITY_DATE]);
		buf_append(json, SLICE("}}"));
	}
	end_array(json, activities);
	if (any(2)) {
		buf_append_char(json, ',');
		write_period(json, "period", &item->values[PERIOD]);
	}
	write_concepts(json, "category", &item->values[CATEGORY]);
}

enum { VARIANT_START, WINDOW_START };

static inline void write_sequence(struct buf *json, struct item *item)
{
	int variants = any(4);

	for (int i = 0; i < variants; i++) {
		int rank = any(300) - 100;
		begin_element(json, "variant", i);
		buf_printf(json, "{\"start\":%d}", rank);
		note(&item->values[VARIANT_START], rank, rank);
	}
	end_array(json, variants);
	if (any(3)) {
		int rank = any(20) - 10;
		buf_printf(json, ",\"referenceSeq\":{\"windowStart\":%d}", rank);
		note(&item->values[WINDOW_START], rank, rank);
	}
}

static const struct kind_of_resource kinds[] = {
	{ "PlanDefinition",
	  { "title", "topic", "date", "effective", "context-quantity", "url", "depends-on", "status" },
	  write_plan },
	{ "CarePlan", { "activity-date", "date", "category" }, write_care },
	{ "MolecularSequence", { "variant-start", "window-start" }, write_sequence },
};

static struct item items[ARRAY_SIZE(kinds)][ITEMS_MAX];
static int item_counts[ARRAY_SIZE(kinds)];

static inline void put_item(size_t kind, struct item *item)
{
	struct buf json;

	buf_init(&json, 1 << 16);
	*item = (struct item){ .id = item->id, .is_narrow = any(20) == 0 };
	buf_printf(&json, "{\"resourceType\":\"%s\",\"id\":\"i%05d\",\"meta\":{\"tag\":[{\"code\":\"%s\"},{\"code\":\"of-%s\"}]}",
		   kinds[kind].type, item->id, item->is_narrow ? "narrow" : "wide", kinds[kind].type);
	kinds[kind].write(&json, item);
	buf_append_char(&json, '}');
	buf_append_char(&json, '\0');
	item->updated_ms = rig_put(json.ptr, 0).last_updated_ms;
	buf_free(&json);
}

static inline void put_new(size_t kind)
{
	struct item *item = &items[kind][item_counts[kind]++];

	assert_true(item_counts[kind] < ITEMS_MAX);
	item->id = (int)(item_counts[kind] * 7919L % 99991);
	put_item(kind, item);
}

static inline void delete_item(size_t kind, struct item *item)
{
	char id[16];
	bool found;

	snprintf(id, sizeof(id), "i%05d", item->id);
	assert_ok(store_delete(rig.conn, STORE_R4, slice_of(kinds[kind].type), slice_of(id), &found, &rig.err), &rig.err);
	item->is_deleted = true;
}

/** Changes, deletes and makes a few. */
static inline void disturb(size_t kind)
{
	rig_begin();
	for (int i = 0; i < 3; i++) {
		put_item(kind, &items[kind][any(item_counts[kind])]);
		delete_item(kind, &items[kind][any(item_counts[kind])]);
		put_item(kind, &items[kind][any(item_counts[kind])]);
	}
	put_new(kind);
	rig_commit();
}

#endif
