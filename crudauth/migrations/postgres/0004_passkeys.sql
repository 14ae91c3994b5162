-- Passkeys. The hash of the id of a credential is unique, since an index takes no 1,023 bytes everywhere. Times are
-- milliseconds since the Unix epoch.
CREATE TABLE crudauth_passkeys (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    users           TEXT             NOT NULL,
    owner           TEXT             NOT NULL,
    credential_hash BYTEA            NOT NULL,
    credential_id   BYTEA            NOT NULL,
    public_key      BYTEA            NOT NULL,
    sign_count      BIGINT           NOT NULL,
    user_verified   BOOLEAN          NOT NULL,
    backup_eligible BOOLEAN          NOT NULL,
    backed_up       BOOLEAN          NOT NULL,
    transports      TEXT,
    aaguid          BYTEA            NOT NULL,
    attachment      TEXT,
    name            TEXT             NOT NULL,
    created_at      BIGINT           NOT NULL,
    last_used_at    BIGINT,
    UNIQUE (users, credential_hash)
);

CREATE INDEX crudauth_passkeys_owner ON crudauth_passkeys (users, owner, id);
