-- The table that another application left. Of processes that start together, one makes it.

SELECT pg_advisory_xact_lock(hashtext('accounts'));

CREATE TABLE IF NOT EXISTS accounts (
    account_id            SERIAL    PRIMARY KEY,
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
