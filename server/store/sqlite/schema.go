package sqlite

// applicationID marks a database file as one of this package (SQLite keeps it
// in the file's header, at offset 68). It reads "ESAc".
const applicationID = 0x45534163

// migrations lists the steps from an empty database to the present schema. The
// number of steps that a database has had is its version (PRAGMA user_version).
// A step that was released is never edited: a change is a new step at the end.
func migrations() []string {
	return []string{version1, version2, version3, version4, version5, version6}
}

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

// version2 adds the tables and columns for issuing certificates.
//
// The column due is the time of the next step, or NULL if no step follows; the
// partial index on it is the queue. Orders and certificates have separate tables,
// because they are large and created late: the row of an application stays short.
// A table counts the Issued and Failed applications. The rest are Applying: IDs
// have no gaps and rows are never deleted, so the IDs show the total, and Apply
// updates no counter.
const version2 = `
ALTER TABLE applications ADD COLUMN due      INTEGER; -- microseconds since 1970
ALTER TABLE applications ADD COLUMN attempt  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN leased   INTEGER NOT NULL DEFAULT 0; -- the attempt that holds a lease, or 0
ALTER TABLE applications ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN retries  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN problem  TEXT; -- JSON

UPDATE applications SET due = updated WHERE status = 'Applying';

CREATE INDEX applications_due ON applications (due) WHERE due IS NOT NULL;

-- For the query whether a newer certificate has the same name.
CREATE INDEX applications_issued ON applications (account, site, domain) WHERE status = 'Issued';

CREATE TABLE orders (
	application INTEGER PRIMARY KEY,
	domain      TEXT    NOT NULL,
	authority   TEXT    NOT NULL,
	url         TEXT    NOT NULL,
	sealed_key  BLOB    NOT NULL,
	created     INTEGER NOT NULL -- microseconds since 1970
) STRICT;

CREATE INDEX orders_domain ON orders (domain, created);

CREATE TABLE certificates (
	application INTEGER PRIMARY KEY,
	authority   TEXT    NOT NULL,
	chain       BLOB    NOT NULL,
	sealed_key  BLOB    NOT NULL,
	serial      TEXT    NOT NULL,
	issuer      TEXT    NOT NULL,
	fingerprint TEXT    NOT NULL,
	not_before  INTEGER NOT NULL, -- microseconds since 1970, as the two below
	not_after   INTEGER NOT NULL,
	issued      INTEGER NOT NULL,
	renewals    INTEGER NOT NULL,
	delivered   INTEGER NOT NULL, -- 0 or 1
	retired     INTEGER NOT NULL  -- 0 or 1; 1 too when the application has failed since
) STRICT;

CREATE INDEX certificates_expiry ON certificates (not_after) WHERE retired = 0;

CREATE TABLE rates (
	key  TEXT    NOT NULL PRIMARY KEY,
	full INTEGER NOT NULL -- when the rate is full again, microseconds since 1970
) STRICT, WITHOUT ROWID;

CREATE INDEX rates_full ON rates (full);

CREATE TABLE authority_accounts (
	authority  TEXT    NOT NULL PRIMARY KEY,
	sealed_key BLOB    NOT NULL,
	url        TEXT    NOT NULL, -- empty before the account was registered
	created    INTEGER NOT NULL  -- microseconds since 1970
) STRICT, WITHOUT ROWID;

CREATE TABLE ended_counts (
	status TEXT    NOT NULL PRIMARY KEY,
	n      INTEGER NOT NULL CHECK (n >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO ended_counts
	SELECT s.status, (SELECT count(*) FROM applications a WHERE a.status = s.status)
	FROM (SELECT 'Issued' AS status UNION ALL SELECT 'Failed') s;
`

// version3 adds the parameter AlgType. Applications from before have none.
const version3 = `
ALTER TABLE applications ADD COLUMN alg_type TEXT NOT NULL DEFAULT '';
`

// version4 lets the marks of the sealed keys be found without reading each key
// (storerules.SealedMark). Accounts are few, and need no index.
const version4 = `
CREATE INDEX orders_mark ON orders (substr(sealed_key, 1, 5));

CREATE INDEX certificates_mark ON certificates (substr(sealed_key, 1, 5));
`

// version5 adds whose nonces a block holds, so that they count for the shares of
// the right keys after a restart, and the time up to which nonces were forgotten.
// Blocks of earlier versions belong to the empty account.
const version5 = `
ALTER TABLE nonces ADD COLUMN account    TEXT NOT NULL DEFAULT '';
ALTER TABLE nonces ADD COLUMN access_key TEXT NOT NULL DEFAULT '';

CREATE TABLE nonce_horizon (
	id     INTEGER PRIMARY KEY CHECK (id = 1),
	second INTEGER NOT NULL -- since 1970; it only rises, unless an operator lowers it
) STRICT;
`

// version6 adds what the operations around ApplyCertificate need: names and regions of
// uploaded certificates, the states Canceled and Deleted, and the use of each quota by site.
// What an operator canceled before was Failed. The index of the applications of a
// site leaves out deleted ones, which would slow down its lists.
//
// A problem that is not JSON does not stop the migration: reading it reports it.
const version6 = `
ALTER TABLE applications ADD COLUMN name  TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN names TEXT NOT NULL DEFAULT ''; -- separated by commas
ALTER TABLE applications ADD COLUMN region TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX applications_name ON applications (account, site, name) WHERE name <> '' AND status = 'Issued';

DROP INDEX applications_site;
CREATE INDEX applications_shown ON applications (account, site) WHERE status <> 'Deleted';

UPDATE applications SET status = 'Canceled'
	WHERE status = 'Failed' AND CASE WHEN json_valid(problem) THEN json_extract(problem, '$.type') = 'urn:esacert:error:canceled' END;

INSERT INTO ended_counts SELECT 'Canceled', count(*) FROM applications WHERE status = 'Canceled';
INSERT INTO ended_counts VALUES ('Deleted', 0);
UPDATE ended_counts SET n = n - (SELECT n FROM ended_counts WHERE status = 'Canceled') WHERE status = 'Failed';

CREATE TABLE site_usage (
	account TEXT    NOT NULL,
	plan    TEXT    NOT NULL,
	family  TEXT    NOT NULL,
	site    INTEGER NOT NULL,
	used    INTEGER NOT NULL CHECK (used >= 0),
	PRIMARY KEY (account, plan, family, site)
) STRICT, WITHOUT ROWID;

INSERT INTO site_usage
	SELECT account, plan, family, site, count(*) FROM applications WHERE status IN ('Applying', 'Issued') GROUP BY 1, 2, 3, 4;
`
