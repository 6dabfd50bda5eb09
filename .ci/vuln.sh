#!/bin/sh
# Checks every module of the project for known vulnerabilities. The Go
# vulnerability database is published as a module, so no other service is needed;
# its version shows how recent the check is. The toolchain is that of go.mod,
# because the standard library is checked too.
set -eu
bin=$1
go=${GO:-go}
version=${VULNDB_VERSION:?the version of golang.org/x/vulndb}
shift
GOTOOLCHAIN=$(sed -n 's/^toolchain //p' go.mod)
export GOTOOLCHAIN
db=$(pwd)/$bin/vulndb-$version
if ! test -s "$db/index/modules.json"; then
	source=$($go mod download -json "golang.org/x/vulndb@$version" | sed -n 's/^.*"Dir": "\(.*\)",$/\1/p')
	$go run "golang.org/x/vulndb/cmd/indexdb@$version" -vulns "$source/data/osv" -out "$db"
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
# govulncheck exits with 3 for a finding; vulncheck decides whether it fails.
scan() { $go -C "$1" run "$GOVULNCHECK" -db "file://$db" -format json ./... >"$report" || test $? -eq 3; }
scan .
$go run ./.ci/vulncheck .ci/vulncheck/triage.yaml <"$report"
for module; do
	scan "$module"
	echo "$module:"
	$go run ./.ci/vulncheck .ci/vulncheck/none.yaml <"$report"
done
echo "checked with golang.org/x/vulndb $version and $GOTOOLCHAIN"
