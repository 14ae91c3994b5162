CREATE TABLE IF NOT EXISTS users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT    NOT NULL UNIQUE,
    username        TEXT    NOT NULL UNIQUE,
    hashed_password TEXT    NOT NULL,
    is_active       BOOLEAN NOT NULL,
    token_version   INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS api_keys (
    digest        TEXT    NOT NULL PRIMARY KEY,
    user_id       INTEGER NOT NULL REFERENCES users (id),
    token_version INTEGER NOT NULL,
    revoked       BOOLEAN NOT NULL
);
