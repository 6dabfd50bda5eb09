package explorer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/esacert/esacert/server/internal/explorer"
)

func ExampleNew() {
	page, err := explorer.New(explorer.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle(explorer.Path, page)

	response := httptest.NewRecorder()
	mux.ServeHTTP(response, httptest.NewRequest("GET", "/explorer/", nil))
	fmt.Println(response.Code, response.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
