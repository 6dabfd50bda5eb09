package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Nonces are stored in blocks: the nonces of one access key in a group of writes,
// or in a call of SaveNonces, are one row. 25,000 nonces of a key are one insert.
const (
	nonceBytes = len(store.NonceKey{}) + 8 // the key, then the time in seconds, big endian

	// maxBlockNonces limits what is read and written at a time: 786 KB.
	maxBlockNonces = 1 << 15

	// nonceReadBytes is the size of nonces read before they are yielded.
	nonceReadBytes = 1 << 20

	// forgetRows is the number of rows deleted in one transaction, so that other
	// operations can write in between.
	forgetRows = 128
)

// SaveNonces implements store.Store.
func (s *database) SaveNonces(ctx context.Context, nonces []store.Nonce) error {
	return wrapError("save nonces", s.writer.write(ctx, saveNonces(nonces)))
}

type saveNonces []store.Nonce

func (n saveNonces) size() int { return 1 + len(n)/maxBlockNonces }

func (n saveNonces) run(_ context.Context, t *tx) (refusal, err error) {
	t.nonces = append(t.nonces, n...)
	return nil, nil
}

// insertNonces reorders the slice.
func insertNonces(ctx context.Context, c *conn, nonces []store.Nonce) error {
	if ownedByFirst(nonces) < len(nonces) {
		slices.SortStableFunc(nonces, compareOwners)
	}
	for len(nonces) > 0 {
		n := ownedByFirst(nonces)
		for some := range slices.Chunk(nonces[:n], maxBlockNonces) {
			expires, block := packNonces(some)
			if _, err := c.exec(ctx, sqlInsertNonces, expires, some[0].Account, some[0].AccessKeyID, block); err != nil {
				return err
			}
		}
		nonces = nonces[n:]
	}
	return nil
}

func compareOwners(a, b store.Nonce) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.AccessKeyID, b.AccessKeyID))
}

// ownedByFirst returns the number of leading nonces of the same key.
func ownedByFirst(nonces []store.Nonce) int {
	for i := range nonces {
		if nonces[i].AccessKeyID != nonces[0].AccessKeyID || nonces[i].Account != nonces[0].Account {
			return i
		}
	}
	return len(nonces)
}

// packNonces returns a block and the second in which its last nonce expires.
func packNonces(nonces []store.Nonce) (expires int64, block []byte) {
	expires = math.MinInt64
	block = make([]byte, 0, len(nonces)*nonceBytes)
	for _, n := range nonces {
		at := roundUp(n.Expires) // to keep one a little longer is harmless
		expires = max(expires, at)
		block = append(block, n.Key[:]...)
		block = binary.BigEndian.AppendUint64(block, uint64(at))
	}
	return expires, block
}

// roundUp is the first whole second, since 1970, that is not before t.
func roundUp(t time.Time) int64 { return storerules.WholeSecond(t).Unix() }

// nonceBlock is a row of nonces.
type nonceBlock struct {
	account, accessKeyID string
	packed               []byte // by packNonces: a multiple of nonceBytes long
}

// unpack calls yield with the nonces of a block that expire after now.
func (b nonceBlock) unpack(now time.Time, yield func(store.Nonce) error) error {
	for one := range slices.Chunk(b.packed, nonceBytes) {
		n := store.Nonce{
			Key: store.NonceKey(one[:16]), Expires: time.Unix(int64(binary.BigEndian.Uint64(one[16:])), 0).UTC(),
			Account: b.account, AccessKeyID: b.accessKeyID,
		}
		if !n.Expires.After(now) {
			continue
		}
		if err := yield(n); err != nil {
			return err
		}
	}
	return nil
}

// Nonces implements store.Store. It reads some blocks and releases the connection
// before calling yield, which may therefore be slow and may use the store.
func (s *database) Nonces(ctx context.Context, now time.Time, yield func(store.Nonce) error) error {
	for after := int64(0); ; {
		blocks, last, err := s.readNonces(ctx, after, now)
		if err != nil {
			return wrapError("read nonces", err)
		}
		if len(blocks) == 0 {
			return nil
		}
		after = last
		for _, block := range blocks {
			if err := block.unpack(now, yield); err != nil {
				return err
			}
		}
	}
}

// readNonces reads some of the blocks after an ID, in the order of their IDs, and
// returns the last ID.
func (s *database) readNonces(ctx context.Context, after int64, now time.Time) (blocks []nonceBlock, last int64, err error) {
	size := 0
	err = s.withReader(ctx, func(c *conn) error {
		// Expiries are whole seconds: those after now are those after its second.
		return c.query(ctx, sqlNonces, []any{after, now.Unix()}, func(row []driver.Value) error {
			r := rowScanner{row: row}
			last = r.integer()
			block := nonceBlock{account: r.text(), accessKeyID: r.text(), packed: r.blob()}
			if len(block.packed)%nonceBytes != 0 {
				return fmt.Errorf("%w: a block of nonces has %d bytes", ErrCorrupt, len(block.packed))
			}
			blocks = append(blocks, block)
			if size += len(block.packed); size >= nonceReadBytes && r.err == nil {
				return errStopScan
			}
			return r.err
		})
	})
	return blocks, last, err
}

// DeleteExpiredNonces implements store.Store. A block is deleted when its last
// nonce has expired.
func (s *database) DeleteExpiredNonces(ctx context.Context, now time.Time) error {
	for {
		op := &deleteExpiredNonces{before: roundUp(now)}
		if err := s.writer.write(ctx, op); err != nil {
			return wrapError("forget nonces", err)
		}
		if op.deleted < forgetRows {
			return nil
		}
	}
}

type deleteExpiredNonces struct {
	before  int64
	deleted int64
}

func (f *deleteExpiredNonces) size() int { return forgetRows }

func (f *deleteExpiredNonces) run(ctx context.Context, t *tx) (refusal, err error) {
	if err := t.raiseHorizon(ctx, f.before); err != nil {
		return nil, err
	}
	f.deleted, err = t.conn.exec(ctx, sqlDeleteExpiredNonces, f.before, int64(forgetRows))
	return nil, err
}
