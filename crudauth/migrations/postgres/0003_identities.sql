-- Accounts at providers. `linked_provider` is NULL once a link was removed, so that a user has one link of each
-- provider. `users` is the name of the users table, since the ids of two tables are not the same users, and `epoch` the
-- credential epoch of the user at the time. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_identities (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    users           TEXT             NOT NULL,
    owner           TEXT             NOT NULL,
    issuer          TEXT             NOT NULL,
    subject         TEXT             NOT NULL,
    provider        TEXT             NOT NULL,
    linked_provider TEXT,
    email           TEXT,
    linked_at       BIGINT           NOT NULL,
    last_used_at    BIGINT,
    removed_at      BIGINT,
    epoch           BIGINT,
    tokens          BYTEA,
    UNIQUE (users, issuer, subject),
    UNIQUE (users, owner, linked_provider)
);

CREATE INDEX crudauth_identities_owner ON crudauth_identities (users, owner, id);
