CREATE TABLE IF NOT EXISTS "users" (
    "created_at" timestamp_with_timezone_text NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" timestamp_with_timezone_text NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "pid" uuid_text NOT NULL,
    "email" varchar NOT NULL UNIQUE,
    "password" varchar NOT NULL,
    "api_key" varchar NOT NULL UNIQUE,
    "name" varchar NOT NULL,
    "reset_token" varchar NULL,
    "reset_sent_at" timestamp_with_timezone_text NULL,
    "email_verification_token" varchar NULL,
    "email_verification_sent_at" timestamp_with_timezone_text NULL,
    "email_verified_at" timestamp_with_timezone_text NULL,
    "magic_link_token" varchar NULL,
    "magic_link_expiration" timestamp_with_timezone_text NULL
);
