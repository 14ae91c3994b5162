CREATE TABLE IF NOT EXISTS users (
    -- A number that was somebody's is never given to somebody else.
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT    NOT NULL UNIQUE,
    username        TEXT    NOT NULL UNIQUE,
    hashed_password TEXT    NOT NULL,
    is_active       BOOLEAN NOT NULL,
    token_version   INTEGER NOT NULL
);
