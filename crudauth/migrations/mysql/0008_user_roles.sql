-- The roles of users. Times are milliseconds since the Unix epoch.
-- Texts are bytes, so that they are compared as such.
CREATE TABLE IF NOT EXISTS crudauth_user_roles (
    id         VARBINARY(36)   NOT NULL PRIMARY KEY,
    owner      VARBINARY(1024) NOT NULL,
    role       VARBINARY(255)  NOT NULL,
    granted_at BIGINT          NOT NULL,
    granted_by VARBINARY(1024),
    UNIQUE (owner, role),
    INDEX crudauth_user_roles_owner (owner, id)
) ENGINE = InnoDB;
