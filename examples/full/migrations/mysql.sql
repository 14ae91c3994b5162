-- The table that another application left, for MySQL and MariaDB. An index holds no TEXT, and by
-- `utf8mb4_bin` two names are the same only letter by letter.

CREATE TABLE IF NOT EXISTS accounts (
    account_id            INTEGER      AUTO_INCREMENT PRIMARY KEY,
    email_address         VARCHAR(255) NOT NULL UNIQUE,
    username              VARCHAR(255) NOT NULL UNIQUE,
    pw_hash               TEXT         NOT NULL,
    is_admin              BOOLEAN      NOT NULL DEFAULT FALSE,
    is_active             BOOLEAN      NOT NULL DEFAULT TRUE,
    email_verified        BOOLEAN      NOT NULL DEFAULT FALSE,
    token_version         INTEGER      NOT NULL DEFAULT 0,
    totp_secret_encrypted TEXT,
    totp_confirmed_at     TIMESTAMP    NULL,
    totp_last_step        BIGINT,
    mfa_recovery_codes    TEXT,
    full_name             TEXT,
    locale                TEXT,
    credits               INTEGER      NOT NULL DEFAULT 0,
    mfa_required          BOOLEAN      NOT NULL DEFAULT FALSE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
