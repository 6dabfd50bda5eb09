#!/bin/sh
# Runs a command. If it takes more than a few seconds, for example a build with an
# empty cache, prints a message on standard error.
#
#	.ci/announce.sh 'building …' go build …
set -eu
message=$1
shift
(
	seconds=0
	while [ "$seconds" -lt "${ANNOUNCE_AFTER:-3}" ]; do
		sleep 1 >/dev/null 2>&1 # outlives its parent and must not keep the caller's pipe open
		seconds=$((seconds + 1))
	done
	printf '%s\n' "$message" >&2
) &
announcer=$!
code=0
"$@" || code=$?
kill "$announcer" 2>/dev/null || true # it may have exited already
wait "$announcer" 2>/dev/null || true
exit "$code"
