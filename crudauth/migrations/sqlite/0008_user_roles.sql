-- The roles of users. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_user_roles (
    id         TEXT    NOT NULL PRIMARY KEY,
    users      TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by TEXT,
    UNIQUE (users, owner, role)
) STRICT;

CREATE INDEX crudauth_user_roles_owner ON crudauth_user_roles (users, owner, id);
