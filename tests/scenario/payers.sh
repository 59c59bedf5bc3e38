#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Payer sites behind a real nginx over TLS: policies come in, change, fail and go, and the procedures' links follow.
. "${CANNULA_TOP:-.}/tests/scenario/lib.sh"

[ -x "${NGINX:-no}" ] || skip_all "nginx is not installed"
command -v openssl >/dev/null || skip_all "openssl is not installed"

nginx_pid=
finish_payers() {
	[ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null
	finish
}
trap finish_payers EXIT

site=$scratch/site
cp -R "$CANNULA_TOP/fixtures/payers" "$site"
chmod -R u+w "$site"
chmod 755 "$scratch"
cpt='http://www.ama-assn.org/go/cpt'

# A certificate authority of our own, and a certificate for this machine signed by it.
make_certificates() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=Scenario CA' \
		-keyout "$scratch/ca.key" -out "$scratch/ca.pem" &&
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=localhost' \
			-keyout "$scratch/site.key" -out "$scratch/site.csr" &&
		printf 'subjectAltName=DNS:localhost\n' >"$scratch/san" &&
		openssl x509 -req -in "$scratch/site.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" -CAcreateserial -days 2 \
			-extfile "$scratch/san" -out "$scratch/site.pem"
}
make_certificates 2>"$scratch/openssl.log" || skip_all "openssl makes no certificates"

# write_nginx [LINE] : its configuration, with one more line for the payers' locations.
write_nginx() {
	cat >"$scratch/nginx.conf" <<END
daemon off;
pid $scratch/nginx.pid;
error_log $scratch/nginx.error;
worker_processes 1;
events { worker_connections 64; }
http {
	types { text/html html; application/json json; text/plain txt; }
	access_log $scratch/nginx.access;
	client_body_temp_path $scratch/t1; proxy_temp_path $scratch/t2; fastcgi_temp_path $scratch/t3;
	uwsgi_temp_path $scratch/t4; scgi_temp_path $scratch/t5;
	gzip on; gzip_types application/json text/plain; gzip_min_length 100;
	server {
		listen 127.0.0.1:$port ssl;
		ssl_certificate $scratch/site.pem;
		ssl_certificate_key $scratch/site.key;
		root $site;
		$1
	}
}
END
}

start_nginx() {
	"$NGINX" -e "$scratch/nginx.error" -c "$scratch/nginx.conf" 2>"$scratch/nginx.log" &
	nginx_pid=$!
	wait_until answers_site || return 1
	kill -0 "$nginx_pid" 2>/dev/null # a stranger on the port is not ours
}

answers_site() {
	kill -0 "$nginx_pid" && "$CURL" -s --cacert "$scratch/ca.pem" -o /dev/null "https://localhost:$port/why"
}

stop_nginx() {
	kill "$nginx_pid"
	wait "$nginx_pid"
	nginx_pid=
}

port=$((20000 + $$ % 20000))
tries=0
write_nginx ''
until start_nginx; do
	tries=$((tries + 1))
	[ $tries -lt 5 ] || skip_all "nginx does not start: $(cat "$scratch/nginx.error")"
	port=$((port + 137))
	write_nginx ''
done

# The demonstration's sources, with the site in place of the files.
sed -e "s|file:../fixtures/payers|https://localhost:$port|" -e '/public_url/d' "$CANNULA_TOP/conf/demo.yaml" |
	sed -n '/^sources:/,$p' >"$scratch/sources.yaml"
write_config() {
	{
		printf 'fetch:\n  ca_file: %s\n  allow_private: %s\n' "$1" "$2"
		printf '  retries: 1\n  retry_base: 1 ms\n  host_interval: 0 ms\n'
		cat "$scratch/sources.yaml"
	} >"$scratch/$3"
}
write_config "$scratch/ca.pem" yes config.yaml
write_config "$scratch/ca.pem" no guarded.yaml
sed '/ca_file/d' "$scratch/config.yaml" >"$scratch/distrusting.yaml"

sync() {
	exits "$1" "$CANNULA" sync --config "$scratch/${2:-config.yaml}" --data "$scratch/data"
}

# count_status STATUS : how many requests nginx answered with it since the log was last emptied.
count_status() {
	grep -c "\" $1 " "$scratch/nginx.access"
}

"$CANNULA" load --data "$scratch/data" "$CANNULA_TOP/fixtures/records" 2>"$scratch/err" || cat "$scratch/err"

ok "an address on this machine is not connected to unless allowed" sync 1 guarded.yaml
ok "the reason and the way out are told" says 'not public.*allow_private'
ok "a certificate that nobody vouches for is refused" sync 1 distrusting.yaml
ok "the way out is told" says 'ca_file'
ok "nothing was listed by either" says '^alder: failing: 0 listed'
ok "neither counts as a success" [ ! -e "$scratch/data/sources/alder" ]

: >"$scratch/nginx.access"
ok "the first sync stores" sync 0
ok "every policy of the page of links" says '^alder: fresh: 4 listed, 4 fetched, .* 4 new'
ok "every policy of the JSON list" says '^basalt: fresh: 5 listed, 5 fetched, .* 5 new'
ok "every policy of the untidy site" says '^cobalt: fresh: 3 listed, 3 fetched, .* 3 new'
ok "a broken row of a listing is told" says 'cobalt.*no link.*Gene panels'
ok "a range that cannot be counted is told" says '00100-01999 was not expanded'

: >"$scratch/nginx.access"
touch -d @1000 "$scratch/data/sources/alder"
ok "the second sync succeeds" sync 0
ok "it writes nothing" says '^alder: fresh: 4 listed, 0 fetched, 4 not modified, .* 0 resources written'
ok "all requests were answered with 304" [ "$(count_status 304)" = 15 ]
ok "and none with anything else" [ "$(grep -vc '" 304 ' "$scratch/nginx.access")" = 0 ]

start_server "$scratch/data" || cat "$scratch/server.log"
ok "metrics are there" answers 200 /metrics
ok "they tell when a source was last found in order, though nothing was new" body '^cannula_sync_last_success_seconds\{source="alder"\} [1-9][0-9]{9}$'
for version in r4 r5; do
	library=/fhir/$version/Library
	ok "$version: policies are found by code" answers 200 "$library?code=$cpt|22513"
	ok "$version: one that covers it by range is among them" body '"id":"alder-ridge-ar-0117"'
	ok "$version: one that only has it as a ZIP code is not" sh -c "! grep -q alder-ridge-ar-0203 '$scratch/body'"
	ok "$version: that one is there, without codes" answers 200 "$library/alder-ridge-ar-0203"
	ok "$version: the future version of a policy stands beside the one in force" answers 200 "$library/basalt-bm-2031-v5"
	ok "$version: a retired one is said to be" answers 200 "$library/basalt-bm-1999"
	ok "$version: by its status" body '"status":"retired"'
	ok "$version: its title is plain text, however often it was escaped" body '"title":"Vertebroplasty & Kyphoplasty"'
	ok "$version: the payer is there" answers 200 "/fhir/$version/Organization/cobalt-bay"
	ok "$version: so is the copy, with its hash" answers 200 "/fhir/$version/DocumentReference/cobalt-bay-cb-311-html"
	ok "$version: hash" body '"hash":"'
	ok "$version: and who fetched it" answers 200 "/fhir/$version/Provenance/cobalt-bay-cb-311"
	ok "$version: a code group is a value set" answers 200 "/fhir/$version/ValueSet/alder-ridge-ar-0117-g1"
	ok "$version: the colonoscopy" answers 200 "/fhir/$version/PlanDefinition/cpt-45378"
	ok "$version: links to its policy, at a version" body 'Library/cobalt-bay-cb-311\|[^"]+"'
done
ok "metrics of all that was asked, and of the sources" answers 200 /metrics
if command -v promtool >/dev/null; then
	ok "Prometheus' own tool takes them, and has nothing to say about their names and texts" promtool check metrics <"$scratch/body"
else
	skip "Prometheus' own tool takes them" "promtool is missing (prometheus)"
fi

# A page changes: the colonoscopy leaves the policy, which gets a new version; the link goes.
sed -i -e 's/45378/45379/' "$site/cobalt/medical-policies/CB-311.html"
echo '<!-- longer -->' >>"$site/cobalt/medical-policies/CB-311.html"
ok "a changed page is synced" sync 0
ok "as a change" says '^cobalt: fresh: 3 listed, 1 fetched, 2 not modified, .* 1 changed'
ok "the policy has a new version" answers 200 /fhir/r4/Library/cobalt-bay-cb-311
ok "of the resource, too" header '^etag: W/"2"'
ok "the old one stays" answers 200 /fhir/r4/Library/cobalt-bay-cb-311/_history/1
ok "the colonoscopy" answers 200 /fhir/r4/PlanDefinition/cpt-45378
ok "is linked no more" sh -c "! grep -q cobalt-bay-cb-311 '$scratch/body'"

# A payer answers 500, then is down: nothing is retired, and it is told.
stop_nginx
write_nginx 'location /cobalt/ { return 500; }'
start_nginx || cat "$scratch/nginx.error"
for round in 1 2 3; do
	ok "500, round $round: the exit code tells" sync 1
	ok "500, round $round: so does the summary" says '^cobalt: failing: .* 0 gone, .*status 500'
	ok "500, round $round: other payers are synced" says '^alder: fresh: 4 listed'
done
stop_nginx
ok "down: the exit code tells" sync 1
ok "down: so does the summary" says '^alder: failing: .*localhost'
ok "the policy is still there" answers 200 /fhir/r4/Library/cobalt-bay-cb-311
ok "and in force" body '"status":"active"'

# The payer is back and asks for consent instead of showing a policy.
write_nginx 'location = /alder/policies/lumbar-mri.html { return 403; }'
start_nginx || cat "$scratch/nginx.error"
ok "a policy behind a gate is told" sync 1
ok "as such" says '^alder: partial: 4 listed, .* 1 failed.*status 403'
ok "the good copy stays" answers 200 /fhir/r4/Library/alder-ridge-ar-0142
ok "in force" body '"status":"active"'

# A policy leaves the listing: twice, until it counts.
stop_nginx
write_nginx ''
start_nginx || cat "$scratch/nginx.error"
sed -i -e '/disc-decompression/d' "$site/alder/index.html"
ok "a policy that is no longer listed" sync 0
ok "is not gone yet" says '^alder: fresh: 3 listed, .* 0 gone'
ok "in the next run" sync 0
ok "it is" says '^alder: fresh: 3 listed, .* 1 gone'

ok "the server stops" stop_server
stop_nginx
done_testing
