/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs, from files into a real store, with a procedure whose links have to follow. */
#include "../store/rig.h"

#include <fcntl.h>

#include "cannula/record.h"
#include "cannula/sync.h"

#define SITE_MAX 64

static struct publisher *publisher;
static struct policy_rules *rules;
static struct fetcher *fetcher;
static struct arena *run_arena;
static char site[SITE_MAX];
static struct sync_source source;
static struct sync_report report;
static size_t issue_count;

/* ---- the site ---- */

static void site_write(const char *name, const char *text)
{
	struct error err = { 0 };
	char path[SITE_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", site, name);
	assert_ok(file_write(path, slice_of(text), 0644, &err), &err);
}

static void site_remove(const char *name)
{
	char path[SITE_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", site, name);
	unlink(path);
}

#define LINK(number) "<li><a href=p" number ".html>Policy (P-" number ")</a>"

static void site_list(const char *links)
{
	site_write("index.html", arena_printf(rig.arena, "<h1>Policies</h1><ul>%s</ul>", links).ptr);
}

static void site_policy(const char *number, const char *codes)
{
	char name[32];

	snprintf(name, sizeof(name), "p%s.html", number);
	site_write(name, arena_printf(rig.arena, "<h1>Policy %s</h1><p>Number: P-%s</p><h2>CPT codes covered</h2><p>%s</p>",
				      number, number, codes)
			     .ptr);
}

/* ---- the gateway ---- */

static void on_issue(void *context, const struct sync_source *from, struct slice document, const struct issue *issue)
{
	(void)context, (void)from, (void)document, (void)issue;
	issue_count++;
}

static void sync_now(void)
{
	struct sync_context context = { .conn = rig.conn,
					.fetcher = fetcher,
					.publisher = publisher,
					.rules = rules,
					.schema = rig.schemas[FHIR_MODEL],
					.issue = on_issue };
	struct error err = { 0 };

	issue_count = 0;
	arena_reset(run_arena);
	assert_ok(sync_run(&context, run_arena, &source, &report, &err), &err);
}

static uint64_t sequence_now(void)
{
	struct error err = { 0 };
	uint64_t sequence;

	assert_ok(store_sequence(rig.conn, &sequence, &err), &err);
	return sequence;
}

/** The current bytes of a resource; absent when there is none. */
static struct slice stored(enum store_base base, const char *type, const char *id)
{
	struct store_resource resource;
	struct error err = { 0 };
	bool found;

	assert_ok(store_get(rig.conn, rig.arena, base, slice_of(type), slice_of(id), 0, &resource, &found, &err), &err);
	return found && !resource.is_deleted ? resource.bytes : SLICE_NONE;
}

static bool library_has(const char *id, const char *text)
{
	struct slice bytes = stored(STORE_R4, "Library", id);

	return bytes.ptr && slice_find(bytes, slice_of(text)) != SIZE_MAX;
}

static void load_procedure(void)
{
	static const char text[] = "A procedure on vertebrae\n\nSummary\n\nWords about it.\n";
	struct record_source from = { .name = "vertebra-22513.txt" };
	struct record_rules *record_rules;
	struct publish_counts counts = { 0 };
	struct fhir_node *record;
	struct error err = { 0 };
	struct issues issues;

	issues_init(&issues, rig.arena, 100);
	assert_ok(record_rules_load(rig.arena, &record_rules, &err), &err);
	assert_ok(record_read_page(rig.arena, rig.schemas[FHIR_MODEL], record_rules, &from, slice_of(text), &issues, &record,
				   NULL, &err),
		  &err);
	assert_ok(store_begin(rig.conn, &err), &err);
	assert_ok(publish_procedure(publisher, rig.conn, rig.arena, record, &issues, &counts, &err), &err);
	assert_ok(store_commit(rig.conn, &err), &err);
}

/** Whether the procedure's plan links to a canonical that starts with Library/ID|. */
static bool is_linked(const char *id)
{
	struct slice plan = stored(STORE_R4, "PlanDefinition", "cpt-22513");

	assert_non_null(plan.ptr);
	return slice_find(plan, arena_printf(rig.arena, "/Library/%s|", id)) != SIZE_MAX;
}

static int setup_group(void **state)
{
	static const struct publish_options publish_options = { SLICE("https://example.org/fhir"), SLICE("Test") };
	struct fetch_options fetch_options = { 0 };
	struct option_errors errors = { 0 };
	struct error err = { 0 };

	if (rig_setup_group(state) != 0)
		return -1;
	run_arena = arena_new(256u << 20);
	assert_true(options_default(rig.schema_arena, &fetch_option_table, &fetch_options, &errors));
	assert_ok(publisher_new(rig.schema_arena, &publish_options, rig.schemas, &publisher, &err), &err);
	assert_ok(policy_rules_load(rig.schema_arena, &rules, &err), &err);
	assert_ok(fetcher_new(&fetch_options, &fetcher, &err), &err);
	return 0;
}

static int teardown_group(void **state)
{
	fetcher_free(fetcher);
	policy_rules_free(rules);
	arena_free(run_arena);
	return rig_teardown_group(state);
}

static int setup(void **state)
{
	struct option_rows rows = { &source, 1 };
	struct option_errors errors = { 0 };

	rig_setup(state);
	snprintf(site, sizeof(site), "/tmp/cannula-site-XXXXXX");
	assert_non_null(mkdtemp(site));
	source = (struct sync_source){ .name = SLICE("acme"),
				       .kind = SLICE("index"),
				       .payer_id = SLICE("acme"),
				       .payer_name = SLICE("Acme Health"),
				       .min_listed_percent = 70 };
	source.url = arena_printf(rig.arena, "file://%s/index.html", site);
	assert_true(sync_sources_check(rig.arena, "x.yaml", &rows, &errors));
	site_policy("1", "22510-22515");
	site_policy("2", "27447");
	site_policy("3", "45378");
	site_list(LINK("1") LINK("2") LINK("3"));
	load_procedure();
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "index.html", "list.json", "p1.html", "p2.html", "p3.html", "p4.html", "q1.html" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		site_remove(names[i]);
	rmdir(site);
	return rig_teardown(state);
}

/* ---- tests ---- */

static void a_first_run_stores_policies_and_links_procedures(void **state)
{
	(void)state;
	assert_false(is_linked("acme-p-1"));
	sync_now();
	assert_int_equal(report.state, SYNC_FRESH);
	assert_int_equal(report.listed, 3);
	assert_int_equal(report.created, 3);
	assert_int_equal(report.failed, 0);
	assert_true(library_has("acme-p-1", "22513"));
	assert_non_null(stored(STORE_R5, "Library", "acme-p-2").ptr);
	assert_non_null(stored(STORE_R4, "Organization", "acme").ptr);
	assert_non_null(stored(STORE_R4, "DocumentReference", "acme-p-1-html").ptr);
	assert_non_null(stored(STORE_R4, "Provenance", "acme-p-1").ptr);
	assert_non_null(stored(STORE_R4, "ValueSet", "acme-p-1-g1").ptr);
	assert_true(is_linked("acme-p-1"));
	assert_false(is_linked("acme-p-2"));
}

static void a_second_run_finds_nothing_modified_and_writes_nothing(void **state)
{
	uint64_t before;

	(void)state;
	sync_now();
	before = sequence_now();
	sync_now();
	assert_int_equal(report.state, SYNC_FRESH);
	assert_int_equal(report.not_modified, 3);
	assert_int_equal(report.fetched, 0);
	assert_int_equal(report.resources_written, 0);
	assert_int_equal(sequence_now(), before);
}

static void a_changed_page_makes_a_new_version_and_moves_the_links(void **state)
{
	struct slice first;

	(void)state;
	sync_now();
	first = stored(STORE_R4, "Library", "acme-p-1");
	site_policy("1", "22510-22512");
	site_policy("2", "27447, 22513");
	sync_now();
	assert_int_equal(report.changed, 2);
	assert_int_equal(report.not_modified, 1);
	assert_false(slice_equal(first, stored(STORE_R4, "Library", "acme-p-1")));
	assert_false(is_linked("acme-p-1"));
	assert_true(is_linked("acme-p-2"));
}

static void a_page_that_only_looks_different_is_the_same_policy(void **state)
{
	struct slice before, plan;

	(void)state;
	sync_now();
	before = stored(STORE_R4, "Library", "acme-p-2");
	plan = stored(STORE_R4, "PlanDefinition", "cpt-22513");
	site_write("p2.html",
		   "<html><!-- build 4711 --><h1>Policy  2</h1>\n<p>Number: P-2</p><h2>CPT codes covered</h2><p>27447</p>");
	sync_now();
	assert_int_equal(report.unchanged, 1);
	assert_int_equal(report.resources_written, 0);
	assert_true(slice_equal(before, stored(STORE_R4, "Library", "acme-p-2")));
	assert_true(slice_equal(plan, stored(STORE_R4, "PlanDefinition", "cpt-22513")));
	sync_now();
	assert_int_equal(report.not_modified, 3);
}

static void a_source_that_is_down_retires_nothing(void **state)
{
	(void)state;
	sync_now();
	site_remove("index.html");
	for (int i = 0; i < 3; i++) {
		sync_now();
		assert_int_equal(report.state, SYNC_FAILING);
		assert_non_null(report.reason.ptr);
		assert_int_equal(report.resources_written, 0);
	}
	assert_true(library_has("acme-p-3", "\"active\""));
	site_list(LINK("1") LINK("2") LINK("3"));
	sync_now();
	assert_int_equal(report.state, SYNC_FRESH);
	assert_int_equal(report.not_modified, 3);
}

static void a_document_that_fails_keeps_its_last_good_version(void **state)
{
	(void)state;
	sync_now();
	site_remove("p3.html");
	for (int i = 0; i < 3; i++) {
		sync_now();
		assert_int_equal(report.state, SYNC_PARTIAL);
		assert_int_equal(report.failed, 1);
		assert_int_equal(report.gone, 0);
	}
	assert_true(library_has("acme-p-3", "\"active\""));
	site_write("p3.html", "<h1>Access denied</h1>");
	sync_now();
	assert_int_equal(report.state, SYNC_PARTIAL);
	assert_true(library_has("acme-p-3", "45378"));
}

static void gone_means_two_good_listings_without_it(void **state)
{
	(void)state;
	source.min_listed_percent = 50;
	sync_now();
	site_list(LINK("2") LINK("3"));
	sync_now();
	assert_int_equal(report.gone, 0);
	assert_true(library_has("acme-p-1", "\"active\""));
	sync_now();
	assert_int_equal(report.gone, 1);
	assert_true(library_has("acme-p-1", "\"retired\""));
	assert_false(is_linked("acme-p-1"));
	sync_now();
	assert_int_equal(report.gone, 0);
	assert_int_equal(report.resources_written, 0);
}

static void what_is_listed_again_is_in_force_again(void **state)
{
	(void)state;
	source.min_listed_percent = 50;
	sync_now();
	site_list(LINK("2") LINK("3"));
	sync_now();
	sync_now();
	assert_true(library_has("acme-p-1", "\"retired\""));
	site_list(LINK("1") LINK("2") LINK("3"));
	sync_now();
	assert_true(library_has("acme-p-1", "\"active\""));
	assert_true(is_linked("acme-p-1"));
}

static void a_much_shorter_listing_retires_nothing(void **state)
{
	(void)state;
	sync_now();
	site_list(LINK("2"));
	for (int i = 0; i < 3; i++) {
		sync_now();
		assert_int_equal(report.state, SYNC_PARTIAL);
		assert_int_equal(report.gone, 0);
	}
	assert_true(library_has("acme-p-1", "\"active\""));
}

static void a_listing_that_is_no_listing_retires_nothing(void **state)
{
	(void)state;
	sync_now();
	site_write("index.html", "<h1>We are moving</h1><p>Come back tomorrow.");
	sync_now();
	sync_now();
	assert_int_equal(report.state, SYNC_PARTIAL);
	assert_int_equal(report.gone, 0);
	site_write("index.html", "");
	sync_now();
	sync_now();
	assert_int_not_equal(report.state, SYNC_FRESH);
	assert_true(library_has("acme-p-1", "\"active\""));
}

static void a_policy_that_moves_to_another_url_keeps_its_id(void **state)
{
	(void)state;
	sync_now();
	site_remove("p1.html");
	site_write("q1.html", "<h1>Policy 1</h1><p>Number: P-1</p><h2>CPT codes covered</h2><p>22510-22515</p>");
	site_list("<li><a href=q1.html>Policy</a>" LINK("2") LINK("3"));
	sync_now();
	assert_int_equal(report.gone, 0);
	assert_true(library_has("acme-p-1", "q1.html"));
	sync_now();
	assert_int_equal(report.gone, 0);
	assert_true(library_has("acme-p-1", "\"active\""));
}

static const char json_fields[][2][24] = { { "url", "href" }, { "number", "id" }, { "version", "rev" }, { "status", "state" } };

static void one_number_listed_twice_is_two_policies(void **state)
{
	struct sync_field fields[ARRAY_SIZE(json_fields)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(json_fields); i++)
		fields[i] = (struct sync_field){ slice_of(json_fields[i][0]), slice_of(json_fields[i][1]) };
	source.kind = SLICE("json");
	source.items = SLICE("data");
	source.fields = (struct option_rows){ fields, ARRAY_SIZE(fields) };
	source.url = arena_printf(rig.arena, "file://%s/list.json", site);
	site_write("list.json", "{\"data\":[{\"id\":\"D-9\",\"rev\":4,\"state\":\"Active\",\"href\":\"p1.html\"},"
				"{\"id\":\"D-9\",\"rev\":5,\"state\":\"Future\",\"href\":\"p2.html\"},{\"id\":\"D-8\"}]}");
	sync_now();
	assert_int_equal(report.created, 2);
	assert_int_equal(issue_count, 1); /* the item without href */
	assert_true(library_has("acme-d-9", "22513"));
	assert_true(library_has("acme-d-9-v5", "27447"));
	sync_now();
	assert_int_equal(report.not_modified, 2);
	/* The listing says something else of an unchanged page. */
	site_write("list.json", "{\"data\":[{\"id\":\"D-9\",\"rev\":4,\"state\":\"Retired\",\"href\":\"p1.html\"},"
				"{\"id\":\"D-9\",\"rev\":5,\"state\":\"Active\",\"href\":\"p2.html\"}]}");
	sync_now();
	assert_int_equal(report.changed, 2);
	assert_true(library_has("acme-d-9", "\"retired\""));
}

static void links_out_of_the_folder_are_left_alone(void **state)
{
	(void)state;
	site_list(LINK(
	    "1") "<li><a href=https://elsewhere.example/p.html>x</a><li><a href=../../etc/passwd>y</a>"
		 "<li><a href=file:///etc/passwd>z</a><li><a href=mailto:a@b.example>m</a><li><a href=index.html#top>top</a>");
	sync_now();
	assert_int_equal(report.state, SYNC_FRESH);
	assert_int_equal(report.listed, 1);
}

static void a_public_address_stands_for_the_copy(void **state)
{
	(void)state;
	source.public_url = SLICE("https://acme.example/policies");
	sync_now();
	assert_true(library_has("acme-p-1", "https://acme.example/policies/p1.html"));
	assert_false(library_has("acme-p-1", "file:"));
}

static void wrong_sources_are_told_before_anything_runs(void **state)
{
	struct sync_source wrong[] = {
		{ .name = SLICE("a"),
		  .kind = SLICE("index"),
		  .payer_id = SLICE("A B"),
		  .url = SLICE("https://a.example/"),
		  .line = 3 },
		{ .name = SLICE("a"),
		  .kind = SLICE("index"),
		  .payer_id = SLICE("a"),
		  .url = SLICE("gopher://a.example/"),
		  .line = 7 },
		{ .name = SLICE("b"),
		  .kind = SLICE("index"),
		  .payer_id = SLICE("a"),
		  .url = SLICE("https://a.example/"),
		  .link_pattern = SLICE("("),
		  .line = 9 },
	};
	struct option_rows rows = { wrong, ARRAY_SIZE(wrong) };
	struct option_errors errors = { 0 };

	(void)state;
	assert_false(sync_sources_check(rig.arena, "conf.yaml", &rows, &errors));
	assert_int_equal(errors.count, 4); /* the key, the double name, the URL, the pattern */
	assert_string_equal(errors.items[0].place, "conf.yaml:3:1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_run_stores_policies_and_links_procedures),
		TEST(a_second_run_finds_nothing_modified_and_writes_nothing),
		TEST(a_changed_page_makes_a_new_version_and_moves_the_links),
		TEST(a_page_that_only_looks_different_is_the_same_policy),
		TEST(a_source_that_is_down_retires_nothing),
		TEST(a_document_that_fails_keeps_its_last_good_version),
		TEST(gone_means_two_good_listings_without_it),
		TEST(what_is_listed_again_is_in_force_again),
		TEST(a_much_shorter_listing_retires_nothing),
		TEST(a_listing_that_is_no_listing_retires_nothing),
		TEST(a_policy_that_moves_to_another_url_keeps_its_id),
		TEST(one_number_listed_twice_is_two_policies),
		TEST(links_out_of_the_folder_are_left_alone),
		TEST(a_public_address_stands_for_the_copy),
		TEST(wrong_sources_are_told_before_anything_runs),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
