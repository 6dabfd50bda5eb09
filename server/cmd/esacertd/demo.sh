#!/bin/sh
# Runs the two commands in the given directory: a server on a free port, an accepted
# application, a rejected one, the stored applications, and the issued certificate.
set -eu
bin=$1
. .ci/background.sh
# Ignore settings for the real service or for another server.
unset ALIBABA_CLOUD_SECURITY_TOKEN
for name in $(env | sed -n 's/^\(ESACERTD\{0,1\}_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
bold= plain=
if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
run() { printf '$ %s\n' "$*"; "$@"; }

say 'The server, with the built-in example, on free ports of this machine:'
echo '$ esacertd --listen 127.0.0.1:0 --admin 127.0.0.1:0'
background "$bin/esacertd" --listen 127.0.0.1:0 --admin 127.0.0.1:0
await ready
cat "$scratch/ready"
endpoint=$(field listen)
admin=$(field admin)
export ALIBABA_CLOUD_ACCESS_KEY_ID=testid ALIBABA_CLOUD_ACCESS_KEY_SECRET=testsecret

PATH="$bin:$PATH"
say 'The documented request, signed by the SDK:'
run esacert apply --endpoint "$endpoint" --site-id 1234567890123 --domains www.example.com,blog.example.com --type lets_encrypt

say 'The same names again are refused, as the error table says:'
code=0
# Once its certificate is issued, a name is accepted again, which may be the case on a
# slow machine. The new application is Applying for five seconds.
for try in 1 2 3; do
	run esacert apply --endpoint "$endpoint" --site-id 1234567890123 --domains www.example.com --type lets_encrypt || code=$?
	[ "$code" -eq 0 ] || break
done
if [ "$code" -ne 3 ]; then
	echo "demo: exit code 3 was expected (refused by the service), not $code" >&2
	exit 1
fi
echo "(exit code $code)"

say 'What the server has stored:'
run esacertd applications list --admin "$admin"

say 'The embedded authority issues after the delay of the example, 5 seconds:'
run esacertd applications wait --admin "$admin" 30000478

say 'The certificate against the root of the authority, as a browser checks it:'
run esacertd applications verify --admin "$admin" 30000478
