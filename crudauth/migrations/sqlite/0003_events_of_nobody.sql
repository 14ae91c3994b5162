-- Where the newest events end, of users and of nobody each.
CREATE INDEX crudauth_events_of_nobody ON crudauth_events (number) WHERE user IS NULL;
CREATE INDEX crudauth_events_of_users ON crudauth_events (number) WHERE user IS NOT NULL;
