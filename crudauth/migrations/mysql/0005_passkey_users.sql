-- The random handles by which authenticators know users.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_passkey_users (
    id     VARBINARY(36)   NOT NULL PRIMARY KEY,
    users  VARBINARY(190)  NOT NULL,
    owner  VARBINARY(1024) NOT NULL,
    handle VARBINARY(16)   NOT NULL,
    UNIQUE (users, owner),
    UNIQUE (users, handle)
) ENGINE = InnoDB;
