package localca

import "time"

// CheckFile parses the content of a file and checks it.
func CheckFile(content []byte, now time.Time) error {
	p, err := parsePair(content)
	if err != nil {
		return err
	}
	return p.check(now)
}

// Reparse parses an order's URL and formats it again.
func Reparse(url string) (string, error) {
	o, err := parseOrder(url)
	return o.url(), err
}
