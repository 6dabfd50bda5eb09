package explorer

// ToJSON converts a YAML document to JSON.
func ToJSON(text []byte) ([]byte, error) { return toJSON(text) }
