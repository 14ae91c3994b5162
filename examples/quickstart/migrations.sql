CREATE TABLE IF NOT EXISTS users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT    NOT NULL UNIQUE,
    username        TEXT    NOT NULL UNIQUE,
    hashed_password TEXT    NOT NULL,
    is_active       BOOLEAN NOT NULL,
    is_superuser    BOOLEAN NOT NULL,
    token_version   INTEGER NOT NULL,
    full_name       TEXT
);
