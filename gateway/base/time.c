/* SPDX-License-Identifier: Apache-2.0 */
#include "cannula/base.h"

#include <string.h>
#include <time.h>

int64_t time_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t time_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/** Seconds and milliseconds apart, floor for times before 1970. */
static struct tm broken_down(int64_t ms, unsigned *millis)
{
	int64_t rest = ((ms % 1000) + 1000) % 1000;
	time_t seconds = (time_t)((ms - rest) / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	*millis = (unsigned)rest;
	return tm;
}

static void digits_write(char *at, unsigned number, unsigned count)
{
	while (count--) {
		at[count] = (char)('0' + number % 10);
		number /= 10;
	}
}

/** Without printf: a log line begins with one, so it is made as often as requests come. */
void time_format_instant(int64_t ms, char out[TIME_INSTANT_SIZE])
{
	unsigned millis;
	struct tm tm = broken_down(ms, &millis);

	memcpy(out, "0000-00-00T00:00:00.000Z", TIME_INSTANT_SIZE);
	digits_write(out, (unsigned)(tm.tm_year + 1900), 4);
	digits_write(out + 5, (unsigned)(tm.tm_mon + 1), 2);
	digits_write(out + 8, (unsigned)tm.tm_mday, 2);
	digits_write(out + 11, (unsigned)tm.tm_hour, 2);
	digits_write(out + 14, (unsigned)tm.tm_min, 2);
	digits_write(out + 17, (unsigned)tm.tm_sec, 2);
	digits_write(out + 20, millis, 3);
}

void time_format_http(int64_t ms, char out[TIME_HTTP_SIZE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	unsigned millis;
	struct tm tm = broken_down(ms, &millis);

	snprintf(out, TIME_HTTP_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[tm.tm_wday], (unsigned)tm.tm_mday % 100,
		 months[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100);
}
