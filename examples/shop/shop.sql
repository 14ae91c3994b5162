-- The tables as the old application left them. crudauth alters neither.
CREATE TABLE IF NOT EXISTS customers (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id            INTEGER NOT NULL,
    email              TEXT NOT NULL,
    encrypted_password TEXT NOT NULL,
    confirmed_at       TIMESTAMP,
    locked_at          TIMESTAMP,
    deleted_at         TIMESTAMP
);
CREATE UNIQUE INDEX IF NOT EXISTS customers_email ON customers (shop_id, email) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS orders (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    item        TEXT NOT NULL
);
