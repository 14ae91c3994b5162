-- Second factors of users whose own table has no columns for them. `secret` is sealed, `codes` are digests. Times
-- are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_second_factors (
    id           VARBINARY(36)   NOT NULL PRIMARY KEY,
    users        VARBINARY(190)  NOT NULL,
    owner        VARBINARY(1024) NOT NULL,
    secret       VARBINARY(512)  NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT,
    codes        VARBINARY(4096),
    epoch        BIGINT          NOT NULL,
    UNIQUE (users, owner)
) ENGINE = InnoDB;
