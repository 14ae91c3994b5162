CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE "users" (
    "id" bigserial,
    "email" citext NOT NULL,
    "hashed_password" varchar(255),
    "confirmed_at" timestamp(0),
    "inserted_at" timestamp(0) NOT NULL,
    "updated_at" timestamp(0) NOT NULL,
    PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "users_email_index" ON "users" ("email");
