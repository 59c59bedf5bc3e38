// SPDX-License-Identifier: Apache-2.0
// npm fhir-kit-client: asks for application/fhir+json, posts Bundles to the base with a slash at its end, and searches all types by GET on
// [base]/_search.
import assert from 'node:assert/strict';
import { bases, check, isOutcome, pair, patient, reads, readsAnswered, refused, token } from './tap.mjs';

// Before version 2 the class is the module; the newer versions name it.
const { default: Module, Client = Module, CapabilityTool = Module?.CapabilityTool } = await import(process.env.PACKAGE);
const http = (answer) => Client.httpFor(answer).response;

for (const [version, baseUrl] of Object.entries(bases)) {
	const client = new Client({ baseUrl, bearerToken: token });
	const mrn = `${process.env.PACKAGE}-${version}`;
	const gender = [{ op: 'replace', path: '/gender', value: 'other' }];
	let kept;

	await check(`${version}: the statement says what PlanDefinition can do`, async () => {
		const tool = new CapabilityTool(await client.capabilityStatement());
		assert.ok(tool.resourceCan('PlanDefinition', 'read'));
		assert.ok(tool.resourceCan('PlanDefinition', 'patch'));
		assert.ok(tool.resourceSearch('PlanDefinition', 'code'));
		assert.ok(tool.serverCan('transaction'));
	});
	await check(`${version}: a plan is read`, async () => {
		const plan = await client.read({ resourceType: 'PlanDefinition', id: 'cpt-22514' });
		assert.equal(plan.id, 'cpt-22514');
		assert.equal(plan.status, 'active');
	});
	await check(`${version}: a search is followed over its next links, and back`, async () => {
		const searchParams = { _count: 5, _sort: '_id', _total: 'accurate' };
		const first = await client.search({ resourceType: 'PlanDefinition', searchParams });
		const pages = [];
		for (let page = first; page; page = await client.nextPage({ bundle: page })) pages.push(page.entry.map((entry) => entry.resource.id));
		assert.equal(new Set(pages.flat()).size, first.total);
		assert.equal(pages.flat().length, first.total);
		assert.ok(pages.length > 2);
		const second = await client.nextPage({ bundle: first });
		const back = await client.prevPage({ bundle: second });
		assert.deepEqual(back.entry.map((entry) => entry.resource.id), pages[0]);
	});
	await check(`${version}: the same search by POST`, async () => {
		const found = await client.search({ resourceType: 'PlanDefinition', searchParams: { code: '22514' }, options: { postSearch: true } });
		assert.deepEqual(found.entry.map((entry) => entry.resource.id), ['cpt-22514']);
	});
	await check(`${version}: a search over types`, async () => {
		const found = await client.search({ searchParams: { _type: 'PlanDefinition,ActivityDefinition', _id: 'cpt-22514' } });
		assert.equal(found.total, 2);
	});
	await check(`${version}: a patient is created`, async () => {
		kept = await client.create({ resourceType: 'Patient', body: patient(mrn) });
		assert.equal(http(kept).status, 201);
		assert.equal(http(kept).headers.get('location'), `${baseUrl}/Patient/${kept.id}/_history/1`);
	});
	await check(`${version}: not twice, by condition`, async () => {
		const headers = { 'If-None-Exist': `identifier=https://clients.test/mrn|${mrn}` };
		const again = await client.create({ resourceType: 'Patient', body: patient(mrn), options: { headers } });
		assert.equal(http(again).status, 200);
		assert.equal(again.id, kept.id);
	});
	await check(`${version}: updated, by id and by condition`, async () => {
		const body = { ...kept, birthDate: '1970-01-02' };
		kept = await client.update({ resourceType: 'Patient', id: kept.id, body, options: { headers: { 'If-Match': 'W/"1"' } } });
		assert.equal(kept.meta.versionId, '2');
		const searchParams = { identifier: `https://clients.test/mrn|${mrn}` };
		kept = await client.update({ resourceType: 'Patient', searchParams, body: { ...kept, birthDate: '1970-01-03' } });
		assert.equal(kept.meta.versionId, '3');
	});
	await check(`${version}: an update of another version is refused`, async () => {
		const headers = { 'If-Match': 'W/"1"' };
		const error = await refused(() => client.update({ resourceType: 'Patient', id: kept.id, body: kept, options: { headers } }));
		assert.equal(error.response.status, 412);
		isOutcome(error.response.data, /conflict/);
	});
	await check(`${version}: patched`, async () => {
		kept = await client.patch({ resourceType: 'Patient', id: kept.id, JSONPatch: gender, jsonPatch: gender });
		assert.equal(kept.gender, 'other');
	});
	await check(`${version}: every version is in its history and can be read`, async () => {
		const history = await client.history({ resourceType: 'Patient', id: kept.id });
		assert.deepEqual(history.entry.map((entry) => entry.resource.meta.versionId), ['4', '3', '2', '1']);
		const first = await client.vread({ resourceType: 'Patient', id: kept.id, version: '1' });
		assert.equal(first.birthDate, undefined);
		assert.equal((await client.history({ resourceType: 'Patient' })).type, 'history');
		assert.equal((await client.history({})).type, 'history');
	});
	await check(`${version}: deleted, and gone`, async () => {
		assert.ok(http(await client.delete({ resourceType: 'Patient', id: kept.id })).ok);
		const error = await refused(() => client.read({ resourceType: 'Patient', id: kept.id }));
		assert.equal(error.response.status, 410);
		isOutcome(error.response.data, /deleted/);
	});
	await check(`${version}: a transaction resolves what is in it`, async () => {
		const answer = await client.transaction({ body: pair('transaction', `${mrn}-t`) });
		assert.equal(answer.type, 'transaction-response');
		const [subject, order] = answer.entry.map((entry) => entry.response.location.match(/(\w+)\/([^/]+)\/_history/));
		const request = await client.read({ resourceType: 'ServiceRequest', id: order[2] });
		assert.equal(request.subject.reference, `Patient/${subject[2]}`);
		const resolved = await client.resolve({ reference: request.subject.reference });
		assert.equal(resolved.identifier[0].value, `${mrn}-t`);
	});
	await check(`${version}: one that is wrong leaves nothing`, async () => {
		const body = pair('transaction', `${mrn}-u`);
		delete body.entry[1].resource.intent;
		const error = await refused(() => client.transaction({ body }));
		isOutcome(error.response.data, /intent/);
		const found = await client.search({ resourceType: 'Patient', searchParams: { identifier: `${mrn}-u` } });
		assert.equal(found.total, 0);
	});
	await check(`${version}: a batch is answered entry by entry`, async () => readsAnswered(await client.batch({ body: reads })));
	await check(`${version}: operations by GET and by POST`, async () => {
		const policies = await client.operation({ name: 'related-policies', resourceType: 'PlanDefinition', id: 'cpt-22514', method: 'GET' });
		assert.ok(JSON.stringify(policies).includes('alder-ridge-ar-0117'));
		const input = { resourceType: 'Parameters', parameter: [{ name: 'subject', valueString: 'Patient/p1' }] };
		const applied = await client.operation({ name: '$apply', resourceType: 'PlanDefinition', id: 'cpt-22514', input });
		assert.equal(applied.resourceType, version === 'r4' ? 'CarePlan' : 'Bundle');
		const judged = await client.operation({ name: 'validate', resourceType: 'Patient', input: { resourceType: 'Patient', gender: 'x' } });
		isOutcome(judged, /Patient.gender/);
	});
	await check(`${version}: what is not there, and what is not known, is told`, async () => {
		const missing = await refused(() => client.read({ resourceType: 'PlanDefinition', id: 'no-such-plan' }));
		assert.equal(missing.response.status, 404);
		isOutcome(missing.response.data, /no-such-plan/);
		const unknown = await refused(() => client.search({ resourceType: 'PlanDefinition', searchParams: { nmae: 'x' } }));
		assert.equal(unknown.response.status, 400);
		isOutcome(unknown.response.data, /name/);
		const wrong = await refused(() => client.create({ resourceType: 'Patient', body: { resourceType: 'Patient', gender: 'x' } }));
		isOutcome(wrong.response.data, /gender/);
	});
}

process.exit(); // its connections are kept alive
