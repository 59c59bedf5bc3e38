# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged, and whether it is still there."""
import threading

from client import Wrong

DELETED = None


class Ledger:
    def __init__(self):
        self._lock = threading.Lock()
        self._versions = {}  # path -> {version: title, or DELETED}
        self._increments = {}  # path -> acknowledged increments
        self._once = set()  # search paths that must find exactly one

    def acknowledge(self, path, version, title):
        """The gateway has said that this version is stored. Two writes must not be given one version."""
        with self._lock:
            versions = self._versions.setdefault(path, {})
            if version in versions:
                raise Wrong(f"{path}: version {version} was acknowledged twice: {versions[version]!r}, {title!r}")
            versions[version] = title

    def increment(self, path):
        with self._lock:
            self._increments[path] = self._increments.get(path, 0) + 1

    def once(self, search):
        with self._lock:
            self._once.add(search)

    def count(self):
        with self._lock:
            return sum(map(len, self._versions.values()))

    def audit(self, client):
        """Everything that was acknowledged is read again; how many facts were looked at."""
        for path, versions in self._versions.items():
            self._audit_history(client, path, versions)
        for path, increments in self._increments.items():
            found = int(client.get(path).json()["title"])
            if found != increments:
                raise Wrong(f"{path}: {increments} increments were acknowledged, {found} are there: an update was lost")
        for search in self._once:
            total = client.get(search).json()["total"]
            if total != 1:
                raise Wrong(f"{search}: created {total} times, not once")
        return self.count() + len(self._increments) + len(self._once)

    @staticmethod
    def _audit_history(client, path, versions):
        found = {}
        for entry in client.get(f"{path}/_history?_count=1000").json()["entry"]:
            version = int(entry["response"]["etag"].strip('W/"'))
            found[version] = entry["resource"]["title"] if "resource" in entry else DELETED
        for version, title in versions.items():
            if version not in found or found[version] != title:
                raise Wrong(f"{path}: version {version} was acknowledged as {title!r}, there is {found.get(version, 'nothing')!r}")
        newest = max(versions)
        if versions[newest] is DELETED:
            client.get(path, expect=(410,))
            return
        answer = client.get(path)
        if (answer.version, answer.json()["title"]) != (newest, versions[newest]):
            raise Wrong(f"{path}: version {newest} ({versions[newest]!r}) was acknowledged last, {answer.version} is current")
