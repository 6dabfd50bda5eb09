package operations

import (
	"fmt"
	"strconv"
	"strings"
)

// NameError says which item of a list of domain names is no valid name, and
// why.
type NameError struct {
	Position int    // of the item in the list, from 1
	Item     string // the item without the blanks around it, cut if it is long
	Cause    Cause  // as the row's remedy names it
	Reason   string // like `label 2 "_x" has the character '_'`
}

// Error names the item and the reason.
func (e *NameError) Error() string {
	return fmt.Sprintf("item %d %s is not a valid domain name: %s", e.Position, strconv.Quote(e.Item), e.Reason)
}

// ParseList reads a list of domain names separated by commas: the parameter
// Domains. The names come in the order of the list; a name that comes twice
// stays twice. The error is a *NameError about the first item that is not
// valid.
//
// The time it takes grows in line with the length of the list. Joining the
// names with commas gives a list that reads the same.
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

// ParseName reads one domain name, by the same rules as ParseList. The error is
// a *NameError.
func ParseName(text string) (Name, error) {
	item := strings.Trim(text, spaces)
	name, found := parse(item)
	if found != (flaw{}) {
		return "", &NameError{Position: 1, Item: truncate(item), Cause: found.cause, Reason: found.reason}
	}
	return name, nil
}

const (
	// blanks are what may stand around an item. A tab is a control character,
	// and those are refused.
	spaces = " "

	// typicalNames bounds what is set aside before the first item was looked
	// at: the largest list that a type takes. A list of mere commas would
	// otherwise make the server set aside sixteen times its length.
	namesCap = 50

	// longestShown is how much of an item an error repeats.
	maxShownBytes = 80
)

// clip cuts a text that is too long to be shown.
func truncate(text string) string {
	if len(text) <= maxShownBytes {
		return text
	}
	return text[:maxShownBytes] + "…"
}

// parse turns one item into its normal form. The flaw explains why it has none.
func parse(item string) (Name, flaw) {
	if item == "" {
		return "", EmptyItem.flaw("it is empty")
	}
	if !isASCII(item) {
		return parseUnicode(item)
	}
	// Lower gives back the same string if there is nothing to do.
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
