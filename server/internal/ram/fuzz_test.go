package ram

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse holds that a document which is read is written back as one that
// reads as the same policy, and that a rejected one reports position and reason.
func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/refused.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		if strings.HasSuffix(file.Name, ".json") {
			f.Add(file.Data)
		}
	}
	decisions, err := os.ReadFile("testdata/decisions.json")
	if err != nil {
		f.Fatal(err)
	}
	var data struct {
		Policies map[string]json.RawMessage `json:"policies"`
	}
	if err := json.Unmarshal(decisions, &data); err != nil {
		f.Fatal(err)
	}
	for _, document := range data.Policies {
		f.Add([]byte(document))
	}
	// A letter that folds to "s": one key, in two spellings.
	f.Add([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:SourceIp":"a","acs:ſourceIp":"b"}}}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		policy, err := Parse(document)
		if err != nil {
			checkRefusal(t, document, err)
			return
		}
		if !json.Valid(document) {
			t.Errorf("read what is not JSON: %q", document)
		}
		written, err := policy.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		// Written out, U+2028 takes more characters; hence no limit.
		again, err := ParseWithin(written, math.MaxInt)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if !reflect.DeepEqual(again, policy) {
			t.Errorf("%s\nread back differs: %+v\nfrom: %+v", written, again, policy)
		}
		var value any
		if err := json.Unmarshal(written, &value); err != nil {
			t.Fatal(err)
		}
		decoded, err := read(nodesFromValue(value))
		if err != nil || !reflect.DeepEqual(decoded, policy) {
			t.Errorf("%s\ndecoded differs: %+v, %v", written, decoded, err)
		}
	})
}

func checkRefusal(t *testing.T, document []byte, err error) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	if !ok || len(refused.Problems) == 0 {
		t.Fatalf("refused with %v", err)
	}
	lines := bytes.Count(document, []byte("\n")) + 1
	before := position{1, 1}
	for _, p := range refused.Problems {
		if !strings.HasPrefix(p.Path, "$") || p.Message == "" {
			t.Errorf("problem %+v has no path or message", p)
		}
		if p.Line < before.line || p.Line == before.line && p.Column < before.column || p.Line > lines {
			t.Errorf("problem %+v follows %+v, the document has %d lines", p, before, lines)
		}
		before = position{p.Line, p.Column}
	}
}
