#!/bin/sh
# Regenerates gen/ in a scratch directory, from the contract only, and compares. If
# a generator writes nothing, a file is missing there.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp go.mod go.sum tools.go "$scratch"
cp -R spec "$scratch/spec"
rm -rf "$scratch/spec/lint/node_modules"
# Directories only: the generators write into them but do not create them.
find gen -type d -exec mkdir -p "$scratch/{}" \;
(cd "$scratch" && ${GO:-go} generate ./spec)
for made in gen/*/*.go; do
	test -s "$scratch/$made" || { echo "check-generate: $made was not generated" >&2; exit 1; }
done
if ! diff -ru gen "$scratch/gen"; then
	echo 'check-generate: gen/ is out of date; run make generate and commit' >&2
	exit 1
fi
echo "check-generate: $(ls gen/*/*.go | wc -l) files are up to date with the contract"
