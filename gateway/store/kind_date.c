/* SPDX-License-Identifier: Apache-2.0 */
/* Dates: both sides are spans of time (see span.h), compared as the specification defines for each prefix. */
#include "store/kind.h"
#include "store/span.h"

static bool add_span(struct index_writer *writer, struct span span, struct error *err)
{
	struct db_query query;

	if (!writer_open(writer, &query, err))
		return false;
	db_bind_int(&query, span.low);
	db_bind_int(&query, span.high);
	return db_run(&query, err);
}

/** A Period; an end that is absent is open. */
static bool add_period(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct span start, end, whole = { SPAN_LOWEST, SPAN_HIGHEST };

	if (span_read(fhir_node_text(node, SLICE("start")), &start))
		whole.low = start.low;
	if (span_read(fhir_node_text(node, SLICE("end")), &end))
		whole.high = end.high;
	return (whole.low == SPAN_LOWEST && whole.high == SPAN_HIGHEST) || add_span(writer, whole, err);
}

/** A Timing: from its first event to its last, or its bounds where these are a Period. */
static bool add_timing(struct index_writer *writer, const struct fhir_node *node, struct error *err)
{
	struct span whole = { SPAN_HIGHEST, SPAN_LOWEST }, event;
	const struct fhir_node *repeat = fhir_node_child(node, SLICE("repeat"));
	const struct fhir_node *bounds = repeat ? fhir_node_child(repeat, SLICE("bounds")) : NULL;

	if (bounds && slice_equal(bounds->type->name, SLICE("Period")) && !add_period(writer, bounds, err))
		return false;
	for (const struct fhir_node *child = fhir_node_child(node, SLICE("event")); child; child = fhir_node_again(child)) {
		if (!span_read(child->value, &event))
			continue;
		whole.low = event.low < whole.low ? event.low : whole.low;
		whole.high = event.high > whole.high ? event.high : whole.high;
	}
	return whole.low > whole.high || add_span(writer, whole, err);
}

static bool add(struct index_writer *writer, const struct fhirpath_item *item, struct error *err)
{
	struct slice text = fhirpath_item_text(item);
	struct span span;

	if (text.ptr)
		return !span_read(text, &span) || add_span(writer, span, err);
	if (item->kind == FHIRPATH_NODE && slice_equal(item->node->type->name, SLICE("Period")))
		return add_period(writer, item->node, err);
	if (item->kind == FHIRPATH_NODE && slice_equal(item->node->type->name, SLICE("Timing")))
		return add_timing(writer, item->node, err);
	return true;
}

/** The tenth of the distance from now: what "approximately" means by the specification's suggestion. */
static struct span approximate(struct span span)
{
	int64_t now = time_now_ms();
	int64_t distance = span.low > now ? span.low - now : now - span.low;

	return (struct span){ span.low - distance / 10, span.high + distance / 10 };
}

enum bound { LOW, HIGH };

/* FHIR "Prefixes": "the range of the search value" is [LOW, HIGH). That low is also below HIGH where it is only implied keeps the
 * scan of the index short. */
static const struct condition_term span_terms[][CONDITION_TERMS_MAX] = {
	[PREFIX_EQ] = { { "(low >= ?", LOW }, { " AND low < ?", HIGH }, { " AND high <= ?)", HIGH } },
	[PREFIX_NE] = { { "NOT (low >= ?", LOW }, { " AND high <= ?)", HIGH } },
	[PREFIX_GT] = { { "high > ?", HIGH } },
	[PREFIX_LT] = { { "low < ?", LOW } },
	[PREFIX_GE] = { { "(high > ?", HIGH }, { " OR (low >= ?", LOW }, { " AND high <= ?))", HIGH } },
	[PREFIX_LE] = { { "(low < ?", LOW }, { " OR (low >= ?", LOW }, { " AND high <= ?))", HIGH } },
	[PREFIX_SA] = { { "low >= ?", HIGH } },
	[PREFIX_EB] = { { "high <= ?", LOW } },
	[PREFIX_AP] = { { "(low < ?", HIGH }, { " AND high > ?)", LOW } },
};

/* The same for _lastUpdated, which is one millisecond. */
static const struct condition_term updated_terms[][CONDITION_TERMS_MAX] = {
	[PREFIX_EQ] = { { "(updated_ms >= ?", LOW }, { " AND updated_ms < ?)", HIGH } },
	[PREFIX_NE] = { { "NOT (updated_ms >= ?", LOW }, { " AND updated_ms < ?)", HIGH } },
	[PREFIX_GT] = { { "updated_ms >= ?", HIGH } },
	[PREFIX_LT] = { { "updated_ms < ?", LOW } },
	[PREFIX_GE] = { { "updated_ms >= ?", LOW } },
	[PREFIX_LE] = { { "updated_ms < ?", HIGH } },
	[PREFIX_SA] = { { "updated_ms >= ?", HIGH } },
	[PREFIX_EB] = { { "updated_ms < ?", LOW } },
	[PREFIX_AP] = { { "(updated_ms >= ?", LOW }, { " AND updated_ms < ?)", HIGH } },
};

static bool match_span(struct condition *condition, const struct condition_term (*terms)[CONDITION_TERMS_MAX],
		       const struct store_filter *filter, const struct store_value *value, struct error *err)
{
	struct slice text = value->text;
	bool overlaps = slice_equal(filter->modifier, SLICE("overlaps"));
	enum prefix prefix = overlaps ? PREFIX_AP : kind_cut_prefix(&text);
	struct span span;

	if (!span_read(text, &span))
		return kind_refuse_value(filter, value,
					 "2026, 2026-11, 2026-11-23 or 2026-11-23T20:48:00Z, maybe after a prefix like ge", err);
	if (prefix == PREFIX_AP && !overlaps)
		span = approximate(span);
	condition_add_terms(condition, terms[prefix],
			    (struct condition_bind[]){ [LOW] = { .number = span.low }, [HIGH] = { .number = span.high } });
	return true;
}

static bool match(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
		  struct error *err)
{
	return match_span(condition, span_terms, filter, value, err);
}

static bool match_updated(struct condition *condition, const struct store_filter *filter, const struct store_value *value,
			  struct error *err)
{
	return match_span(condition, updated_terms, filter, value, err);
}

const struct index_kind kind_date = {
	.table = "index_date",
	.insert =
	    "INSERT INTO index_date (resource, change, param, item, low, high) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	.low = "low",
	.high = "high",
	.columns = { "low", "high", "item" },
	.add = add,
	.match = match,
};

const struct index_kind kind_updated = { .low = "updated_ms", .high = "updated_ms", .match = match_updated };
