/* SPDX-License-Identifier: Apache-2.0 */
#include "../testing.h"

#include <arpa/inet.h>

#include "fetch/guard.h"

/** Parsed by the system, not by us. */
static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return guard_address_public((struct sockaddr *)&v4, sizeof(v4));
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		fail_msg("%s is no address", text);
	return guard_address_public((struct sockaddr *)&v6, sizeof(v6));
}

static void check_all(const char *const *addresses, size_t count, bool expected)
{
	for (size_t i = 0; i < count; i++)
		if (is_public(addresses[i]) != expected)
			fail_msg("%s should %sbe public", addresses[i], expected ? "" : "not ");
}

static void addresses_of_special_registries_are_refused(void **state)
{
	static const char *const addresses[] = {
		"0.0.0.0",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.1.2.3",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.8",
		"192.0.2.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.7",
		"203.0.113.9",
		"224.0.0.1",
		"239.1.1.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"fe80::1",
		"fc00::1",
		"fd12:3456::1",
		"ff02::1",
		"2001:db8::1",
		"2001::1",
		"2001:10::1",
		"3fff::1",
		"100::1",
		"5f00::1",
		"fec0::1",
	};

	(void)state;
	check_all(addresses, ARRAY_SIZE(addresses), false);
}

static void private_addresses_wrapped_in_ipv6_are_refused(void **state)
{
	static const char *const addresses[] = {
		"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::192.168.0.1", "2002:7f00:1::",
		"2002:c0a8:101::1", "::127.0.0.1",
	};

	(void)state;
	check_all(addresses, ARRAY_SIZE(addresses), false);
}

static void neighbours_of_special_ranges_are_public(void **state)
{
	static const char *const addresses[] = {
		"1.1.1.1",         "9.255.255.255",        "11.0.0.0",        "100.63.255.255",
		"100.128.0.0",     "126.255.255.255",      "128.0.0.1",       "169.253.255.255",
		"172.15.255.255",  "172.32.0.0",           "192.167.255.255", "192.169.0.0",
		"198.17.255.255",  "198.20.0.0",           "223.255.255.255", "2606:4700::1111",
		"2a00:1450::1",    "2001:4860:4860::8888", "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8",
		"2002:808:808::1",
	};

	(void)state;
	check_all(addresses, ARRAY_SIZE(addresses), true);
}

static void other_families_and_short_addresses_are_refused(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(0x08080808) } };
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	assert_true(guard_address_public((struct sockaddr *)&v4, sizeof(v4)));
	assert_false(guard_address_public((struct sockaddr *)&v4, sizeof(v4) - 1));
	assert_false(guard_address_public(&local, sizeof(local)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_special_registries_are_refused),
		cmocka_unit_test(private_addresses_wrapped_in_ipv6_are_refused),
		cmocka_unit_test(neighbours_of_special_ranges_are_public),
		cmocka_unit_test(other_families_and_short_addresses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
