//! The tables of crudauth itself.

use super::Sqlite;
use crate::store::migration::{STATE, steps};
use crate::store::sql::migrate;
use crate::store::{Migration, MigrationError};

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    STEPS
}

pub(super) const STEPS: &[Migration] = &steps!("sqlite");

impl Sqlite {
    /// Creates the tables of what expires, or brings them up to date: `crudauth_state` and
    /// `crudauth_counters`; no other table is touched. Building a [`CrudAuth`](crate::CrudAuth) does
    /// it, and makes the other tables of what it mounts.
    ///
    /// The steps that are missing run in one transaction and are recorded in
    /// `crudauth_migrations`. Nothing happens if none is missing, and processes that start
    /// together wait for each other.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        migrate(self, STEPS, &[STATE]).await
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;

    diesel::table! {
        crudauth_migrations (version) {
            version -> Integer,
        }
    }

    async fn applied(database: &Sqlite) -> Vec<i32> {
        let versions = crudauth_migrations::table
            .select(crudauth_migrations::version)
            .order(crudauth_migrations::version);
        database.read(move |conn| versions.load(conn)).await.expect("versions")
    }

    #[test]
    fn versions_ascend_from_one() {
        let versions: Vec<_> = migrations().iter().map(|step| step.version).collect();
        assert!(versions.iter().copied().eq(1..=versions.len() as i32), "{versions:?}");
    }

    #[tokio::test]
    async fn a_second_run_changes_nothing_and_a_later_step_is_added() {
        static LATER: &[Migration] = &[
            Migration { version: 1, table: "a", sql: "CREATE TABLE a (n INTEGER)" },
            Migration { version: 2, table: "b", sql: "CREATE TABLE b (n INTEGER)" },
        ];
        let database = Sqlite::in_memory().expect("open");
        migrate(&database, &LATER[..1], &["a", "b"]).await.expect("the first run");
        migrate(&database, &LATER[..1], &["a", "b"]).await.expect("the second run");
        assert_eq!(applied(&database).await, [1]);
        database.execute_batch("DROP TABLE a").await.expect("the first step ran");
        migrate(&database, LATER, &["a", "b"]).await.expect("a later version");
        assert_eq!(applied(&database).await, [1, 2]);
        database.execute_batch("INSERT INTO b VALUES (1)").await.expect("the second step ran");
        database.execute_batch("INSERT INTO a VALUES (1)").await.expect_err("not the first again");
    }

    #[tokio::test]
    async fn only_the_tables_that_are_asked_for_are_made_in_any_order() {
        static STEPS: &[Migration] = &[
            Migration { version: 1, table: "a", sql: "CREATE TABLE a (n INTEGER)" },
            Migration { version: 2, table: "b", sql: "CREATE TABLE b (n INTEGER)" },
            Migration { version: 3, table: "a", sql: "ALTER TABLE a ADD m INTEGER" },
        ];
        let database = Sqlite::in_memory().expect("open");
        migrate(&database, STEPS, &["b"]).await.expect("the first run");
        assert_eq!(applied(&database).await, [2]);
        database.execute_batch("INSERT INTO a VALUES (1)").await.expect_err("nobody asked for it");
        migrate(&database, STEPS, &["a"]).await.expect("the second run");
        assert_eq!(applied(&database).await, [1, 2, 3]);
        database.execute_batch("INSERT INTO a VALUES (1, 2)").await.expect("both steps ran");
    }

    #[tokio::test]
    async fn a_step_that_fails_takes_the_others_back() {
        static BROKEN: &[Migration] = &[
            Migration { version: 1, table: "a", sql: "CREATE TABLE a (n INTEGER)" },
            Migration { version: 2, table: "b", sql: "CREATE TABLE b (n INTEGER); nonsense" },
        ];
        let database = Sqlite::in_memory().expect("open");
        migrate(&database, BROKEN, &["a", "b"]).await.expect_err("nonsense");
        database.execute_batch("CREATE TABLE a (n INTEGER)").await.expect("a was taken back");
        database.migrate().await.expect("a good run");
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused() {
        let database = Sqlite::in_memory().expect("open");
        database.migrate().await.expect("migrate");
        let newer = "INSERT INTO crudauth_migrations VALUES (9999, 0)";
        database.execute_batch(newer).await.expect("insert");
        let refused = database.migrate().await.expect_err("a newer version");
        assert!(matches!(refused, MigrationError::Newer { version: 9999 }));
        assert!(refused.to_string().contains("newer crudauth"), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn handles_that_start_together_on_a_new_file_all_succeed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for round in 0..5 {
            let path = directory.path().join(format!("{round}.db"));
            let mut starts = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let path = path.clone();
                starts.spawn(async move {
                    let open = tokio::task::spawn_blocking(|| Sqlite::open(path));
                    let database = open.await.expect("no panic").expect("open");
                    database.migrate().await.expect("migrate");
                    applied(&database).await
                });
            }
            for versions in starts.join_all().await {
                assert_eq!(versions, [1]);
            }
        }
    }
}
