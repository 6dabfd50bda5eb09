package explorer

// ToJSON converts a YAML document to JSON.
func ToJSON(content []byte) ([]byte, error) { return toJSON(content) }
