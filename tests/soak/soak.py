# SPDX-License-Identifier: Apache-2.0
"""Soaks the gateway: everything that clients do, good and bad, for a while, on loopback; then what it holds, and whether all is there.

All ends at the first thing that is wrong: exit code 1, and what was seen."""
import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time

import work
from churn import Churn
from client import Client, Tally, Wrong
from gateway import Gateway
from ledger import Ledger

CREW = ((work.Reader, 2), (work.Searcher, 1), (work.Pager, 1), (work.Writer, 2), (work.Contender, 2), (work.Transactor, 1),
        (work.Operator, 1), (work.Loader, 1), (work.Curl, 1), (work.H2load, 1), (work.Reloader, 1), (Churn, 3))
HELD = ("rss", "threads", "sockets", "files")  # rss in KiB
WARM_UP = 0.2  # of the time
SAMPLES = 240
SHOWN_SAMPLES = 12
SHOWN_METRICS = ("cannula_tls_handshakes", "cannula_connections", "cannula_store_", "cannula_cache_")
SETTLE_SECONDS = 90
STEADY_SECONDS = 300  # after the warm-up of a shorter run, memory and the store's connections are not what they will be


class Soak:
    def __init__(self, options, directory):
        self.options = options
        self.tally = Tally()
        self.ledger = Ledger()
        self.curl, self.h2load = shutil.which(os.environ.get("CURL", "curl")), shutil.which(os.environ.get("H2LOAD", "h2load"))
        self.gateway = Gateway(options.program, options.top, directory, options.access)
        self.reload_seconds = max(1, options.seconds / 60)
        self.ending = threading.Event()
        self._resting = threading.Event()
        self._wrong = []
        self.codes, self.pages = [], []

    # ---- the crew ----

    def pause(self, seconds):
        """For workers: waits, but not longer than there is work."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._resting.is_set() and not self._wrong:
            time.sleep(0.05)

    def _labour(self, worker):
        try:
            while not self._resting.is_set() and not self._wrong:
                worker.step()
                time.sleep(self.options.pause)
        except Wrong as wrong:
            self._wrong.append(f"{type(worker).__name__}: {wrong}")
        except Exception as error:  # pylint: disable=broad-except
            self._wrong.append(f"{type(worker).__name__}: {error!r}, at {traceback_of(error)}")
        finally:
            worker.rest()

    def _crew(self):
        for kind, count in CREW:
            if (kind is work.H2load and (not self.h2load or self.options.access == "mtls")) or (kind is work.Curl and not self.curl):
                print(f"soak: {kind.__name__.lower()} is missing here or has no client certificates: it does not take part", flush=True)
                continue
            for _ in range(count):
                yield kind

    def shift(self, crew, seconds):
        """All work for that long, then all rest; the samples taken meanwhile."""
        self._resting.clear()
        self.ending.clear()
        threads = [threading.Thread(target=self._labour, args=(worker,), daemon=True) for worker in crew]
        for thread in threads:
            thread.start()
        samples, began = [], time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds and not self._wrong:
            self.gateway.check()
            samples.append({"at": elapsed, **self.gateway.held()})
            time.sleep(max(0.1, self.options.seconds / SAMPLES))
        self.ending.set()
        self._resting.set()
        for thread in threads:
            thread.join(SETTLE_SECONDS)
            if thread.is_alive() and not self._wrong:
                self._wrong.append("a worker does not come to an end")
        self.raise_wrong()
        return samples

    def raise_wrong(self):
        if self._wrong:
            self.gateway.check()  # when the server is dead, that is what is wrong
            raise Wrong(self._wrong[0])

    # ---- looking ----

    def settled(self):
        """What the server holds when every client has left: waits until its own connection is the last."""
        deadline = time.monotonic() + SETTLE_SECONDS
        client = Client(self.gateway.site, self.tally, "look")
        while True:
            self.gateway.check()
            open_now = metric(client, "cannula_connections_open")
            if open_now <= 1:
                held = self.gateway.held()
                client.close()
                return held
            if time.monotonic() > deadline:
                raise Wrong(f"{open_now - 1:.0f} connections are still open {SETTLE_SECONDS} s after all clients left")
            time.sleep(0.1)

    def check_metrics(self):
        """The server itself has counted no 5xx but those that clients saw and came back from."""
        client = Client(self.gateway.site, self.tally, "look")
        lines = client.get("/metrics").body.decode().splitlines()
        client.close()
        print("\nof the server's own counts")
        for line in lines:
            if line.startswith(SHOWN_METRICS) or (line.startswith("cannula_requests_total") and '"5xx"' in line):
                print("  " + line)
        failed = sum(int(line.split()[-1]) for line in lines if line.startswith("cannula_requests_total") and '"5xx"' in line)
        if failed > self.tally.total(503):
            raise Wrong(f"the server counts {failed} answers of 5xx, clients saw {self.tally.total(503)} of 503")

    def look_around(self):
        """What is always there."""
        self.pages = self.gateway.load_fixtures()
        self.gateway.start()
        client = Client(self.gateway.site, self.tally, "look")
        bundle = client.get("/fhir/r4/PlanDefinition?_count=1000&_elements=id").json()
        self.codes = [entry["resource"]["id"] for entry in bundle["entry"]]
        client.close()

    def run(self):
        options = self.options
        self.look_around()
        crew = [kind(self, number, random.Random(f"{options.seed}-{number}")) for number, kind in enumerate(self._crew())]
        self.shift(crew, options.seconds * WARM_UP)
        before = self.settled()
        samples = self.shift(crew, options.seconds * (1 - WARM_UP))
        after = self.settled()
        print_work(self.tally)
        self.check_metrics()
        judge(samples, before, after, options)
        self.gateway.stop()
        self.gateway.start()
        client = Client(self.gateway.site, self.tally, "audit")
        facts = self.ledger.audit(client)
        client.close()
        self.gateway.stop()
        print(f"audit after a restart: {facts} facts, {self.ledger.count()} acknowledged versions among them: all there")
        print(f"access log: {self.gateway.access_lines} lines")
        if self.tally.count("tls", "full") and not self.tally.count("tls", "resumed"):
            raise Wrong("no TLS session was ever resumed")


def traceback_of(error):
    place = error.__traceback__
    while place.tb_next:
        place = place.tb_next
    return f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}"


def metric(client, name):
    for line in client.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise Wrong(f"/metrics has no {name}")


def slope(samples, what):
    """Least squares: growth a second."""
    count = len(samples)
    mean_at = sum(sample["at"] for sample in samples) / count
    mean = sum(sample[what] for sample in samples) / count
    spread = sum((sample["at"] - mean_at) ** 2 for sample in samples)
    return sum((sample["at"] - mean_at) * (sample[what] - mean) for sample in samples) / spread if spread else 0.0


def print_work(tally):
    print("\nwork               times   answers")
    print("\n".join(tally.lines()))


def judge(samples, before, after, options):
    """Flat: the slope over the time after warm-up makes less than the bound; at rest nothing is held that was not held before."""
    seconds = samples[-1]["at"]
    print(f"\nheld by the server, {len(samples)} samples in {seconds:.0f} s after warm-up")
    print("       at s" + "".join(f"{what:>10}" for what in HELD))
    for sample in samples[::max(1, len(samples) // SHOWN_SAMPLES)]:
        print(f"  {sample['at']:>9.0f}" + "".join(f"{sample[what]:>10}" for what in HELD))
    print("                  most   growth by slope   at rest before   and after")
    growth = {}
    for what in HELD:
        values = [sample[what] for sample in samples]
        growth[what] = slope(samples, what) * seconds
        print(f"  {what:<8} {max(values):>11}   {growth[what]:>15.1f}   {before[what]:>14}   {after[what]:>9}")
    is_steady = options.seconds >= STEADY_SECONDS
    for what in ("threads", "sockets", "files") if is_steady else ("threads", "sockets"):
        if after[what] > before[what]:
            raise Wrong(f"{what} are not given back: {before[what]} at rest before, {after[what]} after")
    bound = before["rss"] * options.memory_growth / 100
    if is_steady and growth["rss"] > bound:
        raise Wrong(f"memory grows: by {growth['rss']:.0f} KiB in {seconds:.0f} s, more than {options.memory_growth} % ({bound:.0f} KiB)")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=os.environ.get("CANNULA"), help="the program (default: $CANNULA)")
    parser.add_argument("--top", default=os.environ.get("CANNULA_TOP", "."), help="the source tree (default: $CANNULA_TOP)")
    parser.add_argument("--seconds", type=float, default=600, help="how long, warm-up included (600)")
    parser.add_argument("--access", choices=("open", "token", "mtls"), default="open", help="access mode (open)")
    parser.add_argument("--pause", type=float, default=0.005, help="seconds between two pieces of work of one worker (0.005)")
    parser.add_argument("--memory-growth", type=float, default=10, help="most growth of resident memory by slope, percent (10)")
    parser.add_argument("--seed", default="1", help="another seed, other choices")
    return parser.parse_args()


def main():
    options = read_options()
    directory = tempfile.mkdtemp(prefix="soak")
    soak = Soak(options, directory)
    try:
        soak.run()
    except Wrong as wrong:
        print(f"\nsoak: WRONG: {wrong}\n\nthe server's last lines:\n{soak.gateway.log_tail()}")
        return 1
    finally:
        soak.gateway.kill()
        shutil.rmtree(directory, ignore_errors=True)
    print("soak: nothing wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
