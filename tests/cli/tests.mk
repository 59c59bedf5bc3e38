# SPDX-License-Identifier: Apache-2.0
unit_tests += \
	tests/cli/arguments \
	tests/cli/inputs

tests_cli_arguments_SOURCES = tests/cli/arguments.c gateway/cli/arguments.c
tests_cli_inputs_SOURCES = tests/cli/inputs.c gateway/cli/inputs.c gateway/cli/manifest.c
