#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# HAPI's generic client, in one run of java, on the class path of the conformance tests.
. "${CANNULA_TOP:-.}/tests/clients/lib.sh"
skip_without java javac keytool mvn

pom=$CANNULA_TOP/tests/conformance/pom.xml
class_path() { # what was downloaded once is not asked for again; the conformance tests may be downloading the same now
	lock=$PWD/tests/conformance/target/lock
	mkdir -p "${lock%/*}"
	set -- flock "$lock" mvn -q -B -P client -f "$pom" "-Dconformance.build=$build/maven" \
		dependency:build-classpath "-Dmdep.outputFile=$build/class-path"
	"$@" -o >/dev/null 2>&1 || "$@"
}
installed "$pom" class_path

load_everything
serve
trust=$scratch/trust.p12
keytool -importcert -noprompt -alias gateway -storetype PKCS12 -storepass changeit -keystore "$trust" -file "$certificate" >"$scratch/out" 2>&1
client hapi java -Djavax.net.ssl.trustStore="$trust" -Djavax.net.ssl.trustStorePassword=changeit -cp "$(cat "$build/class-path")" "$here/Hapi.java"
ok "the server stops cleanly" stop_server
done_testing
