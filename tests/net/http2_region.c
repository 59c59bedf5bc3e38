/* SPDX-License-Identifier: Apache-2.0 */
/* A heap that is packed and unpacked under its blocks. */
#include "../testing.h"

#include "net/http2_region.h"

#define BLOCKS 200u

static struct http2_packer packer;

static int open_packer(void **state)
{
	(void)state;
	http2_packer_open(&packer);
	assert_true(packer.is_ready);
	return 0;
}

static int close_packer(void **state)
{
	(void)state;
	http2_packer_close(&packer);
	assert_false(packer.is_ready);
	return 0;
}

static void fill(char *block, size_t bytes, unsigned seed)
{
	for (size_t i = 0; i < bytes; i++)
		block[i] = (char)(seed + i / 40);
}

static void assert_filled(const char *block, size_t bytes, unsigned seed)
{
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(block[i], (char)(seed + i / 40));
}

static void blocks_do_not_touch_each_other_and_end_with_the_room(void **state)
{
	struct http2_region region;
	char *blocks[BLOCKS];
	unsigned count = 0;

	(void)state;
	http2_region_open(&region);
	while ((blocks[count] = http2_region_alloc(&region, count + 1))) {
		assert_int_equal((uintptr_t)blocks[count] % 8, 0);
		assert_true(http2_region_has(&region, blocks[count]));
		assert_true(http2_region_bytes(blocks[count]) >= count + 1);
		fill(blocks[count], http2_region_bytes(blocks[count]), count);
		assert_true(++count < BLOCKS);
	}
	assert_true(count > 50);
	for (unsigned i = 0; i < count; i++)
		assert_filled(blocks[i], http2_region_bytes(blocks[i]), i);
	http2_region_close(&region);
}

static void what_is_longer_than_the_region_or_from_elsewhere_is_not_its_own(void **state)
{
	struct http2_region region;
	char elsewhere;

	(void)state;
	http2_region_open(&region);
	assert_null(http2_region_alloc(&region, region.page_bytes));
	assert_null(http2_region_alloc(&region, SIZE_MAX));
	assert_false(http2_region_has(&region, &elsewhere));
	assert_false(http2_region_has(&region, NULL));
	assert_false(http2_region_has(&region, region.pages + region.page_bytes));
	http2_region_close(&region);
	assert_false(http2_region_has(&region, NULL));
	assert_null(http2_region_alloc(&region, 1));
}

static void a_block_that_was_freed_is_used_again_for_its_size(void **state)
{
	struct http2_region region;

	(void)state;
	http2_region_open(&region);
	char *first = http2_region_alloc(&region, 100), *second = http2_region_alloc(&region, 100);
	http2_region_free(&region, first);
	http2_region_free(&region, second);
	char *other = http2_region_alloc(&region, 200);
	assert_true(other != first && other != second);
	assert_ptr_equal(http2_region_alloc(&region, 97), second);
	assert_ptr_equal(http2_region_alloc(&region, 104), first);
	for (unsigned i = 0; i < 10000; i++) { /* for ever */
		char *again = http2_region_alloc(&region, 1 + i % 1000);
		assert_non_null(again);
		fill(again, 1 + i % 1000, i);
		http2_region_free(&region, again);
		if (i % 1000 > 100)
			i += 100;
	}
	http2_region_close(&region);
}

static bool is_clear(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

/** Fresh pages of the system are clear. */
static void packed_its_pages_are_given_back_and_unpacked_all_is_where_it_was(void **state)
{
	enum { REGIONS = 20 };
	struct http2_region regions[REGIONS];
	char *blocks[REGIONS][3];

	(void)state;
	for (unsigned r = 0; r < REGIONS; r++) {
		http2_region_open(&regions[r]);
		for (unsigned i = 0; i < 3; i++) {
			blocks[r][i] = http2_region_alloc(&regions[r], 1000 + 1000 * i);
			assert_non_null(blocks[r][i]);
			fill(blocks[r][i], 1000 + 1000 * i, r + i);
		}
	}
	for (unsigned r = 0; r < REGIONS; r++) {
		http2_region_pack(&regions[r], &packer);
		assert_non_null(regions[r].packed);
		assert_true(regions[r].packed_bytes < 1000);
		assert_true(is_clear(regions[r].pages, regions[r].page_bytes));
	}
	for (unsigned r = REGIONS; r-- > 0;) {
		http2_region_unpack(&regions[r], &packer);
		assert_null(regions[r].packed);
		for (unsigned i = 0; i < 3; i++)
			assert_filled(blocks[r][i], 1000 + 1000 * i, r + i);
		http2_region_free(&regions[r], blocks[r][0]); /* and it is a heap again */
		assert_ptr_equal(http2_region_alloc(&regions[r], 1000), blocks[r][0]);
		http2_region_close(&regions[r]);
	}
}

static void what_does_not_pack_well_stays(void **state)
{
	struct http2_region region;
	uint32_t x = 1;

	(void)state;
	http2_region_open(&region);
	unsigned char *noise = http2_region_alloc(&region, 9000);
	for (size_t i = 0; i < 9000; i++) {
		x = x * 1664525u + 1013904223u;
		noise[i] = (unsigned char)(x >> 24);
	}
	unsigned char last = noise[8999];
	http2_region_pack(&region, &packer);
	assert_null(region.packed);
	assert_int_equal(noise[8999], last);
	http2_region_close(&region);
}

static void one_that_is_packed_can_be_closed(void **state)
{
	struct http2_region region;

	(void)state;
	http2_region_open(&region);
	http2_region_pack(&region, &packer);
	assert_non_null(region.packed);
	http2_region_close(&region);
}

static void without_a_packer_nothing_is_packed(void **state)
{
	struct http2_packer none = { 0 };
	struct http2_region region;

	(void)state;
	http2_region_open(&region);
	http2_region_pack(&region, &none);
	assert_null(region.packed);
	http2_region_unpack(&region, &none);
	http2_region_close(&region);
	http2_packer_close(&none);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_do_not_touch_each_other_and_end_with_the_room),
		cmocka_unit_test(what_is_longer_than_the_region_or_from_elsewhere_is_not_its_own),
		cmocka_unit_test(a_block_that_was_freed_is_used_again_for_its_size),
		cmocka_unit_test(packed_its_pages_are_given_back_and_unpacked_all_is_where_it_was),
		cmocka_unit_test(what_does_not_pack_well_stays),
		cmocka_unit_test(one_that_is_packed_can_be_closed),
		cmocka_unit_test(without_a_packer_nothing_is_packed),
	};

	return cmocka_run_group_tests(tests, open_packer, close_packer);
}
