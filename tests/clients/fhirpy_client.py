# SPDX-License-Identifier: Apache-2.0
"""PyPI fhirpy, blocking and asynchronous: ends every URL in a question mark, sends bare version ids in If-None-Match, patches with a part of the
resource (which FHIR does not define), and creates by condition with parameters in the URL (which is not FHIR either)."""

import asyncio
import json
import os
import ssl

from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import (
    AuthorizationError,
    ForbiddenError,
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)

from tap import BASE, READS, SYSTEM, check, pair, patient, reads_answered, refused

CERTIFICATE = os.environ.get("CLIENT_CERTIFICATE")
requests_config = {"cert": (CERTIFICATE, os.environ["CLIENT_KEY"])} if CERTIFICATE else {}


def tls():
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    if CERTIFICATE:
        context.load_cert_chain(CERTIFICATE, os.environ["CLIENT_KEY"])
    return context


def outcome_of(act):
    return json.dumps(refused(OperationOutcome, act).resource)


def cases(version):
    base = f"{BASE}/fhir/{version}"
    client = SyncFHIRClient(base, requests_config=requests_config)
    mrn = f"fhirpy-{version}{'-mtls' if CERTIFICATE else ''}"
    plans, patients = client.resources("PlanDefinition"), client.resources("Patient")
    kept = client.resource("Patient", **{k: v for k, v in patient(mrn).items() if k != "resourceType"})
    mine = patients.search(identifier=f"{SYSTEM}|{mrn}")

    def statement():
        told = client.execute("metadata", method="get")
        assert told["fhirVersion"] == {"r4": "4.0.1", "r5": "5.0.0"}[version]

    def read():
        plan = client.get("PlanDefinition", "cpt-22514")
        assert plan["id"] == "cpt-22514"
        assert client.reference("PlanDefinition", "cpt-22514").to_resource()["url"] == plan["url"]

    def search():
        found = [plan["id"] for plan in plans.sort("-_id").limit(5).fetch_all()]
        assert len(found) > 10 and sorted(set(found), reverse=True) == found
        assert plans.search(code="22514").get()["id"] == "cpt-22514"
        assert plans.search(code="no-such-code").first() is None
        assert [plan.get("title") is None for plan in plans.elements("url").limit(1).fetch()] == [True]

    def count():
        lenient = SyncFHIRClient(base, extra_headers={"Prefer": "handling=lenient"}, requests_config=requests_config)
        assert lenient.resources("PlanDefinition").count() == len(plans.fetch_all())
        assert "_totalMethod" in outcome_of(plans.count)  # a parameter of another server

    def create():
        kept.save()
        assert kept["meta"]["versionId"] == "1" and mine.get()["id"] == kept["id"]

    def create_by_condition():
        assert "If-None-Exist" in outcome_of(lambda: mine.get_or_create(client.resource("Patient", gender="other")))
        careful = SyncFHIRClient(base, extra_headers={"If-None-Exist": f"identifier={SYSTEM}|{mrn}"}, requests_config=requests_config)
        assert careful.resource("Patient", gender="other").save()["id"] == kept["id"]

    def update():
        kept["birthDate"] = "1970-01-02"
        kept.save()
        assert kept["meta"]["versionId"] == "2"
        updated, is_new = mine.update(client.resource("Patient", **{**kept.serialize(), "birthDate": "1970-01-03"}))
        assert updated["meta"]["versionId"] == "3" and not is_new

    def update_many():
        for number in range(2):
            client.resource("Patient", **patient(mrn + "-twin")).save()
        twins = patients.search(identifier=f"{SYSTEM}|{mrn}-twin")
        told = refused(MultipleResourcesFound, lambda: twins.update(client.resource("Patient", gender="other")))
        assert json.loads(str(told))["resourceType"] == "OperationOutcome"

    def refresh():
        kept.refresh()
        assert kept["meta"]["versionId"] == "3"
        kept.refresh()
        assert kept["birthDate"] == "1970-01-03"

    def patch():
        assert "JSON Patch" in outcome_of(lambda: kept.patch(gender="male"))
        patching = SyncFHIRClient(base, extra_headers={"Content-Type": "application/json-patch+json"}, requests_config=requests_config)
        steps = [{"op": "replace", "path": "/gender", "value": "other"}]
        assert patching.execute(f"Patient/{kept['id']}", method="patch", data=steps)["gender"] == "other"

    def history():
        told = client.execute(f"Patient/{kept['id']}/_history", method="get")
        assert [entry["resource"]["meta"]["versionId"] for entry in told["entry"]] == ["4", "3", "2", "1"]
        assert client.execute("_history", method="get", params={"_count": "2"})["type"] == "history"

    def transaction():
        answer = client.execute("", data=pair(mrn + "-t"))
        assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["201", "201"]
        order = client.resources("ServiceRequest").search(subject__Patient__identifier=f"{SYSTEM}|{mrn}-t").get()
        assert order.get_by_path("subject").to_resource()["identifier"][0]["value"] == mrn + "-t"
        wrong = pair(mrn + "-u")
        del wrong["entry"][1]["resource"]["intent"]
        assert "intent" in outcome_of(lambda: client.execute("", data=wrong))
        assert patients.search(identifier=mrn + "-u").first() is None

    def operations():
        assert kept.is_valid()
        assert not client.resource("Patient", gender="x").is_valid()
        subject = {"resourceType": "Parameters", "parameter": [{"name": "subject", "valueString": f"Patient/{kept['id']}"}]}
        order = client.reference("ActivityDefinition", "cpt-22514").execute("$apply", data=subject)
        assert order["subject"]["reference"] == f"Patient/{kept['id']}"
        policies = plans.execute("$related-policies", method="get", params={"code": "22514"})
        assert "alder-ridge-ar-0117" in json.dumps(policies)

    def delete():
        kept.delete()
        told = refused(ResourceNotFound, lambda: client.get("Patient", kept["id"]))
        assert json.loads(str(told))["issue"][0]["code"] == "deleted"
        _, status = patients.search(identifier=f"{SYSTEM}|{mrn}-t").delete()
        assert status in (200, 204)

    def errors():
        told = refused(ResourceNotFound, lambda: client.get("PlanDefinition", "no-such-plan"))
        assert "no-such-plan" in json.loads(str(told))["issue"][0]["details"]["text"]
        assert "Search parameters of PlanDefinition" in outcome_of(lambda: plans.search(nmae="x").fetch())
        assert "gender" in outcome_of(lambda: client.resource("Patient", gender="x").save())

    async def asynchronously():
        remote = AsyncFHIRClient(base, aiohttp_config={"ssl": tls()})
        many = [remote.get("PlanDefinition", "cpt-22514") for _ in range(20)]
        assert {plan["id"] for plan in await asyncio.gather(*many)} == {"cpt-22514"}
        found = [plan["id"] async for plan in remote.resources("PlanDefinition").limit(5)]
        assert len(found) == len(set(found)) > 10
        made = await remote.resource("Patient", **patient(mrn + "-async")).save()
        await made.delete()

    check(f"{version}: the statement is read", statement)
    check(f"{version}: a plan is read", read)
    check(f"{version}: a search is followed over its next links, sorted", search)
    check(f"{version}: parameters of others are refused, unless it says lenient", count)
    check(f"{version}: a patient is created", create)
    check(f"{version}: by condition only as FHIR says it", create_by_condition)
    check(f"{version}: updated, by id and by condition", update)
    check(f"{version}: not when several match", update_many)
    check(f"{version}: refreshed by its version id", refresh)
    check(f"{version}: patched, as FHIR says it", patch)
    check(f"{version}: history", history)
    check(f"{version}: a transaction, whole or not at all", transaction)
    check(f"{version}: a batch", lambda: reads_answered(client.execute("", data=READS)))
    check(f"{version}: operations", operations)
    check(f"{version}: deleted, by id and by condition", delete)
    check(f"{version}: what is not there, and what is not known, is told", errors)
    check(f"{version}: many at a time", lambda: asyncio.run(asynchronously()))


def without_certificate():
    stranger = SyncFHIRClient(f"{BASE}/fhir/r4")
    told = refused((AuthorizationError, ForbiddenError), lambda: stranger.get("PlanDefinition", "cpt-22514"))
    assert json.loads(str(told))["resourceType"] == "OperationOutcome"


for each in ("r4", "r5"):
    cases(each)
if CERTIFICATE:
    check("who shows no certificate is turned away", without_certificate)
