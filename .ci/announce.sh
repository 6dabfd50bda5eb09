#!/bin/sh
# Runs a command. If it takes longer than a few seconds, as a build with an empty
# cache does, prints a line about the progress on standard error.
#
#	.ci/announce.sh 'building …' go build …
set -eu
message=$1
shift
(
	seconds=0
	while [ "$seconds" -lt "${ANNOUNCE_AFTER:-3}" ]; do
		sleep 1 >/dev/null 2>&1 # it outlives its parent, and must not hold the caller's pipe
		seconds=$((seconds + 1))
	done
	printf '%s\n' "$message" >&2
) &
announcer=$!
code=0
"$@" || code=$?
kill "$announcer" 2>/dev/null || true # it may have ended already
wait "$announcer" 2>/dev/null || true
exit "$code"
