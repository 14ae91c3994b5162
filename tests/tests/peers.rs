//! The mistakes at which other derives of this kind stumble, and the case that shows what this one
//! says. A case that is named and not there is a mistake of this table.

use std::fs;
use std::path::{Path, PathBuf};

/// What shows that a mistake is met.
enum Shown {
    /// A file below `ui/fail`, and a part of what the compiler says of it.
    Fails(&'static str, &'static str),
    /// A file below `ui/pass`: it is no mistake.
    Passes(&'static str),
    /// A test, in a file from the root of the repository.
    Tested(&'static str, &'static str),
}
use Shown::{Fails, Passes, Tested};

/// Each mistake, or each wish, with what shows it.
const ROWS: &[(&str, &[Shown])] = &[
    (
        "`email_verified` is missing: told where it is needed, with the way out",
        &[
            Fails("capability/verified_without_a_factor.rs", "add `email_verified: bool`"),
            Fails("capability/email_unverified.rs", "add `email_verified: bool`"),
            Fails("logical/unverified_recovery.rs", "needs the logical field"),
        ],
    ),
    (
        "several fields are missing: all are told at once",
        &[
            Fails("logical/missing.rs", "is the logical field `is_active`"),
            Fails("logical/missing.rs", "is the logical field `token_version`"),
        ],
    ),
    (
        "a field has a name of its own: the help says how to mark it",
        &[
            Fails("logical/missing_under_other_names.rs", "if `email_address` is it"),
            Fails("logical/missing_under_other_names.rs", "if `password_hash` holds it"),
        ],
    ),
    (
        "an alias has a typing error: told at the alias, with what it was meant to be",
        &[
            Fails("logical/unknown_logical.rs", "a logical field with a similar name exists"),
            Fails("diesel/unknown_column.rs", "similarly named struct `email` defined here"),
        ],
    ),
    (
        "an alias names no logical field at all",
        &[Fails("logical/unknown_logical.rs", "crudauth has no logical field")],
    ),
    (
        "a field is there with a wrong type",
        &[
            Fails("logical/wrong_type_of_a_flag.rs", "cannot be of type"),
            Fails("logical/wrong_type_of_text.rs", "cannot be of type"),
            Fails("logical/wrong_type_by_alias.rs", "cannot be of type"),
            Fails("logical/wrong_type_of_the_epoch.rs", "cannot be of type"),
            Fails("diesel/unreadable.rs", "cannot be read from column"),
        ],
    ),
    (
        "ids and texts of any usable type compile",
        &[Passes("uuid_and_time.rs"), Passes("custom_types.rs"), Passes("minimal.rs")],
    ),
    (
        "the timestamps of more than one crate compile, others are told at the type",
        &[
            Passes("chrono.rs"),
            Passes("uuid_and_time.rs"),
            Fails("logical/not_a_timestamp.rs", "created_at"),
        ],
    ),
    ("a raw identifier is a name as any other", &[Passes("raw_identifiers.rs")]),
    (
        "a role is given twice",
        &[
            Fails("logical/declared_twice.rs", "two fields are the logical field"),
            Fails("attribute/given_twice.rs", "is given twice for"),
        ],
    ),
    (
        "an unknown key lists the keys",
        &[Fails("attribute/unknown_key.rs", "a field accepts `column`, `logical`")],
    ),
    (
        "the wrong type stands where a user is expected: one error, in no private words",
        &[
            Fails("around/not_a_user.rs", "is not set up as a crudauth user"),
            Fails("around/not_a_user_configured.rs", "is not set up as a crudauth user"),
            Fails("register_schema/user_that_is_none.rs", "is not set up as a crudauth user"),
        ],
    ),
    (
        "the columns of an optional feature are half there: told by the compiler, not at start-up",
        &[
            Fails("logical/needs_partners.rs", "needs the logical field"),
            Fails("capability/bearer_without_the_epoch.rs", "token_version"),
            Fails("capability/email_without_its_fields.rs", "recovery factor"),
        ],
    ),
    (
        "no input makes the macro panic",
        &[Tested("crudauth-derive/src/tests.rs", "whatever_comes_out_is_code")],
    ),
    (
        "every mistake is told in one compile, at its own token",
        &[
            Fails("everything_at_once.rs", "does not say which table"),
            Fails("register_schema/everything_at_once.rs", "error"),
        ],
    ),
    (
        "columns are held against Diesel's own types",
        &[
            Fails("diesel/unreadable.rs", "cannot be read from column `users.age`"),
            Fails("signup/unwritable.rs", "cannot be written to column"),
        ],
    ),
    (
        "a secret field is never on the list of what a client may send",
        &[
            Fails("signup/client_sets_logical_hash.rs", "is never sent"),
            Fails("signup/client_sets_logical.rs", "can never be set by the client"),
            Fails("register_schema/privileged.rs", "can never be set by the client"),
        ],
    ),
    (
        "what is not on the list is refused by default",
        &[Tested("tests/tests/derive.rs", "a_new_user_is_active_unprivileged_and_as_sent")],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

/// What is wrong with a row, if something is.
fn complaint(shown: &Shown) -> Option<String> {
    let (path, text) = match shown {
        Fails(case, text) => {
            if let Err(error) = read(&format!("tests/ui/fail/{case}")) {
                return Some(error);
            }
            (format!("tests/ui/fail/{}", case.replace(".rs", ".stderr")), (*text).to_owned())
        }
        Passes(case) => (format!("tests/ui/pass/{case}"), "fn main()".to_owned()),
        Tested(file, test) => ((*file).to_owned(), format!("fn {test}()")),
    };
    match read(&path) {
        Ok(found) if found.contains(&text) => None,
        Ok(_) => Some(format!("{path} does not say {text:?}")),
        Err(error) => Some(error),
    }
}

#[test]
fn every_mistake_of_a_peer_has_its_case() {
    let complaints: Vec<String> = ROWS
        .iter()
        .flat_map(|(row, shown)| {
            assert!(!shown.is_empty(), "nothing shows {row:?}");
            shown.iter().filter_map(move |shown| {
                complaint(shown).map(|complaint| format!("{row}: {complaint}"))
            })
        })
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_case_that_is_not_there_is_noticed() {
    assert!(complaint(&Fails("no/such_case.rs", "")).is_some());
    assert!(complaint(&Fails("everything_at_once.rs", "what nobody says")).is_some());
    assert!(complaint(&Passes("no_such_case.rs")).is_some());
    assert!(complaint(&Tested("tests/tests/peers.rs", "no_such_test")).is_some());
}
