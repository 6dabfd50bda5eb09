// Package docpath formats paths of values in a document, for example
// accounts[0].sites[2].plan.
package docpath

import (
	"strconv"
	"strings"
)

// Member extends a path by the name of a member; the path of the document may be "".
// Names with special characters are in single quotes.
func Member(path, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]*$'\" \t\r\n\\") {
		name = "'" + strings.ReplaceAll(name, "'", `\'`) + "'"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// Item extends a path by the index of an item, from 0.
func Item(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }
