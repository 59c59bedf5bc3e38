/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over its corpus, one TAP test a file: what a fuzzer once found stays found. With file arguments: over these.
 */
#include "cannula/base.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX_BYTES (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A copy of exactly its size, so that a sanitizer sees one byte too many. */
static bool run(const char *path)
{
	struct arena *arena = arena_new(INPUT_MAX_BYTES + 4096);
	struct error err = { 0 };
	struct slice bytes;
	bool ok = arena && file_read(arena, path, INPUT_MAX_BYTES, &bytes, &err);

	if (ok) {
		uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
		ASSERT(exact);
		memcpy(exact, bytes.ptr, bytes.len);
		LLVMFuzzerTestOneInput(exact, bytes.len);
		free(exact);
	} else {
		printf("# %s: %s\n", path, err.message);
	}
	arena_free(arena);
	return ok;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_directory(const char *directory)
{
	struct dirent **entries;
	int failed = 0, count = scandir(directory, &entries, is_input, alphasort);

	if (count <= 0) {
		printf("Bail out! no corpus in %s\n", directory);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char path[4096 + 512];
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		fflush(stdout);
		bool ok = run(path);
		printf("%s %d - replays %s\n", ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
		failed += !ok;
		free(entries[i]);
	}
	free(entries);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *top = getenv("CANNULA_TOP"), *slash = strrchr(argv[0], '/');
	char directory[4096];
	int failed = 0;

	if (argc == 1) {
		snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s", top ? top : ".", slash ? slash + 1 : argv[0]);
		return run_directory(directory);
	}
	for (int i = 1; i < argc; i++)
		failed += !run(argv[i]);
	return failed ? 1 : 0;
}
