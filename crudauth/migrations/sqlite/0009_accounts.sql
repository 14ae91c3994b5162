-- What a users table has no columns for: the fields of `#[auth(beside(..))]`. A user without a row here is at epoch
-- zero, active, and not verified.
CREATE TABLE crudauth_accounts (
    owner          TEXT    NOT NULL PRIMARY KEY,
    token_version  INTEGER NOT NULL DEFAULT 0,
    is_active      INTEGER NOT NULL DEFAULT 1,
    email_verified INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
