# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What scenario tests share: TAP, a scratch directory, a running gateway. The real program, real TLS, real clients; waits on events.
set -u
: "${CANNULA:?is set by make check}" "${CANNULA_TOP:?}"

scratch=$(mktemp -d)
case_number=0
server=

finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' INT TERM

# ok TITLE COMMAND... : one test case. What the command printed is shown when it fails.
ok() {
	title=$1
	shift
	case_number=$((case_number + 1))
	if "$@" >"$scratch/ok.out" 2>&1; then
		echo "ok $case_number - $title"
	else
		echo "not ok $case_number - $title"
		echo "# $*"
		sed 's/^/# /' "$scratch/ok.out"
	fi
}

# skip TITLE REASON : a test case that cannot be tried here.
skip() {
	case_number=$((case_number + 1))
	echo "ok $case_number - $1 # SKIP $2"
}

done_testing() {
	echo "1..$case_number"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# unreachable LOG : whether a download failed because its registry could not be reached: the line of npm, pip, Maven or go that says so. Maven
# tells no more of a plugin that it cannot ask for than that its prefix is not known.
unreachable() {
	grep -Eim 1 "EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|\
name resolution|unknown host|connection refused|connection reset|timed out|network is unreachable|no route to host|no such host|i/o timeout|ProxyError|no plugin found for prefix" "$1" | cut -c 1-600
}

# exits CODE COMMAND... : the command ends with that exit code; its standard error is kept in $scratch/err.
exits() {
	wanted=$1
	shift
	"$@" >"$scratch/out" 2>"$scratch/err"
	got=$?
	[ "$got" = "$wanted" ] && return
	echo "exit code $got, not $wanted"
	cat "$scratch/err"
	return 1
}

# says PATTERN : what the last `exits` printed on standard error has it.
says() {
	grep -Eq -e "$1" "$scratch/err" && return
	echo "nothing like: $1"
	cat "$scratch/err"
	return 1
}

# refuses CODE PATTERN COMMAND... : both.
refuses() {
	wanted_code=$1 wanted_text=$2
	shift 2
	exits "$wanted_code" "$@" && says "$wanted_text"
}

# wait_until COMMAND... : polls until it succeeds, ten seconds at most.
wait_until() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

# start_server DATA [FLAG...] : serves on a free port; sets $server and $base.
start_server() {
	data=$1
	shift
	: >"$scratch/server.log" # an earlier server's port must not be found in it
	"$CANNULA" serve --data "$data" --listen 127.0.0.1:0 "$@" 2>"$scratch/server.log" &
	server=$!
	wait_until grep -q 'serving on port' "$scratch/server.log" || return 1
	base=https://127.0.0.1:$(sed -n 's/.*serving on port \([0-9]*\).*/\1/p' "$scratch/server.log")
	wait_until "$CURL" -skf -o /dev/null "$base/health"
}

stop_server() {
	kill "$server" 2>/dev/null
	wait "$server"
	stopped=$?
	server=
	return $stopped
}

# get PATH [CURL ARGUMENT...] : body in $scratch/body, headers in $scratch/headers; prints the status.
get() {
	path=$1
	shift
	"$CURL" -sk -o "$scratch/body" -D "$scratch/headers" -w '%{http_code}' "$@" "$base$path"
}

# answers STATUS PATH [CURL ARGUMENT...]
answers() {
	wanted=$1
	shift
	got=$(get "$@")
	[ "$got" = "$wanted" ] && return
	echo "status $got, not $wanted"
	cat "$scratch/body"
	return 1
}

# body PATTERN / header PATTERN : of the last answer.
body() {
	grep -Eq -e "$1" "$scratch/body" && return
	echo "the body has nothing like: $1"
	cat "$scratch/body"
	return 1
}

header() {
	grep -Eiq -e "$1" "$scratch/headers" && return
	echo "no header like: $1"
	cat "$scratch/headers"
	return 1
}
