-- What expires: sessions, one-time tokens, challenges. Times are milliseconds since the Unix epoch.
-- The values are too large for a table without row ids to pay.
CREATE TABLE crudauth_state (
    key        TEXT    NOT NULL PRIMARY KEY,
    value      BLOB    NOT NULL,
    owner      TEXT,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX crudauth_state_owner ON crudauth_state (owner) WHERE owner IS NOT NULL;
CREATE INDEX crudauth_state_expires_at ON crudauth_state (expires_at);

-- Counters of attempts and the like.
CREATE TABLE crudauth_counters (
    key        TEXT    NOT NULL PRIMARY KEY,
    count      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX crudauth_counters_expires_at ON crudauth_counters (expires_at);
