package operations

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/esacert/esacert/server/internal/excerpt"
)

// NameError reports an invalid item of a list of domain names.
type NameError struct {
	Position int    // position of the item in the list, from 1
	Item     string // item without surrounding spaces, truncated if long
	Cause    Cause  // reason, as in the row's remedy
	Reason   string // detail, for example `label 2 "_x" has the character '_'`
}

func (e *NameError) Error() string {
	return fmt.Sprintf("item %d %s is not a valid domain name: %s", e.Position, strconv.Quote(e.Item), e.Reason)
}

// ParseList parses a list of domain names separated by commas: the parameter
// Domains. It keeps the order of the list, and duplicates. The error is a
// *NameError about the first invalid item.
//
// It runs in linear time. Parsing the returned names, joined with commas, returns
// the same names.
func ParseList(raw string) ([]Name, error) {
	names := make([]Name, 0, min(strings.Count(raw, ",")+1, namesCap))
	for position := 1; ; position++ {
		item, rest, more := strings.Cut(raw, ",")
		item = strings.Trim(item, spaces)
		name, found := parse(item)
		if found != (flaw{}) {
			return nil, &NameError{Position: position, Item: truncate(item), Cause: found.cause, Reason: found.reason}
		}
		names = append(names, name)
		if !more {
			return names, nil
		}
		raw = rest
	}
}

// ParseName parses one domain name, by the same rules as ParseList. The error is
// a *NameError.
func ParseName(raw string) (Name, error) {
	item := strings.Trim(raw, spaces)
	name, found := parse(item)
	if found != (flaw{}) {
		return "", &NameError{Position: 1, Item: truncate(item), Cause: found.cause, Reason: found.reason}
	}
	return name, nil
}

const (
	// spaces lists the characters allowed around an item. Control characters,
	// tabs included, are refused.
	spaces = " "

	// namesCap limits the initial allocation to the largest list that a type
	// accepts. Otherwise a list of commas would allocate sixteen times its
	// length.
	namesCap = 50

	// maxShownBytes is the length of an item in an error.
	maxShownBytes = 80
)

// truncate shortens s to maxShownBytes.
func truncate(s string) string { return excerpt.Truncate(s, maxShownBytes) }

// parse converts one item to its normal form, or returns its flaw.
func parse(item string) (Name, flaw) {
	if item == "" {
		return "", EmptyItem.flaw("it is empty")
	}
	if !isASCII(item) {
		return parseUnicode(item)
	}
	// ToLower returns lower-case ASCII without a copy.
	item = strings.ToLower(item)
	base := strings.TrimPrefix(item, "*.")
	if found := checkName(item, base); found != (flaw{}) {
		return "", found
	}
	return Name(item), flaw{}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
