//! The list of mutants against the sources and the documents. Whether each is noticed is asked by
//! `cargo run -p crudauth-tests --bin mutants`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crudauth_tests::mutants::{MUTANTS, Mutant, Suite, planted, table};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// All sources of Rust under a path, which may be one file.
fn sources(path: &Path) -> String {
    if path.is_file() {
        return fs::read_to_string(path).expect("source");
    }
    let mut text = String::new();
    for entry in fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "rs") {
            text += &sources(&path);
        }
    }
    text
}

/// The name of the function, without the module that tells adapters apart.
fn function(mutant: &Mutant) -> &'static str {
    mutant.test.rsplit("::").next().expect("a name")
}

#[test]
fn every_mutant_can_be_planted() {
    assert!(MUTANTS.len() >= 40, "{} mutants", MUTANTS.len());
    let files: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.file).collect();
    let mut errors = Vec::new();
    for file in files {
        let mutants: Vec<_> = MUTANTS.iter().filter(|mutant| mutant.file == file).collect();
        if let Err(misplanted) = planted(&read(file), &mutants) {
            errors.extend(misplanted.iter().map(ToString::to_string));
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_mutant_has_a_name_of_its_own_and_a_test_that_is_there() {
    let names: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
    assert_eq!(names.len(), MUTANTS.len(), "a name stands there twice");
    for mutant in MUTANTS {
        let places = match mutant.suite {
            Suite::Unit => vec!["crudauth/src".into()],
            Suite::Derive => vec!["crudauth-derive/src".into()],
            Suite::File(name) => {
                let file = format!("tests/tests/{name}");
                let is_folder = root().join(&file).is_dir();
                let file = if is_folder { file } else { format!("{file}.rs") };
                vec![file, "tests/src/conformance".to_owned()]
            }
        };
        let wanted = format!("fn {}(", function(mutant));
        let is_there = |place: &String| sources(&root().join(place)).contains(&wanted);
        assert!(places.iter().any(is_there), "`{}`: no `{}`", mutant.name, mutant.test);
    }
}

#[test]
fn a_mutant_that_cannot_be_planted_is_named() {
    let mutant = |name, original| Mutant {
        name,
        promise: "",
        file: "lib.rs",
        original,
        mutated: "true",
        suite: Suite::Unit,
        test: "",
    };
    let source = "fn f() -> bool { a() && b() && b() }";
    for (wrong, why) in [("c()", "no longer stands there"), ("b()", "stands there 2 times")] {
        let errors = planted(source, &[&mutant("x", wrong)]).expect_err("it cannot be planted");
        assert!(errors[0].to_string().contains(why), "{}", errors[0]);
    }
    let (whole, part) = (mutant("whole", "a() && b() && b()"), mutant("part", "a()"));
    let errors = planted(source, &[&part, &whole]).expect_err("one is in the other");
    assert!(errors[0].to_string().contains("overlaps"), "{}", errors[0]);
    let text = planted(source, &[&part]).expect("it stands there once");
    assert_eq!(
        text,
        "fn f() -> bool { (if crate::planted::planted(\"part\") { true } else { a() }) && b() && b() }"
    );
}

#[test]
fn the_table_has_every_mutant() {
    let document = read("tests/MUTANTS.md");
    let (before, rest) = document.split_once("| Promise | Mutant |").expect("the table");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let wanted = format!("{before}{}\n{after}", table());
    if std::env::var_os("CRUDAUTH_BLESS").is_some() {
        fs::write(root().join("tests/MUTANTS.md"), wanted).expect("the document");
    } else {
        assert_eq!(document, wanted, "`CRUDAUTH_BLESS=1` writes the table anew");
    }
}

/// The rows of the promises of SECURITY.md: the promise, and what holds it.
fn promises() -> Vec<(String, String)> {
    let document = read("SECURITY.md");
    let (_, section) = document.split_once("| Promise | Held by |").expect("the table");
    let rows = section.lines().skip(2).take_while(|line| line.starts_with('|'));
    let rows = rows.map(|line| {
        let (promise, held_by) = line.trim_matches('|').split_once(" | ").expect("two cells");
        (promise.trim().to_owned(), held_by.trim().to_owned())
    });
    rows.collect()
}

#[test]
fn security_names_the_tests_that_notice() {
    let promises = promises();
    for mutant in MUTANTS {
        let row = promises.iter().find(|(promise, _)| promise == mutant.promise);
        let (_, held_by) = row.unwrap_or_else(|| {
            panic!("`{}`: SECURITY.md has no promise {:?}", mutant.name, mutant.promise)
        });
        let test = format!("`{}`", function(mutant));
        assert!(held_by.contains(&test), "{test} is not named at {:?}", mutant.promise);
    }
}

#[test]
fn every_promise_has_a_mutant_or_a_reason() {
    let document = read("tests/MUTANTS.md");
    let (_, reasons) = document.split_once("## Promises without a mutant").expect("the section");
    for (promise, _) in promises() {
        let has_one = MUTANTS.iter().any(|mutant| mutant.promise == promise);
        let has_reason = reasons.lines().any(|line| line.contains(&promise));
        assert!(has_one != has_reason, "{promise:?}: a mutant {has_one}, a reason {has_reason}");
    }
}
