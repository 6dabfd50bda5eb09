package http01_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/http01"
)

func Example() {
	accounts := http01.AccountsByOrder(nil, []http01.Account{{
		Authority:  "letsencrypt",
		Thumbprint: thumbprint("9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI", nil), // of an acme.Client
	}})
	mux := http.NewServeMux()
	mux.Handle(challenge.Path, http01.New(accounts, nil))

	response := httptest.NewRecorder()
	mux.ServeHTTP(response, httptest.NewRequest("GET", "http://www.example.com/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", nil))
	fmt.Println(response.Code, response.Body)
	// Output: 200 LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
}
