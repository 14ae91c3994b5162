//! What rests where state is, past crudauth: also what has expired and was not removed yet, where
//! the engine shows it.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Text};

use super::sql::Sql;
use super::state::Apart;
use crate::support::servers::shared::RedisPart;

/// An entry or a counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Its key; the digest of it for a counter in PostgreSQL and MariaDB, which keep no more.
    pub key: String,
    /// Its value; that of a counter in decimal digits.
    pub value: Vec<u8>,
    /// When it ends, where that is part of it.
    pub ends_at: Option<i64>,
}

/// The two kinds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Entry,
    Counter,
}

impl Apart {
    pub(super) async fn look(&self, kind: Kind) -> Vec<Kept> {
        let mut kept = match (self, kind) {
            (Self::Sql(sql), kind) => sql.look(kind).await,
            (Self::Redis(part), kind) => part.look(kind).await,
            (Self::Memory(state), Kind::Entry) => match state.get() {
                Some(state) => state.entries().await,
                None => Vec::new(),
            },
            (Self::Memory(state), Kind::Counter) => match state.get() {
                Some(state) => state.counters().await,
                None => Vec::new(),
            },
        };
        kept.sort_unstable();
        kept
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Binary)]
    content: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    ends_at: i64,
}

impl Sql {
    pub(super) async fn look(&self, kind: Kind) -> Vec<Kept> {
        let (place, content, table) = match (self, kind) {
            (Self::Sqlite(..), Kind::Entry) => ("key", "value", "crudauth_state"),
            (Self::Sqlite(..), Kind::Counter) => {
                ("key", "CAST(count AS BLOB)", "crudauth_counters")
            }
            (Self::Postgres(_) | Self::Mariadb(_), Kind::Entry) => {
                ("name", "value", "crudauth_state")
            }
            (Self::Postgres(_), Kind::Counter) => {
                ("encode(id, 'hex')", "convert_to(total::text, 'UTF8')", "crudauth_counters")
            }
            (Self::Mariadb(_), Kind::Counter) => {
                ("HEX(id)", "CAST(total AS BINARY)", "crudauth_counters")
            }
        };
        let rows: Vec<Row> = self
            .load(format!(
                "SELECT {place} AS place, {content} AS content, expires_at AS ends_at FROM {table}"
            ))
            .await;
        let kept = rows.into_iter().map(|row| {
            let Row { place, content, ends_at } = row;
            Kept { key: place, value: content, ends_at: Some(ends_at) }
        });
        kept.collect()
    }
}

impl RedisPart {
    async fn look(&self, kind: Kind) -> Vec<Kept> {
        let client = redis::Client::open(self.url.as_str()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
        let kind_of = match kind {
            Kind::Entry => 'e',
            Kind::Counter => 'c',
        };
        let beginning = format!("{}{kind_of}:", self.prefix);
        let names = redis::cmd("KEYS").arg(format!("{beginning}*")).to_owned();
        let names: Vec<String> = names.query_async(&mut connection).await.expect("keys");
        let mut kept = Vec::new();
        for name in names {
            let command = match kind {
                Kind::Entry => redis::cmd("GET").arg(&name).to_owned(),
                Kind::Counter => redis::cmd("HGET").arg(&name).arg("total").to_owned(),
            };
            let value: Option<Vec<u8>> =
                command.query_async(&mut connection).await.expect("a value");
            let key = name[beginning.len()..].to_owned();
            // An entry has its end and its owner in front of its value.
            kept.extend(value.map(|value| Kept { key, value, ends_at: None }));
        }
        kept
    }
}
