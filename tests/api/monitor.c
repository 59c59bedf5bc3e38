/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics read as strictly as a scraper reads it, its numbers against what was asked; health. */
#include "serving.h"

#include <ctype.h>
#include <pthread.h>

#include "api/call.h"
#include "api/exposition.h"
#include "api/metrics.h"

static int setup(void **state)
{
	gateway_open(state);
	given_plan("a", "A title", "active", "11111");
	return 0;
}

/* ---- the format: prometheus.io, "Text-based format" ---- */

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalpha((unsigned char)s.ptr[i]) && s.ptr[i] != '_' && s.ptr[i] != ':' &&
		    !(i && isdigit((unsigned char)s.ptr[i])))
			return false;
	return s.len > 0;
}

/** The family that a sample belongs to: of a histogram, without its suffix. */
static bool belongs(struct slice name, struct slice family, bool is_histogram)
{
	static const char *const suffixes[] = { "_bucket", "_sum", "_count" };

	if (!is_histogram)
		return slice_equal(name, family);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (slice_equal(name, arena_printf(gateway.arena, "%.*s%s", SLICE_ARG(family), suffixes[i])))
			return true;
	return false;
}

/** Checks 'key="value",…' up to the closing brace, which it consumes. */
static void check_labels(struct slice *rest)
{
	for (;;) {
		struct slice key = slice_cut(rest, '=');
		assert_true(is_name(key) && rest->len && rest->ptr[0] == '"');
		size_t at = 1;
		for (; at < rest->len && rest->ptr[at] != '"'; at++)
			if (rest->ptr[at] == '\\')
				assert_true(++at < rest->len && strchr("\\\"n", rest->ptr[at]));
		assert_true(at + 1 < rest->len);
		char after = rest->ptr[at + 1];
		*rest = slice_from(*rest, at + 2);
		if (after == '}')
			return;
		assert_int_equal(after, ',');
	}
}

/** Name, labels, one space, a number. */
static struct slice check_sample(struct slice line)
{
	size_t brace = slice_find(line, SLICE("{"));
	struct slice rest = line, name = slice_cut(&rest, brace == SIZE_MAX ? ' ' : '{');
	char number[64], *end;

	assert_true(is_name(name));
	if (brace != SIZE_MAX) {
		check_labels(&rest);
		assert_true(rest.len && rest.ptr[0] == ' ');
		rest = slice_from(rest, 1);
	}
	assert_true(rest.len && rest.len < sizeof(number) && rest.ptr[0] != ' ');
	snprintf(number, sizeof(number), "%.*s", SLICE_ARG(rest));
	strtod(number, &end);
	assert_true(end != number && *end == '\0');
	return name;
}

#define FAMILIES_MAX 64

static void check_format(struct slice text)
{
	struct slice families[FAMILIES_MAX], family = SLICE_NONE;
	size_t count = 0;
	bool is_histogram = false;

	assert_true(slice_ends(text, SLICE("\n")) && slice_utf8_invalid(text) == SIZE_MAX);
	text.len--;
	while (text.ptr) {
		struct slice line = slice_cut(&text, '\n'), rest = line;
		if (slice_starts(line, SLICE("# HELP "))) {
			rest = slice_from(line, SLICE("# HELP ").len);
			family = slice_cut(&rest, ' ');
			assert_true(is_name(family) && rest.len && count < FAMILIES_MAX);
			for (size_t i = 0; i < count; i++)
				assert_false(slice_equal(families[i], family)); /* all its lines stand together */
			families[count++] = family;
			struct slice type = slice_cut(&text, '\n');
			struct slice start = arena_printf(gateway.arena, "# TYPE %.*s ", SLICE_ARG(family));
			assert_true(slice_starts(type, start));
			type = slice_from(type, start.len);
			is_histogram = slice_equal(type, SLICE("histogram"));
			assert_true(is_histogram || slice_equal(type, SLICE("counter")) || slice_equal(type, SLICE("gauge")));
			assert_true(!slice_equal(type, SLICE("counter")) || slice_ends(family, SLICE("_total")));
			continue;
		}
		struct slice name = check_sample(line);
		if (!belongs(name, family, is_histogram))
			fail_msg("%.*s in the family %.*s", SLICE_ARG(name), SLICE_ARG(family));
	}
}

/** The value of the sample that begins so; -1 when there is none. */
static double value_of(struct slice text, const char *sample)
{
	struct slice start = arena_printf(gateway.arena, "%s ", sample);

	while (text.ptr) {
		struct slice line = slice_cut(&text, '\n');
		if (slice_starts(line, start))
			return strtod(slice_from(line, start.len).ptr, NULL);
	}
	return -1;
}

static struct slice scrape(void)
{
	struct answer answer = get("/metrics");

	assert_int_equal(answer.status, 200);
	assert_slice(header_of(&answer, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	assert_false(answer.from_loop);
	return answer.body;
}

static void metrics_are_text_that_a_scraper_takes(void **state)
{
	(void)state;
	get("/fhir/r4/PlanDefinition/a");
	get("/nowhere");
	check_format(scrape());
	check_format(scrape());
}

static void requests_are_counted_by_interaction_and_class(void **state)
{
	const char *reads = "cannula_requests_total{interaction=\"read\",status=\"2xx\"}";
	const char *missed = "cannula_requests_total{interaction=\"read\",status=\"4xx\"}";
	struct slice before = scrape();

	(void)state;
	for (int i = 0; i < 3; i++)
		get("/fhir/r4/PlanDefinition/a");
	get("/fhir/r4/PlanDefinition/nobody");
	get("/fhir/r4/PlanDefinition?title=A");
	struct slice after = scrape();
	assert_true(value_of(after, reads) - value_of(before, reads) == 3);
	double missed_before = value_of(before, missed);
	assert_true(value_of(after, missed) - (missed_before < 0 ? 0 : missed_before) == 1);
	assert_true(value_of(after, "cannula_requests_total{interaction=\"search-type\",status=\"2xx\"}") >= 1);
	assert_true(value_of(after, "cannula_requests_total{interaction=\"metrics\",status=\"2xx\"}") >= 1);
	assert_true(value_of(after, "cannula_cache_hits_total") - value_of(before, "cannula_cache_hits_total") >= 2);
	assert_true(value_of(after, "cannula_store_up") == 1);
	assert_true(value_of(after, "process_open_fds") > 2);
	assert_true(value_of(after, "process_start_time_seconds") <= (double)time_now_ms() / 1000);
	assert_true(value_of(after, "process_resident_memory_bytes") > 1 << 20);
}

static void a_histogram_holds_each_request_once(void **state)
{
	static const char *const bounds[] = { "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
					      "0.05",   "0.1",     "0.25",   "0.5",   "1",      "2.5",   "10",   "+Inf" };
	const char *labels = "interaction=\"read\",status=\"2xx\"";
	double last = 0;

	(void)state;
	get("/fhir/r4/PlanDefinition/a");
	struct slice text = scrape();
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		struct slice sample =
		    arena_printf(gateway.arena, "cannula_request_duration_seconds_bucket{%s,le=\"%s\"}", labels, bounds[i]);
		double value = value_of(text, sample.ptr);
		assert_true(value >= last);
		last = value;
	}
	struct slice count = arena_printf(gateway.arena, "cannula_request_duration_seconds_count{%s}", labels);
	struct slice total = arena_printf(gateway.arena, "cannula_requests_total{%s}", labels);
	assert_true(last > 0 && last == value_of(text, count.ptr) && last == value_of(text, total.ptr));
}

/* ---- the counters ---- */

static void a_duration_falls_into_the_bucket_that_it_does_not_exceed(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metrics_cell cell = { 0 };

	(void)state;
	metrics_count(metrics, 3, 200, 100, 1, 10);
	metrics_count(metrics, 3, 204, 101, 2, 20);
	metrics_count(metrics, 3, 200, 10000000, 3, 30);
	metrics_count(metrics, 3, 200, 10000001, 4, 40);
	metrics_count(metrics, 3, 404, 1, 5, 50);
	metrics_count(metrics, 4, 200, 1, 6, 60);
	metrics_sum(metrics, 3, 1, &cell);
	assert_int_equal(cell.buckets[0], 1);
	assert_int_equal(cell.buckets[1], 1);
	assert_int_equal(cell.buckets[METRICS_BUCKETS - 2], 1);
	assert_int_equal(cell.buckets[METRICS_BUCKETS - 1], 1);
	assert_int_equal(cell.sum_us, 100 + 101 + 10000000 + 10000001);
	assert_int_equal(cell.in_bytes, 10);
	assert_int_equal(cell.out_bytes, 100);
	metrics_free(metrics);
}

#define THREADS 8
#define COUNTS 20000

static void *count_many(void *metrics)
{
	for (int i = 0; i < COUNTS; i++)
		metrics_count(metrics, 0, 200, 1, 1, 1);
	return NULL;
}

static void no_count_of_any_thread_is_lost(void **state)
{
	struct metrics *metrics = metrics_new();
	struct metrics_cell cell = { 0 };
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, metrics), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	metrics_sum(metrics, 0, 1, &cell);
	assert_int_equal(cell.buckets[0], THREADS * COUNTS);
	assert_int_equal(cell.out_bytes, THREADS * COUNTS);
	metrics_free(metrics);
}

static void values_of_labels_are_escaped(void **state)
{
	(void)state;
	assert_slice(exposition_label(gateway.arena, "a", SLICE("x\"y\\z\nw")), "a=\"x\\\"y\\\\z\\nw\"");
	assert_slice(exposition_label(gateway.arena, "a", SLICE("")), "a=\"\"");
}

/* ---- health ---- */

static void health_tells_life_and_readiness_apart(void **state)
{
	struct answer ready = get("/health/ready");

	(void)state;
	assert_int_equal(ready.status, 200);
	assert_slice(ready.body, "{\"status\":\"pass\",\"store\":\"pass\",\"keys\":\"pass\",\"accepting\":\"pass\"}\n");
	assert_true(ready.from_loop);
	atomic_store(&gateway.api->store_answers, false);
	ready = get("/health/ready");
	struct answer live = get("/health/live");
	assert_true(ready.status == 503 || atomic_load(&gateway.api->store_answers)); /* the watch may have looked meanwhile */
	assert_int_equal(live.status, 200);
	assert_slice(live.body, "{\"status\":\"pass\"}\n");
	assert_slice(header_of(&live, "Cache-Control"), "no-store");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_are_text_that_a_scraper_takes),
		cmocka_unit_test(requests_are_counted_by_interaction_and_class),
		cmocka_unit_test(a_histogram_holds_each_request_once),
		cmocka_unit_test(a_duration_falls_into_the_bucket_that_it_does_not_exceed),
		cmocka_unit_test(no_count_of_any_thread_is_lost),
		cmocka_unit_test(values_of_labels_are_escaped),
		cmocka_unit_test(health_tells_life_and_readiness_apart),
	};

	return cmocka_run_group_tests(tests, setup, gateway_close);
}
