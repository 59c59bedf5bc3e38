# SPDX-License-Identifier: Apache-2.0
"""A client that keeps its connection, counts what it is answered, and takes nothing unexpected for an answer."""
import collections
import http.client
import json
import ssl
import threading
import time

ANSWER_SECONDS = 60  # the longest that one answer may take before it counts as none
MOST_RETRIES = 100  # after a 503 that says when to come back


class Wrong(Exception):
    """What the gateway must not do, as it was seen."""


class Tally:
    """How often what happened: rows of work, columns of status or of a word."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = collections.defaultdict(collections.Counter)

    def add(self, work, what, count=1):
        with self._lock:
            self._counts[work][str(what)] += count

    def count(self, work, what):
        with self._lock:
            return self._counts[work][str(what)]

    def total(self, what):
        with self._lock:
            return sum(row[str(what)] for row in self._counts.values())

    def lines(self):
        with self._lock:
            for work in sorted(self._counts):
                row = self._counts[work]
                yield f"  {work:<14} {sum(row.values()):>9}   " + ", ".join(f"{what}: {row[what]}" for what in sorted(row))


class Site:
    """Where the gateway is, and how to speak to it."""

    def __init__(self, port, headers, certificate):
        self.port = port
        self.headers = dict(headers)
        self._certificate = certificate

    @property
    def origin(self):
        return f"https://127.0.0.1:{self.port}"

    def context(self, protocol="http/1.1"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        if self._certificate:
            context.load_cert_chain(*self._certificate)
        return context

    def curl_arguments(self):
        arguments = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        if self._certificate:
            arguments += ["--cert", self._certificate[0], "--key", self._certificate[1]]
        return arguments


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def version(self):
        return int(self.headers["ETag"].strip('W/"'))


class Client:
    """One connection at a time, opened when needed."""

    def __init__(self, site, tally, work):
        self._site = site
        self._tally = tally
        self._work = work
        self._context = site.context()
        self._connection = None

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def ask(self, method, path, body=None, expect=(200,), **headers):
        """The answer, whose status is one of `expect`. A header's name is written with _ for -."""
        fields = dict(self._site.headers)
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            fields.setdefault("Content-Type", "application/fhir+json")
        for _ in range(MOST_RETRIES):
            answer = self._exchange(method, path, body, fields)
            self._tally.add(self._work, answer.status)
            if answer.status != 503 or "Retry-After" not in answer.headers:
                break
            time.sleep(0.1)
        if answer.status not in expect:
            text = answer.body[:1500].decode(errors="replace")
            raise Wrong(f"{method} {path}: status {answer.status}, not {' or '.join(map(str, expect))}\n{text}")
        return answer

    def get(self, path, expect=(200,), **headers):
        return self.ask("GET", path, None, expect, **headers)

    def _exchange(self, method, path, body, fields):
        if not self._connection:
            self._connection = http.client.HTTPSConnection("127.0.0.1", self._site.port, timeout=ANSWER_SECONDS, context=self._context)
        try:
            self._connection.request(method, path, body, fields)
            response = self._connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Wrong(f"{method} {path}: no answer: {error!r}") from error
