package signature

import (
	"slices"
	"strings"
)

// field is one header of a canonical request: its lower-case name and what was
// sent for it. A header sent once has its value in value only, which saves a
// slice for Host, which is not a list in net/http.
type field struct {
	name   string
	value  string
	values []string
}

// appendCanonicalHeaders writes the header block: name:value and a line end for
// each field, in the given order.
func appendCanonicalHeaders(dst []byte, fields []field) []byte {
	for i := range fields {
		dst = append(dst, fields[i].name...)
		dst = append(dst, ':')
		dst = appendFieldValue(dst, &fields[i])
		dst = append(dst, '\n')
	}
	return dst
}

// appendFieldValue writes a header's value without surrounding whitespace.
// Values of a header sent more than once are sorted and joined by commas, as
// the vendor's Go SDK does (its pages do not mention the case).
func appendFieldValue(dst []byte, f *field) []byte {
	if len(f.values) < 2 {
		return append(dst, strings.TrimSpace(f.value)...)
	}
	values := make([]string, len(f.values))
	for i, v := range f.values {
		values[i] = strings.TrimSpace(v)
	}
	slices.Sort(values)
	return append(dst, strings.Join(values, ",")...)
}

// appendNames writes the list of signed headers: the names joined by
// semicolons.
func appendNames(dst []byte, fields []field) []byte {
	for i := range fields {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, fields[i].name...)
	}
	return dst
}

// appendFields looks up the named headers of a message. A missing header has an
// empty value; Parse rejects those before.
func (m *Message) appendFields(dst []field, names []string) []field {
	for _, name := range names {
		f := field{name: name}
		if name == headerHost {
			f.value = m.Host
		} else if f.values = m.header(name); len(f.values) > 0 {
			f.value = f.values[0]
		}
		dst = append(dst, f)
	}
	return dst
}
