# SPDX-License-Identifier: Apache-2.0
"""The program under test: its configuration and certificates, its processes, and what it holds."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from client import Site, Wrong

SNAPSHOT_SECONDS = 20
CONFIGURATION = f"""
store:
  cache: 1 MiB
  snapshot: {SNAPSHOT_SECONDS} s
net:
  certificate: server.pem
  private_key: server.key
  handshake_timeout: 2 s
  header_timeout: 5 s
  body_timeout: 10 s
  write_timeout: 10 s
api:
  hot_cache: 512 KiB
  search_time: 50 s
"""
ACCESS = {
    "open": "",
    "mtls": "access:\n  mode: mtls\n  identities:\n    - subject: CN=soak\n      scopes: [system/*.cruds]\n",
    "token": "access:\n  mode: token\n  token:\n    issuer: https://issuer.test\n    audience: https://gateway.test\n"
             "    keys: file:keys.json\n    token_endpoint: https://issuer.test/token\n",
}
START_SECONDS = 60
STOP_SECONDS = 60


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


def make_certificate(name, directory):
    """NAME.pem and NAME.key, signed by itself."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", f"{directory}/{name}.key", "-out", f"{directory}/{name}.pem")


def make_token(directory):
    """A bearer token for everything; the issuer's keys go to keys.json."""
    def url64(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    key = f"{directory}/issuer.pem"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    modulus = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-261:-5]  # then 5 bytes: the exponent 65537
    with open(f"{directory}/keys.json", "w", encoding="ascii") as file:
        json.dump({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS384", "kid": "soak", "e": "AQAB", "n": url64(modulus)}]}, file)
    claims = {"iss": "https://issuer.test", "aud": "https://gateway.test", "client_id": "soak", "exp": int(time.time()) + 86400,
              "scope": "system/*.cruds"}
    signed = ".".join(url64(json.dumps(part).encode()) for part in ({"alg": "RS384", "typ": "JWT", "kid": "soak"}, claims))
    return signed + "." + url64(openssl("dgst", "-sha384", "-sign", key, stdin=signed.encode()))


class Gateway:
    """`cannula serve` and the commands beside it, in a scratch directory."""

    def __init__(self, program, top, directory, access):
        self._program = program
        self._top = top
        self.directory = directory
        self._process = None
        self._follower = None
        self._log_lock = threading.Lock()
        self._log = []
        self.access_lines = 0
        self.reloads = 0
        make_certificate("server", directory)
        make_certificate("other", directory)
        headers, certificate, net = {}, None, ""
        if access == "token":
            headers["Authorization"] = "Bearer " + make_token(directory)
        if access == "mtls":
            make_certificate("soak", directory)
            certificate = (f"{directory}/soak.pem", f"{directory}/soak.key")
            net = "  client_certificates: required\n  client_ca: soak.pem\n"
        with open(f"{directory}/cannula.yaml", "w", encoding="ascii") as file:
            file.write(CONFIGURATION.replace("api:\n", net + "api:\n") + ACCESS[access])
        self.site = Site(0, headers, certificate)

    # ---- commands ----

    def run(self, command, *arguments):
        """A command beside the server, on the same data."""
        done = subprocess.run([self._program, command, "--data", f"{self.directory}/data", *arguments], capture_output=True,
                              text=True, timeout=300, check=False)
        if done.returncode:
            raise Wrong(f"cannula {command} {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr[-3000:]}")

    def load_fixtures(self):
        pages = [os.path.join(folder, name) for folder, _, names in os.walk(f"{self._top}/fixtures/records") for name in names
                 if re.match(r".*\d{4}.*\.txt$", name) and "expected" not in folder]
        self.run("load", *sorted(pages))
        self.sync()
        return sorted(pages)

    def sync(self):
        self.run("sync", "--config", f"{self._top}/conf/demo.yaml")

    # ---- the server ----

    def start(self):
        command = [self._program, "serve", "--config", f"{self.directory}/cannula.yaml", "--data", f"{self.directory}/data",
                   "--listen", f"127.0.0.1:{self.site.port}"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        started = threading.Event()
        self._follower = threading.Thread(target=self._follow, args=(self._process.stderr, started), daemon=True)
        self._follower.start()
        if not started.wait(START_SECONDS):
            raise Wrong("the server did not start:\n" + self.log_tail())

    def _follow(self, stream, started):
        for line in stream:
            if " info access id=" in line:
                self.access_lines += 1
                continue
            with self._log_lock:
                self._log = self._log[-199:] + [line]
            if port := re.search(r"serving on port (\d+)", line):
                self.site.port = int(port[1])
                started.set()
            self.reloads += " info reloaded" in line
        started.set()

    def log_tail(self):
        with self._log_lock:
            return "".join(self._log[-80:])

    def check(self):
        """It runs, and has told of no error."""
        if self._process.poll() is not None:
            self._follower.join(START_SECONDS)
            raise Wrong(f"the server ended with {self._process.returncode}:\n{self.log_tail()}")
        with self._log_lock:
            errors = [line for line in self._log if re.match(r"\S+ error ", line)]
        if errors:
            raise Wrong("the server's log tells of errors:\n" + "".join(errors))

    def reload(self):
        """SIGHUP, with the other certificate in the place of the first."""
        for kind in ("pem", "key"):
            files = [f"{self.directory}/{name}.{kind}" for name in ("server", "other")]
            shutil.copy(files[0], files[0] + ".old")
            shutil.copy(files[1], files[0] + ".new")
            os.replace(files[0] + ".new", files[0])
            os.replace(files[0] + ".old", files[1])
        before = self.reloads
        self._process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + START_SECONDS
        while self.reloads == before:
            self.check()
            if time.monotonic() > deadline:
                raise Wrong("SIGHUP was not followed by a reload:\n" + self.log_tail())
            time.sleep(0.05)

    def stop(self):
        """SIGTERM; its exit code must be 0, which LeakSanitizer makes another one when memory was lost."""
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Wrong("the server did not stop:\n" + self.log_tail()) from error
        self._follower.join(START_SECONDS)
        if code:
            raise Wrong(f"the server ended with {code}:\n{self.log_tail()}")

    def kill(self):
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    # ---- what it holds ----

    def held(self):
        """Resident KiB, threads, sockets and open files (the store's connections, mostly) now."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii", errors="replace") as file:
            status = dict(line.split(":", 1) for line in file)
        if "VmRSS" not in status:  # it is just dying
            self._process.wait(STOP_SECONDS)
            self.check()
        kinds = [self._kind(number) for number in os.listdir(f"/proc/{self._process.pid}/fd")]
        return {"rss": int(status["VmRSS"].split()[0]), "threads": int(status["Threads"]), "sockets": kinds.count("socket"),
                "files": kinds.count("file")}

    def _kind(self, number):
        try:
            target = os.readlink(f"/proc/{self._process.pid}/fd/{number}")
        except FileNotFoundError:
            return "closed"
        return "socket" if target.startswith("socket:") else "file"
