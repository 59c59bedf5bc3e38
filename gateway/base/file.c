/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Reads until the end, or one byte past `max_bytes`, which proves that there is more. */
static bool read_all(int fd, const char *path, size_t max_bytes, struct buf *buf, struct error *err)
{
	for (;;) {
		if (!buf_reserve(buf, buf->len < max_bytes ? 65536 : 1))
			return error_memory(err);
		ssize_t got = read(fd, buf->ptr + buf->len, buf->capacity - buf->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, errno, path, "read");
		if (got == 0)
			return true;
		buf->len += (size_t)got;
		if (buf->len > max_bytes) {
			error_set(err, ERROR_LIMIT, path, "larger than %zu bytes", max_bytes);
			return error_hint(
			    err, "the limit protects the gateway: split the file, or check that it is the one you meant");
		}
	}
}

static bool open_regular(const char *path, size_t max_bytes, int *fd, struct error *err)
{
	struct stat status;

	if (strcmp(path, "-") == 0) {
		*fd = STDIN_FILENO;
		return true;
	}
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return error_errno(err, errno, path, "open");
	if (fstat(*fd, &status) < 0)
		error_errno(err, errno, path, "inspect");
	else if (!S_ISREG(status.st_mode))
		error_set(err, ERROR_SYNTAX, path, "%s, not a file",
			  S_ISDIR(status.st_mode) ? "a directory" : "a device or pipe");
	else if ((uint64_t)status.st_size > max_bytes) {
		error_set(err, ERROR_LIMIT, path, "%llu bytes, and %zu are the most that is read",
			  (unsigned long long)status.st_size, max_bytes);
		error_hint(err, "the limit protects the gateway: split the file, or check that it is the one you meant");
	} else {
		return true;
	}
	close(*fd);
	return false;
}

bool file_read(struct arena *arena, const char *path, size_t max_bytes, struct slice *out, struct error *err)
{
	struct buf buf;
	int fd;

	if (!open_regular(path, max_bytes, &fd, err))
		return false;
	buf_init(&buf, max_bytes + 131072);
	bool done = read_all(fd, path, max_bytes, &buf, err);
	if (fd != STDIN_FILENO)
		close(fd);
	if (done) {
		*out = arena_copy(arena, buf_slice(&buf));
		if (!out->ptr)
			done = error_memory(err);
	}
	buf_free(&buf);
	return done;
}

static bool write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t written = write(fd, bytes.ptr, bytes.len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes = slice_from(bytes, (size_t)written);
	}
	return true;
}

/** The directory entry itself must reach the disk, or a crash could undo the rename. */
static bool sync_parent(const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + (slash == path) : 1, slash ? path : ".");
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool done = fsync(fd) == 0;
	close(fd);
	return done;
}

bool file_write(const char *path, struct slice bytes, unsigned mode, struct error *err)
{
	char temporary[PATH_MAX];

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
		return error_errno(err, ENAMETOOLONG, path, "write");
	int fd = mkstemp(temporary);
	if (fd < 0)
		return error_errno(err, errno, path, "write");
	bool done = fchmod(fd, mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
	int number = errno;
	if (close(fd) < 0 && done) {
		number = errno;
		done = false;
	}
	if (done && (rename(temporary, path) < 0 || !sync_parent(path))) {
		number = errno;
		done = false;
	}
	if (done)
		return true;
	unlink(temporary);
	return error_errno(err, number, path, "write");
}

bool file_make_dir(const char *path, unsigned mode, struct error *err)
{
	char partial[PATH_MAX];
	size_t length = strlen(path);

	if (length == 0 || length >= sizeof(partial))
		return error_errno(err, length ? ENAMETOOLONG : ENOENT, path, "create the directory");
	memcpy(partial, path, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (partial[i] != '/' && partial[i] != '\0')
			continue;
		char kept = partial[i];
		partial[i] = '\0';
		if (mkdir(partial, mode) < 0 && errno != EEXIST)
			return error_errno(err, errno, partial, "create the directory");
		partial[i] = kept;
	}
	struct stat status;
	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return error_errno(err, ENOTDIR, path, "create the directory");
	return true;
}
