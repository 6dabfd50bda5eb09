package config

// ParseWith is Parse with other environment variables and files for secrets.
func ParseWith(data []byte, name string, env func(name string) (string, bool), readFile func(path string) ([]byte, error)) (*Config, error) {
	return parse(data, &decoder{name: name, env: env, readFile: readFile})
}
