package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
)

// Client is a client under test.
type Client struct {
	Name    string
	Adapter Adapter
	// Lacks says why the client has no way to make a call; empty where it has
	// one. Nil is a client that can make every call. A client that makes a call
	// which it is said to lack fails.
	Unsupported func(adapters.Request) string
	// Known are the failures that the client is known to have.
	Known []Known
}

// Adapter makes calls; *process.Process is one.
type Adapter interface {
	Call(ctx context.Context, request adapters.Request) (adapters.Result, error)
}

// Target is a running server.
type Target struct {
	Endpoint string
	// Journal finds what the server says of a request, by the id in its answer.
	Journal func(ctx context.Context, requestID string) ([]Entry, error)
}

// Entry is what the journal of the server says of a request.
type Entry struct {
	Method   string `json:"method"`
	Scheme   string `json:"scheme"`
	SiteID   string `json:"site_id"`
	Status   int    `json:"status"`
	Rule     string `json:"rule"`
	Scenario string `json:"scenario"`
}

// acceptedRule is the rule of a request that was carried out.
const acceptedRule = "Accepted"

// patience is how long an adapter may take for one call. It is longer than the
// client's own time-out.
const patience = 30 * time.Second

// Run puts a client in each situation, by each of its ways, and records the
// verdicts.
func Run(ctx context.Context, client Client, target Target, situations []Case, matrix *Matrix) {
	for _, situation := range situations {
		for _, n := range client.ways(situation) {
			way := situation.Variants[n]
			lacking, err := run(ctx, client, target, situation, way, n)
			if lacking && err == nil {
				matrix.Lack(situation.Name, client.Name)
				continue
			}
			matrix.Record(client, situation.Name, way.String(), err)
		}
	}
}

// ways gives the numbers of the ways that a client is put through.
func (c Client) ways(s Case) []int {
	var all []int
	for n, way := range s.Variants {
		if s.AnyVariant && c.Has(way, s.Parameters) {
			return []int{n}
		}
		all = append(all, n)
	}
	if s.AnyVariant {
		return all[:1] // it lacks them all alike
	}
	return all
}

// Has tells whether the client has a way to make a call.
func (c Client) Has(way Variant, parameters map[string]string) bool {
	return c.unsupported(way.request("", "", parameters)) == ""
}

// run makes one call, after the one that must come before it.
func run(ctx context.Context, client Client, target Target, s Case, way Variant, n int) (lacking bool, err error) {
	id := fmt.Sprintf("%s | %s", s.Name, way)
	request := way.request(id, target.Endpoint, numbered(n, s.Parameters))
	if lack := client.unsupported(request); lack != "" {
		return true, client.mustLack(ctx, request, lack)
	}
	if s.Setup != nil {
		first := way.request(id+" | first", target.Endpoint, numbered(n, s.Setup))
		result, err := client.call(ctx, first)
		if err != nil {
			return false, err
		}
		if !result.OK {
			return false, fmt.Errorf("the call before it was not accepted: %s", describe(result))
		}
	}
	result, err := client.call(ctx, request)
	if err != nil {
		return false, err
	}
	return false, judge(ctx, target, s, way, n, result)
}

func (c Client) unsupported(request adapters.Request) string {
	if c.Unsupported == nil {
		return ""
	}
	return c.Unsupported(request)
}

// mustLack holds the client to what is said of it.
func (c Client) mustLack(ctx context.Context, request adapters.Request, lack string) error {
	result, err := c.call(ctx, request)
	if err != nil {
		return err
	}
	if result.OK || result.Error.Kind != adapters.KindUnsupported {
		return fmt.Errorf("made a call that it is said to lack (%s): %s", lack, describe(result))
	}
	return nil
}

func (c Client) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.Adapter.Call(ctx, request)
}

// HTTPJournal asks the administration of a server, at a base address such as
// http://127.0.0.1:8081.
func HTTPJournal(admin string) func(ctx context.Context, requestID string) ([]Entry, error) {
	return func(ctx context.Context, requestID string) (entries []Entry, err error) {
		address := admin + "/journal?request_id=" + url.QueryEscape(requestID)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("ask the journal: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("ask the journal: %w", err)
		}
		defer func() {
			if closing := response.Body.Close(); err == nil && closing != nil {
				err = fmt.Errorf("ask the journal: %w", closing)
			}
		}()
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("ask the journal: HTTP status %s", response.Status)
		}
		if err := json.NewDecoder(response.Body).Decode(&entries); err != nil {
			return nil, fmt.Errorf("ask the journal: %w", err)
		}
		return entries, nil
	}
}
