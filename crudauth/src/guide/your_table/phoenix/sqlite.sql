CREATE TABLE "users" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "email" TEXT NOT NULL COLLATE NOCASE,
    "hashed_password" TEXT,
    "confirmed_at" TEXT,
    "inserted_at" TEXT NOT NULL,
    "updated_at" TEXT NOT NULL
);
CREATE UNIQUE INDEX "users_email_index" ON "users" ("email");
