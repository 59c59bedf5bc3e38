#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whatever goes wrong is said in words that help, ends in the documented exit code, and leaves the store whole.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

pages=$CANNULA_TOP/fixtures/records
page=$(find "$pages" -name '*-45378.txt' | head -n 1)
data=$scratch/data
"$CANNULA" load --data "$data" "$page" 2>"$scratch/err" || cat "$scratch/err"

whole() { # the store still answers, and has what it had
	exits 0 "$CANNULA" load --data "$data" "$page" && says '6 unchanged'
}

# Input.
ok "a missing file is refused by name" refuses 1 'none\.txt: cannot open' "$CANNULA" load --data "$data" "$scratch/none.txt"
printf 'Caf\351 page\n\nSummary\n\nx\n' >"$scratch/latin-45378.txt"
ok "a wrong encoding is refused with line and column" refuses 1 'latin-45378\.txt:1:4' "$CANNULA" load --data "$data" "$scratch/latin-45378.txt"
truncate -s 200M "$scratch/large-45378.txt"
ok "a 200 MB file is refused unread" refuses 1 'large-45378\.txt: 209715200 bytes' "$CANNULA" load --data "$data" "$scratch/large-45378.txt"
mkdir "$scratch/empty"
ok "a directory without pages says what a page is" refuses 1 'no procedure pages' "$CANNULA" load --data "$data" "$scratch/empty"
ok "a good page beside a bad one is loaded" refuses 1 '1 loaded, 1 refused' "$CANNULA" load --data "$data" "$scratch/latin-45378.txt" "$page"
if [ "$(id -u)" = 0 ]; then
	ok "a device is refused" refuses 1 'not a file' "$CANNULA" load --data "$data" /dev/null
else
	cp "$page" "$scratch/secret-45378.txt" && chmod 0 "$scratch/secret-45378.txt"
	ok "an unreadable file is refused" refuses 1 'Permission denied' "$CANNULA" load --data "$data" "$scratch/secret-45378.txt"
fi
printf 'file,system,code\n"open' >"$scratch/bad.csv"
ok "a malformed manifest is refused with its line" refuses 1 'bad\.csv:2' "$CANNULA" load --data "$data" --manifest "$scratch/bad.csv"
ok "the store is whole after refused input" whole

# A map that cannot take a record, beside the built-in ones: the record is refused whole, the others are loaded.
mkdir -p "$scratch/profiles/maps/procedure"
cat >"$scratch/profiles/maps/procedure/Basic.r5.map" <<'MAP'
map "https://example.org/fhir/StructureMap/Basic" = "Basic"
uses "https://cannula.dev/fhir/StructureDefinition/ProcedureRecord" alias ProcedureRecord as source
uses "http://hl7.org/fhir/StructureDefinition/Basic" alias Basic as target
group basic(source record : ProcedureRecord, target made : Basic) {
  record -> made.id = (%record.id & %record.goal.single().substring(0, 0)) "id";
}
MAP
printf 'profiles: %s/profiles\n' "$scratch" >"$scratch/overlay.yaml"
printf 'One goal\n\nPurpose\n\nGoals:\n- sleep\n' >"$scratch/one-11111.txt"
printf 'Two goals\n\nPurpose\n\nGoals:\n- sleep\n- walk\n' >"$scratch/two-22222.txt"
ok "a record that a map cannot take is refused with the map's line" refuses 1 'Basic\.r5\.map:5:.*single' \
	"$CANNULA" load --config "$scratch/overlay.yaml" --data "$data" "$scratch/one-11111.txt" "$scratch/two-22222.txt"
ok "the other one is loaded" says '1 loaded, 1 refused: 7 resources created'
ok "and only that" refuses 0 '1 loaded, 0 refused: 6 resources created' "$CANNULA" load --data "$data" "$scratch/two-22222.txt"
printf 'group' >>"$scratch/profiles/maps/procedure/Basic.r5.map"
ok "a map that does not compile stops before anything is loaded" refuses 3 'Basic\.r5\.map:7:' \
	"$CANNULA" load --config "$scratch/overlay.yaml" --data "$data" "$page"
ok "the store is whole after refused maps" whole

# Command line and configuration.
ok "no command prints the usage" refuses 2 'Usage' "$CANNULA"
ok "an unknown command suggests the nearest" refuses 2 'did you mean: cannula serve' "$CANNULA" serv
ok "an unknown option suggests the nearest" refuses 2 'did you mean: --data' "$CANNULA" load --dta x y
ok "a missing operand is told" refuses 2 'missing: FILE' "$CANNULA" map
ok "a malformed code is told" refuses 2 'is not SYSTEM:CODE' "$CANNULA" load --data "$data" --code 45378 "$page"
printf 'net:\n  lisen: x\n  idle_timeout: soon\nnope: 1\n' >"$scratch/bad.yaml"
ok "a bad configuration is refused with file, line and column" refuses 2 'bad\.yaml:2:3: unknown option "lisen"' \
	"$CANNULA" serve --config "$scratch/bad.yaml" --data "$data"
ok "the nearest option is named" says 'did you mean listen'
ok "everything wrong is told at once" says 'bad\.yaml:4:1: unknown option "nope"'
ok "check-config tells the same" refuses 2 'bad\.yaml:4:1' "$CANNULA" check-config "$scratch/bad.yaml"
ok "a missing configuration file is told" refuses 2 'none\.yaml: cannot open|none\.yaml' "$CANNULA" check-config "$scratch/none.yaml"
ok "the example configuration is well-formed" exits 0 "$CANNULA" check-config "$CANNULA_TOP/conf/cannula.yaml"
ok "the example configuration is that of this program" sh -c '"$CANNULA" check-config --example | cmp - "$CANNULA_TOP/conf/cannula.yaml"'
ok "sync without sources says where they are listed" refuses 2 'sources' "$CANNULA" sync --data "$data"

# The program's surroundings.
start_server "$data" || cat "$scratch/server.log"
port=${base##*:}
ok "a port in use is told" refuses 3 "127\.0\.0\.1:$port.*" "$CANNULA" serve --data "$data" --listen "127.0.0.1:$port"
ok "what to do about it is told" says 'another (program|port)'
ok "the first server goes on" answers 200 /health
ok "it stops cleanly on SIGTERM" stop_server
printf 'net:\n  certificate: none.pem\n  private_key: none.key\n' >"$scratch/cert.yaml"
ok "a missing certificate is told by its path" refuses 3 "none\.pem" \
	"$CANNULA" serve --config "$scratch/cert.yaml" --data "$data" --listen 127.0.0.1:0
printf 'net:\n  plain: true\n  listen: 0.0.0.0:0\n' >"$scratch/plain.yaml"
ok "plain HTTP on a public address is refused" refuses 2 'plain|loopback' "$CANNULA" serve --config "$scratch/plain.yaml" --data "$data"

# The store.
ok "a data directory that cannot be made is told" refuses 3 'director' "$CANNULA" load --data /dev/null/x "$page"
database=$(find "$data" -name '*.db' | head -n 1)
cp -r "$data" "$scratch/corrupt"
dd if=/dev/urandom of="$scratch/corrupt/$(basename "$database")" bs=4096 count=20 conv=notrunc 2>/dev/null
rm -f "$scratch"/corrupt/*-wal "$scratch"/corrupt/*-shm
ok "a corrupt store is told and not touched" refuses 3 'corrupt|not a (cannula )?(store|database)|damaged' \
	"$CANNULA" load --data "$scratch/corrupt" "$page"
ok "a full disk is told" refuses 3 'full|space|limit' \
	sh -c 'ulimit -f 64; trap "" XFSZ; exec "$CANNULA" load --data "$1" "$2"' - "$scratch/full" "$pages"
if command -v python3 >/dev/null; then
	python3 - "$database" "$scratch/locked" <<'PYTHON' &
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
open(sys.argv[2], "w").close()
time.sleep(30)
PYTHON
	holder=$!
	wait_until [ -e "$scratch/locked" ]
	printf 'store:\n  busy_timeout: 200 ms\n' >"$scratch/busy.yaml"
	printf 'x\n' >>"$scratch/changed.txt"
	ok "a locked store is told" refuses 3 'lock|busy|another' \
		"$CANNULA" load --config "$scratch/busy.yaml" --data "$data" --code cpt:99999 "$page"
	kill $holder
	wait $holder 2>/dev/null
fi
ok "the store is whole after all of this" whole
done_testing
