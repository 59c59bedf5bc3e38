# SPDX-License-Identifier: Apache-2.0
"""What the Python clients share: a case is a line, a resource to write is a patient."""

import os
import traceback

BASE = os.environ["BASE"]
SYSTEM = "https://clients.test/mrn"


def check(title, act):
    """One case: passes when `act` raises nothing."""
    try:
        act()
        print(f"ok - {title}")
    except Exception as error:  # whatever it was, it is told
        print(f"not ok - {title}")
        response = getattr(error, "response", None)
        told = traceback.format_exc() + (response.text if response is not None else "")
        print("\n".join("# " + line for line in told.splitlines()))


def refused(kind, act):
    """`act` must raise a `kind`; gives it."""
    try:
        act()
    except kind as error:
        return error
    raise AssertionError("it was not refused")


def patient(identifier):
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": identifier}],
        "name": [{"family": "Osei", "given": ["Ama"]}],
        "gender": "female",
    }


def pair(identifier):
    """A transaction whose second entry refers to its first, which is not there yet."""
    first = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
    order = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "subject": {"reference": first}}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": first, "resource": patient(identifier), "request": {"method": "POST", "url": "Patient"}},
            {"resource": order, "request": {"method": "POST", "url": "ServiceRequest"}},
        ],
    }


READS = {
    "resourceType": "Bundle",
    "type": "batch",
    "entry": [
        {"request": {"method": "GET", "url": "PlanDefinition/cpt-22514"}},
        {"request": {"method": "GET", "url": "PlanDefinition/no-such-plan"}},
        {"request": {"method": "GET", "url": "PlanDefinition?code=22514"}},
    ],
}


def reads_answered(answer):
    """Of the answer to READS."""
    assert answer["type"] == "batch-response"
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["200", "404", "200"]
    assert answer["entry"][0]["resource"]["id"] == "cpt-22514"
    assert answer["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert answer["entry"][2]["resource"]["type"] == "searchset"
