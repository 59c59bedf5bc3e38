/* SPDX-License-Identifier: Apache-2.0 */
/* By hand, because getopt_long's row type has the name of base's option rows; the forms are GNU's: `--name VALUE`,
 * `--name=VALUE`, `--`. */
#include "cli/arguments.h"

#include <string.h>

const char *argument_get(const struct arguments *arguments, const char *name)
{
	size_t i = 0;

	while (i < arguments->command->flag_count && strcmp(arguments->command->flags[i].name, name) != 0)
		i++;
	ASSERT(i < arguments->command->flag_count);
	return arguments->values[i];
}

const char *argument_next(const struct arguments *arguments, const char *name, size_t *at)
{
	while (*at < arguments->repeated_count) {
		const struct repeated *one = &arguments->repeated[(*at)++];

		if (strcmp(one->flag->name, name) == 0)
			return one->value;
	}
	return NULL;
}

static bool wrong(const struct command *command, const char *what, struct slice word)
{
	fprintf(stderr, "cannula %s: %s %.*s\n", command->name, what, SLICE_ARG(word));
	return false;
}

static bool unknown_flag(const struct command *command, struct slice name)
{
	const char *names[FLAGS_MAX];

	for (size_t i = 0; i < command->flag_count; i++)
		names[i] = command->flags[i].name;
	wrong(command, "there is no option", name);
	const char *near = nearest_name(slice_from(name, 2), names, command->flag_count);
	if (near)
		fprintf(stderr, "  did you mean: --%s\n", near);
	return false;
}

/** `argv[*at]` begins with "--": takes it, and its value from the next word when it needs one. */
static bool take_flag(struct arguments *out, int argc, char **argv, int *at)
{
	const struct command *command = out->command;
	struct slice value = slice_of(argv[*at]), name = slice_cut(&value, '=');
	size_t i = 0;

	while (i < command->flag_count && !slice_equal(slice_from(name, 2), slice_of(command->flags[i].name)))
		i++;
	if (i == command->flag_count)
		return unknown_flag(command, name);
	bool repeats = command->flags[i].argument && slice_ends(slice_of(command->flags[i].argument), SLICE("..."));
	if (out->values[i] && !repeats)
		return wrong(command, "given twice:", name);
	if (!command->flags[i].argument) {
		out->values[i] = "";
		return value.ptr ? wrong(command, "takes no value:", name) : true;
	}
	if (!value.ptr && *at + 1 == argc)
		return wrong(command, "a value is missing after", name);
	out->values[i] = value.ptr ? value.ptr : argv[++*at];
	if (!repeats)
		return true;
	if (out->repeated_count == REPEATED_MAX)
		return wrong(command, "given too often:", name);
	out->repeated[out->repeated_count++] = (struct repeated){ &command->flags[i], out->values[i] };
	return true;
}

static bool operands_fit(const struct command *command, size_t count)
{
	if (count < command->min_operands)
		return wrong(command, "missing:", slice_of(command->operands));
	if (count > command->max_operands)
		return wrong(command, "more operands than", slice_of(command->operands));
	return true;
}

enum arguments_outcome arguments_parse(const struct command *command, int argc, char **argv, struct arguments *out)
{
	bool only_operands = false;

	ASSERT(command->flag_count <= FLAGS_MAX);
	*out = (struct arguments){ .command = command, .operands = argv };
	for (int i = 1; i < argc; i++) {
		if (only_operands || argv[i][0] != '-' || strcmp(argv[i], "-") == 0)
			argv[out->operand_count++] = argv[i]; /* operands move to the front: never past what was read */
		else if (strcmp(argv[i], "--") == 0)
			only_operands = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return ARGUMENTS_HELP;
		else if (argv[i][1] != '-') {
			wrong(command, "options begin with two dashes:", slice_of(argv[i]));
			return ARGUMENTS_WRONG;
		} else if (!take_flag(out, argc, argv, &i)) {
			return ARGUMENTS_WRONG;
		}
	}
	return operands_fit(command, out->operand_count) ? ARGUMENTS_READY : ARGUMENTS_WRONG;
}

bool argument_split_code(const char *text, struct slice *system, struct slice *code)
{
	struct slice whole = slice_of(text);
	size_t colon = whole.len;

	while (colon > 0 && whole.ptr[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon == whole.len) {
		fprintf(stderr, "cannula: \"%s\" is not SYSTEM:CODE, as cpt:22513\n", text);
		return false;
	}
	*system = (struct slice){ whole.ptr, colon - 1 };
	*code = slice_from(whole, colon);
	return true;
}

bool argument_choice(const struct arguments *arguments, const char *flag, const char *first, const char *second, bool *is_second)
{
	const char *given = argument_get(arguments, flag);

	if (!given)
		return true;
	*is_second = strcmp(given, second) == 0;
	if (*is_second || strcmp(given, first) == 0)
		return true;
	fprintf(stderr, "cannula %s: --%s takes %s or %s, not %s\n", arguments->command->name, flag, first, second, given);
	return false;
}

bool argument_version(const struct arguments *arguments, const char *flag, enum fhir_version *version)
{
	bool is_r5 = *version == FHIR_R5;

	if (!argument_choice(arguments, flag, "r4", "r5", &is_r5))
		return false;
	*version = is_r5 ? FHIR_R5 : FHIR_R4;
	return true;
}
