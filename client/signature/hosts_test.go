package signature

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestHostsMeant(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, received string
		header         http.Header
		own            []string
		want           []string
	}{
		{"no candidates", "h", nil, nil, nil},
		{"own name", "127.0.0.1:80", nil, []string{"localhost"}, []string{"localhost", "localhost:80", "localhost:443"}},
		{"own name and port", "127.0.0.1", nil, []string{"localhost:8080"}, []string{"localhost:8080", "localhost", "localhost:443", "localhost:80"}},
		{"what was received is not a guess", "a:1", nil, []string{"a", "a:1"}, []string{"a", "a:443", "a:80"}},
		{"IPv6", "h:2", nil, []string{"[::1]:1"}, []string{"[::1]:1", "[::1]", "[::1]:2", "[::1]:443", "[::1]:80"}},
		{"forwarded before own", "h", http.Header{"X-Forwarded-Host": {"a, b"}}, []string{"c"}, []string{"a", "a:443", "a:80", "b", "b:443", "b:80", "c", "c:443", "c:80"}},
		{"RFC 7239", "h", http.Header{"Forwarded": {`by=x;HOST="a:1";proto=http`, "for=y;host=b"}}, nil, []string{"a:1", "a", "a:443", "a:80", "b", "b:443", "b:80"}},
		{"an Origin that is none", "h", http.Header{"Origin": {"null"}}, nil, nil},
		{"a broken Origin", "h", http.Header{"Origin": {"http://[::1"}}, nil, nil},
		{"too long", "h", nil, []string{strings.Repeat("a", 300)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := hostsMeant(&Message{Host: tc.received, Header: tc.header}, tc.own); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A caller cannot cause unbounded work with headers: eight of its names count,
// and 96 in total.
func TestHostsMeantIsBounded(t *testing.T) {
	t.Parallel()
	many := make([]string, 1000)
	for i := range many {
		many[i] = "h" + strings.Repeat("x", i%200) + string(rune('a'+i%26))
	}
	m := Message{Host: "h:1", Header: http.Header{"X-Forwarded-Host": {strings.Join(many, ",")}, "Forwarded": {strings.Repeat("host=f,", 1000)}}}
	if got := forwardedHosts(m.Header); len(got) != maxForwarded {
		t.Errorf("%d names of the headers, want %d", len(got), maxForwarded)
	}
	if got := hostsMeant(&m, many); len(got) != maxHosts {
		t.Errorf("%d names, want %d", len(got), maxHosts)
	}
}

// FuzzHostsMeant passes arbitrary headers: the result is bounded, unique,
// and never what was received.
func FuzzHostsMeant(f *testing.F) {
	f.Add("h:1", "a,b:2", `for=x;host="c:3"`, "http://d", "8443", "own:1")
	f.Add("", ",", "host=,host=\"", "http://[::1", ":", "")
	f.Fuzz(func(t *testing.T, received, xfh, rfc7239, origin, port, own string) {
		m := Message{Host: received, Header: http.Header{
			"X-Forwarded-Host": {xfh}, "Forwarded": {rfc7239}, "Origin": {origin}, "X-Forwarded-Port": {port},
		}}
		got := hostsMeant(&m, []string{own})
		seen := map[string]bool{}
		for _, host := range got {
			if host == received || seen[host] || len(host) > 2*maxHostBytes+len(received) {
				t.Fatalf("%q is among %q", host, got)
			}
			seen[host] = true
			if s := printableHost(host); strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Fatalf("%q is printed as %q", host, s)
			}
		}
		if len(got) > maxHosts {
			t.Fatalf("%d names", len(got))
		}
	})
}
