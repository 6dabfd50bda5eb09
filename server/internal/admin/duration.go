package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// duration is a time.Duration whose JSON is a string, for example "60s".
type duration time.Duration

// MarshalJSON writes the form of time.Duration.String, for example "1m0s".
func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what time.ParseDuration reads.
func (d *duration) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("a duration is a string with a unit, for example \"60s\" or \"500ms\", not %s", data)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a duration: want a number with a unit, for example \"60s\" or \"500ms\"", s)
	}
	*d = duration(parsed)
	return nil
}

// either returns the duration of a key or of its deprecated numeric key. A body
// may contain both if they agree.
func either(key string, d duration, oldKey string, number int64, unit time.Duration) (time.Duration, error) {
	old := time.Duration(number) * unit
	switch {
	case number != 0 && old/unit != time.Duration(number):
		return 0, fmt.Errorf("%s: %d is too large", oldKey, number)
	case d == 0:
		return old, nil
	case number != 0 && old.Truncate(unit) != time.Duration(d).Truncate(unit):
		return 0, errors.New(key + " and " + oldKey + " are both set, and differ: set " + key + " alone")
	}
	return time.Duration(d), nil
}
