// SPDX-License-Identifier: Apache-2.0
// What the JavaScript clients share: a case is a line, a resource to write is a patient.
import assert from 'node:assert/strict';

assert.ok(process.env.BASE, 'BASE says where the gateway is'); // without it one of the clients would go to its maker's server
export const bases = { r4: `${process.env.BASE}/fhir/r4`, r5: `${process.env.BASE}/fhir/r5` };
export const token = process.env.TOKEN;

/** One case: passes when `act` does not throw. */
export async function check(title, act) {
	try {
		await act();
		console.log(`ok - ${title}`);
	} catch (error) {
		console.log(`not ok - ${title}`);
		const told = error?.response?.data ? JSON.stringify(error.response.data) : error?.stack ?? JSON.stringify(error);
		console.log(told.replace(/^/gm, '# '));
	}
}

/** `act` must be refused; gives the error. */
export async function refused(act) {
	try {
		await act();
	} catch (error) {
		return error;
	}
	return assert.fail('it was not refused');
}

export const patient = (identifier) => ({
	resourceType: 'Patient',
	identifier: [{ system: 'https://clients.test/mrn', value: identifier }],
	name: [{ family: 'Osei', given: ['Ama'] }],
	gender: 'female',
});

/** A Bundle whose second entry refers to its first, which is not there yet. */
export const pair = (type, identifier) => ({
	resourceType: 'Bundle',
	type,
	entry: [
		{
			fullUrl: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a',
			resource: patient(identifier),
			request: { method: 'POST', url: 'Patient' },
		},
		{
			resource: {
				resourceType: 'ServiceRequest',
				status: 'draft',
				intent: 'order',
				subject: { reference: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a' },
			},
			request: { method: 'POST', url: 'ServiceRequest' },
		},
	],
});

export const reads = {
	resourceType: 'Bundle',
	type: 'batch',
	entry: [
		{ request: { method: 'GET', url: 'PlanDefinition/cpt-22514' } },
		{ request: { method: 'GET', url: 'PlanDefinition/no-such-plan' } },
		{ request: { method: 'GET', url: 'PlanDefinition?code=22514' } },
	],
};

/** Of the answer to `reads`. */
export function readsAnswered(answer) {
	assert.equal(answer.type, 'batch-response');
	assert.deepEqual(answer.entry.map((entry) => entry.response.status.slice(0, 3)), ['200', '404', '200']);
	assert.equal(answer.entry[0].resource.id, 'cpt-22514');
	assert.equal(answer.entry[1].response.outcome.resourceType, 'OperationOutcome');
	assert.equal(answer.entry[2].resource.type, 'searchset');
}

export function isOutcome(outcome, pattern) {
	assert.equal(outcome?.resourceType, 'OperationOutcome');
	assert.match(JSON.stringify(outcome.issue), pattern);
}
