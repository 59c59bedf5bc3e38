/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration rows as people read them: the commented example and the manual page. */
#include "cli/config.h"

#define WRAP_COLUMNS 110

static const char *kind_name(const struct option *option)
{
	switch (option->kind) {
	case OPTION_TEXT:
		return option->choices ? "one word" : "text";
	case OPTION_PATH:
		return "path";
	case OPTION_BOOL:
		return "true or false";
	case OPTION_COUNT:
		return "number";
	case OPTION_BYTES:
		return "size";
	case OPTION_MS:
		return "duration";
	case OPTION_TEXTS:
		return "list of texts";
	case OPTION_GROUP:
		return "group";
	case OPTION_ROWS:
		return "list";
	}
	return "";
}

/** The words of `text` in lines that begin with `lead`. */
static void print_wrapped(FILE *out, const char *lead, int indent, const char *text)
{
	int column = fprintf(out, "%*s%s", indent, "", lead);
	struct slice rest = slice_of(text);

	while (rest.ptr) {
		struct slice word = slice_cut(&rest, ' ');
		if (column + 1 + (int)word.len > WRAP_COLUMNS)
			column = fprintf(out, "\n%*s%s", indent, "", lead) - 1;
		column += fprintf(out, " %.*s", SLICE_ARG(word));
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct option *option, int indent)
{
	char sentence[1024];
	int used = snprintf(sentence, sizeof(sentence), "%s (%s", option->sentence, kind_name(option));

	for (size_t i = 0; option->choices && option->choices[i]; i++)
		used += snprintf(sentence + used, sizeof(sentence) - (size_t)used, "%s%s", i ? ", " : ": ", option->choices[i]);
	snprintf(sentence + used, sizeof(sentence) - (size_t)used, "%s)", option->required ? "; required" : "");
	print_wrapped(out, "#", indent, sentence);
	fprintf(out, "%*s# %s:%s%s\n", indent, "", option->name, option->default_text ? " " : "",
		option->default_text ? option->default_text : "");
}

static void print_table(FILE *out, const struct option_table *table, int indent)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];
		if (option->kind != OPTION_GROUP && option->kind != OPTION_ROWS) {
			print_row(out, option, indent);
			continue;
		}
		fputs(indent ? "" : "\n", out);
		print_wrapped(out, "#", indent, option->sentence);
		if (option->kind == OPTION_GROUP)
			fprintf(out, "%*s%s:\n", indent, "", option->name);
		else
			fprintf(out, "%*s# %s:    (a list; each item has:)\n", indent, "", option->name);
		print_table(out, option->table, indent + 2);
	}
}

void config_print_example(FILE *out)
{
	fputs("# cannula.yaml: every option with its default. Remove the # of what you change.\n"
	      "# Sizes are written as 64 KiB, 16 MiB, 1 GiB; durations as 250 ms, 30 s, 5 min, 6 h, 7 d; paths are relative to "
	      "this file.\n"
	      "# Made by `cannula check-config --example`; check yours with `cannula check-config FILE`.\n\n",
	      out);
	print_table(out, &config_table, 0);
}

static void print_manual_table(FILE *out, const struct option_table *table, const char *prefix)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];
		char path[128];
		snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "", option->name);
		fprintf(out, ".TP\n.B %s\n%s (%s%s%s%s)\n", path, option->sentence, kind_name(option),
			option->required ? "; required" : "", option->default_text ? "; default " : "",
			option->default_text ? option->default_text : "");
		if (option->table)
			print_manual_table(out, option->table, path);
	}
}

void config_print_manual(FILE *out)
{
	fputs(
	    ".TH CANNULA.YAML 5 \"\" \"cannula " PACKAGE_VERSION "\" \"File Formats\"\n"
	    ".SH NAME\ncannula.yaml \\- configuration of cannula\n"
	    ".SH DESCRIPTION\nYAML without aliases and tags. Options left out have their defaults; unknown ones are refused "
	    "with file, line and column. Sizes are written as 64 KiB, 16 MiB, 1 GiB; durations as 250 ms, 30 s, 5 min, 6 h, 7 d; "
	    "paths are relative to the file.\n"
	    ".SH OPTIONS\n",
	    out);
	print_manual_table(out, &config_table, "");
	fputs(".SH SEE ALSO\n.BR cannula (1)\n", out);
}
