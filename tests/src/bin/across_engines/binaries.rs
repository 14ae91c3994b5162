//! Which test binaries stand on the engines of the environment, and where they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crudauth_tests::built;

use crate::Failed;

/// What only a test names that stands on the engines of the environment.
const MARKS: [&str; 4] = ["TestApp", "BearerApp", "TestDatabase::new", "Ground::new"];

/// A test binary.
pub(crate) struct Binary {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

/// The binaries of the tests that `names` has, or of all tests that are meant.
pub(crate) fn built(names: &[String]) -> Result<Vec<Binary>, Failed> {
    let meant = meant()?;
    if let Some(unknown) = names.iter().find(|name| !meant.contains(name)) {
        return Err(
            format!("`{unknown}` is no test on engines; there are: {}", meant.join(" ")).into()
        );
    }
    let mut executables = executables()?;
    let wanted = meant.into_iter().filter(|name| names.is_empty() || names.contains(name));
    let found = wanted.map(|name| match executables.remove(&name) {
        Some(file) => Ok(Binary { name, file }),
        None => Err(format!("cargo has built no test `{name}`").into()),
    });
    found.collect()
}

/// The names of the tests that stand on the engines of the environment: a new one is among them
/// by itself.
fn meant() -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let sources = match path.is_dir() {
            true if path.join("main.rs").is_file() => all_in(&path)?,
            true => continue,
            false => fs::read_to_string(&path)?,
        };
        if MARKS.iter().any(|mark| sources.contains(mark)) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn all_in(folder: &Path) -> Result<String, Failed> {
    let mut sources = String::new();
    for entry in fs::read_dir(folder)? {
        sources += &fs::read_to_string(entry?.path())?;
    }
    Ok(sources)
}

/// The test binaries of this package. They are built as the command of the README builds them, so
/// that after it there is nothing left to build.
fn executables() -> Result<BTreeMap<String, PathBuf>, Failed> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = built::tests(package, &["--workspace", "--locked"], &[])?;
    let ours = built.into_iter().filter(|it| it.kind == "test" && it.package == package);
    Ok(ours.map(|it| (it.name, it.file)).collect())
}
