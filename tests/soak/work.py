# SPDX-License-Identifier: Apache-2.0
"""What well-behaved clients do all at once. A worker is made once for each thread; each call of `step` is one piece of work."""
import gzip
import json
import re
import subprocess
import time
import urllib.parse
import uuid

from client import Client, Wrong
from gateway import SNAPSHOT_SECONDS
from ledger import DELETED

BASES = ("/fhir/r4", "/fhir/r5")
CPT = "http://www.ama-assn.org/go/cpt"
VERSIONS_OF_ONE = 12  # writes to one resource before the next is taken
SYSTEM = "urn:soak"
QUERIES = (
    "PlanDefinition?_sort=-date,title&_count=5",
    "Library?_count=5&_sort=_lastUpdated",
    "PlanDefinition?title:contains=a&_summary=count",
    'PlanDefinition?_filter=title co "e" and status eq active',
    "PlanDefinition?status:not=draft&_elements=id&__explain=true",
    "PlanDefinition?_text=knee&_count=5",
    "PlanDefinition?definition:ActivityDefinition.status=active&_count=3",
    "ActivityDefinition?_has:PlanDefinition:definition:status=active&_count=3",
    "?_type=Library,PlanDefinition&_count=3",
)


def library(path, title):
    """What is written to a path again and again."""
    return {"resourceType": "Library", "id": path.rsplit("/", 1)[1], "status": "draft", "title": title, "type": {"text": "soak"}}


class Worker:
    def __init__(self, soak, number, random):
        self.soak = soak
        self.number = number
        self.random = random
        self.client = Client(soak.gateway.site, soak.tally, type(self).__name__.lower())

    def base(self):
        return self.random.choice(BASES)

    def code(self):
        return self.random.choice(self.soak.codes)

    def plan(self):
        return f"{self.base()}/PlanDefinition/{self.code()}"

    def rest(self):
        """Nothing is held open from here on."""
        self.client.close()


class Reader(Worker):
    """Reads hot and cold, by condition, in all forms; what is not there."""

    def step(self):
        path = self.plan()
        answer = self.client.get(path, Accept_Encoding="identity")
        if answer.json()["id"] != path.rsplit("/", 1)[1]:
            raise Wrong(f"{path}: another resource came: {answer.body[:200]!r}")
        self.client.get(path, (304, 200), If_None_Match=answer.headers["ETag"])
        if b"<PlanDefinition xmlns=" not in self.client.get(path + "?_format=xml").body:
            raise Wrong(f"{path}: no XML came")
        pretty = self.client.get(path + "?_pretty=true").json()
        if pretty["id"] != answer.json()["id"]:
            raise Wrong(f"{path}: pretty is another resource")
        form = self.random.choice(("_summary=true", "_summary=text", "_summary=data", "_elements=url,title"))
        if "SUBSETTED" not in json.dumps(self.client.get(f"{path}?{form}").json()["meta"]):
            raise Wrong(f"{path}?{form}: does not say that it is a part")
        self.client.get(f"{path}/_history/{answer.version}")
        self.client.get(path, Accept="text/html", Accept_Encoding="gzip")
        self.client.ask("HEAD", path)
        self.client.get(path + "-none", (404,))
        self.client.get(self.base() + self.random.choice(("/metadata", "/SearchParameter?_count=3", "/StructureDefinition/ProcedureDefinition")))
        self.client.get("/health/ready")


class Searcher(Worker):
    """Searches of every kind over what is always there."""

    def step(self):
        base, code = self.base(), self.code().split("-")[1]
        for query in (f"PlanDefinition?code={code}", f"ActivityDefinition?code={CPT}|{code}&_total=accurate",
                      f"ActivityDefinition?code={code}&_revinclude=PlanDefinition:definition", *QUERIES):
            path = f"{base}/{query}".replace("/?", "?")
            bundle = self.client.get(urllib.parse.quote(path, safe="/?&=:,|_-.")).json()
            if bundle["type"] != "searchset":
                raise Wrong(f"{path}: {bundle['type']}")
        self.client.get(f"{base}/PlanDefinition?nmae=x", (400,))
        self.client.ask("POST", f"{base}/PlanDefinition/_search", f"code={code}", Content_Type="application/x-www-form-urlencoded")


class Pager(Worker):
    """Walks all pages: nothing twice, and all that was there before, while others write."""

    def step(self):
        base, count = self.base(), self.random.choice((3, 7, 20))
        self._walk(f"{base}/PlanDefinition?_count={count}&_elements=id", set(self.soak.codes))
        self._walk(f"{base}/Library?_count={count * 10}&_sort=-_lastUpdated&_elements=id", set())

    def _walk(self, path, all_of):
        seen, first, began = set(), path, time.monotonic()
        for _ in range(2000):
            answer = self.client.get(path, (200, 410) if time.monotonic() - began > SNAPSHOT_SECONDS else (200,))
            if answer.status == 410:  # the walk took longer than the store holds the moment of its first page
                return
            bundle = answer.json()
            for entry in bundle.get("entry", ()):
                found = entry["resource"]["id"]
                if found in seen:
                    raise Wrong(f"{first}: {found} came twice; the second time on {path}")
                seen.add(found)
            following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
            if not following or self.soak.ending.is_set():
                break
            path = following[0].removeprefix(self.soak.gateway.site.origin)
        if not following and not all_of <= seen:
            raise Wrong(f"{first}: never came: {sorted(all_of - seen)}")


class Writer(Worker):
    """Creates, updates, patches and deletes resources of its own, and reads back each time what was acknowledged."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.writes = 0
        self.version = 0
        self.path = None

    def step(self):
        if self.writes % VERSIONS_OF_ONE == 0:
            self.path = f"{self.base()}/Library/soak-{self.number}-{self.writes}"
            self.version = 0
        self.writes += 1
        turn = self.writes % VERSIONS_OF_ONE
        if turn in (5, 0):
            self._delete()
            return
        title = f"{self.number}.{self.writes}"
        answer = self._patch(turn, title) if turn in (3, 4, 8) else self._update(title)
        self._acknowledged(answer.version, title)
        self._read_back(title)

    def _update(self, title):
        resource = library(self.path, title)
        resource.update({"description": "x" * self.random.randrange(1, 3000), "identifier": [{"system": SYSTEM, "value": title}]})
        conditions = {"If_Match": f'W/"{self.version}"'} if self.version and self.writes % 2 else {}
        if self.writes % 3:
            return self.client.ask("PUT", self.path, resource, (200, 201), **conditions)
        packed = gzip.compress(json.dumps(resource).encode())
        return self.client.ask("PUT", self.path, packed, (200, 201), Content_Type="application/fhir+json", Content_Encoding="gzip",
                               **conditions)

    def _patch(self, turn, title):
        if turn == 4:
            parts = [{"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Library.title"},
                     {"name": "value", "valueString": title}]
            return self.client.ask("PATCH", self.path, {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]})
        return self.client.ask("PATCH", self.path, [{"op": "replace", "path": "/title", "value": title}], Content_Type="application/json-patch+json")

    def _delete(self):
        self.client.ask("DELETE", self.path, None, (204,))
        self.client.get(self.path, (410,))
        self._acknowledged(self.version + 1, DELETED)

    def _acknowledged(self, version, title):
        if version != self.version + 1:
            raise Wrong(f"{self.path}: version {version} after {self.version}, though nobody else writes it")
        self.version = version
        self.soak.ledger.acknowledge(self.path, version, title)

    def _read_back(self, title):
        answer = self.client.get(self.path)
        if (answer.version, answer.json()["title"]) != (self.version, title):
            raise Wrong(f"{self.path}: version {self.version} with title {title} was acknowledged, {answer.body[:300]!r} is read")
        self.client.get(self.path, (304,), If_None_Match=f'W/"{self.version}"')
        found = self.client.get(f"{self.path.rsplit('/', 1)[0]}?identifier={SYSTEM}|{title}&_elements=id".replace("|", "%7C")).json()
        if self.writes % VERSIONS_OF_ONE not in (3, 4, 8) and found["total"] != 1:
            raise Wrong(f"{self.path}: the search by its identifier {title} finds {found['total']}")


class Contender(Worker):
    """Increments numbers that others increment too; creates, by condition, what others create too."""

    def step(self):
        path = f"{self.base()}/Library/counter-{self.random.randrange(4)}"
        found = self.client.get(path, (200, 404))
        title = str(int(found.json()["title"]) + 1 if found.status == 200 else 1)
        conditions = {"If_Match": found.headers["ETag"]} if found.status == 200 else {"If_None_Match": "*"}
        answer = self.client.ask("PUT", path, library(path, title), (200, 201, 412), **conditions)
        if answer.status != 412:
            self.soak.ledger.increment(path)
        self._create_once()

    def _create_once(self):
        base = self.base()
        query = f"identifier={SYSTEM}%7Cslot-{int(time.monotonic() * 2)}"
        resource = {"resourceType": "Organization", "name": "Soak", "identifier": [{"system": SYSTEM, "value": query.rsplit("%7C", 1)[1]}]}
        self.client.ask("POST", f"{base}/Organization", resource, (200, 201), If_None_Exist=query)
        self.soak.ledger.once(f"{base}/Organization?{query}")


class Transactor(Worker):
    """Bundles whose entries refer to each other, found again by chains; a Bundle with one wrong entry leaves nothing."""

    def step(self):
        base, family = self.base(), f"F{uuid.uuid4().hex}"
        entries = self._entries(base, family)
        made = self.client.ask("POST", base, self._bundle("transaction", entries)).json()
        where = [entry["response"]["location"].split("/_history")[0].split(base + "/")[-1] for entry in made["entry"]]
        self._find(base, family, where)
        self._fail(base, "Never" + family, entries)
        self._batch(base, family, where[0])

    @staticmethod
    def _bundle(kind, entries):
        return {"resourceType": "Bundle", "type": kind, "entry": entries}

    @staticmethod
    def _post(resource):
        return {"fullUrl": "urn:uuid:" + str(uuid.uuid4()), "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}

    def _entries(self, base, family):
        """A patient, and orders for the patient."""
        patient = self._post({"resourceType": "Patient", "name": [{"family": family}]})
        order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": patient["fullUrl"]}}
        order.update({"code": {"text": "soak"}} if "r4" in base else {"note": [{"text": "soak"}]})
        return [patient] + [self._post(order) for _ in range(self.random.choice((1, 1, 2, 2, 20, 20, 300)))]

    def _find(self, base, family, where):
        chained = self.client.get(f"{base}/ServiceRequest?subject:Patient.family={family}&_include=ServiceRequest:subject&_count=1000").json()
        found = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in chained["entry"]}
        if found != set(where):
            raise Wrong(f"{base}: a transaction made {sorted(where)}, the chained search finds {sorted(found)}")
        if self.client.get(f"{base}/Patient?_has:ServiceRequest:subject:status=active&family={family}").json()["total"] != 1:
            raise Wrong(f"{base}: _has does not find {where[0]}")

    def _fail(self, base, family, entries):
        entries[0]["resource"]["name"][0]["family"] = family
        wrong = self._bundle("transaction", entries + [self._post({"resourceType": "Patient", "gender": "wrong"})])
        self.client.ask("POST", base + "/", wrong, (400, 422))
        if self.client.get(f"{base}/Patient?family={family}&_summary=count").json()["total"]:
            raise Wrong(f"{base}: a refused transaction left something")

    def _batch(self, base, family, where):
        requests = [{"request": {"method": "GET", "url": url}} for url in (where, "Patient/none", f"Patient?family={family}")]
        batch = self.client.ask("POST", base, self._bundle("batch", requests)).json()
        if [entry["response"]["status"][:3] for entry in batch["entry"]] != ["200", "404", "200"]:
            raise Wrong(f"{base}: a batch was answered with {json.dumps(batch)[:1000]}")


class Operator(Worker):
    """$apply, $validate, $related-policies, $meta, history."""

    def step(self):
        base, code = self.base(), self.code()
        plan, activity = f"{base}/PlanDefinition/{code}", f"{base}/ActivityDefinition/{code}"
        self.client.get(f"{plan}/$apply?subject=Patient/nobody")
        order = self.client.get(f"{activity}/$apply?subject=Patient/nobody").json()
        if not order.get("instantiatesCanonical"):
            raise Wrong(f"{activity}/$apply: the order does not say what it is made of")
        self.client.get(f"{plan}/$validate")
        told = self.client.ask("POST", f"{base}/Patient/$validate", {"resourceType": "Patient", "gender": "x"}).json()
        if "Patient.gender" not in json.dumps(told):
            raise Wrong(f"{base}/Patient/$validate: the mistake is not told: {told}")
        self.client.get(f"{plan}/$related-policies?include=retired")
        self.client.get(f"{plan}/$meta")
        self.client.get(f"{plan}/_history?_count=5")
        self.client.get(f"{base}/PlanDefinition/_history?_count=5")
        self.client.get(f"{base}/_history?_count=5")


class Loader(Worker):
    """Other processes write: a page that changed is loaded and seen by clients; payers are synced."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.loads = 0

    def step(self):
        self.loads += 1
        gateway, code = self.soak.gateway, 99900 + self.loads % 7
        with open(self.random.choice(self.soak.pages), encoding="utf-8", errors="replace") as file:
            text = file.read()
        marker = f"Soak load {self.loads}"
        page = f"{gateway.directory}/loaded.txt"
        with open(page, "w", encoding="utf-8") as file:
            file.write(re.sub(r"(?m)^(.*[A-Za-z].*?)(\r?)$", rf"{marker}\2", text, count=1))
        gateway.run("load", "--code", f"cpt:{code}", page)
        self.soak.tally.add("load", "done")
        deadline = time.monotonic() + 20
        while marker not in self.client.get(f"/fhir/r4/PlanDefinition/cpt-{code}", (200, 404)).json().get("title", ""):
            if time.monotonic() > deadline:
                raise Wrong(f"PlanDefinition/cpt-{code}: what `cannula load` stored ({marker}) is not seen by clients")
            time.sleep(0.05)
        if self.loads % 5 == 0:
            gateway.sync()
            self.soak.tally.add("sync", "done")


class Curl(Worker):
    """HTTP/2 by curl: a write that is read back, then many reads at a time on one connection."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.writes = 0

    def step(self):
        self.writes += 1
        origin, path = self.soak.gateway.site.origin, f"{self.base()}/Library/curl-{self.number}-{self.writes}"
        title = f"curl {self.writes}"
        told = self._curl("-X", "PUT", "-H", "Content-Type: application/fhir+json", "--data-binary", json.dumps(library(path, title)),
                          "-w", "\n%{http_code} %{http_version}", origin + path)
        if not told.endswith("\n201 2"):
            raise Wrong(f"curl PUT {path}: {told[-1000:]}")
        self.soak.ledger.acknowledge(path, 1, title)
        urls = [origin + path] + [origin + self.plan() for _ in range(20)]
        told = self._curl("-Z", "--parallel-max", "10", "-w", "%{http_code} %{http_version}\n",
                          *(word for url in urls for word in ("-o", "/dev/null", url)))
        for line in told.splitlines():
            self.soak.tally.add("curl", line.split()[0])
            if line != "200 2":
                raise Wrong(f"curl: GETs of {urls[:3]}… over HTTP/2: {line}")

    def _curl(self, *arguments):
        site = self.soak.gateway.site
        done = subprocess.run([self.soak.curl, "-sSk", "--http2", "--max-time", "60", *site.curl_arguments(), *arguments],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Wrong(f"curl {arguments[-1]}: exit code {done.returncode}: {done.stderr}")
        return done.stdout


class H2load(Worker):
    """HTTP/2 and HTTP/1.1 at full speed for a moment."""

    def step(self):
        site = self.soak.gateway.site
        urls = [site.origin + self.plan() for _ in range(8)] + [f"{site.origin}{self.base()}/ActivityDefinition?code={self.code().split('-')[1]}"]
        protocol = self.random.choice((["--h1", "-m1"], ["-m8"]))
        headers = [word for name, value in site.headers.items() for word in ("-H", f"{name}: {value}")]
        done = subprocess.run([self.soak.h2load, *protocol, "-c4", "-n400", *headers, *urls],
                              capture_output=True, text=True, timeout=120, check=False)
        good = re.search(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx", done.stdout)
        if not good or int(good[1]) != 400:
            raise Wrong(f"h2load {' '.join(protocol)}: not 400 good answers:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
        self.soak.tally.add("h2load", 200, 400)
        time.sleep(0.5)  # it is a burst: others have their turn


class Reloader(Worker):
    """SIGHUP now and then."""

    def step(self):
        self.soak.pause(self.soak.reload_seconds)
        self.soak.gateway.reload()
        self.soak.tally.add("reload", "done")
