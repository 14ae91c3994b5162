-- What the old application left: its own names, and bcrypt hashes of its users' passwords.

CREATE TABLE tiers (
    tier_id INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL
);

INSERT INTO tiers VALUES (1, 'free'), (2, 'paid');

CREATE TABLE accounts (
    account_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    email_address TEXT    NOT NULL UNIQUE,
    pw_hash       TEXT    NOT NULL,
    full_name     TEXT    NOT NULL,
    is_admin      BOOLEAN NOT NULL DEFAULT FALSE,
    enabled       BOOLEAN NOT NULL DEFAULT TRUE,
    confirmed     BOOLEAN NOT NULL DEFAULT FALSE,
    tier_id       INTEGER NOT NULL REFERENCES tiers (tier_id),
    newsletter    BOOLEAN NOT NULL DEFAULT FALSE,
    fax           TEXT
);

INSERT INTO accounts VALUES
    (101, 'grace@example.com', '$2b$10$ilqyqsiV5Cq0euhwlklp7.HdKY/AybKGk8k7dN1Xpn0qur1vlO4kG',
     'Grace Hopper', TRUE, TRUE, TRUE, 2, TRUE, '+1 555 0100'),
    (102, 'linus@example.com', '$2b$10$xE2M6hAby8xVoII6h17AS.A97TNTNCC6CXN/iChuFqb7e30nDa1l2',
     'Linus', FALSE, TRUE, TRUE, 1, FALSE, NULL),
    (103, 'mallory@example.com', '$2b$10$VvkI0Poao5rnr1NablgOh.PNK/lIo5cvX6nYlsRd9PHXg6KtqKmwW',
     'Mallory', FALSE, FALSE, TRUE, 1, FALSE, NULL);
