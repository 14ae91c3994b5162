//! A walk through both surfaces: the real program, on a free port, over a new database.

mod mail;
mod requests;
mod settings;
mod site;
mod tuned;
mod visitor;

use std::path::PathBuf;

use crudauth::Sqlite;
use crudauth_tests::support::example::Example;
use tempfile::TempDir;

use self::visitor::Visitor;

/// The program, on its default files in a folder of the test.
struct Full {
    folder: TempDir,
    example: Example,
}

const KEYS: [(&str, &str); 2] = [
    ("SECRET_KEY", "the walk keeps this one for the site: 0123456789"),
    ("TUNED_SECRET_KEY", "and this one for what is tuned: 9876543210"),
];

impl Full {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let example = run(&folder);
        Self { folder, example }
    }

    /// The same after a crash: the same files and keys, another process.
    fn restarted(self) -> Self {
        let Self { folder, example } = self;
        example.kill();
        let example = run(&folder);
        Self { folder, example }
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
        let database = Sqlite::open(self.folder.path().join("full.db")).expect("the database");
        database.execute_batch(sql).await.expect("valid SQL");
    }
}

fn run(folder: &TempDir) -> Example {
    Example::start_with(env!("CARGO_BIN_EXE_full"), folder.path(), &KEYS)
}
