package admin

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/http"
)

const (
	// MaxLimit is the maximum number of items in a list. To page through a longer
	// list, set after to the ID or number of the last item of the previous response.
	MaxLimit = 10_000
	// pageSize is the number of items of a list in memory at a time.
	pageSize = 200
)

// writeList writes a JSON array item by item, in constant memory. An error of the
// first item becomes the response. A later error closes the connection, because
// the status has been sent.
func writeList[T any](w http.ResponseWriter, items iter.Seq2[T, error]) {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	begun := false
	for item, err := range items {
		if err == nil {
			data.Reset()
			err = encoder.Encode(item)
		}
		switch {
		case err != nil && begun:
			panic(http.ErrAbortHandler)
		case err != nil:
			writeFailure(w, err)
			return
		}
		separator := ","
		if !begun {
			begun, separator = true, "["
			w.Header().Set("Content-Type", contentJSON)
		}
		if _, err := w.Write(append([]byte(separator), bytes.TrimSuffix(data.Bytes(), []byte("\n"))...)); err != nil {
			return // the caller has disconnected
		}
	}
	if !begun {
		write(w, http.StatusOK, []T{})
		return
	}
	_, _ = w.Write([]byte("]\n")) // fails only if the caller has disconnected
}
