-- API keys, by their keyed digests. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_api_keys (
    id                TEXT    NOT NULL PRIMARY KEY,
    users             TEXT    NOT NULL,
    owner             TEXT    NOT NULL,
    digest            BLOB    NOT NULL,
    name              TEXT    NOT NULL,
    prefix            TEXT    NOT NULL,
    last_four         TEXT    NOT NULL,
    scopes            TEXT    NOT NULL,
    epoch             INTEGER,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER,
    revoked_at        INTEGER,
    last_used_at      INTEGER,
    last_used_address TEXT,
    UNIQUE (users, digest)
) STRICT;

CREATE INDEX crudauth_api_keys_owner ON crudauth_api_keys (users, owner, id);
