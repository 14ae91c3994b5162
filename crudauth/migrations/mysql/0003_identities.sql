-- Accounts at providers. `linked_provider` is NULL once a link was removed, so that a user has one link of each
-- provider. Times are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_identities (
    id              VARBINARY(36)   NOT NULL PRIMARY KEY,
    owner           VARBINARY(1024) NOT NULL,
    issuer          VARBINARY(512)  NOT NULL,
    subject         VARBINARY(255)  NOT NULL,
    provider        VARBINARY(64)   NOT NULL,
    linked_provider VARBINARY(64),
    email           VARBINARY(320),
    linked_at       BIGINT          NOT NULL,
    last_used_at    BIGINT,
    removed_at      BIGINT,
    tokens          BLOB,
    UNIQUE (issuer, subject),
    UNIQUE (owner, linked_provider),
    INDEX crudauth_identities_owner (owner, id)
) ENGINE = InnoDB;
