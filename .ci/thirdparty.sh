#!/bin/sh
# Holds Prism, a mock server made from our contract, against the suite. It must
# fail where known.yaml says, and nowhere else.
set -eu
bin=$1
dir=conformance/thirdparty/prism
(cd "$dir" && npm ci --no-progress --loglevel=error)
. .ci/background.sh
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
background node "$dir/node_modules/@stoplight/prism-cli/dist/index.js" mock --host 127.0.0.1 --port "$port" spec/openapi.yaml
await 'Prism is listening'
# Prism refuses a header that is too large, and closes the connection: whether the
# answer is read before the connection is reset is a matter of luck.
"$bin/esaconform" server --skip http/size/header-too-large --endpoint "http://127.0.0.1:$port" --targets conformance/internal/serverrunner/testdata/targets.yaml --allow-writes --parallel 4 \
	--known "$dir/known.yaml" --report "html=$bin/conformance-prism.html" --report "json=$bin/conformance-prism.json" >"$bin/conformance-prism.txt" || {
	code=$?
	tail -n 40 "$bin/conformance-prism.txt"
	exit "$code"
}
tail -n 2 "$bin/conformance-prism.txt"
echo "the reasons: $dir/known.yaml; the whole report: $bin/conformance-prism.html"
