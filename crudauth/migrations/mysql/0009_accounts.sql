-- What a users table has no columns for: the fields of `#[auth(beside(..))]`. A user without a row here is at epoch
-- zero, active, and not verified. `users` is the name of the table, since the ids of two tables are not the same
-- users.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_accounts (
    users          VARBINARY(190)  NOT NULL,
    owner          VARBINARY(1024) NOT NULL,
    token_version  BIGINT          NOT NULL DEFAULT 0,
    is_active      BOOLEAN         NOT NULL DEFAULT TRUE,
    verified_email VARBINARY(1024),
    PRIMARY KEY (users, owner)
) ENGINE = InnoDB;
