#!/bin/sh
# Makes gen/ anew in a scratch folder, from the contract and nothing else, and
# compares. A generator that wrote nothing leaves a file missing there.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp go.mod go.sum tools.go "$scratch"
cp -R spec "$scratch/spec"
rm -rf "$scratch/spec/lint/node_modules"
# Only the folders: the generators write into them, they do not make them.
find gen -type d -exec mkdir -p "$scratch/{}" \;
(cd "$scratch" && ${GO:-go} generate ./spec)
for made in gen/*/*.go; do
	test -s "$scratch/$made" || { echo "check-generate: nothing was written to $made" >&2; exit 1; }
done
if ! diff -ru gen "$scratch/gen"; then
	echo 'check-generate: gen/ is not what the contract gives; run make generate and commit' >&2
	exit 1
fi
echo "check-generate: $(ls gen/*/*.go | wc -l) files are what the contract gives"
