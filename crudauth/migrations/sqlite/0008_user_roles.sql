-- The roles of users. Times are milliseconds since the Unix epoch.
CREATE TABLE crudauth_user_roles (
    id         TEXT    NOT NULL PRIMARY KEY,
    owner      TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by TEXT,
    UNIQUE (owner, role)
) STRICT;

CREATE INDEX crudauth_user_roles_owner ON crudauth_user_roles (owner, id);
