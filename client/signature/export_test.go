package signature

// MistakeNames lists the names of a scheme's table of mistakes for the tests.
func MistakeNames(scheme Scheme) []string {
	var names []string
	for _, a := range candidates(scheme) {
		names = append(names, a.Name)
	}
	return names
}

// Explain compares two canonical requests or two strings to sign.
func Explain(ours, theirs string) Difference { return explain(ours, theirs) }
