/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of searches share: a few resources, filters written as a client would, and what they find. */
#ifndef STORE_SEARCHING_H
#define STORE_SEARCHING_H

#include "rig.h"

/* Three plans that differ in what each kind of parameter looks at. */
static const char *const plans[] = {
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"knee\",\"url\":\"http://example.org/fhir/PlanDefinition/"
	"knee\",\"version\":\"1.0\","
	"\"identifier\":[{\"system\":\"http://example.org/ids\",\"value\":\"K-1\"}],\"name\":\"KneeReplacement\","
	"\"title\":\"Knee Replacement (total)\",\"status\":\"active\",\"date\":\"2024-02-29\","
	"\"useContext\":[{\"code\":{\"system\":\"http://example.org/"
	"u\",\"code\":\"age\"},\"valueQuantity\":{\"value\":65.0,\"unit\":"
	"\"years\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"a\"}}],"
	"\"topic\":[{\"coding\":[{\"system\":\"http://www.ama-assn.org/go/cpt\",\"code\":\"27447\"}]}],"
	"\"effectivePeriod\":{\"start\":\"2024-01-01\",\"end\":\"2024-12-31\"},"
	"\"library\":[\"http://payer.example/Library/p1|3\"]}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"hip\",\"url\":\"http://example.org/fhir/PlanDefinition/"
	"hip\",\"version\":\"1.0\","
	"\"name\":\"HipReplacement\",\"title\":\"H\xc3\xbc"
	"ft replacement\",\"status\":\"draft\",\"date\":\"2025-06-01T10:00:00Z\","
	"\"useContext\":[{\"code\":{\"system\":\"http://example.org/"
	"u\",\"code\":\"age\"},\"valueRange\":{\"low\":{\"value\":18,\"code\":"
	"\"a\",\"system\":\"http://unitsofmeasure.org\"},\"high\":{\"value\":70,\"code\":\"a\",\"system\":\"http://"
	"unitsofmeasure.org\"}}}],"
	"\"topic\":[{\"coding\":[{\"system\":\"urn:oid:2.16.840.1.113883.6.12\",\"code\":\"27130\"},{\"code\":\"M16.0\"}]}],"
	"\"effectivePeriod\":{\"start\":\"2025-01-01\"},\"library\":[\"http://payer.example/Library/p2\"]}",
	"{\"resourceType\":\"PlanDefinition\",\"id\":\"bare\",\"url\":\"http://example.org/other\",\"status\":\"active\"}",
};

static inline int setup(void **state)
{
	rig_setup(state);
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++)
		rig_put(plans[i], 0);
	rig_commit();
	return 0;
}

static inline const struct fhir_search_param *find_param(const char *type, const char *code)
{
	size_t count;
	const struct fhir_search_param *params =
	    fhir_search_params(rig.schemas[FHIR_R4], fhir_type_find(rig.schemas[FHIR_R4], slice_of(type)), &count);

	for (size_t i = 0; i < count; i++)
		if (slice_equal(params[i].code, slice_of(code)))
			return &params[i];
	fail_msg("%s has no search parameter %s", type, code);
	return NULL;
}

static inline struct store_value make_value(struct slice text, bool is_token)
{
	size_t bar = is_token ? slice_find(text, SLICE("|")) : SIZE_MAX;

	if (bar == SIZE_MAX)
		return (struct store_value){ .text = text };
	return (struct store_value){ .text = bar + 1 < text.len ? slice_from(text, bar + 1) : SLICE_NONE,
				     .system = { text.ptr, bar } };
}

/** "one$two" for a composite whose first part is a token. */
static inline struct store_value make_parts(struct slice text)
{
	struct store_value *parts = arena_new_array(rig.arena, struct store_value, 2);

	parts[0] = make_value(slice_cut(&text, '$'), true);
	parts[1] = make_value(text, false);
	return (struct store_value){ .parts = parts };
}

/** "code:modifier=value,value" as a filter; a token's system stands before a bar. */
static inline struct store_filter make_filter(const char *type, const char *text)
{
	struct slice values = slice_of(text);
	struct slice name = slice_cut(&values, '=');
	struct slice modifier = name;
	struct slice code = slice_cut(&modifier, ':');
	struct store_value *list = arena_new_array(rig.arena, struct store_value, 8);
	struct store_filter filter = { .param = find_param(type, arena_cstr(rig.arena, code)),
				       .modifier = modifier,
				       .values = list };

	while (values.ptr) {
		struct slice value = slice_cut(&values, ',');
		bool is_token = filter.param->type == FHIR_SEARCH_TOKEN || slice_equal(modifier, SLICE("identifier"));
		bool is_composite = slice_find(value, SLICE("$")) != SIZE_MAX;
		list[filter.value_count++] = is_composite ? make_parts(value) : make_value(value, is_token);
	}
	return filter;
}

/** Runs filters separated by '&'. */
static inline bool run(const char *type, const char *text, struct store_query query, struct store_page *page)
{
	struct store_filter filters[8];
	struct slice rest = slice_of(text);

	query.type = slice_of(type);
	query.filters = filters;
	while (rest.len > 0)
		filters[query.filter_count++] = make_filter(type, arena_cstr(rig.arena, slice_cut(&rest, '&')));
	return store_search(rig.conn, rig.arena, &query, page, &rig.err);
}

/** The ids that a search finds, separated by spaces. */
static inline const char *ids_of(const char *type, const char *text)
{
	struct store_query query = { .max_count = 20, .want_total = true };
	struct store_page page;
	struct buf ids;

	if (!run(type, text, query, &page))
		fail_msg("%s: %s (%s)", text, rig.err.message, rig.err.hint);
	buf_init(&ids, 4096);
	for (size_t i = 0; i < page.count; i++)
		buf_printf(&ids, "%s%.*s", i ? " " : "", SLICE_ARG(page.resources[i].id));
	const char *out = arena_cstr(rig.arena, buf_slice(&ids));
	buf_free(&ids);
	assert_int_equal(page.total, page.count);
	assert_false(page.has_next);
	return out;
}

static inline void assert_finds(const char *text, const char *expected)
{
	const char *ids = ids_of("PlanDefinition", text);

	if (strcmp(ids, expected) != 0)
		fail_msg("%s finds \"%s\", not \"%s\"", text, ids, expected);
}

static inline void assert_refuses(const char *text, enum error_code code)
{
	struct store_query query = { .max_count = 20 };
	struct store_page page;

	if (run("PlanDefinition", text, query, &page))
		fail_msg("%s is taken", text);
	rig_expect(code);
}

/** Puts plans n0 to n(count-1), all active. */
static inline void put_many(const char *prefix, int count)
{
	char json[256];

	rig_begin();
	for (int i = 0; i < count; i++) {
		snprintf(json, sizeof(json),
			 "{\"resourceType\":\"PlanDefinition\",\"id\":\"%s%d\",\"url\":\"http://x/%s%d\",\"status\":\"active\"}",
			 prefix, i, prefix, i);
		rig_put(json, 0);
	}
	rig_commit();
}

static const char *const family[] = {
	"{\"resourceType\":\"Organization\",\"id\":\"head\",\"name\":\"Head Office\",\"active\":true}",
	"{\"resourceType\":\"Organization\",\"id\":\"branch\",\"name\":\"Branch\",\"partOf\":{\"reference\":\"Organization/"
	"head\"}}",
	"{\"resourceType\":\"Organization\",\"id\":\"desk\",\"name\":\"Desk\",\"partOf\":{\"reference\":\"Organization/branch\","
	"\"display\":\"The Branch\",\"identifier\":{\"system\":\"http://ids\",\"value\":\"B-1\"}}}",
	"{\"resourceType\":\"Library\",\"id\":\"p1-2\",\"url\":\"http://payer.example/Library/p1\",\"version\":\"2\",\"status\":"
	"\"retired\"}",
	"{\"resourceType\":\"Library\",\"id\":\"p1-3\",\"url\":\"http://payer.example/Library/p1\",\"version\":\"3\",\"status\":"
	"\"active\"}",
	"{\"resourceType\":\"Library\",\"id\":\"p2-1\",\"url\":\"http://payer.example/Library/p2\",\"version\":\"1\",\"status\":"
	"\"draft\"}",
};

static inline void put_family(void)
{
	rig_begin();
	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		rig_put(family[i], 0);
	rig_commit();
}

static inline struct store_filter *new_filter(struct store_filter filter)
{
	struct store_filter *out = arena_new_of(rig.arena, struct store_filter);

	assert_non_null(out);
	*out = filter;
	return out;
}

/** `owner`.`code` leads to a `type` for which `inner` holds. */
static inline struct store_filter *chain(const char *owner, const char *code, const char *type, const struct store_filter *inner)
{
	return new_filter((struct store_filter){ .kind = STORE_FILTER_CHAIN,
						 .param = find_param(owner, code),
						 .type = slice_of(type),
						 .inner = inner,
						 .inner_count = 1 });
}

/** A `type` leads here by `code`, and `inner` holds for it. */
static inline struct store_filter *has(const char *type, const char *code, const struct store_filter *inner)
{
	return new_filter((struct store_filter){ .kind = STORE_FILTER_HAS,
						 .param = find_param(type, code),
						 .type = slice_of(type),
						 .inner = inner,
						 .inner_count = 1 });
}

static inline struct store_filter *value(const char *type, const char *text)
{
	return new_filter(make_filter(type, text));
}

static inline const char *join_ids(const struct store_page *page)
{
	struct buf ids;

	buf_init(&ids, 4096);
	for (size_t i = 0; i < page->count; i++)
		buf_printf(&ids, "%s%.*s", i ? " " : "", SLICE_ARG(page->resources[i].id));
	const char *out = arena_cstr(rig.arena, buf_slice(&ids));
	buf_free(&ids);
	return out;
}

static inline void assert_query(struct store_query query, const char *expected)
{
	struct store_page page;

	query.max_count = query.max_count ? query.max_count : 20;
	query.want_total = true;
	assert_ok(store_search(rig.conn, rig.arena, &query, &page, &rig.err), &rig.err);
	assert_string_equal(join_ids(&page), expected);
	assert_int_equal(page.total, page.count);
}

static inline void assert_filter(const char *type, const struct store_filter *filter, const char *expected)
{
	assert_query((struct store_query){ .type = slice_of(type), .filters = filter, .filter_count = 1 }, expected);
}

static inline struct store_filter *group(enum store_filter_kind kind, const struct store_filter *a, const struct store_filter *b)
{
	struct store_filter *inner = arena_new_array(rig.arena, struct store_filter, 2);

	inner[0] = *a;
	inner[1] = *b;
	return new_filter((struct store_filter){ .kind = kind, .inner = inner, .inner_count = 2 });
}

/** "title,-date" as the query's order. */
static inline struct store_query sorted(const char *text)
{
	struct store_sort *sort = arena_new_array(rig.arena, struct store_sort, STORE_SORT_MAX);
	struct store_query query = { .type = SLICE("PlanDefinition"), .sort = sort };
	struct slice rest = slice_of(text);

	while (rest.ptr) {
		struct slice one = slice_cut(&rest, ',');
		bool is_descending = slice_starts(one, SLICE("-"));
		one = slice_from(one, is_descending);
		sort[query.sort_count++] =
		    (struct store_sort){ find_param("PlanDefinition", arena_cstr(rig.arena, one)), is_descending };
	}
	return query;
}

#define SEARCH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

#endif
