#!/bin/sh
# Regenerates gen/ and client/operations.gen.go in a scratch directory, from the
# contract only, and compares. If a generator writes nothing, a file is missing there.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp go.mod go.sum tools.go "$scratch"
cp -R spec "$scratch/spec"
rm -rf "$scratch/spec/lint/node_modules"
# Directories only: the generators write into them but do not create them.
find gen client -maxdepth 1 -type d -exec mkdir -p "$scratch/{}" \;
(cd "$scratch" && ${GO:-go} generate ./spec)
generated=$(find gen client -name '*.go' ! -name '*_test.go' -path 'gen/*' -o -name '*.gen.go' | sort)
for made in $generated; do
	test -s "$scratch/$made" || { echo "check-generate: $made was not generated" >&2; exit 1; }
done
if ! diff -ru -x '*_test.go' gen "$scratch/gen" || ! diff -u client/operations.gen.go "$scratch/client/operations.gen.go"; then
	echo 'check-generate: gen/ or client/operations.gen.go is out of date; run make generate and commit' >&2
	exit 1
fi
echo "check-generate: $(echo "$generated" | wc -l) files are up to date with the contract"
