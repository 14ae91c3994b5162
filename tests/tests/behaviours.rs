//! `BEHAVIOURS.md` against the sources: every row names tests that exist, or says why there is
//! none; every route of the library is in it; and every text is in the file of a test of its row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crudauth::http::Route;

/// What a row may say in place of a test, and then has to say more.
const EXCUSES: [&str; 2] = ["Different: ", "Not in this release: "];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(heading: &str) -> Vec<Vec<String>> {
    let document = fs::read_to_string(root().join("tests/BEHAVIOURS.md")).expect("the document");
    let (_, section) = document.split_once(heading).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    let rows = rows.filter(|line| !line.starts_with("|---") && !line.starts_with("| Row |"));
    rows.map(|line| {
        let line = line.trim_start_matches('|').trim_end_matches('|');
        line.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// Every file of Rust under `folder`.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The files that hold a test of each name: functions under `#[test]` or `#[tokio::test]`, and the
/// cases of the conformance suite, which are tests on every adapter.
fn tests() -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for folder in ["crudauth/src", "crudauth-derive/src", "tests/src", "tests/tests"] {
        for path in sources(folder) {
            let text = fs::read_to_string(&path).expect("source");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let function = line.trim_start_matches("pub ").trim_start_matches("async ");
                if let Some(name) = function.strip_prefix("fn ") {
                    let of_suite = path.ends_with("conformance/state.rs")
                        && line.starts_with("pub async fn")
                        && line.contains("(subject: Subject)");
                    if is_test || of_suite {
                        let name = name.split(['(', '<']).next().unwrap_or_default();
                        found.entry(name.to_owned()).or_default().push(path.clone());
                    }
                    is_test = false;
                }
                is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            }
        }
    }
    found
}

fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Checks the last cell of a row, and returns the files of its tests.
fn shown_by(row: &[String], tests: &BTreeMap<String, Vec<PathBuf>>) -> BTreeSet<PathBuf> {
    let cell = row.last().expect("a cell");
    let mut files = BTreeSet::new();
    for name in quoted(cell) {
        match tests.get(name) {
            Some(found) => files.extend(found.iter().cloned()),
            None if name.contains('/') => {
                assert!(root().join("tests").join(name).exists(), "no file `{name}`: {row:?}");
            }
            None => panic!("there is no test `{name}`: {row:?}"),
        }
    }
    let excused = EXCUSES.iter().filter_map(|excuse| cell.strip_prefix(excuse));
    let excused = excused.into_iter().any(|reason| reason.len() > 2);
    assert!(cell.contains('`') || excused, "neither a test nor a reason: {row:?}");
    files
}

#[test]
fn every_behaviour_has_its_test_or_its_reason() {
    let tests = tests();
    assert!(tests.len() > 400, "{} tests were found", tests.len());
    let rows = table("## Behaviours");
    assert!(rows.len() > 120, "{} rows", rows.len());
    let mut numbers = BTreeSet::new();
    for row in &rows {
        let [number, behaviour, _] = row.as_slice() else { panic!("three cells: {row:?}") };
        assert!(numbers.insert(number), "{number} stands there twice");
        assert!(!behaviour.is_empty(), "{row:?}");
        shown_by(row, &tests);
    }
}

#[test]
fn every_answer_is_in_a_test_of_its_row() {
    let tests = tests();
    let rows = table("## Answers");
    assert!(rows.len() > 90, "{} rows", rows.len());
    for row in &rows {
        let [_, status, text, by] = row.as_slice() else { panic!("four cells: {row:?}") };
        assert!(status.parse::<u16>().is_ok_and(|it| (200..600).contains(&it)), "{row:?}");
        let files = shown_by(row, &tests);
        if EXCUSES.iter().any(|excuse| by.starts_with(excuse)) {
            continue;
        }
        let sources: Vec<_> =
            files.iter().map(|file| fs::read_to_string(file).expect("source")).collect();
        for text in quoted(text) {
            let shown = sources.iter().any(|source| unescaped(source).contains(text));
            assert!(shown, "no test of this row has the text {text:?}: {row:?}");
        }
    }
}

/// A source without the line breaks and escapes of its literals.
fn unescaped(source: &str) -> String {
    let mut text = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("\\\n") {
        text.push_str(before);
        rest = after.trim_start();
    }
    text.push_str(rest);
    text.replace("\\\"", "\"")
}

#[test]
fn every_route_has_its_answers() {
    let rows = table("## Answers");
    let described: BTreeSet<_> =
        rows.iter().filter_map(|row| row[0].split('`').nth(1)?.split(' ').nth(1)).collect();
    assert!(Route::ALL.len() > 15);
    for route in Route::ALL {
        assert!(described.contains(route.path()), "{route:?} is not in BEHAVIOURS.md");
    }
}
