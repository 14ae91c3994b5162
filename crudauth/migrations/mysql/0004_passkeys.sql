-- Passkeys. The hash of the id of a credential is unique, since an index takes no 1,023 bytes everywhere. Times are
-- milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_passkeys (
    id              VARBINARY(36)   NOT NULL PRIMARY KEY,
    users           VARBINARY(190)  NOT NULL,
    owner           VARBINARY(1024) NOT NULL,
    credential_hash VARBINARY(32)   NOT NULL,
    credential_id   VARBINARY(1023) NOT NULL,
    public_key      VARBINARY(2048) NOT NULL,
    sign_count      BIGINT          NOT NULL,
    user_verified   BOOLEAN         NOT NULL,
    backup_eligible BOOLEAN         NOT NULL,
    backed_up       BOOLEAN         NOT NULL,
    transports      VARBINARY(255),
    aaguid          VARBINARY(16)   NOT NULL,
    attachment      VARBINARY(32),
    name            VARBINARY(255)  NOT NULL,
    created_at      BIGINT          NOT NULL,
    last_used_at    BIGINT,
    UNIQUE (users, credential_hash),
    INDEX crudauth_passkeys_owner (users, owner, id)
) ENGINE = InnoDB;
