package suite

import (
	"bytes"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseDocument gives the one document of a file; nil if it has none. What is
// wrong goes to problems.
func parseDocument(name string, data []byte, problems *Problems) ast.Node {
	if !utf8.Valid(data) {
		*problems = append(*problems, Problem{File: name, Message: "the file is not valid UTF-8"})
		return nil
	}
	// Some editors begin a file with a byte order mark.
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0)
	if err != nil {
		problems.addYAML(name, nil, err)
		return nil
	}
	var root ast.Node
	for _, document := range file.Docs {
		switch {
		case document.Body == nil, document.Body.Type() == ast.CommentType:
		case root == nil:
			root = document.Body
		default:
			problems.addAt(name, document.Body, "a second document; there may be only one")
		}
	}
	return root
}
