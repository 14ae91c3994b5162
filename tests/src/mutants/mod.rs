//! Mutants: each takes one protection out, and one test has to notice it.
//!
//! [`MUTANTS`] is the list. `cargo run -p crudauth-tests --bin mutants` plants all of them into one
//! copy of the sources, each behind a switch, and runs each test with its switch on and off.
//! `MUTANTS.md` shows the list; a test compares the two, and this list with the sources.

mod list;
mod plant;

pub use self::list::MUTANTS;
pub use self::plant::{Misplanted, SWITCH, planted, switchboard};

use std::fmt::Write as _;

/// A protection taken out.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// What the switch calls it.
    pub name: &'static str,
    /// How the row of the promise in `SECURITY.md` begins.
    pub promise: &'static str,
    /// The file, from the root of the repository.
    pub file: &'static str,
    /// A statement that ends in a semicolon, or an expression, which stands in the file once.
    pub original: &'static str,
    /// What is there in its place.
    pub mutated: &'static str,
    /// Where the test is that notices it.
    pub suite: Suite,
    /// The name of its function.
    pub test: &'static str,
}

/// A test binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// The unit tests of `crudauth`.
    Unit,
    /// The unit tests of `crudauth-derive`.
    Derive,
    /// This file or folder of `tests/tests`.
    File(&'static str),
}

impl Suite {
    /// As the table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "crudauth",
            Self::Derive => "crudauth-derive",
            Self::File(name) => name,
        }
    }
}

/// The table of `MUTANTS.md`.
#[must_use]
pub fn table() -> String {
    let mut table = String::from("| Promise | Mutant | Noticed by | In |\n|---|---|---|---|\n");
    for mutant in MUTANTS {
        let Mutant { name, promise, file, suite, test, .. } = mutant;
        let suite = suite.name();
        let _ = writeln!(table, "| {promise} | `{name}` in `{file}` | `{test}` | `{suite}` |");
    }
    table
}
