-- The random handles by which authenticators know users.
CREATE TABLE crudauth_passkey_users (
    id     TEXT NOT NULL PRIMARY KEY,
    users  TEXT NOT NULL,
    owner  TEXT NOT NULL,
    handle BLOB NOT NULL,
    UNIQUE (users, owner),
    UNIQUE (users, handle)
) STRICT;
