# SPDX-License-Identifier: Apache-2.0
"""Clients with bad manners or bad luck: connections that come and go, stand still, crawl, break off, and talk nonsense."""
import json
import os
import socket
import ssl
import struct
import time

from client import Wrong
from work import Worker, library

HELD = 20  # idle connections that one worker keeps for a while
CRAWL_SECONDS = 1.0
FRAME_HEADERS, FRAME_RESET, FRAME_SETTINGS, FRAME_GOAWAY = 1, 3, 4, 7
END_STREAM_AND_HEADERS = 5
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def reset(connection):
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header field of HPACK (RFC 7541, 6.2.2), neither indexed nor Huffman-coded; lengths from 127 on take further bytes (5.1)."""
    def text(data):
        if len(data) < 127:
            return bytes((len(data),)) + data
        rest, head = len(data) - 127, [127]
        while rest >= 128:
            head.append(rest % 128 + 128)
            rest //= 128
        return bytes(head + [rest]) + data
    return b"\0" + text(name.encode()) + text(value.encode())


class Churn(Worker):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.held = []
        self.context = self.soak.gateway.site.context()
        self.context2 = self.soak.gateway.site.context("h2")
        self.turns = (self.half_open, self.half_hello, self.hold, self.resume, self.abort_answer, self.abort_answer, self.read_slowly,
                      self.write_slowly, self.abort_body, self.pipeline, self.reset_streams, self.talk_nonsense)

    def step(self):
        turn = self.random.choice(self.turns)
        turn()
        self.soak.tally.add("churn", turn.__name__)

    def rest(self):
        super().rest()
        for connection in self.held:
            connection.close()
        self.held = []

    # ---- parts ----

    def tcp(self):
        return socket.create_connection(("127.0.0.1", self.soak.gateway.site.port), timeout=60)

    def tls(self, context=None, session=None):
        return (context or self.context).wrap_socket(self.tcp(), session=session)

    def head(self, method, path, *fields):
        own = (f"{name}: {value}" for name, value in self.soak.gateway.site.headers.items())
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *own, *fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def large(self):
        return f"{self.base()}/PlanDefinition?_count=200"

    def library(self):
        """A resource to write, its path and bytes; written again and again, and never the same."""
        path = f"{self.base()}/Library/crawl-{self.number}"
        return path, json.dumps({**library(path, str(time.monotonic())), "description": "y" * 2000}).encode()

    @staticmethod
    def answer(connection):
        """Status of the next answer; its body is read until the connection ends (the request has said Connection: close)."""
        told = b""
        while data := connection.recv(65536):
            told += data
        if not told.startswith(b"HTTP/1.1 "):
            raise Wrong(f"no answer to a request in good order, but {told[:200]!r}")
        return int(told[9:12])

    # ---- kinds ----

    def half_open(self):
        connection = self.tcp()
        time.sleep(self.random.random() / 20)
        self.random.choice((reset, socket.socket.close))(connection)

    def half_hello(self):
        connection = self.tcp()
        connection.sendall(bytes.fromhex("1603010200010001fc0303") + os.urandom(self.random.randrange(1, 300)))
        self.random.choice((reset, socket.socket.close, self.held.append))(connection)

    def hold(self):
        self.held.append(self.tls(self.random.choice((self.context, self.context2))))
        if len(self.held) > HELD:
            self.held.pop(0).close()

    def resume(self):
        """A second connection takes up the session of the first."""
        session = None
        for _ in range(2):
            connection = self.tls(session=session)
            connection.sendall(self.head("GET", "/health/live", "Connection: close"))
            if self.answer(connection) != 200:
                raise Wrong("/health/live on a fresh connection is not 200")
            self.soak.tally.add("tls", "resumed" if connection.session_reused else "full")
            session = connection.session
            connection.close()

    def abort_answer(self):
        connection = self.tls()
        connection.sendall(self.head("GET", self.random.choice((self.large(), self.plan(), f"{self.plan()}/$apply?subject=Patient/x"))))
        if self.random.random() < 0.5:
            connection.recv(100)
        self.random.choice((reset, ssl.SSLSocket.close))(connection)

    def read_slowly(self):
        connection = self.tcp()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection = self.context.wrap_socket(connection)
        connection.sendall(self.head("GET", self.large(), "Accept-Encoding: identity", "Connection: close"))
        until = time.monotonic() + CRAWL_SECONDS
        while time.monotonic() < until and connection.recv(512):
            time.sleep(0.05)
        if self.random.random() < 0.5:
            reset(connection)
            return
        while connection.recv(65536):
            pass
        connection.close()

    def write_slowly(self):
        path, body = self.library()
        message = self.head("PUT", path, "Content-Type: application/fhir+json", f"Content-Length: {len(body)}", "Connection: close") + body
        connection = self.tls()
        size = len(message) // 15 + 1
        for start in range(0, len(message), size):
            connection.sendall(message[start:start + size])
            time.sleep(CRAWL_SECONDS / 15)
        status = self.answer(connection)
        if status not in (200, 201, 503):
            raise Wrong(f"PUT {path}, sent slowly: status {status}")
        connection.close()

    def abort_body(self):
        """What did not arrive whole is not there."""
        path, body = self.library()
        path = path.replace("crawl-", "aborted-")
        framing = self.random.choice((f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"))
        part = body[:self.random.randrange(len(body))]
        if "chunked" in framing:
            part = f"{len(body):x}\r\n".encode() + part
        connection = self.tls()
        connection.sendall(self.head("PUT", path, "Content-Type: application/fhir+json", framing) + part)
        self.random.choice((reset, ssl.SSLSocket.close))(connection)
        self.client.get(path, (404,))

    def pipeline(self):
        count = self.random.randrange(2, 12)
        connection = self.tls()
        connection.sendall(b"".join(self.head("GET", self.plan(), "Accept-Encoding: identity") for _ in range(count)) +
                           self.head("GET", "/health/live", "Connection: close"))
        told = b""
        while data := connection.recv(65536):
            told += data
        if told.count(b"HTTP/1.1 200 ") != count + 1:
            raise Wrong(f"{count + 1} pipelined requests, {told.count(b'HTTP/1.1 200 ')} good answers; the end: {told[-300:]!r}")
        connection.close()

    def reset_streams(self):
        """HTTP/2 requests that are taken back at once (fewer than count as an attack), then an end in good order or none."""
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", self.large()),
                  *((name.lower(), value) for name, value in self.soak.gateway.site.headers.items())]
        block = b"".join(literal(*field) for field in fields)
        message = PREFACE + frame(FRAME_SETTINGS, 0, 0, struct.pack(">HI", 4, self.random.choice((0, 100, 65535))))
        for stream in range(1, 2 * self.random.randrange(2, 40), 2):
            message += frame(FRAME_HEADERS, END_STREAM_AND_HEADERS, stream, block)
            if self.random.random() < 0.7:
                message += frame(FRAME_RESET, 0, stream, struct.pack(">I", 8))
        connection = self.tls(self.context2)
        connection.sendall(message)
        connection.recv(1000)
        if self.random.random() < 0.5:
            connection.sendall(frame(FRAME_GOAWAY, 0, 0, struct.pack(">II", 0, 0)))
        self.random.choice((reset, ssl.SSLSocket.close, self.held.append))(connection)

    def talk_nonsense(self):
        connection = self.tls(self.random.choice((self.context, self.context2)))
        connection.sendall(os.urandom(self.random.randrange(1, 2000)) + b"\r\n\r\n")
        connection.settimeout(30)
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
        connection.close()
