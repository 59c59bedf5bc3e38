# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Servers that are measured, how loaded they are, and the table of what came out. Needs $work, $rounds, $seconds.

pids=
clients=
on_server=
on_client=
if command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ]; then
	on_server="taskset -c 0"
	on_client="taskset -c 1"
else
	echo "bench: servers and client share a core here: the figures are worth less"
fi

say() { echo "bench: $*"; }

stop() { # PID...: ends servers of ours, and waits for them
	for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
	for pid in "$@"; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
	done
}

# ---- starting -----------------------------------------------------------------------------------------------------------------

# NAME CORES PATH COMMAND... : waits for the first good answer to a GET of PATH. Sets $started_ms, and for the name
# its port and process: port_of NAME, pid_of NAME. Of nginx the workers are meant, with commas between them.
start() {
	name=$1 pin=$2 path=$3
	shift 3
	# shellcheck disable=SC2086
	if ! found=$($pin "$BENCH_BIN/first" "$path" "$@" 2>>"$work/$name.log"); then
		say "$name did not answer: $(tail -1 "$work/$name.log")" >&2
		return 1
	fi
	# shellcheck disable=SC2086
	set -- $found
	pids="$pids $2"
	started_ms=$3
	case $name in nginx*) set -- "$1" "$(sed 's/ *$//; s/ /,/g' "/proc/$2/task/$2/children")" ;; esac
	echo "$name $1 $2" >>"$work/servers"
}

port_of() { awk -v name="$1" '$1 == name { port = $2 } END { print port }' "$work/servers"; }
pid_of() { awk -v name="$1" '$1 == name { pid = $3 } END { print pid }' "$work/servers"; }

# NAME CONFIGURATION DATA PATH [CORES] : a gateway.
start_cannula() {
	start "$1" "${5-$on_server}" "$4" "$CANNULA" serve --config "$2" --data "$3" --listen 127.0.0.1:@PORT@
}

nginx_conf() { # NAME WORKERS
	cat <<CONF
worker_processes $2;
daemon off;
error_log $work/$1.log;
pid $work/$1.pid;
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

# NAME WORKERS FILE [CORES] : FILE, below $work/www, is what it answers first.
start_nginx() {
	nginx_conf "$1" "$2" >"$work/$1.in"
	start "$1" "${4-$on_server}" "$3" \
		sh -c "sed 's/@[P]ORT@/@PORT@/' $work/$1.in >$work/$1.conf; exec $NGINX -e $work/$1.log -p $work -c $work/$1.conf"
}

# ---- measuring ----------------------------------------------------------------------------------------------------------------

# PID[,PID...] : all their threads.
cpu_us() {
	for pid in $(echo "$1" | tr , ' '); do cat "/proc/$pid"/task/*/schedstat; done |
		awk '{ sum += $1 } END { printf "%.0f\n", sum / 1000 }'
}
resident_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }

# CONNECTIONS STREAMS H2LOAD-ARGUMENT... : a client that works for one turn. STREAMS 0 is HTTP/1.1.
begin_client() {
	connections=$1 protocol=--h1
	[ "$2" = 0 ] || protocol="-m $2"
	shift 2
	# shellcheck disable=SC2086
	$on_client "$H2LOAD" $protocol -t 1 -c "$connections" -D "$seconds" --warm-up-time=500ms "$@" >>"$work/h2load" 2>&1 &
	clients="$clients $!"
}

# LOAD SERVER : the turn of the clients that began. What is counted, requests and processor time alike, starts after the
# handshakes. Appends to $work/turns: load, server, requests, processor time in microseconds, failures.
end_turn() {
	sleep 0.5
	before=$(cpu_us "$(pid_of "$2")")
	# shellcheck disable=SC2086
	wait $clients || true
	after=$(cpu_us "$(pid_of "$2")")
	good=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$work/h2load" | awk '{ sum += $1 } END { print sum + 0 }')
	bad=$(sed -n 's/^requests: .* \([0-9]*\) failed,.*/\1/p' "$work/h2load" | awk '{ sum += $1 } END { print sum + 0 }')
	echo "$1 $2 $good $((after - before)) $bad" >>"$work/turns"
	: >"$work/h2load"
	clients=
}

# LOAD SERVER CONNECTIONS STREAMS H2LOAD-ARGUMENT... : a turn with one client.
turn() {
	load=$1 server=$2
	shift 2
	begin_client "$@"
	end_turn "$load" "$server"
}

url_of() { echo "https://127.0.0.1:$(port_of "$1")$2"; } # SERVER PATH

# LOAD SERVER : requests per second of processor time, over all turns.
rate() {
	awk -v load="$1" -v server="$2" '$1 == load && $2 == server { good += $3; us += $4 }
		END { printf "%.0f\n", us ? good * 1000000 / us : 0 }' "$work/turns"
}
per_second() {
	awk -v load="$1" -v server="$2" -v seconds="$seconds" '$1 == load && $2 == server { good += $3; turns++ }
		END { printf "%.0f\n", turns ? good / turns / seconds : 0 }' "$work/turns"
}
failures() { awk -v load="$1" '$1 == load { bad += $5 } END { print bad + 0 }' "$work/turns"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { print (b > 0 ? sprintf("%.2f", a / b) : "-") }'; }

# ---- the table ----------------------------------------------------------------------------------------------------------------

# WHAT VALUE SIGN BOUND [NOTE] : one line of it; SIGN is >= or <, and empty where there is no bound. Whether it holds is told,
# never asserted.
figure() {
	awk -v what="$1" -v value="$2" -v sign="$3" -v bound="$4" -v note="${5:-}" 'BEGIN {
		holds = value == "-" || sign == "" ? "" : (sign == ">=" ? value + 0 >= bound + 0 : value + 0 < bound + 0) ? "" : "missed"
		printf "  %-62s %9s  %-2s %-6s %-7s %s\n", what, value, sign, bound, holds, note
	}' >>"$work/figures"
}

# WHAT LOAD SERVER BOUND : requests per second of processor time beside nginx's.
figure_beside_nginx() {
	bad=$(failures "$2")
	figure "$1, / nginx" "$(ratio "$(rate "$2" "$3")" "$(rate "$2" nginx)")" ">=" "$4" \
		"$(rate "$2" "$3") and $(rate "$2" nginx) a CPU second$([ "$bad" = 0 ] || echo ", $bad failed")"
}
