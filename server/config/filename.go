package config

import (
	"path/filepath"
	"strings"
	"unicode"
)

// looksLikePath reports whether a reference to a file of a secret can be shown: it
// begins as a path does or has an extension, and no part of it looks like a secret
// that was written in its place.
func looksLikePath(reference string) bool {
	reference = filepath.ToSlash(reference)
	if strings.ContainsAny(reference, "+=") || strings.ContainsFunc(reference, unicode.IsControl) {
		return false
	}
	begins := strings.HasPrefix(reference, "/") || strings.HasPrefix(reference, "./") || strings.HasPrefix(reference, "../") ||
		filepath.VolumeName(reference) != ""
	if !begins && !hasExtension(reference) {
		return false
	}
	for part := range strings.FieldsFuncSeq(reference, func(r rune) bool { return strings.ContainsRune("/.-_ ", r) }) {
		if looksLikeSecret(part) {
			return false
		}
	}
	return true
}

// hasExtension reports whether the last part is a name like hmac.txt. A token of
// several parts has longer ones.
func hasExtension(path string) bool {
	const longest = 8
	extension := strings.TrimPrefix(filepath.Ext(path), ".")
	return matchesAlphabet(extension, lower+digits, longest) && strings.Trim(extension, digits) != ""
}

// looksLikeSecret reports whether a word is too long for one, or mixes letters of
// both cases with digits as random text does.
func looksLikeSecret(word string) bool {
	const longestWord, shortestSecret = 24, 12
	mixed := strings.ContainsAny(word, lower) && strings.ContainsAny(word, digits) && strings.ToLower(word) != word
	return len(word) > longestWord || mixed && len(word) >= shortestSecret
}
