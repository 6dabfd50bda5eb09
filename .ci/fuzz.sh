#!/bin/sh
# Runs every fuzz target of the module, one after the other, as often as given.
# A number of runs (20000x) rather than a time: when a time is up while a worker
# is busy, Go 1.26 may report "context deadline exceeded" as a failed target.
set -eu
amount=${1:-20000x}
count=0
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	dir=$(dirname "$file")
	for target in $(grep -oh '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //'); do
		echo "fuzz ./$dir $target"
		${GO:-go} test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$amount" -fuzzminimizetime 500x
		count=$((count + 1))
	done
done
test "$count" -gt 0 || { echo 'fuzz: no target found' >&2; exit 1; }
echo "fuzz: $count targets, $amount each"
