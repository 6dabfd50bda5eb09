package operations

// Exported for the fuzz tests.
var (
	ParseChain     = parseChain
	ParseKey       = parseKey
	ParseTagFilter = parseTagFilter
)
