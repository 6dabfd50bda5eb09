package sqlite

// applicationID marks a database file as one of this package (SQLite keeps it
// in the file's header, at offset 68). It reads "ESAc".
const applicationID = 0x45534163

// migrations lists the steps from an empty database to the present schema. The
// number of steps that a database has had is its version (PRAGMA user_version).
// A step that was released is never edited: a change is a new step at the end.
func migrations() []string { return []string{version1} }

// The partial unique index is the rule that a name has one pending application
// per site; it holds the pending ones alone and so stays small.
//
// The counters are what the quotas are checked against: counting rows would
// take longer with each application.
//
// A row of nonces is a block of them (see nonces.go) and the time when the last
// one of the block expires. Blocks and not columns of applications, because a
// nonce lives for minutes and an application for ever.
const version1 = `
CREATE TABLE applications (
	id         INTEGER PRIMARY KEY,
	account    TEXT    NOT NULL,
	site       INTEGER NOT NULL,
	domain     TEXT    NOT NULL,
	type       TEXT    NOT NULL,
	plan       TEXT    NOT NULL,
	family     TEXT    NOT NULL,
	records    INTEGER NOT NULL,
	status     TEXT    NOT NULL,
	request_id TEXT    NOT NULL,
	created    INTEGER NOT NULL, -- microseconds since 1970
	updated    INTEGER NOT NULL  -- microseconds since 1970
) STRICT;

CREATE UNIQUE INDEX applications_pending ON applications (account, site, domain) WHERE status = 'Applying';

CREATE INDEX applications_site ON applications (account, site);

CREATE TABLE quota_used (
	account TEXT    NOT NULL,
	plan    TEXT    NOT NULL,
	family  TEXT    NOT NULL,
	used    INTEGER NOT NULL CHECK (used >= 0),
	PRIMARY KEY (account, plan, family)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_used (
	account TEXT    NOT NULL,
	site    INTEGER NOT NULL,
	used    INTEGER NOT NULL CHECK (used >= 0),
	PRIMARY KEY (account, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE nonces (
	id      INTEGER PRIMARY KEY,
	expires INTEGER NOT NULL, -- seconds since 1970
	block   BLOB    NOT NULL
) STRICT;

CREATE INDEX nonces_expires ON nonces (expires);
`
