package explorer_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/esacert/esacert/server/explorer"
)

// The page on a listener of one's own, without log and applications.
func Example() {
	page, err := explorer.New(explorer.Options{Settings: func() explorer.Settings {
		return explorer.Settings{Scenarios: map[string]string{"SiteNotFound": "900000000001"}}
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle(explorer.Path, page)

	for _, path := range []string{"", "settings.json"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, explorer.Path+path, nil))
		body, err := io.ReadAll(io.LimitReader(w.Body, 64))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d %s %.15s\n", w.Code, w.Header().Get("Content-Type"), body)
	}
	// Output:
	// 200 text/html; charset=utf-8 <!doctype html>
	// 200 application/json {"data":false,"
}
