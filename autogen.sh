#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# autogen.sh          make ./configure (autotools only)
# autogen.sh run      install what is missing, build, load the fixtures, sync the demonstration payers, serve
# autogen.sh check    install what the tests need, build, run them
set -eu
cd "$(dirname "$0")"

build_packages="autoconf automake make gcc libc6-dev pkg-config libcurl4-openssl-dev libxml2-dev libyajl-dev libssl-dev libuv1-dev libnghttp2-dev libpcre2-dev
	libsqlite3-dev libyaml-dev zlib1g-dev poppler-utils"
run_packages="$build_packages curl ca-certificates"
test_packages="$run_packages libcmocka-dev nginx-light nghttp2-client openssl python3 testssl.sh"

say() {
	printf '%s\n' "autogen.sh: $*" >&2
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		say "not root and no sudo: as root, run: $*"
		exit 3
	fi
}

# install PACKAGE... : those of them that are not installed yet, with Debian's package manager.
install() {
	missing=
	if ! command -v dpkg-query >/dev/null; then
		say "no Debian package manager here; going on with what is installed (Debian calls what is needed: $*)"
		return
	fi
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "installing:$missing"
	as_root apt-get update -qq
	# shellcheck disable=SC2086 # a list of words
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

bootstrap() {
	autoreconf --install --force
}

build() {
	[ -x configure ] || bootstrap
	[ -f Makefile ] || ./configure --quiet
	make -s -j"$(nproc)"
}

# The command lines to try, once the server answers.
announce() {
	tries=0
	until curl -skf -o /dev/null https://localhost:8443/health; do
		kill -0 "$server" 2>/dev/null || return 1
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
	cat <<'LINES'

cannula serves. Try, in another terminal:

  curl -k https://localhost:8443/fhir/r4/PlanDefinition/cpt-22514
  curl -k 'https://localhost:8443/fhir/r5/ActivityDefinition?code=http://www.ama-assn.org/go/cpt|22514'
  curl -k 'https://localhost:8443/fhir/r4/Library?code=http://www.ama-assn.org/go/cpt|22514'

Ctrl-C stops it.
LINES
}

run() {
	# shellcheck disable=SC2086
	install $run_packages
	build
	./cannula load --config conf/demo.yaml --data .run/data fixtures/records || [ $? = 1 ]
	./cannula sync --config conf/demo.yaml --data .run/data
	./cannula serve --config conf/demo.yaml --data .run/data --listen localhost:8443 &
	server=$!
	trap 'kill "$server" 2>/dev/null' INT TERM
	announce || say "the server did not answer; see its message above"
	wait "$server"
}

check() {
	# shellcheck disable=SC2086
	install $test_packages
	build
	make check -j"$(nproc)"
}

case "${1-}" in
"") bootstrap ;;
run) run ;;
check) check ;;
*)
	sed -n '3,5s/^# //p' "$0"
	exit 2
	;;
esac
