-- Second factors of users whose own table has no columns for them. `secret` is sealed, `codes` are digests. Times
-- are milliseconds since the Unix epoch.
CREATE TABLE crudauth_second_factors (
    id           TEXT    NOT NULL PRIMARY KEY,
    users        TEXT    NOT NULL,
    owner        TEXT    NOT NULL,
    secret       BLOB    NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER,
    codes        TEXT,
    epoch        INTEGER NOT NULL,
    UNIQUE (users, owner)
) STRICT;
