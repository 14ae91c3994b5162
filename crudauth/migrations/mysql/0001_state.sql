-- What expires: sessions, one-time tokens, challenges. Times are milliseconds since the Unix epoch.
-- A key of any length, and an owner, is found by its SHA-256, since an index holds no long text.
CREATE TABLE IF NOT EXISTS crudauth_state (
    id         BINARY(32) NOT NULL PRIMARY KEY,
    name       LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    value      LONGBLOB   NOT NULL,
    owner      BINARY(32),
    owner_name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    expires_at BIGINT     NOT NULL,
    INDEX crudauth_state_owner (owner),
    INDEX crudauth_state_expires_at (expires_at)
) ENGINE = InnoDB;

-- Counters of attempts and the like.
CREATE TABLE IF NOT EXISTS crudauth_counters (
    id         BINARY(32) NOT NULL PRIMARY KEY,
    total      BIGINT     NOT NULL,
    expires_at BIGINT     NOT NULL,
    INDEX crudauth_counters_expires_at (expires_at)
) ENGINE = InnoDB;
