# For sourcing: a scratch directory, and one background process that stops with the
# script.
scratch=$(mktemp -d)
pid=
stop() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true # it may have exited already
		wait "$pid" 2>/dev/null || true # the exit status is that of the signal
	fi
	rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 1' INT TERM

# background COMMAND...: starts it, its output in $scratch/ready and $scratch/log.
background() {
	: >"$scratch/ready" # exists before await reads it
	"$@" >"$scratch/ready" 2>"$scratch/log" &
	pid=$!
}

# await PATTERN: waits up to 30 seconds until a line of the output matches.
await() {
	tries=0
	until grep -q "$1" "$scratch/ready"; do
		tries=$((tries + 1))
		if [ "$tries" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "$0: the server did not start:" >&2
			cat "$scratch/ready" "$scratch/log" >&2
			exit 1
		fi
		sleep 0.1
	done
}

# field NAME: prints a string field of esacertd's ready line.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$scratch/ready"; }
