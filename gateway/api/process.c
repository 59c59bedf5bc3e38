/* SPDX-License-Identifier: Apache-2.0 */
#include "api/process.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PROC_MAX_BYTES 65536u
/* proc(5), /proc/pid/stat: numbers of the fields that follow the name, which is the second. */
enum { STAT_UTIME = 14, STAT_STIME, STAT_THREADS = 20, STAT_STARTTIME = 22, STAT_VSIZE, STAT_RSS };

static uint64_t number_after(struct slice text, struct slice key)
{
	size_t at = slice_find(text, key);
	uint64_t value = 0;

	if (at == SIZE_MAX)
		return 0;
	struct slice rest = slice_from(text, at + key.len), word = slice_cut(&rest, '\n');
	rest = slice_trim(word);
	return slice_to_u64(slice_cut(&rest, ' '), UINT64_MAX, &value) ? value : 0;
}

/** Field `number` of /proc/self/stat; the name may hold spaces and parentheses. */
static uint64_t stat_field(struct slice stat, int number)
{
	const char *end = memrchr(stat.ptr, ')', stat.len);
	struct slice rest = slice_from(stat, end ? (size_t)(end - stat.ptr) + 2 : stat.len), word = SLICE_NONE;
	uint64_t value = 0;

	for (int i = 3; i <= number && rest.ptr; i++)
		word = slice_cut(&rest, ' ');
	return slice_to_u64(word, UINT64_MAX, &value) ? value : 0;
}

static uint64_t count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!directory)
		return 0;
	for (const struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count - 1; /* the directory itself */
}

bool process_figures(struct arena *arena, struct process_figures *out)
{
	struct error err = { 0 };
	struct slice self, system;
	struct rlimit limit = { 0 };
	double ticks = (double)sysconf(_SC_CLK_TCK);

	*out = (struct process_figures){ 0 };
	if (!file_read(arena, "/proc/self/stat", PROC_MAX_BYTES, &self, &err) ||
	    !file_read(arena, "/proc/stat", 16 * PROC_MAX_BYTES, &system, &err))
		return false;
	getrlimit(RLIMIT_NOFILE, &limit);
	out->cpu_seconds = (double)(stat_field(self, STAT_UTIME) + stat_field(self, STAT_STIME)) / ticks;
	out->start_seconds = (double)number_after(system, SLICE("btime ")) + (double)stat_field(self, STAT_STARTTIME) / ticks;
	out->resident_bytes = stat_field(self, STAT_RSS) * (uint64_t)sysconf(_SC_PAGESIZE);
	out->virtual_bytes = stat_field(self, STAT_VSIZE);
	out->threads = stat_field(self, STAT_THREADS);
	out->open_fds = count_fds();
	out->max_fds = limit.rlim_cur;
	return true;
}
