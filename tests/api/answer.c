/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "api/answer.h"

static void count(void *pinned)
{
	++*(int *)pinned;
}

/** A reply that has pinned something already, and whose fields may stand there. */
static struct net_reply answer_in(enum answer_form form, struct net_request *request, int *released)
{
	struct net_reply reply = { .release = count, .pinned = released };
	struct api_call call = { .api = gateway.api,
				 .request = request,
				 .reply = &reply,
				 .base = &gateway.api->bases[FHIR_R4],
				 .format = { .form = form, .content_type = SLICE("text/plain") } };

	answer_error(&call, 412, "conflict", SLICE("Another version"), SLICE_NONE);
	assert_int_equal(reply.status, 412);
	return reply;
}

static void a_body_keeps_what_was_pinned_before_until_it_left(void **state)
{
	struct net_request request = { .arena = gateway.arena };
	int released = 0;
	struct net_reply reply = answer_in(FORM_XML, &request, &released);

	(void)state;
	assert_true(slice_find(reply.body, SLICE("<OperationOutcome")) != SIZE_MAX);
	assert_int_equal(released, 0);
	reply.release(reply.pinned);
	assert_int_equal(released, 1);
	reply = answer_in(FORM_JSON, &request, &released);
	assert_int_equal(released, 1);
	reply.release(reply.pinned);
	assert_int_equal(released, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_keeps_what_was_pinned_before_until_it_left),
	};

	return cmocka_run_group_tests_name("answer", tests, gateway_open, gateway_close);
}
