package serverrunner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/internal/truncate"
)

// parseBody parses a body that is one JSON object. Numbers become json.Number, so
// that an ID of sixteen digits is not rounded.
func parseBody(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("body is not a JSON object: %w", err)
	}
	if object == nil {
		return nil, errors.New("body is null")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("body has data after the JSON object")
	}
	return object, nil
}

// fieldAt returns the value at a path like Result.0.Id, formatted by formatValue,
// and reports whether it exists.
func fieldAt(value any, path string) (string, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			member, ok := v[name]
			if !ok {
				return "", false
			}
			value = member
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return "", false
			}
			value = v[i]
		default:
			return "", false
		}
	}
	return formatValue(value), true
}

// formatValue returns a string unchanged and any other value as JSON.
func formatValue(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		// Not expected: value was decoded from JSON.
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// maxExcerptBytes is the maximum length of a body in a check.
const maxExcerptBytes = 300

// excerpt returns the quoted beginning of a body.
func excerpt(body []byte) string {
	if len(body) == 0 {
		return "empty body"
	}
	return truncate.Quote(string(body), maxExcerptBytes)
}
