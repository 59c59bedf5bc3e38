// SPDX-License-Identifier: Apache-2.0
// npm @medplum/core: posts Bundles to the base without a slash, puts reads that come close together into one batch, sends X-Medplum headers.
import assert from 'node:assert/strict';
import { check, isOutcome, pair, patient, reads, readsAnswered, refused, token } from './tap.mjs';

const { BASE, PACKAGE } = process.env;
const { MedplumClient, OperationOutcomeError } = await import(PACKAGE);
const system = 'https://clients.test/mrn';

/** The outcome that the client throws. */
async function outcomeOf(act) {
	const error = await refused(act);
	assert.ok(error instanceof OperationOutcomeError, `${error}`);
	return error.outcome;
}

for (const version of ['r4', 'r5']) {
	const options = { baseUrl: BASE, fhirUrlPath: `fhir/${version}`, accessToken: token, cacheTime: 0 };
	const client = new MedplumClient(options);
	const mrn = `${PACKAGE}-${version}`;
	let kept;

	await check(`${version}: the statement is read`, async () => {
		const statement = await client.get(client.fhirUrl('metadata'));
		assert.equal(statement.fhirVersion, version === 'r4' ? '4.0.1' : '5.0.0');
	});
	await check(`${version}: a plan is read, by id and by reference`, async () => {
		const plan = await client.readResource('PlanDefinition', 'cpt-22514');
		assert.equal(plan.id, 'cpt-22514');
		const same = await client.readReference({ reference: 'PlanDefinition/cpt-22514' });
		assert.deepEqual(same, plan);
	});
	await check(`${version}: a search is followed over its next links`, async () => {
		const ids = [];
		let pages = 0;
		for await (const page of client.searchResourcePages('PlanDefinition', '_count=5&_sort=_id')) {
			ids.push(...page.map((plan) => plan.id));
			pages++;
		}
		assert.equal(new Set(ids).size, ids.length);
		const counted = await client.search('PlanDefinition', '_summary=count');
		assert.equal(ids.length, counted.total);
		assert.equal(pages, Math.ceil(ids.length / 5));
	});
	await check(`${version}: one is searched`, async () => {
		const plan = await client.searchOne('PlanDefinition', { code: '22514', _fields: undefined });
		assert.equal(plan.id, 'cpt-22514');
		assert.equal(await client.searchOne('PlanDefinition', 'code=no-such-code'), undefined);
	});
	await check(`${version}: a patient is created, and not twice`, async () => {
		kept = await client.createResource(patient(mrn));
		assert.equal(kept.meta.versionId, '1');
		const again = await client.createResourceIfNoneExist(patient(mrn), `identifier=${system}|${mrn}`);
		assert.equal(again.id, kept.id);
	});
	await check(`${version}: updated, by id and by condition`, async () => {
		kept = await client.updateResource({ ...kept, birthDate: '1970-01-02' });
		assert.equal(kept.meta.versionId, '2');
		kept = await client.upsertResource({ ...kept, birthDate: '1970-01-03' }, `identifier=${system}|${mrn}`);
		assert.equal(kept.meta.versionId, '3');
		const made = await client.upsertResource(patient(`${mrn}-new`), `identifier=${system}|${mrn}-new`);
		assert.equal(made.meta.versionId, '1');
	});
	await check(`${version}: patched`, async () => {
		kept = await client.patchResource('Patient', kept.id, [
			{ op: 'test', path: '/meta/versionId', value: '3' },
			{ op: 'add', path: '/name/0/given/-', value: 'Efua' },
		]);
		assert.deepEqual(kept.name[0].given, ['Ama', 'Efua']);
	});
	await check(`${version}: a patch whose test fails is refused`, async () => {
		const test = [{ op: 'test', path: '/gender', value: 'male' }];
		isOutcome(await outcomeOf(() => client.patchResource('Patient', kept.id, test)), /gender/);
	});
	await check(`${version}: history and versions`, async () => {
		const history = await client.readHistory('Patient', kept.id);
		assert.deepEqual(history.entry.map((entry) => entry.resource.meta.versionId), ['4', '3', '2', '1']);
		const first = await client.readVersion('Patient', kept.id, '1');
		assert.equal(first.birthDate, undefined);
	});
	await check(`${version}: a batch, entry by entry`, async () => readsAnswered(await client.executeBatch(reads)));
	await check(`${version}: reads at one time become a batch`, async () => {
		const gathering = new MedplumClient({ ...options, autoBatchTime: 20 });
		const [plan, activity, missing] = await Promise.allSettled([
			gathering.readResource('PlanDefinition', 'cpt-22514'),
			gathering.readResource('ActivityDefinition', 'cpt-22514'),
			gathering.readResource('PlanDefinition', 'no-such-plan'),
		]);
		assert.equal(plan.value.resourceType, 'PlanDefinition');
		assert.equal(activity.value.resourceType, 'ActivityDefinition');
		isOutcome(missing.reason.outcome, /no-such-plan/);
	});
	await check(`${version}: a transaction resolves what is in it`, async () => {
		const answer = await client.executeBatch(pair('transaction', `${mrn}-t`));
		assert.deepEqual(answer.entry.map((entry) => entry.response.status.slice(0, 3)), ['201', '201']);
		const [order] = await client.searchResources('ServiceRequest', `patient.identifier=${system}|${mrn}-t`);
		const subject = await client.readReference(order.subject);
		assert.equal(subject.identifier[0].value, `${mrn}-t`);
	});
	await check(`${version}: one that is wrong is refused whole`, async () => {
		const body = pair('transaction', `${mrn}-u`);
		body.entry[1].resource.status = 'never';
		isOutcome(await outcomeOf(() => client.executeBatch(body)), /status/);
		assert.equal(await client.searchOne('Patient', `identifier=${system}|${mrn}-u`), undefined);
	});
	await check(`${version}: operations`, async () => {
		isOutcome(await client.validateResource(patient(mrn)), /^(?!.*error)/);
		isOutcome(await client.validateResource({ ...patient(mrn), gender: 'x' }), /Patient.gender/);
		const order = await client.post(client.fhirUrl('ActivityDefinition', 'cpt-22514', '$apply'), {
			resourceType: 'Parameters',
			parameter: [{ name: 'subject', valueString: `Patient/${kept.id}` }],
		});
		assert.equal(order.subject.reference, `Patient/${kept.id}`);
		const policies = await client.get(`${client.fhirUrl('PlanDefinition', '$related-policies')}?code=22514`);
		assert.ok(JSON.stringify(policies).includes('alder-ridge-ar-0117'));
	});
	await check(`${version}: deleted, and gone`, async () => {
		await client.deleteResource('Patient', kept.id);
		isOutcome(await outcomeOf(() => client.readResource('Patient', kept.id)), /deleted/);
	});
	await check(`${version}: what is not there, and what is not known, is told`, async () => {
		isOutcome(await outcomeOf(() => client.readResource('PlanDefinition', 'no-such-plan')), /no-such-plan/);
		isOutcome(await outcomeOf(() => client.search('PlanDefinition', 'nmae=x')), /name/);
		isOutcome(await outcomeOf(() => client.createResource({ resourceType: 'Patient', gender: 'x' })), /gender/);
	});
}
