-- Security events, where the application keeps them in a table. `at` is in milliseconds since the Unix epoch,
-- `details` a JSON object of texts.
CREATE TABLE crudauth_events (
    number     INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    is_refusal INTEGER NOT NULL,
    user       TEXT,
    address    TEXT,
    user_agent TEXT,
    request_id TEXT,
    details    TEXT    NOT NULL
) STRICT;

CREATE INDEX crudauth_events_user ON crudauth_events (user, number) WHERE user IS NOT NULL;
CREATE INDEX crudauth_events_at ON crudauth_events (at);
-- Where the newest events end, of users and of nobody each.
CREATE INDEX crudauth_events_of_nobody ON crudauth_events (number) WHERE user IS NULL;
CREATE INDEX crudauth_events_of_users ON crudauth_events (number) WHERE user IS NOT NULL;
