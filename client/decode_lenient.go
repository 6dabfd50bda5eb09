package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// decodeBody decodes a body into a generated type. If a field has another type
// than documented, it decodes the normalized body instead.
func decodeBody[T any](raw []byte, empty T) (T, error) {
	body := empty
	err := json.Unmarshal(raw, &body)
	if _, mismatch := errors.AsType[*json.UnmarshalTypeError](err); !mismatch {
		return body, err
	}
	body = empty
	return body, json.Unmarshal(normalize(raw), &body)
}

// normalize converts the deviations from the documented types that are known: a
// page of the vendor shows Id without quotes, codes were seen as numbers, and
// the vendor's typed SDKs accept TotalCount as a string. It returns a body that
// it cannot read unchanged.
func normalize(raw []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if decoder.Decode(&tree) != nil {
		return raw
	}
	normalized, err := json.Marshal(normalizeValue("", tree))
	if err != nil {
		return raw
	}
	return normalized
}

// normalizeValue converts the value of the named field and everything in it.
func normalizeValue(name string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			if value[key] = normalizeValue(key, member); strings.EqualFold(key, "AccessDeniedDetail") && !isDetail(value[key]) {
				delete(value, key)
			}
		}
	case []any:
		for i, item := range value {
			value[i] = normalizeValue("", item)
		}
	case json.Number:
		if !strings.EqualFold(name, "TotalCount") {
			return value.String()
		}
	case string:
		if count, err := strconv.ParseInt(value, 10, 64); err == nil && strings.EqualFold(name, "TotalCount") {
			return count
		}
	}
	return value
}

// isDetail reports whether a value decodes as the detail of a denial. The detail
// is optional: one that does not decode must not hide the error around it.
func isDetail(value any) bool {
	raw, err := json.Marshal(value)
	return err == nil && json.Unmarshal(raw, new(esaapi.AccessDeniedDetail)) == nil
}
