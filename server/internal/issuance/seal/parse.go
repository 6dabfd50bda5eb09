package seal

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const maxNumber = math.MaxUint32

// FileError reports an invalid key file. It contains no key material.
type FileError struct {
	File   string
	Line   int // from 1; 0 for the whole file
	Reason string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("seal: key file %s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("seal: key file %s, line %d: %s", e.File, e.Line, e.Reason)
}

// parse parses a key file.
func parse(file string, content []byte) (map[uint32][]byte, error) {
	keys, lines := make(map[uint32][]byte), make(map[uint32]int)
	at := 0
	for line := range strings.Lines(string(content)) {
		at++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		number, key, reason := parseLine(line)
		if reason == "" && lines[number] != 0 {
			reason = fmt.Sprintf("the number %d is on line %d already", number, lines[number])
		}
		if reason != "" {
			return nil, &FileError{File: file, Line: at, Reason: reason}
		}
		keys[number], lines[number] = key, at
	}
	if len(keys) == 0 {
		return nil, &FileError{File: file, Reason: "no key found"}
	}
	return keys, nil
}

// parseLine parses one key, or returns the reason why it is invalid.
func parseLine(line string) (number uint32, key []byte, reason string) {
	fields := strings.Fields(line)
	if len(fields) != 2 {
		return 0, nil, fmt.Sprintf("it has %d fields: a number and a key in Base64 are needed", len(fields))
	}
	n, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil || n == 0 {
		// The field is not quoted: it might be a key without a number.
		return 0, nil, fmt.Sprintf("the first field is not a number from 1 to %d", uint32(maxNumber))
	}
	key, err = base64.StdEncoding.Strict().DecodeString(fields[1])
	if err != nil {
		return 0, nil, fmt.Sprintf("the key of number %d is not Base64", n)
	}
	if len(key) != keyBytes {
		return 0, nil, fmt.Sprintf("the key of number %d has %d bytes: it must have %d", n, len(key), keyBytes)
	}
	return uint32(n), key, ""
}
