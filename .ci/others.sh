#!/bin/sh
# Holds Prism, a mock server made from our contract, against the suite. It must
# fail where known.yaml says, and nowhere else.
set -eu
bin=$1
dir=conformance/others/prism
(cd "$dir" && npm ci --no-progress --loglevel=error)
log=$(mktemp)
pid=
stop() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true # it may have stopped by itself
		wait "$pid" 2>/dev/null || true
	fi
	rm -f "$log"
}
trap stop EXIT
trap 'exit 1' INT TERM
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
node "$dir/node_modules/@stoplight/prism-cli/dist/index.js" mock --host 127.0.0.1 --port "$port" spec/openapi.yaml >"$log" 2>&1 &
pid=$!
tries=0
until grep -q 'Prism is listening' "$log"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo 'others: Prism did not start:' >&2
		cat "$log" >&2
		exit 1
	fi
	sleep 0.1
done
"$bin/esaconform" server --endpoint "http://127.0.0.1:$port" --targets conformance/servers/testdata/targets.yaml --allow-writes --parallel 4 \
	--known "$dir/known.yaml" --report "html=$bin/conformance-prism.html" --report "json=$bin/conformance-prism.json" >"$bin/conformance-prism.txt" || {
	code=$?
	tail -n 40 "$bin/conformance-prism.txt"
	exit "$code"
}
tail -n 2 "$bin/conformance-prism.txt"
echo "the reasons: $dir/known.yaml; the whole report: $bin/conformance-prism.html"
