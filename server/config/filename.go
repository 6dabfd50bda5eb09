package config

import (
	"path/filepath"
	"strings"
	"unicode"
)

// looksLikePath reports whether the path of a secret file can be shown: it begins as
// a path does or has an extension, and no part of it looks like a secret.
func looksLikePath(reference string) bool {
	reference = filepath.ToSlash(reference)
	if strings.ContainsAny(reference, "+=") || strings.ContainsFunc(reference, unicode.IsControl) {
		return false
	}
	absolute := strings.HasPrefix(reference, "/") || strings.HasPrefix(reference, "./") || strings.HasPrefix(reference, "../") ||
		filepath.VolumeName(reference) != ""
	if !absolute && !hasExtension(reference) {
		return false
	}
	for part := range strings.FieldsFuncSeq(reference, func(r rune) bool { return strings.ContainsRune("/.-_ ", r) }) {
		if looksLikeSecret(part) {
			return false
		}
	}
	return true
}

// hasExtension reports whether a path ends in an extension, as hmac.txt does. The
// last part of a token with dots is longer.
func hasExtension(path string) bool {
	const maxBytes = 8
	extension := strings.TrimPrefix(filepath.Ext(path), ".")
	return matchesAlphabet(extension, lower+digits, maxBytes) && strings.Trim(extension, digits) != ""
}

// looksLikeSecret reports whether a part of a path is longer than a word, or mixes
// letters of both cases with digits as random strings do.
func looksLikeSecret(word string) bool {
	const maxWord, minSecret = 24, 12
	mixed := strings.ContainsAny(word, lower) && strings.ContainsAny(word, digits) && strings.ToLower(word) != word
	return len(word) > maxWord || mixed && len(word) >= minSecret
}
