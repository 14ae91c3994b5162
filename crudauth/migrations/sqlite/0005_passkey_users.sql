-- The random handles by which authenticators know users.
CREATE TABLE crudauth_passkey_users (
    id     TEXT NOT NULL PRIMARY KEY,
    owner  TEXT NOT NULL,
    handle BLOB NOT NULL,
    UNIQUE (owner),
    UNIQUE (handle)
) STRICT;
