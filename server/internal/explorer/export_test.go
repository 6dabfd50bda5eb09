package explorer

// ToJSON gives the JSON of a YAML document.
func ToJSON(text []byte) ([]byte, error) { return toJSON(text) }
