-- What expires: sessions, one-time tokens, challenges. Times are milliseconds since the Unix epoch.
-- A key of any length, and an owner, is found by its SHA-256, since an index holds no long text.
CREATE TABLE crudauth_state (
    id         BYTEA  NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    value      BYTEA  NOT NULL,
    owner      BYTEA,
    owner_name TEXT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX crudauth_state_owner ON crudauth_state (owner) WHERE owner IS NOT NULL;
CREATE INDEX crudauth_state_expires_at ON crudauth_state (expires_at);

-- Counters of attempts and the like.
CREATE TABLE crudauth_counters (
    id         BYTEA  NOT NULL PRIMARY KEY,
    total      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX crudauth_counters_expires_at ON crudauth_counters (expires_at);
