package serverrunner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/internal/truncate"
)

// parseBody reads a body as one JSON object. Numbers stay as they are written:
// an id of sixteen digits must not come out rounded.
func parseBody(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("the body is no JSON object: %w", err)
	}
	if object == nil {
		return nil, fmt.Errorf("the body is null")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more behind the JSON object")
	}
	return object, nil
}

// fieldAt gives what is at a path such as Result.0.Id as text: a string without its
// quotes, all else as JSON.
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

func formatValue(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		// It came out of a JSON document, so it goes into one.
		return fmt.Sprint(value)
	}
	return string(text)
}

// maxExcerptBytes is how much of a body a check shows.
const maxExcerptBytes = 300

// excerpt quotes the beginning of a body.
func excerpt(body []byte) string {
	if len(body) == 0 {
		return "an empty body"
	}
	return truncate.Quote(string(body), maxExcerptBytes)
}
