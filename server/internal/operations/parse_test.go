package operations_test

import (
	"errors"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/operations"
	"pgregory.net/rapid"
)

// nameCase is one line of testdata/names.tsv.
type nameCase struct {
	line   int
	input  string
	normal string // "" if the name is refused
	reason string // part of the reason then
}

func nameCases(tb testing.TB) []nameCase {
	tb.Helper()
	content, err := os.ReadFile("testdata/names.tsv")
	if err != nil {
		tb.Fatal(err)
	}
	var cases []nameCase
	for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		input, err := strconv.Unquote(columns[0])
		if err != nil {
			tb.Fatalf("names.tsv:%d: %v", i+1, err)
		}
		c := nameCase{line: i + 1, input: input}
		switch {
		case len(columns) == 2 && columns[1] != "-":
			c.normal = columns[1]
		case len(columns) == 3 && columns[1] == "-" && columns[2] != "":
			c.reason = columns[2]
		default:
			tb.Fatalf("names.tsv:%d: columns do not fit", i+1)
		}
		cases = append(cases, c)
	}
	if len(cases) < 90 {
		tb.Fatalf("names.tsv has %d cases only", len(cases))
	}
	return cases
}

func TestParseName(t *testing.T) {
	t.Parallel()
	for _, c := range nameCases(t) {
		t.Run(strconv.Itoa(c.line)+" "+strconv.Quote(c.input), func(t *testing.T) {
			t.Parallel()
			name, err := operations.ParseName(c.input)
			if c.normal != "" {
				if err != nil || string(name) != c.normal {
					t.Fatalf("got %q, %v; want %q", name, err, c.normal)
				}
				return
			}
			var problem *operations.NameError
			if !errors.As(err, &problem) {
				t.Fatalf("got %q, %v; want a NameError", name, err)
			}
			if !strings.Contains(problem.Reason, c.reason) {
				t.Errorf("reason %q does not contain %q", problem.Reason, c.reason)
			}
			if name != "" {
				t.Errorf("a rejected item returned the name %q", name)
			}
		})
	}
}

func TestNameLengths(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	// Three labels of 63 and their dots are 192 octets, and 61 are left.
	name253 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 59) + ".c"
	if len(name253) != 253 {
		t.Fatalf("the longest name has %d octets", len(name253))
	}
	for _, c := range []struct {
		name, input, reason string
	}{
		{"longest label", label63 + ".example.com", ""},
		{"label too long", label63 + "a.example.com", `has 64 octets, more than 63`},
		{"longest name", name253, ""},
		{"name too long", "a" + name253, "it has 254 octets, more than 253"},
		{"wildcard counts", "*." + name253[2:], ""},
		{"wildcard too long", "*." + name253, "it has 255 octets, more than 253"},
		{"64 KB of one letter", strings.Repeat("a", 64<<10), "it has 65536 octets, more than 253"},
		{"64 KB of dots", strings.Repeat(".", 64<<10), "it has 65536 octets, more than 253"},
		{"64 KB of umlauts", strings.Repeat("ü", 32<<10), "it has 65536 octets before conversion"},
		{"1024 octets of umlauts", strings.Repeat("ü", 512), "octets, more than"},
		{"Unicode label too long", strings.Repeat("ü", 60) + ".example.com", "more than 63"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := operations.ParseName(c.input)
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Fatalf("got %v, want %q", err, c.reason)
			}
			if len(err.Error()) > 400 {
				t.Errorf("the error repeats %d octets of the item", len(err.Error()))
			}
		})
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, raw string
		want      string // joined, or
		position  int    // of the item refused
		item      string
	}{
		{"one", "example.com", "example.com", 0, ""},
		{"order", "b.example.com,a.example.com,*.example.com", "b.example.com,a.example.com,*.example.com", 0, ""},
		{"spaces", " a.example.com , b.example.com ", "a.example.com,b.example.com", 0, ""},
		{"twice", "a.example.com,A.example.com", "a.example.com,a.example.com", 0, ""},
		{"documented example", "example.com ,*.example.com ", "example.com,*.example.com", 0, ""},
		{"empty", "", "", 1, ""},
		{"trailing comma", "a.example.com,", "", 2, ""},
		{"leading comma", ",a.example.com", "", 1, ""},
		{"two commas", "a.example.com,,b.example.com", "", 2, ""},
		{"first broken item", "a.example.com, a_b.example.com ,c_d.example.com", "", 2, "a_b.example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			names, err := operations.ParseList(c.raw)
			if c.position == 0 {
				if err != nil || join(names) != c.want {
					t.Fatalf("got %q, %v; want %q", join(names), err, c.want)
				}
				return
			}
			var problem *operations.NameError
			if !errors.As(err, &problem) || problem.Position != c.position || problem.Item != c.item {
				t.Fatalf("got %#v, want item %d %q", err, c.position, c.item)
			}
			if names != nil {
				t.Errorf("got names %q with an error", names)
			}
		})
	}
}

// A list of mere commas is refused at its first item, and must not make the
// parser set aside room for all of them.
func TestParseListOfCommasIsCheap(t *testing.T) {
	commas := strings.Repeat(",", 64<<10)
	const runs = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		if _, err := operations.ParseList(commas); err == nil {
			t.Fatal("accepted")
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / runs; each > 4<<10 {
		t.Errorf("%d octets set aside, want 4 KiB at most", each)
	}
}

func TestNameIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name operations.Name
		site string
		want bool
	}{
		{"example.com", "example.com", true},
		{"www.example.com", "example.com", true},
		{"a.b.example.com", "example.com", true},
		{"*.example.com", "example.com", true},
		{"*.www.example.com", "example.com", true},
		{"notexample.com", "example.com", false},
		{"*.notexample.com", "example.com", false},
		{"example.org", "example.com", false},
		{"example.com.org", "example.com", false},
		{"com", "example.com", false},
		{"*.com", "example.com", false},
		{"example.com", "www.example.com", false},
		{"*.example.com", "www.example.com", false},
		{"example.com", "", false},
		{"", "example.com", false},
	} {
		if got := c.name.In(c.site); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.name, c.site, got, c.want)
		}
	}
}

func TestNameWildcard(t *testing.T) {
	t.Parallel()
	for name, want := range map[operations.Name]bool{
		"*.example.com": true, "example.com": false, "www.example.com": false, "": false,
	} {
		if got := name.Wildcard(); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

// normalForm is what the contract says of a valid name, as far as letters and
// lengths go, written independently of the parser.
var normalForm = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkNormal(tb testing.TB, names []operations.Name) {
	tb.Helper()
	for _, name := range names {
		if len(name) > 253 || !normalForm.MatchString(string(name)) {
			tb.Errorf("%q was accepted and is not of the normal form", name)
		}
		again, err := operations.ParseName(string(name))
		if err != nil || again != name {
			tb.Errorf("the normal form %q parses to %q, %v", name, again, err)
		}
	}
	again, err := operations.ParseList(join(names))
	if err != nil || join(again) != join(names) {
		tb.Errorf("the list %q parses to %q, %v", join(names), join(again), err)
	}
}

func FuzzParseList(f *testing.F) {
	for _, c := range nameCases(f) {
		f.Add(c.input)
		f.Add("www.example.com," + c.input)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		names, err := operations.ParseList(raw)
		if err != nil {
			var problem *operations.NameError
			if !errors.As(err, &problem) || problem.Reason == "" || !slices.Contains(operations.Causes(), problem.Cause) {
				t.Fatalf("the error is %#v", err)
			}
			return
		}
		if len(names) != strings.Count(raw, ",")+1 {
			t.Errorf("%d names of %q", len(names), raw)
		}
		checkNormal(t, names)
	})
}

// Names of plain letters are valid exactly if the regular expression says so.
func TestPlainNamesMatchOracle(t *testing.T) {
	t.Parallel()
	// No x, since labels that begin with xn-- have separate rules.
	label := rapid.StringMatching(`[a-w0-9*_-]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		// The top-level domain test has no public suffix below it.
		content := strings.Join(rapid.SliceOfN(label, 1, 4).Draw(t, "labels"), ".") + ".test"
		want := normalForm.MatchString(content)
		name, err := operations.ParseName(content)
		if (err == nil) != want {
			t.Fatalf("%q: got %q, %v; oracle: %v", content, name, err, want)
		}
		if want && string(name) != content {
			t.Fatalf("%q became %q", content, name)
		}
	})
}

func join(names []operations.Name) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = string(name)
	}
	return strings.Join(list, ",")
}
