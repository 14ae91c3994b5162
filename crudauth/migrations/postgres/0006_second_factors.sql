-- Second factors of users whose own table has no columns for them. `secret` is sealed, `codes` are digests. Times
-- are milliseconds since the Unix epoch.
CREATE TABLE crudauth_second_factors (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    users        TEXT             NOT NULL,
    owner        TEXT             NOT NULL,
    secret       BYTEA            NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT,
    codes        TEXT,
    epoch        BIGINT           NOT NULL,
    UNIQUE (users, owner)
);
