package serverrunner

import (
	"errors"
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// tamperRequest changes a signed request. It returns an error if there is nothing to
// change, because the case would then test something else.
func tamperRequest(r *wireRequest, s suite.Tamper) error {
	switch {
	case s.DropHeader != "":
		if !r.drop(s.DropHeader) {
			return fmt.Errorf("drop header %s: request has no such header", s.DropHeader)
		}
	case s.SetHeader != nil:
		r.set(s.SetHeader.Name, s.SetHeader.Value)
	case s.AddHeader != nil:
		r.header = append(r.header, *s.AddHeader)
	case s.Replace != nil:
		return replaceIn(r, s.Replace)
	case s.Method != "":
		r.method = s.Method
	default:
		return errors.New("change is empty")
	}
	return nil
}

// replaceIn replaces the first occurrence of a string in query, body or
// Authorization header.
func replaceIn(r *wireRequest, p *suite.Parameter) error {
	old, by, err := suite.ParseReplacement(p.Value)
	if err != nil {
		return err
	}
	var in string
	switch p.Name {
	case "query":
		in = r.query
	case "body":
		in = r.body
	case "authorization":
		in, _ = r.get("Authorization")
	default:
		return fmt.Errorf("replace in %q: want query, body or authorization", p.Name)
	}
	if !strings.Contains(in, old) {
		return fmt.Errorf("replace in %s: %q not found", p.Name, old)
	}
	changed := strings.Replace(in, old, by, 1)
	switch p.Name {
	case "query":
		r.query = changed
	case "body":
		r.body = changed
	default:
		r.set("Authorization", changed)
	}
	return nil
}
