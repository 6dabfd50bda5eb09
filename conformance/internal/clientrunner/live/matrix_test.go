package live_test

import (
	"errors"
	"fmt"

	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

func ExampleMatrix() {
	matrix := live.NewMatrix("gosdk", "node")
	for range 3 {
		matrix.Pass("accepted", "gosdk")
		matrix.Pass("accepted", "node")
	}
	matrix.Lack("accepted", "gosdk")
	matrix.Lack("form", "gosdk")
	matrix.Pass("form", "node")
	matrix.Fail("form", "node", "acs3 POST form key", errors.New("status 500, want 200"))
	matrix.Pass("größer", "gosdk")
	matrix.Pass("größer", "node")
	matrix.Known("größer", "node", "it takes ö for o")
	matrix.Known("größer", "node", "it takes ö for o")
	matrix.Known("empty", "node", "it makes up a code")
	fmt.Print(matrix)
	// Output:
	// situation  gosdk    node
	// accepted   ok 3 -1  ok 3
	// form       -1       FAIL 1 of 2
	// größer     ok 1     ok 1 known 2
	// empty      not run  known 1
	//
	// -N: N calls that the client has no way to make (2 in all)
	//
	// known N: N calls that the client is known to get wrong:
	//   node | größer: it takes ö for o
	//   node | empty: it makes up a code
	//
	// FAIL node | form | acs3 POST form key: status 500, want 200
	//
	// interop: 9 passed, 1 failed
}
