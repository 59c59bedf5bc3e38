/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Patch: the cases of RFC 6902 appendix A, told of resources, and what FHIR adds. */
#include "fhir_testing.h"

#define PATIENT                                                                                                                  \
	"{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"name\":[{\"family\":\"Berg\",\"given\":[\"Anna\","         \
	"\"Maria\"]}],"                                                                                                          \
	"\"birthDate\":\"1974-12-25\"}"

static bool apply(const char *json, const char *patch, struct fhir_node **out)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *before = read_json(FHIR_R4, slice_of(json));
	struct slice text = written(before, FHIR_JSON_COMPACT);

	issues_init(&issues, arena, 20);
	bool done = fhir_json_patch(arena, schemas[FHIR_R4], before, slice_of(patch), &limits, &issues, out);
	assert_true(slice_equal(written(before, FHIR_JSON_COMPACT), text));
	assert_true(done == (*out != NULL));
	assert_true(done == (issues.error_count == 0));
	return done;
}

static void becomes(const char *json, const char *patch, const char *expected)
{
	struct fhir_node *after;

	if (!apply(json, patch, &after))
		fail_msg("%s: %.*s (%.*s)", patch, SLICE_ARG(issues.first->text), SLICE_ARG(issues.first->expression));
	assert_slice(written(after, FHIR_JSON_COMPACT), expected);
}

static void refused(const char *json, const char *patch, const char *why)
{
	struct fhir_node *after;

	if (apply(json, patch, &after))
		fail_msg("accepted: %s", patch);
	if (!strstr(arena_cstr(arena, issues.first->text), why))
		fail_msg("\"%s\" is not in: %.*s", why, SLICE_ARG(issues.first->text));
}

#define SMALL "{\"resourceType\":\"Patient\",\"active\":true,\"gender\":\"male\"}"

static void members_are_added_removed_and_replaced(void **state)
{
	(void)state;
	/* A.1, A.3, A.5 */
	becomes(SMALL, "[{\"op\":\"add\",\"path\":\"/id\",\"value\":\"x\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"x\",\"active\":true,\"gender\":\"male\"}");
	becomes(SMALL, "[{\"op\":\"remove\",\"path\":\"/gender\"}]", "{\"resourceType\":\"Patient\",\"active\":true}");
	becomes(SMALL, "[{\"op\":\"replace\",\"path\":\"/gender\",\"value\":\"female\"}]",
		"{\"resourceType\":\"Patient\",\"active\":true,\"gender\":\"female\"}");
	/* "If the target location specifies an object member that does exist, that member's value is replaced." */
	becomes(SMALL, "[{\"op\":\"add\",\"path\":\"/gender\",\"value\":\"other\"}]",
		"{\"resourceType\":\"Patient\",\"active\":true,\"gender\":\"other\"}");
	/* A.10 */
	becomes(SMALL, "[{\"op\":\"add\",\"path\":\"/maritalStatus\",\"value\":{\"text\":\"M\"}}]",
		"{\"resourceType\":\"Patient\",\"active\":true,\"gender\":\"male\",\"maritalStatus\":{\"text\":\"M\"}}");
}

static void items_are_added_and_removed_by_index(void **state)
{
	(void)state;
	/* A.2, A.4, A.16 */
	becomes(PATIENT, "[{\"op\":\"add\",\"path\":\"/name/0/given/1\",\"value\":\"Eva\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"name\":[{\"family\":\"Berg\",\"given\":[\"Anna\","
		"\"Eva\","
		"\"Maria\"]}],\"birthDate\":\"1974-12-25\"}");
	becomes(
	    PATIENT, "[{\"op\":\"remove\",\"path\":\"/name/0/given/0\"}]",
	    "{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"name\":[{\"family\":\"Berg\",\"given\":[\"Maria\"]}],"
	    "\"birthDate\":\"1974-12-25\"}");
	becomes(PATIENT, "[{\"op\":\"add\",\"path\":\"/name/0/given/-\",\"value\":\"Eva\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"name\":[{\"family\":\"Berg\",\"given\":[\"Anna\","
		"\"Maria\","
		"\"Eva\"]}],\"birthDate\":\"1974-12-25\"}");
	refused(PATIENT, "[{\"op\":\"add\",\"path\":\"/name/0/given/3\",\"value\":\"Eva\"}]", "not that long");
	refused(PATIENT, "[{\"op\":\"add\",\"path\":\"/name/0/given/01\",\"value\":\"Eva\"}]", "by its index");
	refused(PATIENT, "[{\"op\":\"remove\",\"path\":\"/name/0/given/-\"}]", "there is nothing");
}

static void values_are_moved_and_copied(void **state)
{
	(void)state;
	/* A.6, A.7 */
	becomes(PATIENT, "[{\"op\":\"move\",\"from\":\"/name/0/given/1\",\"path\":\"/name/0/given/0\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"name\":[{\"family\":\"Berg\",\"given\":[\"Maria\","
		"\"Anna\"]}"
		"],\"birthDate\":\"1974-12-25\"}");
	becomes(SMALL, "[{\"op\":\"copy\",\"from\":\"/gender\",\"path\":\"/id\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"male\",\"active\":true,\"gender\":\"male\"}");
	refused(PATIENT, "[{\"op\":\"move\",\"from\":\"/name/0\",\"path\":\"/name/0/given\"}]", "into itself");
	refused(PATIENT, "[{\"op\":\"copy\",\"from\":\"/gender\",\"path\":\"/id\"}]", "there is nothing");
}

static void a_test_holds_or_stops_the_patch(void **state)
{
	static const char range[] =
	    "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"c\",\"id\":\"i\"},"
	    "\"valueQuantity\":{\"value\":10.50}}";
	struct fhir_node *after;

	(void)state;
	/* A.8, A.9, A.14, A.15 */
	assert_true(apply(PATIENT, "[{\"op\":\"test\",\"path\":\"/name/0/given\",\"value\":[\"Anna\",\"Maria\"]}]", &after));
	refused(PATIENT,
		"[{\"op\":\"test\",\"path\":\"/birthDate\",\"value\":\"1974-12-26\"},{\"op\":\"remove\",\"path\":\"/name\"}]",
		"the value there is another");
	refused(SMALL, "[{\"op\":\"test\",\"path\":\"/active\",\"value\":\"true\"}]", "the value there is another");
	/* section 4.6: numbers by value, members in any order */
	assert_true(apply(range, "[{\"op\":\"test\",\"path\":\"/valueQuantity/value\",\"value\":1.05e1}]", &after));
	assert_true(apply(range, "[{\"op\":\"test\",\"path\":\"/valueQuantity/value\",\"value\":0.0105E+3}]", &after));
	refused(range, "[{\"op\":\"test\",\"path\":\"/valueQuantity/value\",\"value\":-10.5}]", "another");
	refused(range, "[{\"op\":\"test\",\"path\":\"/valueQuantity/value\",\"value\":10.500000000000000000001}]", "another");
	assert_true(apply(range, "[{\"op\":\"test\",\"path\":\"/code\",\"value\":{\"id\":\"i\",\"text\":\"c\"}}]", &after));
}

static void pointers_are_those_of_rfc_6901(void **state)
{
	(void)state;
	refused(SMALL, "[{\"op\":\"remove\",\"path\":\"gender\"}]", "begins with /");
	refused(SMALL, "[{\"op\":\"remove\",\"path\":\"/a~2b\"}]", "~ must be followed by 0 or 1");
	refused(SMALL, "[{\"op\":\"remove\",\"path\":\"/gender/x\"}]", "nothing in it");
	refused(SMALL, "[{\"op\":\"add\",\"path\":\"/a~1b~0c\",\"value\":1}]", "\"a/b~c\": no such element");
	/* A.12: no containers are made on the way */
	refused(SMALL, "[{\"op\":\"add\",\"path\":\"/maritalStatus/text\",\"value\":\"M\"}]", "there is nothing");
	becomes(SMALL, "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"resourceType\":\"Patient\",\"id\":\"n\"}}]",
		"{\"resourceType\":\"Patient\",\"id\":\"n\"}");
	refused(SMALL, "[{\"op\":\"remove\",\"path\":\"\"}]", "cannot be removed");
}

static void what_is_no_patch_is_refused(void **state)
{
	(void)state;
	refused(SMALL, "{}", "array of operations");
	refused(SMALL, "[", "not JSON");
	refused(SMALL, "[1]", "op must be");
	refused(SMALL, "[{\"op\":\"set\",\"path\":\"/id\",\"value\":1}]", "op must be");
	refused(SMALL, "[{\"op\":\"add\",\"path\":\"/id\"}]", "value must be given");
	refused(SMALL, "[{\"op\":\"copy\",\"path\":\"/id\"}]", "from must be given");
	refused(SMALL, "[{\"op\":\"remove\"}]", "path must be given");
	/* A.13 */
	refused(SMALL, "[{\"op\":\"add\",\"path\":\"/id\",\"value\":\"x\",\"op\":\"remove\"}]", "once");
	/* A.11: other members are left alone */
	becomes(SMALL, "[{\"op\":\"remove\",\"path\":\"/gender\",\"xyz\":123}]",
		"{\"resourceType\":\"Patient\",\"active\":true}");
}

static void the_result_is_in_order_and_checked(void **state)
{
	static const char observation[] = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"c\"},"
					  "\"valueString\":\"v\"}";

	(void)state;
	/* in between it need not be FHIR: two choices, then one */
	becomes(observation,
		"[{\"op\":\"add\",\"path\":\"/valueBoolean\",\"value\":true},{\"op\":\"remove\",\"path\":\"/valueString\"}]",
		"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"c\"},\"valueBoolean\":true}");
	refused(observation, "[{\"op\":\"add\",\"path\":\"/valueBoolean\",\"value\":true}]", "only one type of a choice");
	refused(observation, "[{\"op\":\"remove\",\"path\":\"/status\"}]", "\"status\" is missing");
	assert_slice(issues.first->expression, "Observation");
	refused(observation, "[\n {\"op\":\"add\",\"path\":\"/status\",\"value\":7}]", "must be a JSON string");
	assert_int_equal(issues.first->line, 2);
	assert_slice(issues.first->expression, "Observation.status");
	refused(observation, "[{\"op\":\"add\",\"path\":\"/colour\",\"value\":\"red\"}]", "no such element");
	refused(observation, "[{\"op\":\"add\",\"path\":\"/category\",\"value\":[]}]", "must not be empty");
	refused(observation, "[{\"op\":\"remove\",\"path\":\"/code/text\"}]", "must not be empty");
	refused(SMALL, "[{\"op\":\"replace\",\"path\":\"/resourceType\",\"value\":\"Person\"}]", "expected resourceType");
}

static void a_list_without_items_is_no_more(void **state)
{
	(void)state;
	becomes(PATIENT, "[{\"op\":\"remove\",\"path\":\"/name/0\"}]",
		"{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true,\"birthDate\":\"1974-12-25\"}");
}

static void companions_of_primitives_are_members_too(void **state)
{
	(void)state;
	becomes(SMALL,
		"[{\"op\":\"add\",\"path\":\"/_gender\",\"value\":{\"extension\":[{\"url\":\"http://e\",\"valueCode\":\"c\"}]}},"
		"{\"op\":\"remove\",\"path\":\"/gender\"}]",
		"{\"resourceType\":\"Patient\",\"active\":true,\"_gender\":{\"extension\":[{\"url\":\"http://"
		"e\",\"valueCode\":\"c\"}]}}");
}

/** Each copy doubles what the next one copies: a short patch must not become a large document. */
static void doubling_and_deepening_are_bounded(void **state)
{
	struct buf patch;

	(void)state;
	buf_init(&patch, 1u << 20);
	buf_append(&patch, SLICE("[{\"op\":\"add\",\"path\":\"/x\",\"value\":[1]}"));
	for (int i = 0; i < 40; i++)
		buf_append(
		    &patch,
		    SLICE(",{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/y\"},{\"op\":\"add\",\"path\":\"/x\",\"value\":[]},"
			  "{\"op\":\"copy\",\"from\":\"/y\",\"path\":\"/x/0\"},{\"op\":\"move\",\"from\":\"/y\",\"path\":"
			  "\"/x/0\"}"));
	buf_append(&patch, SLICE("]"));
	refused(SMALL, arena_cstr(arena, buf_slice(&patch)), "");
	assert_string_equal(issues.first->code, "too-costly");
	buf_reset(&patch);
	buf_append(&patch, SLICE("[{\"op\":\"add\",\"path\":\"/x\",\"value\":[]}"));
	for (int i = 0; i < 100; i++)
		buf_append(
		    &patch,
		    SLICE(",{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/y\"},{\"op\":\"add\",\"path\":\"/x\",\"value\":[]},"
			  "{\"op\":\"move\",\"from\":\"/y\",\"path\":\"/x/0\"}"));
	buf_append(&patch, SLICE("]"));
	refused(SMALL, arena_cstr(arena, buf_slice(&patch)), "nested too deeply");
	buf_free(&patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(members_are_added_removed_and_replaced, begin_test, end_test),
		cmocka_unit_test_setup_teardown(items_are_added_and_removed_by_index, begin_test, end_test),
		cmocka_unit_test_setup_teardown(values_are_moved_and_copied, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_test_holds_or_stops_the_patch, begin_test, end_test),
		cmocka_unit_test_setup_teardown(pointers_are_those_of_rfc_6901, begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_is_no_patch_is_refused, begin_test, end_test),
		cmocka_unit_test_setup_teardown(the_result_is_in_order_and_checked, begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_list_without_items_is_no_more, begin_test, end_test),
		cmocka_unit_test_setup_teardown(companions_of_primitives_are_members_too, begin_test, end_test),
		cmocka_unit_test_setup_teardown(doubling_and_deepening_are_bounded, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, load_schemas, free_schemas);
}
