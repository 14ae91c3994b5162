//! The list of mutants against the sources and the documents. Whether each is noticed is asked by
//! `cargo run -p crudauth-tests --bin mutants`.

mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crudauth_tests::mutants::{MUTANTS, Mutant, Suite, planted, table};

use self::kinds::Source;

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

/// The build of all mutants takes minutes; most of what would break it is seen here.
#[test]
fn every_mutant_stands_for_an_expression_or_for_statements() {
    let mut sources = BTreeMap::new();
    let mut mistakes = Vec::new();
    for mutant in MUTANTS {
        let source = sources.entry(mutant.file).or_insert_with(|| Source::of(read(mutant.file)));
        let mistake = source.mistake(mutant);
        mistakes.extend(mistake.map(|why| format!("`{}` {why}", mutant.name)));
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_a_mutant_cannot_stand_for_is_named() {
    let source = Source::of(
        "const MOST: Duration = Duration::from_secs(5);\n\
         impl Most { const fn twice(self) -> u8 { self.0 * 2 } }\n\
         fn f(a: u8, b: Option<u8>) -> bool {\n\
             const LEAST: u8 = 1 + 1;\n\
             let sum = a + 2 * 3;\n\
             note(sum); note(a); // twice\n\
             log!(\"{}\", sum + 1);\n\
             match b { Some(7) if a > 1 => sum > 2, _ => false }\n\
         }\n"
        .to_owned(),
    );
    let mistake = |original, mutated| {
        source.mistake(&Mutant {
            name: "x",
            promise: "",
            file: "lib.rs",
            original,
            mutated,
            suite: Suite::Unit,
            test: "",
        })
    };
    for (original, mutated) in [
        ("2 * 3", "0"),
        ("a > 1", "true"),
        ("note(sum);", ""),
        ("note(sum); note(a);", ""),
        ("sum + 1", "sum"),
    ] {
        assert_eq!(mistake(original, mutated), None, "{original}");
    }
    for (original, mutated, why) in [
        ("Duration::from_secs(5)", "Duration::MAX", "is in a constant"),
        ("let sum = a + 2 * 3;", "", "declares"),
        ("1 + 1", "0", "is in a constant"),
        ("self.0 * 2", "0", "is in a constant"),
        ("note(sum); note(a); // twice", "", "no code"),
        ("if a > 1 => sum > 2", "", "no code"),
        ("sum); note(a", "a", "no code"),
        ("Some(7)", "Some(_)", "no code"),
        ("u8, b: Option<u8>", "u8", "no code"),
        ("2 * 3", "(", "no code"),
        ("2 * 3", "0 // none", "no code"),
    ] {
        let told = mistake(original, mutated).unwrap_or_else(|| panic!("{original}: accepted"));
        assert!(told.contains(why), "{original}: {told}");
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
