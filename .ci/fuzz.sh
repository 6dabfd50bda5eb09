#!/bin/sh
# Runs every fuzz target of the module for the time given, one after the other.
set -eu
time=${1:-10s}
count=0
for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	dir=$(dirname "$file")
	for target in $(grep -oh '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //'); do
		echo "fuzz ./$dir $target"
		${GO:-go} test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
		count=$((count + 1))
	done
done
test "$count" -gt 0 || { echo 'fuzz: no target found' >&2; exit 1; }
echo "fuzz: $count targets ran for $time each"
