/* SPDX-License-Identifier: Apache-2.0 */
/* Procedures and policies through the publisher into a real store: what is written, what is not, and where links point. */
#include "../store/rig.h"

#include "cannula/publish.h"

#define ISSUES_MAX 20

#define LIBRARY "https://cannula.example/fhir/Library/"
#define CPT "http://www.ama-assn.org/go/cpt"

static struct publisher *publisher;
static struct issues issues;

static struct fhir_node *read_model(const char *model, struct slice json)
{
	const struct fhir_schema *schema = rig.schemas[FHIR_MODEL];
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *record;

	if (!fhir_json_read(rig.arena, schema, fhir_type_find(schema, slice_of(model)), json, &limits, &issues, &record))
		fail_msg("%.*s", SLICE_ARG(issues.first->text));
	return record;
}

/** A procedure with a CPT code, or without a code when it is NULL. */
static struct fhir_node *procedure(const char *id, const char *code, const char *summary)
{
	struct slice coding =
	    code ? arena_printf(rig.arena, "\"code\":{\"system\":\"" CPT "\",\"code\":\"%s\"},", code) : SLICE("");

	return read_model("ProcedureRecord", arena_printf(rig.arena,
							  "{\"id\":\"%s\",\"title\":\"Title\",%.*s\"computableName\":\"Title\","
							  "\"summary\":[\"%s\"]}",
							  id, SLICE_ARG(coding), summary));
}

/** A policy with a group for each code; `digest` stands for its content. */
static struct fhir_node *policy(const char *id, const char *status, const char *digest, const char *const *codes,
				const char *fetched)
{
	struct buf groups;

	buf_init(&groups, 1 << 16);
	for (int i = 0; codes[i]; i++)
		buf_printf(&groups,
			   "%s{\"key\":\"g%d\",\"anchor\":\"part-%d\",\"set\":[{\"system\":\"" CPT "\",\"name\":\"cpt\","
			   "\"code\":[{\"code\":\"%s\"}]}]}",
			   i ? "," : "", i + 1, i + 1, codes[i]);
	struct slice json = arena_printf(rig.arena,
					 "{\"id\":\"%s\",\"payer\":{\"key\":\"alder\",\"name\":\"Alder\"},"
					 "\"url\":\"https://alder.example/%s\",\"title\":\"Policy %s\",\"status\":\"%s\","
					 "\"stage\":\"in-force\",%s%.*s%s\"fetched\":\"%s\",\"digest\":\"%s\"}",
					 id, id, id, status, groups.len ? "\"group\":[" : "", SLICE_ARG(buf_slice(&groups)),
					 groups.len ? "]," : "", fetched, digest);

	buf_free(&groups);
	return read_model("PolicyRecord", json);
}

static struct publish_counts put_procedure(struct fhir_node *record)
{
	struct publish_counts counts = { 0 };

	rig_begin();
	assert_ok(publish_procedure(publisher, rig.conn, rig.arena, record, &issues, &counts, &rig.err), &rig.err);
	rig_commit();
	assert_int_equal(counts.refused, 0);
	return counts;
}

static struct publish_counts put_policy(struct fhir_node *record)
{
	struct publish_counts counts = { 0 };

	rig_begin();
	assert_ok(publish_policy(publisher, rig.conn, rig.arena, record, &issues, &counts, &rig.err), &rig.err);
	rig_commit();
	assert_int_equal(counts.refused, 0);
	return counts;
}

static const char *const fetched_first = "2026-11-23T20:00:00.000Z", *const fetched_later = "2026-11-24T20:00:00.000Z";

static struct fhir_node *stored(enum store_base base, const char *type, const char *id)
{
	enum fhir_version version = base == STORE_R4 ? FHIR_R4 : FHIR_R5;
	struct store_resource resource;
	bool found;

	assert_ok(store_get(rig.conn, rig.arena, base, slice_of(type), slice_of(id), 0, &resource, &found, &rig.err), &rig.err);
	return found && !resource.is_deleted ? rig_read(version, resource.bytes) : NULL;
}

/** The policies that a stored definition links to. */
static const struct fhir_node *link_of(enum store_base base, const char *type, const char *id, int index)
{
	const struct fhir_node *definition = stored(base, type, id);

	assert_non_null(definition);
	const struct fhir_node *link = fhir_node_child(definition, SLICE("relatedArtifact"));

	while (link && index-- > 0)
		link = fhir_node_again(link);
	return link;
}

static void assert_link(enum store_base base, const char *type, const char *id, int index, const char *canonical)
{
	const struct fhir_node *link = link_of(base, type, id, index);

	assert_non_null(link);
	assert_slice(fhir_node_text(link, SLICE("resource")), canonical);
}

/* ---- the tests ---- */

static void a_procedure_is_stored_in_both_bases_and_as_source(void **state)
{
	(void)state;
	struct publish_counts counts = put_procedure(procedure("cpt-22513", "22513", "A"));

	assert_int_equal(counts.created, 6);
	assert_non_null(stored(STORE_R4, "PlanDefinition", "cpt-22513"));
	assert_non_null(stored(STORE_R5, "ActivityDefinition", "cpt-22513"));
	assert_slice(fhir_node_text(stored(STORE_R5, "ProcedureDefinition", "cpt-22513"), SLICE("version")), "1");

	struct store_resource source;
	bool found;

	assert_ok(store_get(rig.conn, rig.arena, STORE_SOURCE, SLICE("ProcedureRecord"), SLICE("cpt-22513"), 0, &source, &found,
			    &rig.err),
		  &rig.err);
	assert_true(found);
	assert_int_equal(slice_find(source.bytes, SLICE("gateway")), SIZE_MAX);
}

static void the_same_procedure_again_writes_nothing(void **state)
{
	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	uint64_t before = rig_sequence();
	struct publish_counts counts = put_procedure(procedure("cpt-22513", "22513", "A"));

	assert_int_equal(counts.unchanged, 6);
	assert_int_equal(counts.created + counts.updated, 0);
	assert_int_equal(rig_sequence(), before);
}

static void a_changed_procedure_makes_new_versions(void **state)
{
	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	struct publish_counts counts = put_procedure(procedure("cpt-22513", "22513", "B"));

	assert_int_equal(counts.updated, 6);
	assert_slice(fhir_node_text(stored(STORE_R4, "PlanDefinition", "cpt-22513"), SLICE("version")), "2");
}

static void a_policy_moves_the_links_of_a_procedure_that_was_there(void **state)
{
	static const char *const codes[] = { "99213", "22513", NULL };

	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_procedure(procedure("cpt-45378", "45378", "Another"));
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
	struct publish_counts counts = put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));

	assert_int_equal(counts.updated, 6);
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 0, LIBRARY "alder-1|aaaaaaaa");
	assert_link(STORE_R5, "ActivityDefinition", "cpt-22513", 0, LIBRARY "alder-1|aaaaaaaa");
	assert_link(STORE_R5, "ProcedureDefinition", "cpt-22513", 0, LIBRARY "alder-1|aaaaaaaa");
	assert_slice(fhir_node_text(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0), SLICE("url")),
		     "https://alder.example/alder-1#part-2");
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-45378", 0));
}

static void a_procedure_finds_the_policy_that_was_there(void **state)
{
	static const char *const codes[] = { "22513", NULL };

	(void)state;
	put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));
	put_procedure(procedure("cpt-22513", "22513", "A"));
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 0, LIBRARY "alder-1|aaaaaaaa");
}

static void the_same_policy_fetched_later_writes_nothing(void **state)
{
	static const char *const codes[] = { "22513", NULL };

	(void)state;
	put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));
	uint64_t before = rig_sequence();
	struct publish_counts counts = put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_later));

	assert_int_equal(counts.created + counts.updated, 0);
	assert_int_equal(rig_sequence(), before);
}

static void a_changed_policy_is_a_new_version_and_moves_the_links(void **state)
{
	static const char *const two[] = { "99213", "22513", NULL }, *const one[] = { "22513", NULL };

	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_policy(policy("alder-1", "active", "aaaaaaaa11", two, fetched_first));
	assert_non_null(stored(STORE_R4, "ValueSet", "alder-1-g2"));
	put_policy(policy("alder-1", "active", "bbbbbbbb22", one, fetched_later));
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 0, LIBRARY "alder-1|bbbbbbbb");
	assert_null(stored(STORE_R4, "ValueSet", "alder-1-g2"));
	assert_null(stored(STORE_R5, "ValueSet", "alder-1-g2"));
	assert_non_null(stored(STORE_R4, "ValueSet", "alder-1-g1"));
}

static void a_code_that_a_policy_drops_loses_its_link(void **state)
{
	static const char *const codes[] = { "22513", NULL }, *const others[] = { "22514", NULL };

	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));
	put_policy(policy("alder-1", "active", "bbbbbbbb22", others, fetched_later));
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
	assert_null(link_of(STORE_R5, "ProcedureDefinition", "cpt-22513", 0));
}

static void a_retired_policy_is_not_linked(void **state)
{
	static const char *const codes[] = { "22513", NULL };

	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));
	put_policy(policy("alder-1", "retired", "cccccccc33", codes, fetched_later));
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
	assert_non_null(stored(STORE_R4, "Library", "alder-1"));
}

static void put_policy_in(const char *digest, const char *start, const char *end)
{
	static const char *const codes[] = { "22513", NULL };
	struct fhir_node *record = policy("alder-1", "active", digest, codes, fetched_first);

	assert_true(fhir_node_set_value(rig.arena, record, SLICE("effectiveStart"), slice_of(start)));
	if (end)
		assert_true(fhir_node_set_value(rig.arena, record, SLICE("effectiveEnd"), slice_of(end)));
	put_policy(record);
}

static void a_policy_is_linked_while_it_is_in_force(void **state)
{
	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_policy_in("aaaaaaaa11", "2999-01-01", NULL);
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
	put_policy_in("bbbbbbbb22", "2020", "2999-06");
	assert_non_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
	put_policy_in("cccccccc33", "2020-01-01", "2021-12-31");
	assert_null(link_of(STORE_R4, "PlanDefinition", "cpt-22513", 0));
}

static void links_stand_in_the_order_of_their_canonicals(void **state)
{
	static const char *const codes[] = { "22513", NULL };

	(void)state;
	put_procedure(procedure("cpt-22513", "22513", "A"));
	put_policy(policy("alder-3", "active", "33333333", codes, fetched_first));
	put_policy(policy("alder-1", "active", "11111111", codes, fetched_first));
	put_policy(policy("alder-2", "active", "22222222", codes, fetched_first));
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 0, LIBRARY "alder-1|11111111");
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 1, LIBRARY "alder-2|22222222");
	assert_link(STORE_R4, "PlanDefinition", "cpt-22513", 2, LIBRARY "alder-3|33333333");
}

static void a_procedure_without_code_gets_no_link_and_no_coding(void **state)
{
	static const char *const codes[] = { "22513", NULL };

	(void)state;
	put_policy(policy("alder-1", "active", "aaaaaaaa11", codes, fetched_first));
	put_procedure(procedure("spine-title", NULL, "CPT 22513 is only prose here"));
	assert_null(link_of(STORE_R4, "PlanDefinition", "spine-title", 0));
	const struct fhir_node *topic = fhir_node_child(stored(STORE_R4, "PlanDefinition", "spine-title"), SLICE("topic"));

	assert_null(fhir_node_child(topic, SLICE("coding")));
}

static int setup_group(void **state)
{
	static const struct publish_options options = { { "https://cannula.example/fhir", 28 }, { "test", 4 } };

	if (rig_setup_group(state) != 0)
		return -1;
	assert_ok(publisher_new(rig.schema_arena, &options, rig.schemas, &publisher, &rig.err), &rig.err);
	return 0;
}

static int setup(void **state)
{
	rig_setup(state);
	issues_init(&issues, rig.arena, ISSUES_MAX);
	return 0;
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_procedure_is_stored_in_both_bases_and_as_source),
		WITH_STORE(the_same_procedure_again_writes_nothing),
		WITH_STORE(a_changed_procedure_makes_new_versions),
		WITH_STORE(a_policy_moves_the_links_of_a_procedure_that_was_there),
		WITH_STORE(a_procedure_finds_the_policy_that_was_there),
		WITH_STORE(the_same_policy_fetched_later_writes_nothing),
		WITH_STORE(a_changed_policy_is_a_new_version_and_moves_the_links),
		WITH_STORE(a_code_that_a_policy_drops_loses_its_link),
		WITH_STORE(a_retired_policy_is_not_linked),
		WITH_STORE(a_policy_is_linked_while_it_is_in_force),
		WITH_STORE(links_stand_in_the_order_of_their_canonicals),
		WITH_STORE(a_procedure_without_code_gets_no_link_and_no_coding),
	};

	return cmocka_run_group_tests(tests, setup_group, rig_teardown_group);
}
