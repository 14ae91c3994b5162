-- What a users table has no columns for: the fields of `#[auth(beside(..))]`. A user without a row here is at epoch
-- zero, active, and not verified.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_accounts (
    owner          VARBINARY(1024) NOT NULL PRIMARY KEY,
    token_version  BIGINT          NOT NULL DEFAULT 0,
    is_active      BOOLEAN         NOT NULL DEFAULT TRUE,
    email_verified BOOLEAN         NOT NULL DEFAULT FALSE
) ENGINE = InnoDB;
