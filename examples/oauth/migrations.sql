CREATE TABLE IF NOT EXISTS users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    email           TEXT    NOT NULL UNIQUE,
    email_verified  BOOLEAN NOT NULL,
    hashed_password TEXT,
    token_version   INTEGER NOT NULL
);
