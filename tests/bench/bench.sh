#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures what a user feels, beside nginx serving the same bytes over the same TLS: `make bench`. Asserts nothing about time.
# Servers run on one core, the client on another, and take turns, so that what disturbs this machine disturbs all alike.
# Environment: CANNULA, NGINX, H2LOAD, CANNULA_TOP, BENCH_BIN (helpers); BENCH_ROUNDS, BENCH_SECONDS, BENCH_RECORDS.
set -eu
rounds=${BENCH_ROUNDS:-4}
seconds=${BENCH_SECONDS:-1}
records=${BENCH_RECORDS:-1000}
ticks_a_second=$(getconf CLK_TCK)
work=$(mktemp -d)
pids=
chmod 755 "$work"

stop() { # PID...: ends servers of ours, and waits for them
	for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
	for pid in "$@"; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
	done
}
trap 'stop $pids; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

on_server=
on_client=
if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then
	on_server="taskset -c 0"
	on_client="taskset -c 1"
else
	echo "bench: servers and client share a core here: the figures are worth less"
fi

# ---- servers: NAME PORT PID MILLISECONDS in $work/servers -------------------------------------------------------------------

start() { # NAME PATH COMMAND...
	name=$1 path=$2
	shift 2
	if ! found=$($on_server "$BENCH_BIN/first" "$path" "$@" 2>>"$work/$name.log"); then
		echo "bench: $name did not answer:" >&2
		tail -3 "$work/$name.log" >&2
		return 1
	fi
	set -- $found
	pids="$pids $2"
	if [ "$name" = nginx ]; then measured=$(cat "/proc/$2/task/$2/children"); else measured=$2; fi
	echo "$name $path $1 ${measured%% *} $3" >>"$work/servers"
}

nginx_conf() {
	cat <<CONF
worker_processes 1;
daemon off;
error_log $work/nginx.log;
pid $work/nginx.pid;
events { worker_connections 4096; }
http {
	access_log off;
	default_type application/fhir+json;
	keepalive_requests 1000000000;
	sendfile on;
	tcp_nopush on;
	open_file_cache max=100;
	client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
	server {
		listen 127.0.0.1:@PORT@ ssl http2 reuseport backlog=1024;
		ssl_certificate $work/cert.pem;
		ssl_certificate_key $work/key.pem;
		ssl_protocols TLSv1.2 TLSv1.3;
		root $work/www;
	}
}
CONF
}

# ---- measuring ------------------------------------------------------------------------------------------------------------------

cpu_ticks() { # PID: user and system time of all its threads
	sed 's/^.*) //' "/proc/$1/stat" | cut -d' ' -f12,13 | tr ' ' '+' | { read -r sum; echo $((sum)); }
}

resident_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }

# What is counted, requests and processor time alike, starts after the handshakes.
load_once() { # NAME PATH PORT PID CONNECTIONS STREAMS (0: HTTP/1.1)
	protocol=--h1
	[ "$6" = 0 ] || protocol="-m $6"
	# shellcheck disable=SC2086
	$on_client "$H2LOAD" $protocol -t 1 -c "$5" -D "$seconds" --warm-up-time=500ms "https://127.0.0.1:$3$2" >"$work/h2load" 2>&1 &
	client=$!
	sleep 0.5
	before=$(cpu_ticks "$4")
	wait $client || true
	after=$(cpu_ticks "$4")
	good=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$work/h2load")
	bad=$(sed -n 's/^requests: .* \([0-9]*\) failed,.*/\1/p' "$work/h2load")
	echo "$1 $5x$6 ${good:-0} $((after - before)) ${bad:-0}" >>"$work/results"
}

reads_table() {
	awk -v rounds="$rounds" -v seconds="$seconds" -v hz="$ticks_a_second" '
		{ key = $1 SUBSEP $2; good[key] += $3; ticks[key] += $4; bad[key] += $5
		  if (!($1 in seen)) { seen[$1] = ++names; name[names] = $1 } if (!($2 in seen_c)) { seen_c[$2] = ++counts; count[counts] = $2 } }
		END {
			printf "  %-22s %8s %12s %18s %8s %7s\n", "", "conns", "requests/s", "requests/CPU-s", "/ nginx", "failed"
			for (c = 1; c <= counts; c++) for (n = 1; n <= names; n++) {
				key = name[n] SUBSEP count[c]; base = "nginx" SUBSEP count[c]
				rate = ticks[key] ? good[key] * hz / ticks[key] : 0; nginx = ticks[base] ? good[base] * hz / ticks[base] : 0
				shown = count[c]; sub(/x0$/, "", shown)
				printf "  %-22s %8s %12.0f %18.0f %8s %7d\n", name[n], shown, good[key] / rounds / seconds, rate,
					nginx ? sprintf("%.2f", rate / nginx) : "-", bad[key]
			} }' "$work/results"
}

# ---- records for the load test: the fixtures, again and again, each under a code and a title of its own ----------------------------

make_records() { # COUNT DIRECTORY
	mkdir -p "$2"
	find "$CANNULA_TOP/fixtures/records" -name '[0-9]*.txt' ! -path '*/expected/*' | LC_ALL=C sort >"$work/pages"
	awk -v count="$1" -v dir="$2" '
		{ page[NR] = $0 }
		END { for (i = 0; i < count; i++) {
			from = page[i % NR + 1]; to = sprintf("%s/%05d-variant.txt", dir, 10000 + i); titled = 0
			while ((getline line < from) > 0) {
				if (!titled && line ~ /[A-Za-z]/) { sub(/\r?$/, " " i, line); titled = 1 }
				print line >to
			}
			close(from); close(to)
		} }' "$work/pages"
}

# ---- what is there ------------------------------------------------------------------------------------------------------------------

read_path=/fhir/r4/PlanDefinition/cpt-64721
: >"$work/servers"
: >"$work/results"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
printf 'net:\n  certificate: %s\n  private_key: %s\napi:\n  access_log: no\n' "$work/cert.pem" "$work/key.pem" >"$work/cannula.yaml"
sed 's/access_log: no/access_log: yes/' "$work/cannula.yaml" >"$work/logging.yaml"
mkdir -p "$work/www/fhir/r4/PlanDefinition"

have_cannula=no
load_fixtures() { # exit code 1: some input was refused, the rest is loaded
	"$CANNULA" load --data "$work/data" "$CANNULA_TOP/fixtures/records" >"$work/load.log" 2>&1 || [ $? -eq 1 ]
}
if [ -x "$CANNULA" ] && load_fixtures; then
	if start cannula "$read_path" "$CANNULA" serve --config "$work/cannula.yaml" --data "$work/data" --listen 127.0.0.1:@PORT@; then
		have_cannula=yes
		start cannula-logging "$read_path" "$CANNULA" serve --config "$work/logging.yaml" --data "$work/data" --listen 127.0.0.1:@PORT@ || true
		curl -sk "https://127.0.0.1:$(awk '$1 == "cannula" { print $3 }' "$work/servers")$read_path" -o "$work/www$read_path"
	fi
fi
if [ $have_cannula = no ]; then
	echo "bench: no cannula that serves: the bytes of a fixture stand in for its answer"
	cp "$CANNULA_TOP/gateway/net/conn.c" "$work/www$read_path"
fi
body="$work/www$read_path"
start net-loop "$read_path" "$BENCH_BIN/bytes" 127.0.0.1:@PORT@ "$body" "$work/cert.pem" "$work/key.pem" || true
start net-worker "$read_path" "$BENCH_BIN/bytes" 127.0.0.1:@PORT@ "$body" "$work/cert.pem" "$work/key.pem" worker || true
if [ "$NGINX" != no ]; then
	nginx_conf >"$work/nginx.in"
	start nginx "$read_path" sh -c "sed 's/@[P]ORT@/@PORT@/' $work/nginx.in >$work/nginx.conf; exec $NGINX -e $work/nginx.log -p $work -c $work/nginx.conf" || true
fi

# ---- the figures --------------------------------------------------------------------------------------------------------------------

echo
echo "start with the fixtures loaded, to the first good answer; memory after it"
while read -r name _ _ pid ms; do
	printf '  %-22s %8s ms %8s KiB resident\n' "$name" "$ms" "$(resident_kib "$pid")"
done <"$work/servers"

if [ "$H2LOAD" = no ]; then
	echo "bench: h2load is missing (nghttp2-client): no reads are measured"
else
	for load in 32x0 256x0 32x16 256x4; do
		round=0
		while [ $round -lt "$rounds" ]; do
			while read -r name path port pid _; do load_once "$name" "$path" "$port" "$pid" "${load%x*}" "${load#*x}"; done <"$work/servers"
			round=$((round + 1))
		done
	done
	echo
	echo "reads of $(wc -c <"$body") bytes, TLS 1.3: HTTP/1.1, and HTTP/2 (connections x streams), one server thread, $rounds rounds of $seconds s each in turn"
	reads_table
	echo
	echo "memory after that"
	while read -r name _ _ pid _; do printf '  %-22s %8s KiB resident\n' "$name" "$(resident_kib "$pid")"; done <"$work/servers"
fi

if [ $have_cannula = yes ]; then
	make_records "$records" "$work/pages.d"
	began=$(date +%s.%N)
	timeout 25 $on_server "$CANNULA" load --data "$work/many" "$work/pages.d" >"$work/many.log" 2>&1 || status=$?
	ended=$(date +%s.%N)
	echo
	if [ "${status:-0}" -gt 1 ]; then
		echo "load: did not finish (exit ${status:-0}): $(tail -1 "$work/many.log")"
	else
		echo "$began $ended $records" | awk '{ printf "load: %d records in %.2f s: %.0f records/s, on one core\n", $3, $2 - $1, $3 / ($2 - $1) }'
	fi
fi
