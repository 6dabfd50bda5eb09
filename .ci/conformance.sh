#!/bin/sh
# Holds our server and our SDK against every case of the suite. Reports go into
# the folder given.
set -eu
bin=$1
. .ci/background.sh
# What the caller has set for a server of their own is not for this one.
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
