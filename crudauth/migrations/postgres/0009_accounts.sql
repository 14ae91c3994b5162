-- What a users table has no columns for: the fields of `#[auth(beside(..))]`. A user without a row here is at epoch
-- zero, active, and not verified. `users` is the name of the table, since the ids of two tables are not the same
-- users.
CREATE TABLE crudauth_accounts (
    users          TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    token_version  BIGINT  NOT NULL DEFAULT 0,
    is_active      BOOLEAN NOT NULL DEFAULT TRUE,
    verified_email TEXT,
    PRIMARY KEY (users, owner)
);
