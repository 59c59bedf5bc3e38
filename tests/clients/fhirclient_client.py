# SPDX-License-Identifier: Apache-2.0
"""PyPI fhirclient, SMART's Python client: reads everything into strict R4 classes, so whatever it reads is well-formed."""

import os

from fhirclient import client as smart
from fhirclient.models.bundle import Bundle
from fhirclient.models.fhirsearch import FHIRSearch
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.parameters import Parameters
from fhirclient.models.patient import Patient
from fhirclient.models.plandefinition import PlanDefinition
from fhirclient.models.servicerequest import ServiceRequest
from fhirclient.server import FHIRNotFoundException, FHIRUnauthorizedException
from requests import HTTPError

from tap import BASE, READS, SYSTEM, check, pair, patient, reads_answered, refused

MRN = "smart-py"
TOKEN = os.environ.get("TOKEN")
server = smart.FHIRClient(settings={"app_id": "ehr", "api_base": f"{BASE}/fhir/r4"}).server
kept = Patient(patient(MRN))


def outcome_of(kind, act):
    """What the gateway said, as the client's own OperationOutcome."""
    return OperationOutcome(refused(kind, act).response.json())


def sent(method, path, body, headers):
    """What the library has no method for, by its session."""
    answer = server.session.request(method, f"{server.base_uri}{path}", json=body, headers=headers)
    server.raise_for_status(answer)
    return answer


def discover():
    statement = server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    plan = next(resource for resource in statement.rest[0].resource if resource.type == "PlanDefinition")
    assert {"read", "search-type", "update"} <= {interaction.code for interaction in plan.interaction}
    assert server.ready


def show_token():
    refused(FHIRUnauthorizedException, lambda: PlanDefinition.read("cpt-22514", server))
    server.session.headers["Authorization"] = f"Bearer {TOKEN}"
    assert "token_endpoint" in server.request_json(".well-known/smart-configuration")


def read():
    plan = PlanDefinition.read("cpt-22514", server)
    assert plan.id == "cpt-22514" and plan.status == "active" and plan.action


def search():
    plans = list(PlanDefinition.where({"_count": "5"}).perform_resources_iter(server))
    assert all(isinstance(plan, PlanDefinition) for plan in plans)
    assert len(plans) == len({plan.id for plan in plans}) > 10
    pages = list(PlanDefinition.where({"_count": "5"}).perform_iter(server))
    assert sum(len(page.entry) for page in pages) == len(plans) and len(pages) > 2
    found = PlanDefinition.where({"name": {"$exact": plans[0].name}}).perform_resources_iter(server)
    assert plans[0].id in [plan.id for plan in found]


def every_type():
    for kind in ("ActivityDefinition", "Library", "ValueSet", "Provenance", "Organization", "DocumentReference"):
        resources = list(FHIRSearch(getattr(__import__(f"fhirclient.models.{kind.lower()}", fromlist=[kind]), kind), None).perform_resources_iter(server))
        assert resources and {resource.resource_type for resource in resources} == {kind}, kind


def create():
    kept.__init__(kept.create(server))
    kept.origin_server = server
    assert kept.meta.versionId == "1"
    again = sent("POST", "Patient", patient(MRN), {"If-None-Exist": f"identifier={SYSTEM}|{MRN}"})
    assert again.status_code == 200 and again.json()["id"] == kept.id


def update():
    kept.gender = "other"
    assert Patient(kept.update()).meta.versionId == "2"
    changed = {**kept.as_json(), "birthDate": "1970-01-03"}
    assert sent("PUT", f"Patient?identifier={SYSTEM}|{MRN}", changed, {}).json()["meta"]["versionId"] == "3"
    told = outcome_of(HTTPError, lambda: sent("PUT", f"Patient/{kept.id}", changed, {"If-Match": 'W/"1"'}))
    assert told.issue[0].code == "conflict"


def patch():
    steps = [{"op": "replace", "path": "/gender", "value": "male"}]
    assert sent("PATCH", f"Patient/{kept.id}", steps, {"Content-Type": "application/json-patch+json"}).json()["gender"] == "male"


def history():
    told = Bundle.read_from(f"Patient/{kept.id}/_history", server)
    assert [entry.resource.meta.versionId for entry in told.entry] == ["4", "3", "2", "1"]
    assert Patient.read_from(f"Patient/{kept.id}/_history/1", server).gender == "female"


def transaction():
    answer = Bundle(Bundle(pair(MRN + "-t")).create(server))
    assert [entry.response.status[:3] for entry in answer.entry] == ["201", "201"]
    order = next(ServiceRequest.where({"subject:Patient.identifier": f"{SYSTEM}|{MRN}-t"}).perform_resources_iter(server))
    assert order.subject.resolved(Patient).identifier[0].value == MRN + "-t"


def batch():
    answer = Bundle(READS).create(server)
    Bundle(answer)
    reads_answered(answer)


def operations():
    subject = Parameters({"parameter": [{"name": "subject", "valueString": f"Patient/{kept.id}"}]})
    order = ServiceRequest(server.post_json("ActivityDefinition/cpt-22514/$apply", subject.as_json()).json())
    assert order.subject.reference == f"Patient/{kept.id}"
    policies = Bundle.read_from("PlanDefinition/cpt-22514/$related-policies", server)
    assert "alder-ridge-ar-0117" in [entry.resource.id for entry in policies.entry]
    judged = OperationOutcome(server.post_json("Patient/$validate", {"resourceType": "Patient", "gender": "x"}).json())
    assert ["Patient.gender"] in [issue.expression for issue in judged.issue if issue.severity == "error"]


def delete():
    kept.delete()
    assert outcome_of(HTTPError, lambda: Patient.read(kept.id, server)).issue[0].code == "deleted"


def errors():
    told = outcome_of(FHIRNotFoundException, lambda: PlanDefinition.read("no-such-plan", server))
    assert told.issue[0].code == "not-found"
    told = outcome_of(HTTPError, lambda: next(PlanDefinition.where({"nmae": "x"}).perform_iter(server)))
    assert "name" in told.issue[0].diagnostics


check("the statement is read", discover)
if TOKEN:
    check("who shows no token is turned away", show_token)
check("a plan is read", read)
check("a search is followed over its next links", search)
check("every type that is published is well-formed", every_type)
check("a patient is created, and not twice", create)
check("updated, by id and by condition, but not another version", update)
check("patched", patch)
check("history", history)
check("a transaction", transaction)
check("a batch", batch)
check("operations", operations)
check("deleted, and gone", delete)
check("what is not there, and what is not known, is told", errors)
