//! A walk through both surfaces: the real program, on a free port, over a new database.

mod engines;
mod events;
mod mail;
mod providers;
mod requests;
mod settings;
mod site;
mod tuned;
mod visitor;

use std::path::PathBuf;

use crudauth::Sqlite;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth_tests::support::example::Example;
use diesel_async::SimpleAsyncConnection as _;
use tempfile::TempDir;

use self::visitor::Visitor;

/// The program, with its files in a folder of the test.
struct Full {
    folder: TempDir,
    urls: Urls,
    example: Example,
}

/// The addresses that it is given; none: its default files.
type Urls = Vec<(&'static str, String)>;

const VARIABLES: [(&str, &str); 3] = [
    // Each visitor has an address of its own, as a proxy would say it.
    ("TRUST_PROXY", "1"),
    ("SECRET_KEY", "f230e776ad972405bd063c2852f2237ee954fc53c4626641f4204590a034164e"),
    ("TUNED_SECRET_KEY", "2ae5645f8ab816a3402e2737a9d791bf3f54cf95bbaf5fda3059858f07aea651"),
];

impl Full {
    fn start() -> Self {
        Self::with(Vec::new())
    }

    fn on(database_url: &str, state_url: &str) -> Self {
        Self::with(vec![
            ("DATABASE_URL", database_url.to_owned()),
            ("STATE_URL", state_url.to_owned()),
        ])
    }

    fn with(urls: Urls) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let example = run(&folder, &urls);
        Self { folder, urls, example }
    }

    /// The same after a crash: the same files and keys, another process.
    fn restarted(self) -> Self {
        let Self { folder, urls, example } = self;
        example.kill();
        let example = run(&folder, &urls);
        Self { folder, urls, example }
    }

    /// Somebody new on `/`, from an address of their own behind the proxy.
    fn visitor(&self) -> Visitor {
        Visitor::new(self.example.client(), "")
    }

    /// The same on `/tuned`.
    fn tuned(&self) -> Visitor {
        Visitor::new(self.example.client(), "/tuned")
    }

    fn mail_file(&self) -> PathBuf {
        self.folder.path().join("mail.jsonl")
    }

    /// Changes the table as an administrator would.
    async fn execute(&self, sql: &str) {
        let url = self.urls.iter().find(|(name, _)| *name == "DATABASE_URL");
        let url = url.map_or("sqlite:full.db", |(_, url)| url);
        match url.split_once(':').expect("a scheme") {
            ("sqlite", file) => {
                let database = Sqlite::open(self.folder.path().join(file)).expect("the database");
                database.execute_batch(sql).await.expect("valid SQL");
            }
            ("mysql", _) => {
                let database = Mysql::connect(url).await.expect("the database");
                let mut connection = database.get().await.expect("a connection");
                connection.batch_execute(sql).await.expect("valid SQL");
            }
            _ => {
                let database = Postgres::connect(url).await.expect("the database");
                let mut connection = database.get().await.expect("a connection");
                connection.batch_execute(sql).await.expect("valid SQL");
            }
        }
    }
}

fn run(folder: &TempDir, urls: &Urls) -> Example {
    let urls = urls.iter().map(|(name, url)| (*name, url.as_str()));
    let variables: Vec<_> = VARIABLES.into_iter().chain(urls).collect();
    Example::start_with(env!("CARGO_BIN_EXE_full"), folder.path(), &variables)
}
