CREATE TABLE "users" (
    "id" bigserial NOT NULL PRIMARY KEY,
    "name" varchar(255) NOT NULL,
    "email" varchar(255) NOT NULL,
    "email_verified_at" timestamp(0) without time zone NULL,
    "password" varchar(255) NOT NULL,
    "remember_token" varchar(100) NULL,
    "created_at" timestamp(0) without time zone NULL,
    "updated_at" timestamp(0) without time zone NULL
);
ALTER TABLE "users" ADD CONSTRAINT "users_email_unique" UNIQUE ("email");
