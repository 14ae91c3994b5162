//! What the documents say is so.

use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file under `folder` whose name ends with `ending`.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

/// The fenced blocks of a document, each with what stands behind its opening fence.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// The text without what differs between an excerpt and its place.
fn outdented(text: &str) -> String {
    let lines: Vec<_> = text.trim().lines().map(str::trim).collect();
    lines.join("\n")
}

#[test]
fn rust_in_the_readme_is_cut_from_code_that_is_compiled() {
    let mut sources: Vec<_> = files("examples", ".rs");
    sources.extend(files("tests/ui/fail", ".rs"));
    let sources: Vec<_> = sources
        .iter()
        .map(|path| {
            let fails = path.components().any(|part| part.as_os_str() == "fail");
            (fails, outdented(&fs::read_to_string(path).expect("source")))
        })
        .collect();
    let mut excerpts = 0;
    for (info, text) in blocks(&read("README.md")) {
        if !info.starts_with("rust") {
            continue;
        }
        let must_fail = match info.as_str() {
            "rust" => false,
            "rust,compile_fail" => true,
            other => panic!("a block of `{other}` is not tested"),
        };
        let excerpt = outdented(&text);
        let is_compiled =
            sources.iter().any(|(fails, source)| *fails == must_fail && source.contains(&excerpt));
        assert!(is_compiled, "this is in no example:\n{text}");
        excerpts += 1;
    }
    assert!(excerpts >= 4, "{excerpts}");
}

/// The error in the README is one that the compile-fail cases hold to the letter, but for the name
/// of the file.
#[test]
fn the_error_in_the_readme_is_what_the_compiler_prints() {
    let without_file = |text: &str| {
        let place = |line: &str| match line.split_once("--> ") {
            Some((margin, place)) => {
                let at = place.find(':').map_or("", |colon| &place[colon..]);
                format!("{margin}-->{at}")
            }
            None => line.to_owned(),
        };
        text.trim_end().lines().map(place).collect::<Vec<_>>().join("\n")
    };
    let readme = blocks(&read("README.md"));
    let shown = readme.iter().find(|(_, text)| text.starts_with("error"));
    let (_, shown) = shown.expect("the README shows an error");
    let printed = files("tests/ui/fail", ".stderr").into_iter().any(|path| {
        let text = fs::read_to_string(path).expect("text");
        text.split("\n\n").any(|error| without_file(error) == without_file(shown))
    });
    assert!(printed, "no compile-fail case prints this:\n{shown}");
}

#[test]
fn every_example_is_in_the_readme_and_in_the_changelog() {
    let (readme, changelog) = (read("README.md"), read("CHANGELOG.md"));
    let examples = fs::read_dir(root().join("examples")).expect("the examples");
    let mut seen = 0;
    for example in examples.map(|entry| entry.expect("an entry").file_name()) {
        let name = example.to_string_lossy();
        let link = format!("- [`examples/{name}`](examples/{name}/");
        assert!(readme.contains(&link), "the README does not list `{name}`");
        assert!(changelog.contains(&format!("`{name}`")), "the CHANGELOG does not name `{name}`");
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

/// What stands left in the table is said by the sources, in these words.
#[test]
fn every_text_of_the_troubleshooting_exists() {
    let mut sources = files("crudauth/src", ".rs");
    sources.extend(files("crudauth-derive/src", ".rs"));
    // A literal goes on in the next line after `\`.
    let joined = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("source");
        let parts: Vec<_> = text.split("\\\n").map(str::trim_start).collect();
        parts.concat()
    };
    let sources: String = sources.iter().map(joined).collect();
    let readme = read("README.md");
    let (_, table) = readme.split_once("| It says | Then |").expect("the table");
    let mut texts = 0;
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let text = row.split(" | ").next().unwrap_or_default().trim_start_matches("| ");
        assert!(sources.contains(text), "nothing says {text:?}");
        texts += 1;
    }
    assert!(texts > 10, "{texts}");
}

/// With its tests, its tables and its page, but for the manifest, blank lines and comments.
#[test]
fn the_shop_has_at_most_400_lines() {
    let mut lines = 0;
    let is_code = |file: &PathBuf| !file.ends_with("Cargo.toml");
    for file in files("examples/shop", "").into_iter().filter(is_code) {
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let is_code = |line: &&str| {
            let line = line.trim_start();
            !line.is_empty() && !["//", "--", "#!", "# "].iter().any(|it| line.starts_with(it))
        };
        lines += text.lines().filter(is_code).count();
    }
    assert!((300..=400).contains(&lines), "{lines}");
}

#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for after in text.split("](").skip(1) {
            let target = after.split(')').next().unwrap_or_default();
            if target.starts_with("https://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { document } else { path };
            assert!(root().join(path).exists(), "{document}: {target}");
            if !anchor.is_empty() {
                let heading = |line: &str| {
                    let title = line.trim_start_matches('#').trim().to_lowercase();
                    line.starts_with('#') && title.replace(' ', "-") == anchor
                };
                assert!(read(path).lines().any(heading), "{document}: {target}");
            }
            links += 1;
        }
    }
    assert!(links > 10, "{links}");
}

#[test]
fn every_test_that_security_names_exists() {
    let mut sources = files("crudauth", ".rs");
    sources.extend(files("crudauth-derive", ".rs"));
    sources.extend(files("tests", ".rs"));
    let sources: String =
        sources.iter().map(|path| fs::read_to_string(path).expect("source")).collect();
    let mut tests = 0;
    let document = read("SECURITY.md");
    let (_, table) = document.split_once("| Promise | Held by |").expect("the table");
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let held_by = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        for name in held_by.split('`').skip(1).step_by(2) {
            let exists = match name.contains('/') {
                true => root().join(name).exists(),
                false => sources.contains(&format!("fn {name}(")),
            };
            assert!(exists, "{row}\nnames `{name}`");
            tests += 1;
        }
        assert!(held_by.contains('`'), "{row}\nnames no test");
    }
    assert!(tests > 20, "{tests}");
}

#[test]
fn the_documents_agree_with_the_manifest_and_with_ci() {
    let manifest = read("Cargo.toml");
    let rust_version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let rust_version = rust_version.expect("a version").trim_matches('"');
    let readme = read("README.md");
    assert!(readme.contains(&format!("minimum supported Rust version is {rust_version}.")));

    let commands = blocks(&readme).into_iter().find(|(info, _)| info == "sh").expect("commands").1;
    let commands: Vec<_> =
        commands.lines().filter_map(|line| Some(line.split_once('#')?.0.trim())).collect();
    assert_eq!(commands, ["cargo run -p quickstart", "cargo test --workspace"]);
    assert!(read(".ci/run").contains(commands[1]), "CI does not run the README's test command");

    let features = read("crudauth/Cargo.toml");
    let (_, features) = features.split_once("[features]").expect("features");
    let features = features.split("\n[").next().unwrap_or_default();
    for line in features.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        if name != "default" {
            assert!(readme.contains(&format!("`{name}`")), "the README does not name `{name}`");
        }
    }
}
