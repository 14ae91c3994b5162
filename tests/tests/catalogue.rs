//! The derive as it is documented, written and shown: what one of them knows, the others know.
//!
//! Every key and every logical field has its documentation, every rule has a case in `tests/ui`
//! with its text, and every case has as many errors as mistakes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// The rules of `AuthUser` by their numbers, each with a part of its text. 20 and 24 do not exist.
const RULES: &[(u8, &str)] = &[
    (1, "`AuthUser` cannot be derived for an enum"),
    (2, "`AuthUser` cannot be derived for a union"),
    (3, "`AuthUser` needs named fields"),
    (4, "has no fields to map to columns"),
    (5, "`AuthUser` cannot be derived for a generic type"),
    (6, "a user cannot borrow its fields"),
    (7, "instead of `Self` here"),
    (8, "expected `#[auth(..)]` with at least one key"),
    (9, "`#[auth]` has no field key"),
    (10, "belongs on the struct, not on a field"),
    (11, "is given twice for"),
    (12, "`register` takes no value"),
    (13, "`column` needs a value"),
    (14, "`column` expects a column name, found an integer"),
    (15, "is not a column name that Diesel can generate"),
    (16, "the path to `crudauth` must be absolute"),
    (17, "does not say which table it is a row of"),
    (18, "a user is a row of one table, but two are named"),
    (19, "is mapped to two columns"),
    (21, "in module `users`"),
    (22, "both map to column"),
    (23, "must map straight to one column"),
    (25, "but that is not the primary key of"),
    (26, "more columns than crudauth was built for"),
    (27, "cannot be read from column"),
    (28, "is the logical field `hashed_password`"),
    (29, "two fields are the logical field"),
    (30, "crudauth has no logical field"),
    (31, "is declared as"),
    (32, "the logical field `email` cannot be of type"),
    (33, "the logical field `is_superuser` cannot be of type"),
    (34, "the logical field `token_version` cannot be of type"),
    (35, "cannot identify a user"),
    (36, "needs the logical field `oauth_provider`"),
    (37, "recovery by `phone` needs the logical field `phone_verified`"),
    (38, "users cannot log in by"),
    (39, "when it may be absent"),
    (40, "does not identify anyone"),
    (41, "`is_superuser` can never be set by the client at sign-up"),
    (42, "`id` is chosen by the database, not by the client"),
    (43, "`hashed_password` is never sent"),
    (44, "which the client can never set"),
    (45, "is always part of sign-up"),
    (46, "has two sources at sign-up"),
    (47, "sign-up already has an input named"),
    (48, "`rename` names a sign-up input, but"),
    (49, "is sent at sign-up, but"),
    (50, "cannot be written to column"),
    (51, "is set by crudauth, not by your new-user hook"),
    (52, "is NOT NULL, but nothing fills it when a user signs up"),
    (53, "NOT NULL, but nothing fills"),
    (54, "is a field of `User`"),
    (55, "does not change the sign-up input"),
    (56, "is not set up as a crudauth user"),
    (57, "has no store for SQLite"),
    (58, "crudauth needs a database backend"),
    (59, "anybody could choose"),
    (60, "says the opposite of"),
];

/// What rustc or Diesel say, and what the derive therefore does not.
const LEFT_TO_OTHERS: [u8; 1] = [21];

/// Texts of public traits and of the runtime's root, outside of the derive.
const OF_THE_RUNTIME: [(u8, &str); 4] = [
    (26, "crudauth/src/private/columns.rs"),
    (56, "crudauth/src/user/mod.rs"),
    (57, "crudauth/src/store/sqlite/users.rs"),
    (58, "crudauth/src/lib.rs"),
];

/// The longest block of an error. To those of public traits rustc adds where they are required.
const LONGEST: usize = 15;
const LONGEST_OF_A_TRAIT: usize = 28;

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

/// The texts of `fn name`, in the `number`th of such functions of a file of the derive.
fn names(file: &str, number: usize) -> Vec<String> {
    let code = read(Path::new("crudauth-derive/src").join(file));
    let functions = code.split("fn name(self) -> &'static str {").skip(1);
    // The trait only declares it.
    let body =
        functions.filter(|body| body.contains("=> \"")).nth(number).expect("a list of names");
    let end = body.find("\n    }").expect("its end");
    let names: Vec<_> = body[..end]
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\",").map(str::to_owned))
        .collect();
    assert!(names.len() > 1, "no names in {file}");
    names
}

/// The words of `const list`, an array of texts.
fn listed(file: &str, list: &str) -> Vec<String> {
    let code = read(file);
    let after = code.split(&format!("const {list}: ")).nth(1).expect("the list");
    let array = after.split_once("= [").and_then(|(_, rest)| rest.split_once(']'));
    let (array, _) = array.expect("its words");
    array.split(',').map(|word| word.trim().trim_matches('"').to_owned()).collect()
}

fn docs() -> String {
    read("crudauth-derive/docs/auth_user.md")
}

#[test]
fn every_key_has_its_section_and_every_section_its_key() {
    let docs = docs();
    let keys: BTreeSet<_> =
        [names("keys.rs", 0), names("keys.rs", 1)].concat().into_iter().collect();
    assert_eq!(keys.len(), 11);
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

/// To which an editor goes from the key.
#[test]
fn every_key_has_its_item_in_the_runtime_and_every_item_its_key() {
    let schema = "crudauth-derive/src/register_schema/syntax.rs";
    let places = [
        ("user_struct", names("keys.rs", 0)),
        ("user_field", names("keys.rs", 1)),
        ("register_schema", [listed(schema, "STRUCT_KEYS"), listed(schema, "FIELD_KEYS")].concat()),
    ];
    let code = read("crudauth/src/private/keys.rs");
    let mut modules: Vec<_> = code.split("\npub mod ").skip(1).collect();
    for (place, keys) in places {
        let at = modules.iter().position(|module| module.starts_with(&format!("{place} {{")));
        let module = modules.remove(at.unwrap_or_else(|| panic!("no {place}")));
        let items: Vec<_> = module
            .split("    pub mod ")
            .skip(1)
            .map(|item| item.split(' ').next().unwrap_or_default())
            // `crate` cannot be the name of an item.
            .map(|item| item.trim_end_matches('_'))
            .collect();
        assert_eq!(items, keys, "{place}");
        for key in keys {
            assert!(module.contains(&format!("    /// `{key}")), "{place}: {key} has no text");
        }
    }
    assert!(modules.is_empty(), "no key has a place in {modules:?}");
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
    let fields = names("logical.rs", 0);
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

#[test]
fn every_rule_has_a_case_that_says_it() {
    let cases = cases();
    for (rule, text) in RULES {
        if *rule == 58 {
            // No case can switch off the features of its dependency.
            continue;
        }
        let number = format!("c{rule:02}_");
        let mut shown = cases.iter().filter(|(name, _)| {
            let file = name.rsplit('/').next().expect("as it is written");
            // One case shows four rules.
            file.starts_with(&number) || (file.starts_with("c32_to_") && (32..=35).contains(rule))
        });
        assert!(shown.any(|(_, case)| case.said.contains(text)), "no case {number}* says {text:?}");
    }
}

#[test]
fn every_case_with_a_number_belongs_to_a_rule() {
    for name in cases().keys() {
        let file = name.rsplit('/').next().expect("as it is written");
        let number = file.strip_prefix('c').and_then(|rest| rest.get(..2)?.parse::<u8>().ok());
        if let Some(number) = number {
            assert!(RULES.iter().any(|(rule, _)| *rule == number), "{name}");
        }
    }
}

#[test]
fn every_rule_is_written_down_in_the_code_that_says_it() {
    let mut derive = String::new();
    for file in ["messages.rs", "emit/asserts.rs"] {
        derive += &read(Path::new("crudauth-derive/src").join(file));
    }
    let mut told: BTreeSet<u8> = BTreeSet::new();
    for line in derive.lines().filter(|line| line.trim_start().starts_with("///")) {
        let numbers: Vec<u8> = line
            .split(|letter: char| !letter.is_alphanumeric())
            .filter_map(|word| word.strip_prefix('C')?.parse().ok())
            .collect();
        told.extend(&numbers);
        if let ([first, last], true) = (numbers.as_slice(), line.contains(" to C")) {
            told.extend(*first..=*last);
        }
    }
    for (rule, text) in RULES {
        if let Some((_, file)) = OF_THE_RUNTIME.iter().find(|(number, _)| number == rule) {
            assert!(read(file).contains(text), "C{rule} is not in {file}");
        } else if !LEFT_TO_OTHERS.contains(rule) {
            assert!(told.contains(rule), "no text of the derive is C{rule:02}");
        }
    }
    for rule in told {
        assert!(RULES.iter().any(|(known, _)| *known == rule), "C{rule} is no rule");
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
