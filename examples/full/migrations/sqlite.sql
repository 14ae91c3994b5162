-- The table that another application left. `AUTOINCREMENT`: an id is never given to a second account.

CREATE TABLE IF NOT EXISTS accounts (
    account_id            INTEGER   PRIMARY KEY AUTOINCREMENT,
    email_address         TEXT      NOT NULL UNIQUE,
    username              TEXT      NOT NULL UNIQUE,
    pw_hash               TEXT      NOT NULL,
    is_admin              BOOLEAN   NOT NULL DEFAULT FALSE,
    is_active             BOOLEAN   NOT NULL DEFAULT TRUE,
    email_verified        BOOLEAN   NOT NULL DEFAULT FALSE,
    token_version         INTEGER   NOT NULL DEFAULT 0,
    totp_secret_encrypted TEXT,
    totp_confirmed_at     TIMESTAMP,
    totp_last_step        BIGINT,
    mfa_recovery_codes    TEXT,
    full_name             TEXT,
    locale                TEXT,
    credits               INTEGER   NOT NULL DEFAULT 0,
    mfa_required          BOOLEAN   NOT NULL DEFAULT FALSE
);
