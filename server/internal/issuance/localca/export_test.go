package localca

import "time"

// CheckFile reads the text of a file and checks it.
func CheckFile(text []byte, now time.Time) error {
	p, err := parsePair(text)
	if err != nil {
		return err
	}
	return p.check(now)
}

// Reparse reads an order's URL and writes it again.
func Reparse(url string) (string, error) {
	o, err := parseOrder(url)
	return o.url(), err
}
