-- Accounts at providers. `linked_provider` is NULL once a link was removed, so that a user has one link of each
-- provider. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_identities (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner           TEXT    NOT NULL,
    issuer          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    linked_provider TEXT,
    email           TEXT,
    linked_at       INTEGER NOT NULL,
    last_used_at    INTEGER,
    removed_at      INTEGER,
    tokens          BLOB,
    UNIQUE (issuer, subject),
    UNIQUE (owner, linked_provider)
) STRICT;

CREATE INDEX crudauth_identities_owner ON crudauth_identities (owner, id);
