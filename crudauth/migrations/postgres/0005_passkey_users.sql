-- The random handles by which authenticators know users.
CREATE TABLE crudauth_passkey_users (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner  TEXT             NOT NULL,
    handle BYTEA            NOT NULL,
    UNIQUE (owner),
    UNIQUE (handle)
);
