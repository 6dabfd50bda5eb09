package operations

import (
	"math"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

const maxPageSize = 500

// page is a page of a list.
type page struct{ number, size int64 }

// newPage checks the parameters PageNumber and PageSize; nil means the default.
func newPage(number, size *int64, defaultSize int64) (page, error) {
	p := page{1, defaultSize}
	if number != nil {
		p.number = *number
	}
	if size != nil {
		p.size = *size
	}
	switch {
	case p.number < 1:
		return page{}, refusal.New(esaerrors.InvalidPageNumber, "PageNumber is %d, want 1 or more", p.number)
	case p.size < 1 || p.size > maxPageSize:
		return page{}, refusal.New(esaerrors.InvalidPageSize, "PageSize is %d, want 1 to %d", p.size, maxPageSize)
	}
	return p, nil
}

// before returns the number of items on earlier pages, or more than any list has.
func (p page) before() int64 {
	if p.number-1 > math.MaxInt64/p.size {
		return math.MaxInt64
	}
	return (p.number - 1) * p.size
}

// offset returns the number of items before the page, at most total.
func (p page) offset(total int64) int64 {
	return min(p.before(), total)
}
