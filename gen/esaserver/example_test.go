package esaserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaserver"
)

// oneSite implements one rule. The others are not implemented.
type oneSite struct {
	esaserver.Unimplemented[echo.Context]
}

func (oneSite) GetSite(_ echo.Context, in esaapi.GetSiteParams) (*esaapi.GetSiteResponseBody, error) {
	if in.SiteID != 1234567890123 {
		return nil, esaerrors.SiteNotFoundWebsite
	}
	return &esaapi.GetSiteResponseBody{RequestID: "7C6F5B1E"}, nil
}

// Programs can implement the generated rules and serve them with echo. Such a program
// authenticates its callers itself; the server of this module does it for its rules.
func Example() {
	handlers := esaserver.Handlers(esaserver.Stub[echo.Context]{
		Rules:   oneSite{},
		Call:    func(ctx echo.Context) echo.Context { return ctx },
		Respond: func(ctx echo.Context, body any) error { return ctx.JSON(http.StatusOK, body) },
	})
	e := echo.New()
	e.Any("/", func(ctx echo.Context) error {
		handler, ok := handlers[ctx.Request().Header.Get("X-Acs-Action")]
		if !ok {
			return echo.ErrNotFound
		}
		err := handler(ctx)
		if row, ok := errors.AsType[*esaerrors.Error](err); ok {
			return ctx.JSON(row.Status, esaapi.Error{Code: row.Code, Message: row.Message, RequestID: "7C6F5B1E"})
		}
		return err
	})
	server := httptest.NewServer(e)
	defer server.Close()

	c, err := client.New(client.WithEndpoint(server.URL), client.WithCredentials(client.StaticCredentials("testid", "testsecret")))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.GetSite(context.Background(), client.GetSiteInput{SiteID: 1})
	fmt.Println(errors.Is(err, esaerrors.SiteNotFoundWebsite))
	out, err := c.GetSite(context.Background(), client.GetSiteInput{SiteID: 1234567890123})
	fmt.Println(out.RequestID, err)
	// Output:
	// true
	// 7C6F5B1E <nil>
}
