-- The roles of users. Times are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_user_roles (
    id         VARBINARY(36)   NOT NULL PRIMARY KEY,
    users      VARBINARY(190)  NOT NULL,
    owner      VARBINARY(1024) NOT NULL,
    role       VARBINARY(255)  NOT NULL,
    granted_at BIGINT          NOT NULL,
    granted_by VARBINARY(1024),
    UNIQUE (users, owner, role),
    INDEX crudauth_user_roles_owner (users, owner, id)
) ENGINE = InnoDB;
