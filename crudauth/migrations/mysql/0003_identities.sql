-- Accounts at providers. `linked_provider` is NULL once a link was removed, so that a user has one link of each
-- provider. `users` is the name of the users table, since the ids of two tables are not the same users, and `epoch` the
-- credential epoch of the user at the time. Times are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_identities (
    id              VARBINARY(36)   NOT NULL PRIMARY KEY,
    users           VARBINARY(190)  NOT NULL,
    owner           VARBINARY(1024) NOT NULL,
    issuer          VARBINARY(512)  NOT NULL,
    subject         VARBINARY(255)  NOT NULL,
    provider        VARBINARY(64)   NOT NULL,
    linked_provider VARBINARY(64),
    email           VARBINARY(320),
    linked_at       BIGINT          NOT NULL,
    last_used_at    BIGINT,
    removed_at      BIGINT,
    epoch           BIGINT,
    tokens          BLOB,
    UNIQUE (users, issuer, subject),
    UNIQUE (users, owner, linked_provider),
    INDEX crudauth_identities_owner (users, owner, id)
) ENGINE = InnoDB;
