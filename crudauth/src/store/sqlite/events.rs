//! The event store in SQLite.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;

use super::Sqlite;
use crate::store::{EventCaps, EventRecord, EventStore, LoggedEvent, StoreError, StoreFuture};

diesel::table! {
    crudauth_events (number) {
        number -> BigInt,
        at -> BigInt,
        event -> Text,
        is_refusal -> Bool,
        user -> Nullable<Text>,
        address -> Nullable<Text>,
        details -> Text,
    }
}

use self::crudauth_events::dsl;

/// An [`EventStore`] in an SQLite database, in the table `crudauth_events` of
/// [`Sqlite::migrate`], which must have run: building a `CrudAuth` over the same database does it.
#[derive(Debug, Clone)]
pub struct SqliteEvents {
    sqlite: Sqlite,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = crudauth_events)]
struct Row {
    at: i64,
    event: String,
    is_refusal: bool,
    user: Option<String>,
    address: Option<String>,
    details: String,
}

impl SqliteEvents {
    /// The store in `sqlite`.
    #[must_use]
    pub fn new(sqlite: Sqlite) -> Self {
        Self { sqlite }
    }
}

impl EventStore for SqliteEvents {
    fn append(&self, events: Vec<EventRecord>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let rows: Vec<_> = events.into_iter().map(Row::of).collect::<Result<_, _>>()?;
            let added = self.sqlite.change(move |conn| {
                diesel::insert_into(dsl::crudauth_events).values(&rows).execute(conn)
            });
            added.await.map(drop)
        })
    }

    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>> {
        let user = user.map(str::to_owned);
        Box::pin(async move {
            let listed = self.sqlite.read(move |conn| {
                let mut asked = dsl::crudauth_events
                    .select((
                        dsl::number,
                        (
                            dsl::at,
                            dsl::event,
                            dsl::is_refusal,
                            dsl::user,
                            dsl::address,
                            dsl::details,
                        ),
                    ))
                    .order(dsl::number.desc())
                    .limit(i64::from(limit))
                    .into_boxed();
                if let Some(user) = user {
                    asked = asked.filter(dsl::user.eq(user));
                }
                if let Some(before) = before {
                    asked = asked.filter(dsl::number.lt(before));
                }
                asked.load::<(i64, Row)>(conn)
            });
            let logged = |(number, row): (i64, Row)| Ok(LoggedEvent { number, event: row.read()? });
            listed.await?.into_iter().map(logged).collect()
        })
    }

    fn purge(&self, before: SystemTime, caps: EventCaps, limit: u32) -> StoreFuture<'_, u64> {
        let (before, limit) = (unix_ms(before), i64::from(limit));
        Box::pin(async move {
            // To find where the newest end is to count them. It is a read, so that nobody waits for
            // it who writes.
            let ends = self.sqlite.read(move |conn| {
                let of_nobody = newest_beyond(conn, "user IS NULL", caps.of_nobody)?;
                Ok((of_nobody, newest_beyond(conn, "user IS NOT NULL", caps.of_users)?))
            });
            let (of_nobody, of_users) = ends.await?;
            let removed = self.sqlite.change(move |conn| {
                let superfluous = "SELECT number FROM crudauth_events WHERE at < ? \
                                   OR (user IS NULL AND number <= ?) \
                                   OR (user IS NOT NULL AND number <= ?) LIMIT ?";
                sql_query(format!("DELETE FROM crudauth_events WHERE number IN ({superfluous})"))
                    .bind::<BigInt, _>(before)
                    .bind::<BigInt, _>(of_nobody)
                    .bind::<BigInt, _>(of_users)
                    .bind::<BigInt, _>(limit)
                    .execute(conn)
            });
            Ok(u64::try_from(removed.await?).unwrap_or(u64::MAX))
        })
    }
}

/// The number of the newest event that is beyond the newest `most` of those that `whose` says;
/// zero, which no event has, where there is none.
fn newest_beyond(conn: &mut SqliteConnection, whose: &str, most: u64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let newest = format!(
        "SELECT number FROM crudauth_events WHERE {whose} ORDER BY number DESC LIMIT 1 OFFSET ?"
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = sql_query(newest).bind::<BigInt, _>(most).get_result::<Found>(conn).optional()?;
    Ok(found.map_or(0, |found| found.number))
}

impl Row {
    fn of(event: EventRecord) -> Result<Self, StoreError> {
        let EventRecord { at, event, is_refusal, user, address, details } = event;
        let details = serde_json::to_string(&details).map_err(StoreError::broken)?;
        Ok(Self { at: unix_ms(at), event, is_refusal, user, address, details })
    }

    fn read(self) -> Result<EventRecord, StoreError> {
        let Self { at, event, is_refusal, user, address, details } = self;
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap_or_default());
        let details = serde_json::from_str(&details).map_err(StoreError::broken)?;
        Ok(EventRecord { at, event, is_refusal, user, address, details })
    }
}

fn unix_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
