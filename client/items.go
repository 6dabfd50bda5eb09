package client

import "iter"

// Items returns an iterator over items, which yields err after them if it is not nil, as
// ListCertificatesAll and ListSitesAll do. It is for implementations of API.
func Items[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}
