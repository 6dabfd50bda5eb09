#!/bin/sh
# Holds our server and our SDK against every case of the suite. Reports go into
# the folder given.
set -eu
bin=$1
scratch=$(mktemp -d)
# What the caller has set for a server of their own is not for this one.
for name in $(env | sed -n 's/^\(ESACERTD_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
pid=
stop() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true # it may have stopped by itself
		wait "$pid" 2>/dev/null || true
	fi
	rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 1' INT TERM

data=conformance/servers/testdata
"$bin/esacertd" --config "$data/states.yaml" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --store "$scratch/esa.db" >"$scratch/ready" 2>"$scratch/log" &
pid=$!
tries=0
until [ -s "$scratch/ready" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo 'conformance: the server did not start:' >&2
		cat "$scratch/log" >&2
		exit 1
	fi
	sleep 0.1
done
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$scratch/ready"; }

echo 'Our server:'
"$bin/esaconform" server --endpoint "$(field listen)" --journal "$(field admin)" --targets "$data/targets.yaml" --allow-writes --parallel 8 \
	--report "html=$bin/conformance-server.html" --report "junit=$bin/conformance-server.xml" --report "json=$bin/conformance-server.json"
echo
echo 'Our SDK:'
"$bin/esaconform" client --name gosdk \
	--report "html=$bin/conformance-client.html" --report "junit=$bin/conformance-client.xml" --report "json=$bin/conformance-client.json" \
	-- "$bin/gosdk"
