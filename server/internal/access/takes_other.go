//go:build unix && !linux

package access

func takesFiles(string) error { return nil }
