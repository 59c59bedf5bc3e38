/* SPDX-License-Identifier: Apache-2.0 */
/* What plain SQLite does for the rows that the gateway writes.
 *   rows DATABASE SECONDS
 * Takes what the newest two changes left in the gateway's tables, resources, versions and index, and writes the same rows under
 * new keys and ids again and again, two changes a transaction, with the gateway's durability (WAL, synchronous=FULL) and prepared
 * statements. Prints "TRANSACTIONS PROCESSOR-MICROSECONDS". */
#include "cannula/base.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TABLES_MAX 16
#define ROWS_MAX 256
#define COLUMNS_MAX 16
#define CHANGES 2

enum role { PLAIN, CHANGE, RESOURCE };

/** A table with a column `change`: its insertion, and what each column is. */
struct table {
	sqlite3_stmt *insert;
	enum role roles[COLUMNS_MAX];
	int columns;
};

struct row {
	const struct table *table;
	sqlite3_value *values[COLUMNS_MAX];
};

struct rows {
	sqlite3 *db;
	struct table tables[TABLES_MAX];
	struct row items[ROWS_MAX];
	char ids[CHANGES][80];
	size_t table_count, count;
	int64_t newest_change, newest_resource;
};

static void must(struct rows *rows, bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "rows: %s\n", sqlite3_errmsg(rows->db));
	exit(1);
}

static sqlite3_stmt *prepare(struct rows *rows, const char *sql)
{
	sqlite3_stmt *statement;

	must(rows, sqlite3_prepare_v2(rows->db, sql, -1, &statement, NULL) == SQLITE_OK);
	return statement;
}

static int64_t ask(struct rows *rows, const char *sql)
{
	sqlite3_stmt *statement = prepare(rows, sql);

	must(rows, sqlite3_step(statement) == SQLITE_ROW);
	int64_t number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void run(struct rows *rows, const char *sql)
{
	must(rows, sqlite3_exec(rows->db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* ---- reading what was written ---- */

static enum role role_of(const char *table, const char *column)
{
	if (strcmp(column, "change") == 0)
		return CHANGE;
	if (strcmp(column, "resource") == 0 || (strcmp(table, "resource") == 0 && strcmp(column, "position") == 0))
		return RESOURCE;
	return PLAIN;
}

static void read_rows(struct rows *rows, struct table *table, sqlite3_stmt *select)
{
	while (sqlite3_step(select) == SQLITE_ROW) {
		struct row *row = &rows->items[rows->count++];
		ASSERT(rows->count <= ROWS_MAX);
		row->table = table;
		for (int i = 0; i < table->columns; i++)
			row->values[i] = sqlite3_value_dup(sqlite3_column_value(select, i));
	}
}

static void read_table(struct rows *rows, const char *name)
{
	struct table *table = &rows->tables[rows->table_count++];
	char sql[512];

	ASSERT(rows->table_count <= TABLES_MAX);
	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE change > %lld", name, (long long)rows->newest_change - CHANGES);
	sqlite3_stmt *select = prepare(rows, sql);
	table->columns = sqlite3_column_count(select);
	ASSERT(table->columns <= COLUMNS_MAX);
	snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", name);
	for (int i = 0; i < table->columns; i++) {
		table->roles[i] = role_of(name, sqlite3_column_name(select, i));
		strncat(sql, i > 0 ? ", ?" : "", sizeof(sql) - strlen(sql) - 1);
	}
	strncat(sql, ")", sizeof(sql) - strlen(sql) - 1);
	table->insert = prepare(rows, sql);
	read_rows(rows, table, select);
	sqlite3_finalize(select);
}

static void read_ids(struct rows *rows)
{
	sqlite3_stmt *select = prepare(rows, "SELECT id FROM resource ORDER BY change DESC LIMIT 2");

	for (size_t i = 0; i < CHANGES; i++) {
		must(rows, sqlite3_step(select) == SQLITE_ROW);
		snprintf(rows->ids[i], sizeof(rows->ids[i]), "%s", (const char *)sqlite3_column_text(select, 0));
	}
	sqlite3_finalize(select);
}

static void read_all(struct rows *rows)
{
	rows->newest_change = ask(rows, "SELECT max(change) FROM version");
	rows->newest_resource = ask(rows, "SELECT max(position) FROM resource");
	read_ids(rows);
	sqlite3_stmt *names =
	    prepare(rows, "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c ON c.name = 'change'"
			  " WHERE m.type = 'table' AND m.name <> 'superseded'");
	while (sqlite3_step(names) == SQLITE_ROW)
		read_table(rows, (const char *)sqlite3_column_text(names, 0));
	sqlite3_finalize(names);
}

/* ---- writing it again ---- */

/** An id stays as long as it was: its beginning is the number of the round, scattered as the gateway's random ids are. */
static void bind_text(struct rows *rows, sqlite3_stmt *insert, int at, sqlite3_value *value, unsigned round)
{
	const char *text = (const char *)sqlite3_value_text(value);
	char renamed[80];

	for (size_t i = 0; i < CHANGES; i++) {
		if (strcmp(text, rows->ids[i]) != 0)
			continue;
		snprintf(renamed, sizeof(renamed), "%08x%s", round * 2654435761u, strlen(text) > 8 ? text + 8 : "");
		must(rows, sqlite3_bind_text(insert, at, renamed, -1, SQLITE_TRANSIENT) == SQLITE_OK);
		return;
	}
	must(rows, sqlite3_bind_value(insert, at, value) == SQLITE_OK);
}

static void write_row(struct rows *rows, const struct row *row, unsigned round)
{
	const struct table *table = row->table;

	for (int i = 0; i < table->columns; i++) {
		sqlite3_value *value = row->values[i];
		if (table->roles[i] != PLAIN)
			sqlite3_bind_int64(table->insert, i + 1, sqlite3_value_int64(value) + CHANGES * (int64_t)round);
		else if (sqlite3_value_type(value) == SQLITE_TEXT)
			bind_text(rows, table->insert, i + 1, value, round);
		else
			must(rows, sqlite3_bind_value(table->insert, i + 1, value) == SQLITE_OK);
	}
	must(rows, sqlite3_step(table->insert) == SQLITE_DONE);
	sqlite3_reset(table->insert);
}

static uint64_t processor_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	static struct rows rows;
	uint64_t seconds;
	unsigned round = 0;

	if (argc != 3 || !slice_to_u64(slice_of(argv[2]), 3600, &seconds)) {
		fprintf(stderr, "usage: rows DATABASE SECONDS\n");
		return 2;
	}
	must(&rows, sqlite3_open_v2(argv[1], &rows.db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
	run(&rows, "PRAGMA synchronous=FULL");
	run(&rows, "PRAGMA cache_size=-8192");
	read_all(&rows);
	sqlite3_stmt *count = prepare(&rows, "UPDATE counter SET value = value + 1 WHERE name = 'sequence'");
	uint64_t end_us = time_monotonic_us() + seconds * 1000000, before_us = processor_us();
	while (time_monotonic_us() < end_us) {
		round++;
		run(&rows, "BEGIN IMMEDIATE");
		for (size_t i = 0; i < rows.count; i++)
			write_row(&rows, &rows.items[i], round);
		must(&rows, sqlite3_step(count) == SQLITE_DONE);
		sqlite3_reset(count);
		run(&rows, "COMMIT");
	}
	printf("%u %llu\n", round, (unsigned long long)(processor_us() - before_us));
	return 0;
}
