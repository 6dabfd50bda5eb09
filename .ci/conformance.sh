#!/bin/sh
# Runs every case of the suite against our server and SDK. Writes reports into the
# given directory.
set -eu
bin=$1
. .ci/background.sh
# Variables for the caller's server must not configure this one.
for name in $(env | sed -n 's/^\(ESACERTD_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
data=conformance/internal/serverrunner/testdata
background "$bin/esacertd" --config "$data/states.yaml" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --store "$scratch/esa.db"
await ready

echo 'Our server:'
"$bin/esaconform" server --endpoint "$(field listen)" --journal "$(field admin)" --targets "$data/targets.yaml" --allow-writes --parallel 8 \
	--report "html=$bin/conformance-server.html" --report "junit=$bin/conformance-server.xml" --report "json=$bin/conformance-server.json"
echo
echo 'Our SDK:'
"$bin/esaconform" client --name gosdk \
	--report "html=$bin/conformance-client.html" --report "junit=$bin/conformance-client.xml" --report "json=$bin/conformance-client.json" \
	-- "$bin/gosdk"
