#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures what a user feels, beside nginx serving the same bytes over the same TLS: `make bench`. Asserts nothing about time.
# Servers run on one core, the client on another, and take turns, so that what disturbs this machine disturbs all alike.
# Environment: CANNULA, NGINX, H2LOAD, CANNULA_TOP, BENCH_BIN (helpers); BENCH_CACHE (where the store is kept for the next run),
# BENCH_RECORDS, BENCH_ROUNDS, BENCH_SECONDS, BENCH_IDLE.
set -eu
rounds=${BENCH_ROUNDS:-4}
seconds=${BENCH_SECONDS:-1}
records=${BENCH_RECORDS:-100000}
idle=${BENCH_IDLE:-10000}
data=${BENCH_CACHE:-$BENCH_BIN/cache}
work=$(mktemp -d)
chmod 755 "$work"
. "$CANNULA_TOP/tests/bench/servers.sh"
. "$CANNULA_TOP/tests/bench/data.sh"
trap 'stop $pids; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
: >"$work/servers"
: >"$work/turns"
: >"$work/figures"

read_path=/fhir/r4/PlanDefinition/hcpcs-$(code_of $((records / 2)))
by_code='/fhir/r4/PlanDefinition?code=http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets|'
by_url='/fhir/r4/PlanDefinition?url=https://localhost:8443/fhir/PlanDefinition/hcpcs-'

# ---- start and memory -----------------------------------------------------------------------------------------------------------

# With the configuration that a user has who changes nothing but the certificate; of five starts the middle one.
start_and_memory() {
	: >"$work/starts"
	for turn in 1 2 3 4 5; do
		start_cannula default "$work/default.yaml" "$store" "$read_path" "" || return 0
		echo "$started_ms $(($(cpu_us "$(pid_of default)") / 1000))" >>"$work/starts"
		[ $turn = 5 ] || stop "$(pid_of default)"
	done
	# shellcheck disable=SC2046
	set -- $(sort -n "$work/starts" | sed -n 3p)
	figure "start to the first answered read, ms" "$1" "<" 100 "$2 ms of processor time"
	resident=$(resident_kib "$(pid_of default)")
	figure "resident after it, MB" "$(awk -v kib="$resident" 'BEGIN { printf "%.1f", kib / 1024 }')" "<" 40
	idle_connections default "idle TLS connection" ""
	stop "$(pid_of default)"
	start_cannula default "$work/default.yaml" "$store" "$read_path" "" || return 0 # memory that the others have not used before
	idle_connections default "idle HTTP/2 connection" h2
	stop "$(pid_of default)"
}

# SERVER WHAT [h2] : its memory by each of many idle connections, and whether it keeps them.
idle_connections() {
	mkfifo "$work/hold"
	# shellcheck disable=SC2086
	$on_client "$BENCH_BIN/idle" "$(port_of "$1")" "$idle" "$read_path" $3 <"$work/hold" >"$work/idle" &
	client=$!
	exec 9>"$work/hold"
	before=$(resident_kib "$(pid_of "$1")")
	tries=0
	until grep -q opened "$work/idle" || [ $tries -gt 3000 ]; do sleep 0.1; tries=$((tries + 1)); done
	[ -z "$3" ] || sleep 10 # after five seconds without a request, sessions are packed
	after=$(resident_kib "$(pid_of "$1")")
	exec 9>&-
	wait $client || true
	opened=$(sed -n 's/^opened //p' "$work/idle")
	alive=$(sed -n 's/^alive //p' "$work/idle")
	rm "$work/hold"
	figure "resident by $2, KB" \
		"$(awk -v kib=$((after - before)) -v n="${opened:-0}" 'BEGIN { print (n ? sprintf("%.1f", kib / n) : "-") }')" "<" 16
	figure "$2s that hold" "${alive:-0}" ">=" "$idle"
}

# ---- reads and searches beside nginx --------------------------------------------------------------------------------------------

# PATH FILE : the gateway's answer as a file for nginx.
copy_answer() {
	mkdir -p "$work/www$(dirname "$2")"
	curl -skf "$(url_of cannula "$1")" -o "$work/www$2"
}

# LOAD CONNECTIONS STREAMS : the same read of all servers, in turn.
reads() {
	turn "$1" cannula "$2" "$3" "$(url_of cannula "$read_path")"
	turn "$1" nginx "$2" "$3" "$(url_of nginx "$read_path")"
}

# LOAD SERVER H2LOAD-ARGUMENT... : a turn of 50 connections, and how long the slowest of 100 answers took, in milliseconds.
timed_turn() {
	load=$1 server=$2
	shift 2
	turn "$load" "$server" 50 0 --log-file="$work/requests" "$@"
	cut -f3 "$work/requests" | sort -n | awk '{ us[NR] = $1 } END { print us[int(NR * 0.99)] / 1000 }' >>"$work/p99-$load-$server"
	rm "$work/requests"
}

# LOAD PATH : searches for 5000 procedures; nginx sends the answer to one of them again and again.
searches() {
	search_paths "$(url_of cannula "$2")" >"$work/uris"
	timed_turn "$1" cannula -i "$work/uris"
	timed_turn "$1" nginx "$(url_of nginx "/search-$1")"
}

# LOAD SERVER : what the middle round of all had.
p99() { sort -n "$work/p99-$1-$2" | awk '{ ms[NR] = $1 } END { printf "%.1f", ms[int((NR + 1) / 2)] }'; }

# LOAD
figure_of_search() {
	figure_beside_nginx "search by $1 among $records" "$1" cannula 0.35
	figure "  99 of 100 answered within, 50 connections, ms" "$(p99 "$1" cannula)" "<" 10 "nginx $(p99 "$1" nginx)"
}

beside_nginx() {
	copy_answer "$read_path" "$read_path"
	copy_answer "$by_code$(code_of 17)" /search-code
	copy_answer "$by_url$(code_of 17)" /search-url
	start_nginx nginx 1 "$read_path" || return 0
	make_token
	start_cannula guarded "$work/guarded.yaml" "$store" /fhir/r4/metadata || return 0
	round=0
	while [ $round -lt "$rounds" ]; do
		reads h1-32 32 0
		reads h1-256 256 0
		reads h2-32 32 16
		turn h1-32 guarded 32 0 -H "Authorization: Bearer $token" "$(url_of guarded "$read_path")"
		searches code "$by_code"
		searches url "$by_url"
		round=$((round + 1))
	done
	stop "$(pid_of guarded)"
	size=$(wc -c <"$work/www$read_path")
	figure_beside_nginx "read of $size bytes, HTTP/1.1, 32 connections" h1-32 cannula 0.9
	figure_beside_nginx "read, HTTP/1.1, 256 connections" h1-256 cannula 0.9
	figure_beside_nginx "read, HTTP/2, 32 connections of 16 streams" h2-32 cannula 1.5
	figure_beside_nginx "read with token and access log, HTTP/1.1" h1-32 guarded 0.75
	figure_of_search code
	figure_of_search url
}

# ---- two loops ------------------------------------------------------------------------------------------------------------------

# SERVER [OTHER] : a turn of two clients, each with half of the connections; the second asks another process if there is one.
turn_of_two() {
	for name in "$1" "${2:-$1}"; do begin_client 32 0 "$(url_of "$name" "$read_path")"; done
	end_turn loops "$1"
}

# WORKERS : an nginx for comparison, if there is any.
start_workers() {
	[ "$NGINX" != no ] && [ -e "$work/www$read_path" ] && start_nginx "nginx-$1" "$1" "$read_path" ""
}

# WHAT TWO ONE SIGN [BOUND NOTE] : both are servers.
figure_of_two() {
	figure "$1" "$(ratio "$(rate loops "$2")" "$(rate loops "$3")")" "$4" "${5:-}" "${6:-}"
}

# All with all cores, so that only the number of loops differs; on two cores they share them with the client. Two processes share
# nothing, and nginx's workers next to nothing: what two of these cost more than one is the machine's part.
two_loops() {
	start_cannula two "$work/two.yaml" "$store" "$read_path" "" && start_cannula one "$work/plain.yaml" "$store" "$read_path" "" &&
		start_cannula other "$work/plain.yaml" "$store" "$read_path" "" || return 0
	echo "apart $(port_of one) $(pid_of one),$(pid_of other)" >>"$work/servers"
	workers=no
	start_workers 1 && start_workers 2 && workers=yes
	round=0
	while [ $round -lt "$rounds" ]; do
		for name in one two; do turn_of_two $name; done
		turn_of_two apart other
		[ $workers = no ] || for name in nginx-1 nginx-2; do turn_of_two $name; done
		round=$((round + 1))
	done
	stop "$(pid_of one)" "$(pid_of two)" "$(pid_of other)"
	figure_of_two "two loops, requests a CPU second / one loop's" two one ">=" 0.9 \
		"$([ "$(nproc)" -gt 2 ] || echo "the client shares their two cores")"
	figure_of_two "  for comparison: two processes of one loop / one" apart one ""
	[ $workers = no ] || figure_of_two "  for comparison: nginx with two workers / with one" nginx-2 nginx-1 ""
}

# ---- transactions ---------------------------------------------------------------------------------------------------------------

transaction() {
	cat <<'JSON'
{"resourceType":"Bundle","type":"transaction","entry":[
{"request":{"method":"POST","url":"PlanDefinition"},"resource":{"resourceType":"PlanDefinition","status":"draft","name":"Measured","title":"A plan that is written again and again","version":"1","topic":[{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"A0017"}]}],"description":"Two resources in one transaction.","action":[{"title":"First","description":"The thumb is rinsed over 20 minutes."},{"title":"Second","description":"The heel is held over 7 minutes."}]}},
{"request":{"method":"POST","url":"ActivityDefinition"},"resource":{"resourceType":"ActivityDefinition","status":"draft","name":"MeasuredToo","title":"An activity that is written again and again","version":"1","kind":"ServiceRequest","code":{"coding":[{"system":"http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets","code":"A0017"}]},"participant":[{"type":"practitioner"}]}}]}
JSON
}

# The gateway's store as it stands, for SQLite alone: a copy each time, since the rows are the same ones.
plain_sqlite() {
	rm -rf "$work/copy"
	mkdir "$work/copy"
	cp "$work/small/cannula.db"* "$work/copy"
	rm -f "$work/copy/cannula.db-shm"
	# shellcheck disable=SC2046
	set -- $($on_server "$BENCH_BIN/rows" "$work/copy/cannula.db" "$seconds")
	echo "write sqlite $1 $2 0" >>"$work/turns"
}

transactions() {
	transaction >"$work/transaction.json"
	start_cannula writer "$work/plain.yaml" "$work/small" /fhir/r4/metadata || return 0
	round=0
	while [ $round -lt "$rounds" ]; do
		turn write writer 8 0 -d "$work/transaction.json" -H 'Content-Type: application/fhir+json' "$(url_of writer /fhir/r4)"
		plain_sqlite
		round=$((round + 1))
	done
	stop "$(pid_of writer)"
	bad=$(failures write)
	figure "durable transactions of 2 resources a second / plain sqlite3" \
		"$(ratio "$(per_second write writer)" "$(per_second write sqlite)")" ">=" 0.5 \
		"$(per_second write writer) and $(per_second write sqlite) a second$([ "$bad" = 0 ] || echo ", $bad failed")"
}

# ---- all of it --------------------------------------------------------------------------------------------------------------------

for tool in curl openssl; do
	command -v $tool >/dev/null && continue
	say "$tool is missing: nothing is measured"
	exit 0
done
make_certificate
configure "$work/default.yaml"
configure "$work/plain.yaml" '  loops: 1' 'api:' '  access_log: no'
configure "$work/two.yaml" '  loops: 2' 'api:' '  access_log: no'
configure "$work/guarded.yaml" '  loops: 1' 'access:' '  mode: token' '  token:' '    issuer: https://issuer.test' \
	'    audience: https://gateway.test' "    keys: file:$work/keys.json" '    token_endpoint: https://issuer.test/token'
if ! load_procedures; then
	say "the procedures did not load: $(tail -1 "$work/load.log")"
	exit 0
fi
start_and_memory
if [ "$H2LOAD" = no ]; then
	say "h2load is missing (nghttp2-client): requests are not measured"
else
	if [ "$NGINX" = no ]; then
		say "nginx is missing: reads and searches are not compared"
	elif start_cannula cannula "$work/plain.yaml" "$store" "$read_path"; then
		beside_nginx
	fi
	two_loops
	transactions
fi
echo
echo "$records procedures; TLS 1.3; $rounds rounds of $seconds s in turn; load of this machine $(cut -d' ' -f1-3 /proc/loadavg)"
printf '  %-62s %9s  %s\n' "" measured bound
cat "$work/figures"
