package admin

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/http"
)

const (
	// MaxLimit is the most items that a list returns, whatever limit the request
	// has. A longer list takes several requests, each with after set to the id or
	// number of the last item of the response before.
	MaxLimit = 10_000
	// pageSize is how many items of a list are in memory at a time.
	pageSize = 200
)

// writeList writes a JSON array item by item, so that the memory it costs does not
// grow with its length. An error of the first item becomes the response; a later
// one cuts the connection, because the status has been sent.
func writeList[T any](w http.ResponseWriter, items iter.Seq2[T, error]) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	begun := false
	for item, err := range items {
		if err == nil {
			text.Reset()
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
		if _, err := w.Write(append([]byte(separator), bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)); err != nil {
			return // the caller is gone
		}
	}
	if !begun {
		write(w, http.StatusOK, []T{})
		return
	}
	_, _ = w.Write([]byte("]\n")) // the caller is gone if this fails
}
