//! The import rule of ARCHITECTURE.md: who in `crudauth/src` may know whom.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, from the inside out, each with all that it may import. What is not here may not
/// exist; `auth` is the composition root, and alone may know everybody.
const LAYERS: &[(&str, &[&str])] = &[
    // Leaves.
    ("background", &[]),
    ("chain", &[]),
    ("clock", &[]),
    ("error", &["chain"]),
    ("secret", &[]),
    ("password", &["chain", "error", "secret"]),
    ("identity", &[]),
    ("scope", &[]),
    ("factors", &["secret"]),
    ("proofs", &[]),
    ("token", &["chain", "clock", "scope", "secret"]),
    ("providers", &["chain", "clock", "error", "secret"]),
    // The contract, and where its rows are kept.
    ("user", &["error", "identity", "password"]),
    ("store", &["chain", "clock", "error", "identity", "password", "user"]),
    ("private", &["error", "password", "store", "user"]),
    // What the features share.
    ("event", &["chain", "clock", "secret", "store"]),
    ("message", &["chain", "error"]),
    ("outbox", &["background", "chain", "clock", "error", "event", "message", "secret", "store"]),
    ("rate_limit", &["chain", "error", "event", "secret", "store"]),
    ("lockout", &["secret", "store"]),
    ("stamp", &["password", "secret", "store", "user"]),
    ("principal", &["error", "proofs", "scope", "token", "user"]),
    ("http", &["chain", "error", "event", "identity", "password", "store", "rate_limit", "secret"]),
    ("onetime", &["clock", "http", "secret", "stamp", "store", "user"]),
    (
        "delivery",
        &[
            "chain", "clock", "error", "event", "http", "message", "onetime", "outbox", "secret",
            "store", "user",
        ],
    ),
    (
        "hooks",
        &["background", "chain", "error", "event", "http", "providers", "rate_limit", "user"],
    ),
    ("credentials", &[]),
    ("guide", &[]),
    (
        "transport",
        &[
            "chain",
            "clock",
            "error",
            "event",
            "hooks",
            "http",
            "principal",
            "proofs",
            "scope",
            "secret",
            "stamp",
            "store",
            "rate_limit",
            "token",
            "user",
        ],
    ),
    (
        "core",
        &[
            "background",
            "chain",
            "clock",
            "delivery",
            "error",
            "event",
            "factors",
            "hooks",
            "http",
            "lockout",
            "password",
            "principal",
            "proofs",
            "providers",
            "secret",
            "stamp",
            "store",
            "rate_limit",
            "transport",
            "user",
        ],
    ),
    // The one way in, which several features take.
    (
        "login",
        &[
            "chain",
            "clock",
            "core",
            "error",
            "event",
            "factors",
            "hooks",
            "lockout",
            "password",
            "proofs",
            "scope",
            "secret",
            "stamp",
            "store",
            "rate_limit",
            "transport",
            "user",
        ],
    ),
    // Features: none imports another.
    (
        "oauth",
        &[
            "chain",
            "clock",
            "core",
            "error",
            "event",
            "hooks",
            "http",
            "identity",
            "login",
            "message",
            "onetime",
            "password",
            "principal",
            "providers",
            "rate_limit",
            "secret",
            "stamp",
            "store",
            "transport",
            "user",
        ],
    ),
    ("account", &["core", "http", "transport", "user"]),
    (
        "mfa",
        &[
            "chain",
            "core",
            "error",
            "event",
            "factors",
            "hooks",
            "http",
            "lockout",
            "login",
            "message",
            "password",
            "proofs",
            "principal",
            "rate_limit",
            "secret",
            "store",
            "transport",
            "user",
        ],
    ),
    (
        "sessions",
        &[
            "chain",
            "core",
            "error",
            "event",
            "hooks",
            "http",
            "login",
            "password",
            "principal",
            "transport",
            "user",
        ],
    ),
    (
        "tokens",
        &[
            "core",
            "error",
            "event",
            "hooks",
            "http",
            "proofs",
            "login",
            "password",
            "token",
            "transport",
            "user",
        ],
    ),
    (
        "register",
        &[
            "chain",
            "core",
            "delivery",
            "error",
            "event",
            "hooks",
            "http",
            "identity",
            "password",
            "secret",
            "store",
            "rate_limit",
            "user",
        ],
    ),
    (
        "password_change",
        &[
            "chain",
            "core",
            "error",
            "event",
            "hooks",
            "http",
            "message",
            "password",
            "principal",
            "store",
            "transport",
            "user",
            "secret",
        ],
    ),
    (
        "recovery",
        &[
            "chain",
            "core",
            "delivery",
            "error",
            "event",
            "hooks",
            "http",
            "identity",
            "message",
            "onetime",
            "password",
            "store",
            "rate_limit",
            "transport",
            "user",
            "secret",
            "outbox",
        ],
    ),
    (
        "mail_sign_in",
        &[
            "clock",
            "core",
            "delivery",
            "error",
            "event",
            "hooks",
            "http",
            "identity",
            "login",
            "message",
            "outbox",
            "rate_limit",
            "secret",
            "stamp",
            "store",
            "transport",
            "user",
        ],
    ),
    (
        "sudo",
        &[
            "core",
            "error",
            "event",
            "factors",
            "hooks",
            "http",
            "lockout",
            "password",
            "principal",
            "proofs",
            "stamp",
            "store",
            "transport",
            "user",
            "secret",
        ],
    ),
];

const FEATURES: &[&str] = &[
    "account",
    "mail_sign_in",
    "mfa",
    "oauth",
    "password_change",
    "recovery",
    "register",
    "sessions",
    "sudo",
    "tokens",
];

#[test]
fn imports_point_inward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crudauth/src");
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in rust_files(&root) {
        let path = file.strip_prefix(&root).expect("a file of the crate");
        let module = module_of(path);
        seen.insert(module.clone());
        if module == "lib" || module == "auth" {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("`{module}` has no place in the layers"));
            continue;
        };
        let source = fs::read_to_string(&file).expect("source");
        for import in imports(&source) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports `crate::{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (module, _) in LAYERS {
        assert!(seen.contains(*module), "the layers name `{module}`, which does not exist");
    }
}

/// The table itself keeps the rule: each module comes after all that it may import, and no
/// feature is imported by anyone in it.
#[test]
fn the_layers_have_an_order() {
    for (position, (module, allowed)) in LAYERS.iter().enumerate() {
        for import in *allowed {
            let inner = LAYERS[..position].iter().any(|(name, _)| name == import);
            assert!(inner, "`{module}` may import `{import}`, which is not further in");
            assert!(!FEATURES.contains(import), "`{module}` may import the feature `{import}`");
        }
    }
}

/// The table of ARCHITECTURE.md has every module, and no module imports one of a later row.
#[test]
fn the_architecture_shows_the_layers() {
    /// Neither code nor below anything: what the derive calls, and pages of the documentation.
    const ELSEWHERE: [&str; 3] = ["credentials", "guide", "private"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let text = fs::read_to_string(path).expect("the page");
    let table = text.lines().skip_while(|line| !line.starts_with("| Layer |")).skip(2);
    let rows: Vec<Vec<&str>> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(2).unwrap_or_default())
        .map(|modules| modules.split('`').skip(1).step_by(2).collect())
        .collect();
    let row_of = |module: &str| rows.iter().position(|row| row.contains(&module));
    for (module, allowed) in LAYERS.iter().filter(|(module, _)| !ELSEWHERE.contains(module)) {
        let row = row_of(module);
        assert!(row.is_some(), "ARCHITECTURE.md has no `{module}` in its table");
        for import in *allowed {
            assert!(row_of(import) <= row, "`{module}` stands before `{import}`, which it imports");
        }
    }
    let shown = rows.iter().flatten().filter(|module| **module != "auth");
    for module in shown {
        let is_there = LAYERS.iter().any(|(name, _)| name == module);
        assert!(is_there, "ARCHITECTURE.md names `{module}`, which does not exist");
    }
}

#[test]
fn every_way_to_import_is_seen() {
    let source = "
        //! Docs may name crate::anything.
        use crate::alone;
        pub use crate::__exported_macro;
        use crate::{first, second::{Inner, Other}, third as fourth};
        use crate::{
            over, lines,
        };
        fn f(x: crate::inline::Type) -> Vec<crate::generic::Type> {} // not crate::this
        const URL: &str = \"http://h\"; use crate::late::X;
        macro_rules! m { () => { $crate::__private::x() } }
        #[cfg(test)]
        mod tests { use crate::only_in_tests::X; }
    ";
    let found: Vec<_> = imports(source).into_iter().collect();
    let expected =
        ["alone", "first", "generic", "inline", "late", "lines", "over", "second", "third"];
    assert_eq!(found, expected);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
            files.push(path);
        }
    }
    files
}

/// The folder or file right under `src`.
fn module_of(path: &Path) -> String {
    let first = path.iter().next().expect("a component");
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The modules that `source` names through `crate::`, its unit tests aside, which stand last.
fn imports(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let uncommented = code.lines().map(|line| {
        let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
        comment.map_or(line, |(at, _)| &line[..at])
    });
    let code = uncommented.collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(names_of_group(group)),
            None => found.extend(first_name(rest)),
        }
    }
    found
}

/// The first names in `a, b::{c, d}, e}`.
fn names_of_group(group: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut depth, mut begins) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(first_name(group[begins..at].trim_start()));
                begins = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// None for the macros that the crate exports, which live at its root and belong to no module.
fn first_name(path: &str) -> Option<String> {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    (end > 0 && !path.starts_with("__")).then(|| path[..end].to_owned())
}
