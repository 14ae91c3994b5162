//! The event store in a database.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::backend::rows;
use super::catalogue::Catalogue;
use super::driver::{Connection, Driver, Ending};
use super::migrate::OwnTable;
use super::raw::{Sql, sql};
use crate::store::migration::EVENTS;
use crate::store::{
    EventCaps, EventRecord, EventStore, LoggedEvent, Place, StartupFuture, StoreError, StoreFuture,
};

/// An [`EventStore`] in a database, in the table `crudauth_events`.
#[derive(Debug, Clone)]
pub struct SqlEvents<D> {
    driver: D,
}

/// How many rows one statement inserts. There are few sizes, since each is another prepared
/// statement.
const ROWS: [usize; 3] = [64, 8, 1];

rows! {
    struct Row {
        number: i64,
        at: i64,
        event: String,
        is_refusal: bool,
        user: Option<String>,
        address: Option<String>,
        user_agent: Option<String>,
        request_id: Option<String>,
        details: String,
    }

    struct Number {
        number: i64,
    }
}

impl<D: Driver> SqlEvents<D> {
    /// The store in `database`.
    #[must_use]
    pub fn new(database: D) -> Self {
        Self { driver: database }
    }

    /// The column for the user: its name is a word of SQL.
    fn user() -> String {
        D::DIALECT.quoted("user")
    }

    /// Skips the newest `most` events that match `whose`, and returns the number of the next one.
    /// Returns zero, which is no event's number, if fewer events match.
    async fn newest_beyond(&self, whose: &str, most: u64) -> Result<i64, StoreError> {
        let newest = sql(format!(
            "SELECT number FROM crudauth_events WHERE {whose} ORDER BY number DESC LIMIT 1 OFFSET ?"
        ));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let found: Vec<Number> = self.driver.rows(newest.integer(most)).await?;
        Ok(found.first().map_or(0, |found| found.number))
    }
}

impl<D: Catalogue> EventStore for SqlEvents<D> {
    fn open(&self) -> StartupFuture<'_> {
        self.driver.open_tables(vec![OwnTable {
            name: EVENTS,
            columns: vec![
                "at",
                "event",
                "is_refusal",
                "user",
                "address",
                "user_agent",
                "request_id",
                "details",
            ],
        }])
    }

    fn place(&self) -> Option<&dyn Place> {
        Some(&self.driver)
    }

    fn append(&self, events: Vec<EventRecord>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let inserts = inserts(&events, &Self::user()).map_err(StoreError::broken)?;
            let inserts: Arc<[Sql]> = inserts.into();
            let added = self.driver.write(move |connection| {
                let inserts = Arc::clone(&inserts);
                connection.transaction(move |connection| {
                    Box::pin(async move {
                        for insert in &*inserts {
                            connection.execute(insert).await?;
                        }
                        Ok(Ending::Commit(()))
                    })
                })
            });
            added.await
        })
    }

    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>> {
        Box::pin(async move {
            let column = Self::user();
            let of_user = user.map(|_| format!("{column} = ?"));
            let conditions = of_user.into_iter().chain(before.map(|_| "number < ?".to_owned()));
            let conditions = conditions.collect::<Vec<_>>().join(" AND ");
            let filter = if conditions.is_empty() { "" } else { "WHERE" };
            let mut query = sql(format!(
                "SELECT number, at, event, is_refusal, {column}, address, user_agent, \
                 request_id, details FROM crudauth_events {filter} {conditions} ORDER BY number DESC LIMIT ?"
            ));
            if let Some(user) = user {
                query = query.text(user);
            }
            if let Some(before) = before {
                query = query.integer(before);
            }
            let found: Vec<Row> = self.driver.rows(query.integer(i64::from(limit))).await?;
            found.into_iter().map(Row::read).collect()
        })
    }

    fn purge(&self, before: SystemTime, caps: EventCaps, limit: u32) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let user = Self::user();
            let of_nobody = format!("{user} IS NULL");
            let of_users = format!("{user} IS NOT NULL");
            // Counting is the only way to find the newest events to keep. It is a separate read, so
            // that writers do not wait for it.
            let nobodys = self.newest_beyond(&of_nobody, caps.of_nobody).await?;
            let users = self.newest_beyond(&of_users, caps.of_users).await?;
            let superfluous =
                format!("at < ? OR ({of_nobody} AND number <= ?) OR ({of_users} AND number <= ?)");
            let delete = (D::DIALECT.delete_some)("crudauth_events", "number", &superfluous);
            let delete = sql(delete)
                .integer(unix_ms(before))
                .integer(nobodys)
                .integer(users)
                .integer(i64::from(limit));
            let removed = self.driver.write(move |connection| connection.execute(delete.clone()));
            Ok(u64::try_from(removed.await?).unwrap_or(u64::MAX))
        })
    }
}

/// The statements that add these events in their order.
fn inserts(mut events: &[EventRecord], user: &str) -> serde_json::Result<Vec<Sql>> {
    let mut inserts = Vec::new();
    while let Some(size) = ROWS.into_iter().find(|size| *size <= events.len()) {
        let (next, rest) = events.split_at(size);
        let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; size].join(", ");
        let insert = sql(format!(
            "INSERT INTO crudauth_events (at, event, is_refusal, {user}, address, user_agent, \
             request_id, details) VALUES {rows}"
        ));
        inserts.push(next.iter().try_fold(insert, |insert, event| {
            let details = serde_json::to_string(&event.details)?;
            let insert = insert.integer(unix_ms(event.at)).text(&event.event);
            let insert = insert.flag(event.is_refusal).maybe_text(event.user.as_deref());
            let insert = insert.maybe_text(event.address.as_deref());
            let insert = insert.maybe_text(event.user_agent.as_deref());
            Ok(insert.maybe_text(event.request_id.as_deref()).text(&details))
        })?);
        events = rest;
    }
    Ok(inserts)
}

impl Row {
    fn read(self) -> Result<LoggedEvent, StoreError> {
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(self.at).unwrap_or_default());
        let event = EventRecord {
            at,
            event: self.event,
            is_refusal: self.is_refusal,
            user: self.user,
            address: self.address,
            user_agent: self.user_agent,
            request_id: self.request_id,
            details: serde_json::from_str(&self.details).map_err(StoreError::broken)?,
        };
        Ok(LoggedEvent { number: self.number, event })
    }
}

fn unix_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
