/* SPDX-License-Identifier: Apache-2.0 */
#include "record/name.h"
#include "record/fold.h"

#include <string.h>

#define WORDS_MAX 64
#define SYSTEM_WORDS_MAX 4
#define ID_MAX_CHARS 56 /* of FHIR's 64: what is made from a record may add to its id */
#define DIGEST_CHARS 8
#define COMPUTABLE_NAME_MAX_CHARS 128 /* of the 255 that cnl-0 allows */
#define TITLE_LOOK_MAX_BYTES 1024

/* ---- the code
 * -------------------------------------------------------------------------------------------------------------------------- */

static struct slice upper_copy(struct arena *arena, struct slice text)
{
	char *copy = arena_cstr(arena, text);

	for (size_t i = 0; copy && i < text.len; i++)
		copy[i] = copy[i] >= 'a' && copy[i] <= 'z' ? (char)(copy[i] - ('a' - 'A')) : copy[i];
	return (struct slice){ copy, copy ? text.len : 0 };
}

static bool take(struct arena *arena, const struct fhir_code_system *system, struct slice code, struct record_code *out,
		 struct error *err)
{
	out->system = system;
	out->code = upper_copy(arena, code);
	return out->code.ptr || error_memory(err);
}

/** The one known system whose form `code` has; NULL when none or several have it. */
static const struct fhir_code_system *only_system(struct slice code)
{
	const struct fhir_code_system *systems, *found = NULL;
	size_t count;

	if (!fhir_code_systems(&systems, &count, NULL))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!fhir_code_valid(&systems[i], code))
			continue;
		if (found)
			return NULL;
		found = &systems[i];
	}
	return found;
}

/** The caller's system, when there is one; false when it is none that is known. */
static bool system_of_caller(const struct record_source *source, const struct fhir_code_system **out, struct error *err)
{
	*out = source->system.ptr ? fhir_code_system_find(source->system) : NULL;
	if (*out || !source->system.ptr)
		return true;
	error_set(err, ERROR_USAGE, source->name, "code system \"%.*s\" is not known", SLICE_ARG(source->system));
	return error_hint(err, "profiles/code-systems.yaml lists the known ones");
}

static bool code_of_caller(struct arena *arena, const struct record_source *source, const struct fhir_code_system *system,
			   struct record_code *out, struct error *err)
{
	system = system ? system : only_system(source->code);
	if (!system) {
		error_set(err, ERROR_USAGE, source->name, "code \"%.*s\" does not tell its code system", SLICE_ARG(source->code));
		return error_hint(err, "give both, as SYSTEM:CODE");
	}
	if (!fhir_code_valid(system, source->code))
		return error_set(err, ERROR_USAGE, source->name, "\"%.*s\" has not the form of a %.*s code",
				 SLICE_ARG(source->code), SLICE_ARG(system->title));
	return take(arena, system, source->code, out, err);
}

struct words {
	struct slice items[WORDS_MAX];
	size_t count;
};

/** The words of a file name without its directories; of a very long one the last. */
static void split_words(const struct record_rules *rules, struct slice name, struct words *out)
{
	size_t end = name.len;

	out->count = 0;
	while (end > 0 && out->count < WORDS_MAX) {
		size_t start = end;
		while (start > 0 &&
		       !memchr(rules->file_name_separators.ptr, name.ptr[start - 1], rules->file_name_separators.len))
			start--;
		if (start < end)
			out->items[out->count++] = (struct slice){ name.ptr + start, end - start };
		end = start > 0 ? start - 1 : 0;
	}
}

/** Whether a word looks like a code without being announced: half of it digits, or digits and no lower case. */
static bool looks_like_code(struct slice word)
{
	size_t digits = 0, lower = 0;

	for (size_t i = 0; i < word.len; i++) {
		digits += word.ptr[i] >= '0' && word.ptr[i] <= '9';
		lower += word.ptr[i] >= 'a' && word.ptr[i] <= 'z';
	}
	return digits * 2 >= word.len || (digits > 0 && lower == 0);
}

/** A word that follows the name of its code system, which may itself be some words ("icd-10-pcs"). The words stand last first. */
static bool announced(const struct words *words, size_t *at, const struct fhir_code_system **system)
{
	for (size_t i = 0; i < words->count; i++) {
		for (size_t first = i + 1; first < words->count && first <= i + SYSTEM_WORDS_MAX; first++) {
			const char *start = words->items[first].ptr, *end = words->items[i + 1].ptr + words->items[i + 1].len;
			*system = fhir_code_system_find((struct slice){ start, (size_t)(end - start) });
			*at = i;
			if (*system && fhir_code_valid(*system, words->items[i]))
				return true;
		}
	}
	return false;
}

static struct slice base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slice_of(slash ? slash + 1 : name);
}

static bool code_of_name(struct arena *arena, const struct record_rules *rules, const struct record_source *source,
			 struct record_code *out, struct error *err)
{
	const struct fhir_code_system *system;
	struct words words;
	size_t at;

	split_words(rules, base_name(source->name), &words);
	if (announced(&words, &at, &system))
		return take(arena, system, words.items[at], out, err);
	size_t candidates[] = { 0, 1, words.count - 1 }; /* the last, the last before an extension, the first */
	for (size_t i = 0; words.count > 0 && i < ARRAY_SIZE(candidates); i++) {
		if (candidates[i] >= words.count || !looks_like_code(words.items[candidates[i]]))
			continue;
		system = only_system(words.items[candidates[i]]);
		if (system)
			return take(arena, system, words.items[candidates[i]], out, err);
	}
	return true;
}

bool record_code_find(struct arena *arena, const struct record_rules *rules, const struct record_source *source,
		      struct issues *issues, struct record_code *out, struct error *err)
{
	const struct fhir_code_system *system;

	*out = (struct record_code){ 0 };
	if (!system_of_caller(source, &system, err))
		return false;
	if (source->code.len > 0)
		return code_of_caller(arena, source, system, out, err);
	if (source->name && !code_of_name(arena, rules, source, out, err))
		return false;
	if (system && out->system != system)
		out->system = NULL; /* the name has a code of another system than the caller speaks of */
	if (!out->system)
		issue_add(issues, ISSUE_WARNING, "not-found", SLICE_NONE, 0, 0,
			  "no procedure code is known for this record; name it SYSTEM:CODE, in a manifest or in the file name");
	return true;
}

/* ---- names
 * -----------------------------------------------------------------------------------------------------------------------------
 */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct slice fold_title(struct arena *arena, const struct record_rules *rules, struct slice title)
{
	if (title.len > TITLE_LOOK_MAX_BYTES)
		title.len = TITLE_LOOK_MAX_BYTES;
	return record_fold_copy(arena, rules, title);
}

/** Letters and digits with single hyphens between. */
static size_t slug(struct slice folded, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < folded.len && len < size; i++) {
		if (folded.ptr[i] == '\'')
			continue;
		if (is_plain(folded.ptr[i]))
			out[len++] = folded.ptr[i];
		if (!is_plain(folded.ptr[i]) && len > 0 && out[len - 1] != '-')
			out[len++] = '-';
	}
	while (len > 0 && out[len - 1] == '-')
		len--;
	return len;
}

/** Whether a made id begins as ids with codes do. */
static bool poses_as_code(struct slice id)
{
	const struct fhir_code_system *systems;
	size_t count;

	if (!fhir_code_systems(&systems, &count, NULL))
		return false;
	for (size_t i = 0; i < count; i++)
		if (slice_starts(id, systems[i].name) && (id.len == systems[i].name.len || id.ptr[systems[i].name.len] == '-'))
			return true;
	return false;
}

static struct slice id_of_title(struct arena *arena, const struct record_rules *rules, struct slice title)
{
	char made[ID_MAX_CHARS + 1], hex[DIGEST_HEX_SIZE];
	uint8_t digest[DIGEST_BYTES];
	struct slice folded = fold_title(arena, rules, title);

	if (!folded.ptr)
		return SLICE_NONE;
	struct slice id = { made, slug(folded, made, sizeof(made)) };
	const char *prefix = poses_as_code(id) || id.len == 0 ? rules->id_prefix.ptr : "", *hyphen = prefix[0] ? "-" : "";
	if (id.len > 0 && id.len + strlen(prefix) + strlen(hyphen) <= ID_MAX_CHARS)
		return arena_printf(arena, "%s%s%.*s", prefix, hyphen, SLICE_ARG(id));
	digest_sha256(title, digest);
	digest_hex(digest, hex);
	size_t room = ID_MAX_CHARS - DIGEST_CHARS - 1 - strlen(prefix) - strlen(hyphen);
	id.len = id.len > room ? room : id.len;
	while (id.len > 0 && id.ptr[id.len - 1] == '-')
		id.len--;
	return arena_printf(arena, "%s%s%.*s%s%.*s", prefix, hyphen, SLICE_ARG(id), id.len ? "-" : "", DIGEST_CHARS, hex);
}

struct slice record_id_make(struct arena *arena, const struct record_rules *rules, const struct record_code *code,
			    struct slice title)
{
	if (code->system)
		return arena_printf(arena, "%.*s-%.*s", SLICE_ARG(code->system->name), SLICE_ARG(code->code));
	return id_of_title(arena, rules, title);
}

struct slice record_computable_name(struct arena *arena, const struct record_rules *rules, struct slice text)
{
	struct slice folded = fold_title(arena, rules, text);
	char made[COMPUTABLE_NAME_MAX_CHARS];
	size_t len = 0;
	bool begins = true;

	for (size_t i = 0; i < folded.len && len < sizeof(made); i++) {
		char c = folded.ptr[i];
		if (is_plain(c))
			made[len++] = begins && c >= 'a' ? (char)(c - ('a' - 'A')) : c;
		begins = !is_plain(c) && c != '\'';
	}
	bool prefixed = len < 2 || made[0] < 'A';
	return arena_printf(arena, "%s%.*s", prefixed ? rules->computable_prefix.ptr : "", (int)len, made);
}
