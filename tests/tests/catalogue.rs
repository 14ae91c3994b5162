//! The derive as it is documented, written and shown: what one of them knows, the others know.
//!
//! Every key and every logical field has its documentation, every rule has a case in `tests/ui`
//! with its text, and every case has as many errors as mistakes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crudauth::user::Logical;

#[macro_use]
#[path = "../../crudauth/src/private/key_table.rs"]
mod key_table;

macro_rules! list {
    ($(
        $(#[$_module_text:meta])*
        $_Level:ident, $_module:ident, $Derive:ident, $_Place:ident {$(
            #[doc = $text:literal]
            $(#[$_more:meta])*
            $_Key:ident, $_item:ident, $key:literal: $_Form:ident $(($_what:literal))?,
                $_example:literal on $_on:literal;
        )*}
    )*) => {
        /// Every key, with its derive and the beginning of its text.
        const KEYS: &[(&str, &str, &str)] = &[$($((stringify!($Derive), $text, $key),)*)*];
    };
}

keys!(list);

/// The rules of `AuthUser` by the names of what says them, each with a part of its text. A case shows
/// a rule where its name begins with that of the rule.
const RULES: &[(&str, &str)] = &[
    ("not_a_struct", "`AuthUser` cannot be derived for an enum"),
    ("not_a_struct", "`AuthUser` cannot be derived for a union"),
    ("unnamed_fields", "`AuthUser` needs named fields"),
    ("no_fields", "has no fields to map to columns"),
    ("generic_type", "`AuthUser` cannot be derived for a generic type"),
    ("borrowed_fields", "a user cannot borrow its fields"),
    ("self_in_type", "instead of `Self` here"),
    ("no_keys", "expected `#[auth(..)]` with at least one key"),
    ("unknown_key", "`#[auth]` has no field key"),
    ("wrong_place", "belongs on the struct, not on a field"),
    ("given_twice", "is given twice for"),
    ("takes_no_value", "`register` takes no value"),
    ("needs_value", "`column` needs a value"),
    ("wrong_value", "`column` expects a column name, found an integer"),
    ("not_a_column_name", "is not a column name that Diesel can generate"),
    ("relative_path", "the path to `crudauth` must be absolute"),
    ("no_table", "does not say which table it is a row of"),
    ("two_tables", "a user is a row of one table, but two are named"),
    ("two_columns", "is mapped to two columns"),
    ("unknown_column", "in module `users`"),
    ("shared_column", "both map to column"),
    ("detour", "must map straight to one column"),
    ("not_the_key", "but that is not the primary key of"),
    ("too_many_columns", "more columns than crudauth was built for"),
    ("unreadable", "cannot be read from column"),
    ("missing", "is the logical field `hashed_password`"),
    ("declared_twice", "two fields are the logical field"),
    ("unknown_logical", "crudauth has no logical field"),
    ("misleading_name", "is declared as"),
    ("not_asked", "is not asked, as"),
    ("wrong_type", "the logical field `email` cannot be of type"),
    ("wrong_type", "the logical field `is_superuser` cannot be of type"),
    ("wrong_type", "the logical field `token_version` cannot be of type"),
    ("unusable_id", "cannot identify a user"),
    ("needs_partners", "needs the logical field `oauth_provider`"),
    ("unverified_recovery", "recovery by `phone` needs the logical field `phone_verified`"),
    ("login_by_nothing", "users cannot log in by"),
    ("login_by_optional", "which may be absent"),
    ("login_by_anything", "does not identify anyone"),
    ("client_sets_logical", "`is_superuser` can never be set by the client at sign-up"),
    ("client_sets_logical", "`id` is chosen by the database, not by the client"),
    ("client_sets_logical", "`hashed_password` is never sent"),
    ("sets_privileged_column", "which the client can never set"),
    ("always_sent", "is always part of sign-up"),
    ("two_sources", "has two sources at sign-up"),
    ("taken_input", "sign-up already has an input named"),
    ("renames_nothing", "`rename` names a sign-up input, but"),
    ("unsendable", "is sent at sign-up, but"),
    ("unwritable", "cannot be written to column"),
    ("not_yours_to_fill", "is set by crudauth, not by your new-user hook"),
    ("unfilled", "is NOT NULL, but nothing fills it when a user signs up"),
    ("all_filled", "NOT NULL, but nothing fills"),
    ("default_of_a_field", "is a field of `User`"),
    ("serde_rename", "does not change the sign-up input"),
    ("not_a_user", "is not set up as a crudauth user"),
    ("no_store", "has no store for SQLite"),
    ("state_without_auth", "find no `CrudAuth"),
    ("user_as_json", "is a row of the users table, which no client may see whole"),
    ("shows_secret", "can be serialized, and with it `hashed_password`"),
    ("sign_in_by", "does not say which"),
    ("builder_url", "is not a database that can hold"),
    ("long_lived", "`LongLived` cannot hold"),
    ("pool_of", "this pool does not lend connections"),
    ("request_gate_of_another_state", "a gate of this handler needs"),
    ("chooses_power", "anybody could choose"),
    ("opposite", "says the opposite of"),
    ("when_of_no_flag", "`when` says what makes a flag true, but"),
    ("unknown_when", "`when` knows no"),
    ("two_whens", "but `when` lists two"),
    ("not_a_moment", "needs an optional moment, but this is"),
    ("ambiguous_moment", "may be NULL, but what that means for `is_active` is not said"),
    ("optional_value", "is of a value that is always there, but"),
    ("compared_with_the_clock", "cannot depend on the clock"),
    ("inverted_twice", "says the same as"),
    ("closes_by_deletion", "to deactivate a user would be to write"),
    ("two_places", "have two places: the column"),
    ("two_tenants", "two fields say which tenant a user is of"),
    ("tenant_of_a_role", "cannot say which tenant a user is of too"),
    ("tenant_is_deleted", "says which tenant a user is of, and"),
    ("tenant_is_told", "with the tenant that the request is for"),
    ("optional_tenant", "a user is of one tenant, but"),
    ("two_soft_deletes", "two fields say which rows are deleted"),
    ("soft_delete_of_a_role", "cannot say which rows are deleted too"),
    ("soft_delete_is_written", "crudauth fills `gone` at sign-up"),
    ("soft_delete_by_type", "does not say whether a row is deleted"),
    ("no_login", "has no field to log in by"),
    ("unknown_backend", "crudauth knows no backend"),
    ("unknown_factor", "cannot be reached by"),
];

/// Cases of the derive that show no rule of its own.
const OTHER_CASES: &[&str] =
    &["beside", "habits", "no_such_crate", "not_a_timestamp", "without", "without_second_factor"];

/// What rustc or Diesel say, and what the derive therefore does not.
const LEFT_TO_OTHERS: [&str; 1] = ["unknown_column"];

/// Texts of public traits and of the runtime, outside of the derive.
const OF_THE_RUNTIME: [(&str, &str); 11] = [
    ("all_filled", "crudauth/src/private/columns.rs"),
    ("too_many_columns", "crudauth/src/private/columns.rs"),
    ("not_a_user", "crudauth/src/user/mod.rs"),
    ("no_store", "crudauth/src/store/sqlite/users.rs"),
    ("state_without_auth", "crudauth/src/auth/state.rs"),
    ("user_as_json", "crudauth/src/user/stored.rs"),
    ("sign_in_by", "crudauth/src/auth/sign_in.rs"),
    ("builder_url", "crudauth/src/store/database.rs"),
    ("long_lived", "crudauth/src/auth/long_lived/mod.rs"),
    ("pool_of", "crudauth/src/store/remote/own_pool.rs"),
    ("request_gate_of_another_state", "crudauth/src/principal/authorized.rs"),
];

/// The longest block of an error. To those of public traits rustc adds where they are required, and to
/// that of a gate of the application's own, generic over its users, where the gate is implemented.
const LONGEST: usize = 15;
const LONGEST_OF_A_TRAIT: usize = 29;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cases that must not compile, by their path under `ui/fail`.
fn cases() -> BTreeMap<String, Case> {
    let top = root().join("tests/ui/fail");
    let mut folders = vec![top.clone()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name =
                    path.strip_prefix(&top).expect("a path below").to_string_lossy().into_owned();
                let case = Case { code: read(&path), said: read(path.with_extension("stderr")) };
                found.insert(name, case);
            }
        }
    }
    assert!(found.len() > 60, "where are the cases?");
    found
}

struct Case {
    code: String,
    said: String,
}

impl Case {
    /// What the comment `// mistakes: 3` says, or one.
    fn mistakes(&self) -> usize {
        self.number("// mistakes: ")
    }

    /// How often rustc tells one mistake, in the same words of the same line: what the comment
    /// `// told: 2` says, or once. The next line of the comment has the reason.
    fn told(&self) -> usize {
        self.number("// told: ")
    }

    fn number(&self, of: &str) -> usize {
        let mut given = self.code.lines().filter_map(|line| line.strip_prefix(of));
        given.next().map_or(1, |number| number.parse().expect("a number"))
    }

    /// Each error as it is shown. A lint that the case denies is one.
    fn errors(&self) -> Vec<String> {
        let mut blocks: Vec<String> = Vec::new();
        for line in self.said.lines() {
            if line.starts_with("error") {
                blocks.push(String::new());
            }
            if let Some(block) = blocks.last_mut() {
                block.push_str(line);
                block.push('\n');
            }
        }
        blocks
    }

    /// Each thing that is said of a line, with how often it is.
    fn distinct_errors(&self) -> Vec<usize> {
        let of_a_line = |block: &String| {
            let text = block.lines().next().unwrap_or_default().to_owned();
            let place = block.lines().find(|line| line.trim_start().starts_with("--> "));
            let line = place.and_then(|place| place.split(':').nth(1)).map(str::to_owned);
            (text, line)
        };
        let mut times = HashMap::new();
        for error in self.errors().iter().map(of_a_line) {
            *times.entry(error).or_default() += 1;
        }
        times.into_values().collect()
    }
}

fn docs() -> String {
    read("crudauth-derive/docs/auth_user.md")
}

#[test]
fn every_key_has_its_section_and_every_section_its_key() {
    let docs = docs();
    let keys = KEYS.iter().filter(|(derive, ..)| *derive == "AuthUser");
    let keys: BTreeSet<_> = keys.map(|(_, _, key)| (*key).to_owned()).collect();
    assert_eq!(keys.len(), 15);
    let mut documented = BTreeSet::new();
    for section in docs.split("\n### `").skip(1) {
        let end = section
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .expect("as it is written");
        documented.insert(section[..end].to_owned());
        assert!(section.contains("> ``error: "), "which mistake is there with {section}?");
    }
    // The last is `#[diesel(table_name = ..)]`.
    assert!(documented.remove(""));
    assert_eq!(documented, keys);
}

/// An editor goes from the key to its text.
#[test]
fn every_key_has_a_text_that_begins_with_it() {
    for (derive, text, key) in KEYS {
        assert!(text.trim_start().starts_with(&format!("`{key}")), "{derive}: {key}: {text}");
    }
}

/// The derive cannot depend on the runtime, and a package must be complete by itself.
#[test]
fn both_packages_have_the_same_tables() {
    for (runtime, derive) in [
        ("crudauth/src/private/key_table.rs", "crudauth-derive/src/attribute/key_table.rs"),
        ("crudauth/src/user/logical_fields.rs", "crudauth-derive/src/logical_fields.rs"),
    ] {
        assert!(read(runtime) == read(derive), "{derive} is not {runtime}");
    }
}

#[test]
fn every_logical_field_is_documented_and_stands_in_a_case() {
    let docs = docs();
    let table = docs
        .split("# Logical fields")
        .nth(1)
        .expect("as it is written")
        .split("\n# ")
        .next()
        .expect("as it is written");
    let shown = read("tests/ui/pass/every_logical_field.rs");
    let fields: Vec<_> = Logical::ALL.iter().map(|logical| logical.name().to_owned()).collect();
    assert_eq!(fields.len(), 20);
    for field in &fields {
        assert!(table.contains(&format!("`{field}`")), "{field} is not documented");
        assert!(shown.contains(&format!(" {field}: ")), "{field} is not in every_logical_field.rs");
    }
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        for name in row.split('|').nth(1).expect("as it is written").split(", ") {
            let name = name.trim().trim_matches('`').to_owned();
            assert!(fields.contains(&name), "{name} is documented and does not exist");
        }
    }
}

/// Whether a case shows a rule, or something that is said under the same name.
fn shows(case: &str, rule: &str) -> bool {
    let file = case.rsplit('/').next().expect("as it is written").trim_end_matches(".rs");
    file.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

#[test]
fn every_rule_has_a_case_that_says_it() {
    let cases = cases();
    for (rule, text) in RULES {
        // One case shows the types of every role.
        let mut shown = cases.iter().filter(|(name, _)| {
            shows(name, rule) || (*rule == "unusable_id" && shows(name, "wrong_type_by_alias"))
        });
        assert!(shown.any(|(_, case)| case.said.contains(text)), "no case {rule} says {text:?}");
    }
}

#[test]
fn every_case_of_the_derive_belongs_to_a_rule() {
    let folders = ["attribute/", "diesel/", "logical/", "scope/", "shape/", "signup/"];
    for name in cases().keys() {
        if folders.iter().any(|folder| name.starts_with(folder)) {
            let known = RULES.iter().map(|(rule, _)| rule).chain(OTHER_CASES);
            assert!(known.into_iter().any(|rule| shows(name, rule)), "{name}");
        }
    }
}

#[test]
fn every_rule_is_the_name_of_what_says_it() {
    let mut derive = String::new();
    for file in ["messages.rs", "attribute/messages.rs", "shape.rs"] {
        derive += &read(Path::new("crudauth-derive/src").join(file));
    }
    for (rule, text) in RULES {
        if let Some((_, file)) = OF_THE_RUNTIME.iter().find(|(name, _)| name == rule) {
            assert!(read(file).contains(text), "{rule} is not in {file}");
        } else if !LEFT_TO_OTHERS.contains(rule) {
            let function = [format!("fn {rule}("), format!("fn {rule}<")];
            let says = function.iter().any(|function| derive.contains(function));
            assert!(says, "no text of the derive is {rule}");
        }
    }
}

#[test]
fn every_error_of_the_documentation_is_that_of_a_case() {
    let docs = docs();
    let cases = cases();
    let quoted: Vec<_> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("> ``error: "))
        .map(|line| line.trim_end_matches("``").trim_end())
        .collect();
    assert!(quoted.len() > 10);
    for error in quoted {
        assert!(cases.values().any(|case| case.said.contains(error)), "no case says {error:?}");
    }
}

#[test]
fn there_are_as_many_errors_as_mistakes_and_none_is_long() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let times = case.distinct_errors();
        let (mistakes, errors) = (case.mistakes(), times.len());
        if mistakes != errors {
            wrong.push(format!("{name}: {mistakes} mistakes, {errors} errors"));
        }
        let (told, most) = (case.told(), times.into_iter().max().unwrap_or_default());
        if told != most {
            wrong.push(format!("{name}: `// told: {told}`, but a mistake is told {most} times"));
        }
        let of_a_trait = name.starts_with("capability/")
            || name.starts_with("around/")
            || name == "register_schema/no_schema.rs";
        let longest = if of_a_trait { LONGEST_OF_A_TRAIT } else { LONGEST };
        for error in case.errors() {
            let lines = error.trim_end().lines().count();
            if lines > longest {
                wrong.push(format!("{name}: an error of {lines} lines"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
