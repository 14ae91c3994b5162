-- API keys, by their keyed digests. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_api_keys (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    users             TEXT             NOT NULL,
    owner             TEXT             NOT NULL,
    digest            BYTEA            NOT NULL,
    name              TEXT             NOT NULL,
    prefix            TEXT             NOT NULL,
    last_four         TEXT             NOT NULL,
    scopes            TEXT             NOT NULL,
    epoch             BIGINT,
    created_at        BIGINT           NOT NULL,
    expires_at        BIGINT,
    revoked_at        BIGINT,
    last_used_at      BIGINT,
    last_used_address TEXT,
    UNIQUE (users, digest)
);

CREATE INDEX crudauth_api_keys_owner ON crudauth_api_keys (users, owner, id);
