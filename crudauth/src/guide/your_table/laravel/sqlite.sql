CREATE TABLE "users" (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" varchar NOT NULL,
    "email" varchar NOT NULL,
    "email_verified_at" datetime,
    "password" varchar NOT NULL,
    "remember_token" varchar,
    "created_at" datetime,
    "updated_at" datetime
);
CREATE UNIQUE INDEX "users_email_unique" ON "users" ("email");
