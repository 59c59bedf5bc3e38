/* SPDX-License-Identifier: Apache-2.0 */
/* The official FHIRPath suite of R4 (HL7/FHIRPath, tests/r4), a case for each of its tests; without it only our own subset of the
 * same form under fixtures/fhirpath. A test that we do not pass stands in `excepted` with its reason. */
#include "../testing.h"

#include "cannula/fhirpath.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#define CASES_MAX 2000u
#define FILE_MAX_BYTES (4u << 20)

static const struct {
	const char *name, *reason;
} excepted[] = {
#include "suite_excepted.h"
};

struct suite_case {
	const char *directory, *name, *input, *expression, *predicate, *invalid;
	bool strict;
	const xmlNode *node;
};

static struct suite_case cases[CASES_MAX];
static struct CMUnitTest tests[CASES_MAX];
static char titles[CASES_MAX][256];
static size_t case_count;

static struct arena *world;
static struct fhir_schema *schema;

static const char *attribute(const xmlNode *node, const char *name)
{
	const xmlAttr *found = xmlHasProp(node, (const xmlChar *)name);

	return found && found->children ? (const char *)found->children->content : NULL;
}

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *child_named(const xmlNode *node, const char *name)
{
	for (const xmlNode *child = node->children; child; child = child->next)
		if (is_named(child, name))
			return child;
	return NULL;
}

static bool says(const char *attribute_value, const char *word)
{
	return attribute_value && strcmp(attribute_value, word) == 0;
}

/** NULL: the test has none, or it is not there; a semantic error (`strict`) needs only its type. */
static struct fhir_node *read_xml(const char *path, struct slice bytes, struct issues *issues)
{
	struct fhir_xml_limits limits = FHIR_XML_LIMITS_DEFAULT;
	struct fhir_node *node;

	if (!fhir_xml_read(world, schema, NULL, bytes, &limits, issues, &node))
		fail_msg("%s: %.*s", path, SLICE_ARG(issues->first->text));
	return node;
}

static struct fhir_node *read_json(const char *path, struct slice bytes, struct issues *issues)
{
	struct fhir_json_limits limits = FHIR_JSON_LIMITS_DEFAULT;
	struct fhir_node *node;

	if (!fhir_json_read(world, schema, NULL, bytes, &limits, issues, &node))
		fail_msg("%s: %.*s", path, SLICE_ARG(issues->first->text));
	return node;
}

/** The input as the suite names it (XML), else its JSON twin. */
static struct fhir_node *read_input(const struct suite_case *one, bool *missing)
{
	struct error no_xml = { 0 }, no_json = { 0 };
	struct issues issues;
	struct slice bytes;
	char path[1024];

	if (!one->input)
		return NULL;
	issues_init(&issues, world, 10);
	snprintf(path, sizeof(path), "%s/%s", one->directory, one->input);
	if (slice_ends(slice_of(path), SLICE(".xml")) && file_read(world, path, FILE_MAX_BYTES, &bytes, &no_xml))
		return read_xml(path, bytes, &issues);
	snprintf(path, sizeof(path), "%s/%.*s.json", one->directory, (int)strcspn(one->input, "."), one->input);
	if (file_read(world, path, FILE_MAX_BYTES, &bytes, &no_json))
		return read_json(path, bytes, &issues);
	*missing = !one->strict;
	return NULL;
}

/** As the suite writes a value. */
static void show(const struct fhirpath_item *item, char *out, size_t size)
{
	struct slice text = fhirpath_item_text(item);

	if (item->kind == FHIRPATH_QUANTITY)
		snprintf(out, size, "%.*s '%.*s'", SLICE_ARG(item->text), SLICE_ARG(item->unit));
	else
		snprintf(out, size, "%.*s", SLICE_ARG(text));
}

static const char *expected_text(const xmlNode *output)
{
	const char *text = output->children ? (const char *)output->children->content : "";

	return text[0] != '@' ? text : text[1] == 'T' ? text + 2 : text + 1;
}

/** Whether `type` of the suite names what `item` is. */
static bool type_fits(const char *type, const struct fhirpath_item *item)
{
	static const struct {
		const char *name;
		enum fhirpath_kind kind;
	} kinds[] = { { "boolean", FHIRPATH_BOOLEAN },   { "string", FHIRPATH_STRING }, { "integer", FHIRPATH_INTEGER },
		      { "decimal", FHIRPATH_DECIMAL },   { "date", FHIRPATH_DATE },     { "dateTime", FHIRPATH_DATETIME },
		      { "Quantity", FHIRPATH_QUANTITY }, { "time", FHIRPATH_TIME } };

	if (!type)
		return true;
	if (item->kind == FHIRPATH_NODE)
		return fhir_type_is(item->node->type, slice_of(type));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, type) == 0)
			return kinds[i].kind == item->kind;
	return false;
}

/** Empty, or what differs. */
static void compare(const struct suite_case *one, const struct fhirpath_result *result, char *out, size_t size)
{
	size_t at = 0;
	char got[4096];

	for (const xmlNode *output = one->node->children; output; output = output->next) {
		if (!is_named(output, "output"))
			continue;
		if (at >= result->count) {
			snprintf(out, size, "%zu items, expected more: %s", result->count, expected_text(output));
			return;
		}
		show(&result->items[at], got, sizeof(got));
		bool fits = type_fits(attribute(output, "type"), &result->items[at++]);
		if (strcmp(got, expected_text(output)) == 0 && fits)
			continue;
		snprintf(out, size, "item %zu is %s%s, expected %s", at, got, fits ? "" : " of another type",
			 expected_text(output));
		return;
	}
	if (at < result->count) {
		show(&result->items[at], got, sizeof(got));
		snprintf(out, size, "%zu items, expected %zu; the next is %s", result->count, at, got);
	}
}

/** Without an input (the suite's folder lacks some) a semantic error still follows from the type that the path begins with. */
static const struct fhir_type *focus_type(const struct suite_case *one, const struct fhir_node *focus)
{
	struct slice rest = slice_of(one->expression), first = slice_cut(&rest, '.');

	return focus ? focus->type : one->strict ? fhir_type_find(schema, first) : NULL;
}

static bool evaluate(struct arena *arena, const struct suite_case *one, struct fhir_node *focus, struct fhirpath_result *result,
		     struct error *err)
{
	struct fhirpath_context context = { .schema = schema };
	struct fhirpath_types types = { .schema = schema, .focus = focus_type(one, focus), .strict = one->strict };
	struct fhirpath_origin origin = { 0 };
	const struct fhir_type *type;
	struct fhirpath_program *program;

	if (!fhirpath_compile(arena, slice_of(one->expression), &program, err))
		return false;
	if (one->strict && !fhirpath_check(program, &types, &origin, &type, err))
		return false;
	if (focus)
		return fhirpath_eval_node(arena, program, &context, focus, result, err);
	return fhirpath_eval(arena, program, &context, (struct fhirpath_result){ NULL, 0 }, result, err);
}

static void judge(struct arena *arena, const struct suite_case *one, char *out, size_t size)
{
	struct fhirpath_result result;
	struct error err = { 0 };
	bool missing = false;
	struct fhir_node *focus = read_input(one, &missing);

	if (missing) {
		snprintf(out, size, "%s is not there", one->input);
		return;
	}

	if (!evaluate(arena, one, focus, &result, &err)) {
		if (!one->invalid)
			snprintf(out, size, "error: %s", err.message);
		return;
	}
	if (one->invalid) {
		snprintf(out, size, "%zu items, expected an error (%s)", result.count, one->invalid);
		return;
	}
	struct fhirpath_item exists = { .kind = FHIRPATH_BOOLEAN, .text = slice_of(result.count ? "true" : "false") };
	bool is_truth = result.count == 1 && result.items[0].kind == FHIRPATH_BOOLEAN;
	if (says(one->predicate, "true") && !is_truth)
		result = (struct fhirpath_result){ &exists, 1 };
	compare(one, &result, out, size);
}

static const char *exception(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(excepted); i++)
		if (excepted[i].name && strcmp(excepted[i].name, name) == 0)
			return excepted[i].reason;
	return NULL;
}

static void run_case(void **state)
{
	const struct suite_case *one = *state;
	const char *reason = exception(one->name);
	struct arena *arena = arena_new(64u << 20);
	char wrong[8192] = "";

	judge(arena, one, wrong, sizeof(wrong));
	arena_free(arena);
	if (reason && !wrong[0])
		fail_msg("%s passes now: take it off the exceptions", one->name);
	if (!reason && wrong[0])
		fail_msg("%s\n  %s", one->expression, wrong);
}

static void add_case(const char *directory, const xmlNode *node)
{
	const xmlNode *expression = child_named(node, "expression");
	struct suite_case *one = &cases[case_count];

	assert_true(case_count < CASES_MAX && expression);
	*one = (struct suite_case){ .directory = directory, .node = node };
	one->name = attribute(node, "name");
	one->input = attribute(node, "inputfile");
	one->predicate = attribute(node, "predicate");
	one->invalid = attribute(expression, "invalid");
	one->expression = (const char *)xmlNodeGetContent(expression);
	one->strict = says(attribute(node, "mode"), "strict") || says(one->invalid, "semantic");
	const char *reason = exception(one->name);
	if (reason)
		snprintf(titles[case_count], sizeof(titles[0]), "%s is not passed: %s", one->name, reason);
	tests[case_count] = (struct CMUnitTest){ reason ? titles[case_count] : one->name, run_case, NULL, NULL, one };
	case_count++;
}

/** The document lives until the program ends, as the cases point into it. */
static xmlDoc *read_suite(const char *directory, const char *file)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	xmlDoc *document = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	if (!document)
		return NULL;
	for (const xmlNode *group = xmlDocGetRootElement(document)->children; group; group = group->next)
		for (const xmlNode *node = group->children; node; node = node->next)
			if (is_named(node, "test"))
				add_case(directory, node);
	return document;
}

static int open_world(void **state)
{
	struct error err = { 0 };

	(void)state;
	world = arena_new(256u << 20);
	assert_non_null(world);
	assert_ok(fhir_schema_load(world, FHIR_R4, &schema, &err), &err);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	arena_free(world);
	return 0;
}

int main(void)
{
	const char *top = getenv("CANNULA_TOP"), *shared = getenv("CANNULA_SHARED");
	char own[512], official[512];

	snprintf(own, sizeof(own), "%s/fixtures/fhirpath", top ? top : ".");
	snprintf(official, sizeof(official), "%s/fhir/fhirpath", shared ? shared : "../shared");
	xmlDoc *documents[] = { read_suite(own, "tests.xml"), read_suite(official, "tests-fhir-r4.xml") };
	if (!documents[0])
		fprintf(stderr, "%s/tests.xml cannot be read\n", own);
	int failed = _cmocka_run_group_tests("fhirpath suite", tests, case_count, open_world, close_world);
	for (size_t i = 0; i < case_count; i++)
		xmlFree((void *)(uintptr_t)cases[i].expression);
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++)
		xmlFreeDoc(documents[i]);
	xmlCleanupParser();
	return documents[0] ? failed : 1;
}
