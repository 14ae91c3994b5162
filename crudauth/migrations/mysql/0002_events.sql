-- Security events, where the application keeps them in a table. `at` is in milliseconds since the Unix epoch,
-- `details` a JSON object of texts. No key of a user is longer than an index can hold.
CREATE TABLE IF NOT EXISTS crudauth_events (
    number     BIGINT   NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at         BIGINT   NOT NULL,
    event      TEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    is_refusal BOOLEAN  NOT NULL,
    `user`     VARCHAR(750) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    address    TEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    user_agent TEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    request_id TEXT     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    details    LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    INDEX crudauth_events_user (`user`, number),
    INDEX crudauth_events_at (at)
) ENGINE = InnoDB;
