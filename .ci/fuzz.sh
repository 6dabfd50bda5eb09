#!/bin/sh
# Runs every fuzz target of the module in sequence, for the given number of runs or
# duration. The default is a number of runs (10000x): when a duration ends while a
# worker is busy, Go 1.26 may report "context deadline exceeded" as a failure.
# Failing inputs are stored in the package's testdata/fuzz.
set -eu
amount=${1:-10000x}
go=${GO:-go}
count=0
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
cache=$($go env GOCACHE)/fuzz/$($go list -m)
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	dir=$(dirname "$file")
	test=$built/$(echo "$dir" | tr / _).test
	[ -e "$test" ] || $go test -c -fuzz . -o "$test" "./$dir" # once per package
	for target in $(grep -oh '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //'); do
		echo "fuzz ./$dir $target"
		(cd "$dir" && "$test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$amount" -test.fuzzminimizetime 500x \
			-test.fuzzcachedir "$cache/$dir")
		count=$((count + 1))
	done
done
test "$count" -gt 0 || { echo 'fuzz: no target found' >&2; exit 1; }
echo "fuzz: $count targets, $amount each"
