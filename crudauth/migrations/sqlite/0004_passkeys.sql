-- Passkeys. The hash of the id of a credential is unique, since an index takes no 1,023 bytes everywhere. Times are
-- milliseconds since the Unix epoch.
CREATE TABLE crudauth_passkeys (
    id              TEXT    NOT NULL PRIMARY KEY,
    users           TEXT    NOT NULL,
    owner           TEXT    NOT NULL,
    credential_hash BLOB    NOT NULL,
    credential_id   BLOB    NOT NULL,
    public_key      BLOB    NOT NULL,
    sign_count      INTEGER NOT NULL,
    user_verified   INTEGER NOT NULL,
    backup_eligible INTEGER NOT NULL,
    backed_up       INTEGER NOT NULL,
    transports      TEXT,
    aaguid          BLOB    NOT NULL,
    attachment      TEXT,
    name            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER,
    UNIQUE (users, credential_hash)
) STRICT;

CREATE INDEX crudauth_passkeys_owner ON crudauth_passkeys (users, owner, id);
