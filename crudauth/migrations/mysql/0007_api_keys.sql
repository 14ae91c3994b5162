-- API keys, by their keyed digests. Times are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_api_keys (
    id                VARBINARY(36)   NOT NULL PRIMARY KEY,
    users             VARBINARY(190)  NOT NULL,
    owner             VARBINARY(1024) NOT NULL,
    digest            VARBINARY(32)   NOT NULL,
    name              VARBINARY(255)  NOT NULL,
    prefix            VARBINARY(32)   NOT NULL,
    last_four         VARBINARY(16)   NOT NULL,
    scopes            BLOB            NOT NULL,
    epoch             BIGINT,
    created_at        BIGINT          NOT NULL,
    expires_at        BIGINT,
    revoked_at        BIGINT,
    last_used_at      BIGINT,
    last_used_address VARBINARY(64),
    UNIQUE (users, digest),
    INDEX crudauth_api_keys_owner (users, owner, id)
) ENGINE = InnoDB;
