-- What a users table has no columns for: the fields of `#[auth(beside(..))]`. A user without a row here is at epoch
-- zero, active, and not verified.
CREATE TABLE crudauth_accounts (
    owner          TEXT    NOT NULL PRIMARY KEY,
    token_version  BIGINT  NOT NULL DEFAULT 0,
    is_active      BOOLEAN NOT NULL DEFAULT TRUE,
    email_verified BOOLEAN NOT NULL DEFAULT FALSE
);
