// SPDX-License-Identifier: Apache-2.0
// npm fhirclient, SMART's JavaScript client, as a server uses it: says and asks for application/json everywhere, and sends a Prefer header
// that is none of FHIR's with each patch.
import assert from 'node:assert/strict';
import smart from 'fhirclient';
import { bases, check, isOutcome, pair, patient, reads, readsAnswered, refused, token } from './tap.mjs';

// A server's client hangs on a request; this one has none to answer.
const { client: connect } = smart({ headers: {}, url: '/' }, {}, { get: async () => undefined, set: async () => undefined });

/** What the gateway said when it refused: the client keeps it in the error's message. */
async function outcomeOf(status, act) {
	const error = await refused(act);
	assert.equal(error.statusCode, status, error.message);
	return JSON.parse(error.message.slice(error.message.indexOf('{')));
}

const json = (method, resource) => ({ method, body: JSON.stringify(resource), headers: { 'content-type': 'application/json' } });

for (const [version, serverUrl] of Object.entries(bases)) {
	const client = connect({ serverUrl, tokenResponse: token ? { access_token: token, token_type: 'bearer' } : {} });
	const mrn = `smart-js-${version}`;
	let kept;

	await check(`${version}: the statement says the version`, async () => {
		assert.equal(await client.getFhirVersion(), version === 'r4' ? '4.0.1' : '5.0.0');
	});
	await check(`${version}: smart-configuration ${token ? 'names where tokens are got' : 'is told to be none'}`, async () => {
		const url = '.well-known/smart-configuration';
		if (!token) {
			isOutcome(await outcomeOf(404, () => client.request(url)), /./);
			return;
		}
		const told = await client.request(url);
		assert.equal(told.token_endpoint, 'https://issuer.test/token');
		assert.ok(told.scopes_supported.includes('system/PlanDefinition.cruds'));
	});
	await check(`${version}: a plan is read`, async () => {
		const plan = await client.request('PlanDefinition/cpt-22514');
		assert.equal(plan.id, 'cpt-22514');
	});
	await check(`${version}: all pages of a search`, async () => {
		const pages = await client.request('PlanDefinition?_count=5&_total=accurate', { pageLimit: 0 });
		const ids = pages.flatMap((page) => page.entry.map((entry) => entry.resource.id));
		assert.equal(new Set(ids).size, ids.length);
		assert.equal(ids.length, pages[0].total);
		assert.ok(pages.length > 2);
		let met = 0;
		for await (const plan of client.resources('PlanDefinition?_count=5')) met += plan.resourceType === 'PlanDefinition';
		assert.equal(met, ids.length);
	});
	await check(`${version}: a patient is created`, async () => {
		kept = await client.create(patient(mrn));
		assert.equal(kept.meta.versionId, '1');
		const headers = { 'if-none-exist': `identifier=https://clients.test/mrn|${mrn}` };
		assert.equal((await client.create(patient(mrn), { headers })).id, kept.id);
	});
	await check(`${version}: where nothing comes back, the client goes where it was put`, async () => {
		const made = await client.create(patient(`${mrn}-minimal`), { headers: { prefer: 'return=minimal' } });
		assert.equal(made.identifier[0].value, `${mrn}-minimal`);
	});
	await check(`${version}: updated, by id and by condition`, async () => {
		kept = await client.update({ ...kept, birthDate: '1970-01-02' }, { headers: { 'if-match': 'W/"1"' } });
		assert.equal(kept.meta.versionId, '2');
		const url = `Patient?identifier=https://clients.test/mrn|${mrn}`;
		kept = await client.request({ url, ...json('PUT', { ...kept, birthDate: '1970-01-03' }) });
		assert.equal(kept.meta.versionId, '3');
		isOutcome(await outcomeOf(412, () => client.update(kept, { headers: { 'if-match': 'W/"1"' } })), /conflict/);
	});
	await check(`${version}: patched`, async () => {
		kept = await client.patch(`Patient/${kept.id}`, [{ op: 'replace', path: '/gender', value: 'other' }]);
		assert.equal(kept.gender, 'other');
	});
	await check(`${version}: history, of it and of all`, async () => {
		const history = await client.request(`Patient/${kept.id}/_history`);
		assert.deepEqual(history.entry.map((entry) => entry.resource.meta.versionId), ['4', '3', '2', '1']);
		const pages = await client.request('_history?_count=3', { pageLimit: 2 });
		assert.deepEqual(pages.map((page) => page.entry.length), [3, 3]);
	});
	await check(`${version}: a transaction, and what it refers to`, async () => {
		const answer = await client.request({ url: '', ...json('POST', pair('transaction', `${mrn}-t`)) });
		const order = await client.request(
			{ url: answer.entry[1].response.location.replace(/\/_history.*/, '') },
			{ resolveReferences: ['subject'] },
		);
		assert.equal(order.subject.identifier[0].value, `${mrn}-t`);
	});
	await check(`${version}: a batch`, async () => readsAnswered(await client.request({ url: '', ...json('POST', reads) })));
	await check(`${version}: operations`, async () => {
		const order = await client.request(`ActivityDefinition/cpt-22514/$apply?subject=Patient/${kept.id}`);
		assert.equal(order.subject.reference, `Patient/${kept.id}`);
		isOutcome(await client.request({ url: 'Patient/$validate', ...json('POST', { resourceType: 'Patient', gender: 'x' }) }), /Patient.gender/);
		const policies = await client.request('PlanDefinition/cpt-22514/$related-policies');
		assert.ok(JSON.stringify(policies).includes('alder-ridge-ar-0117'));
	});
	await check(`${version}: deleted, and gone`, async () => {
		await client.delete(`Patient/${kept.id}`);
		isOutcome(await outcomeOf(410, () => client.request(`Patient/${kept.id}`)), /deleted/);
	});
	await check(`${version}: what is not there, and what is not known, is told`, async () => {
		isOutcome(await outcomeOf(404, () => client.request('PlanDefinition/no-such-plan')), /no-such-plan/);
		isOutcome(await outcomeOf(400, () => client.request('PlanDefinition?nmae=x')), /name/);
	});
	if (token)
		await check(`${version}: who shows no token is turned away`, async () => {
			isOutcome(await outcomeOf(401, () => connect({ serverUrl, tokenResponse: {} }).create(patient(mrn))), /login/);
		});
}
