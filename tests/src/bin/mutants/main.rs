//! Plants the mutants of [`MUTANTS`] into a copy of the sources and runs, for each, the test that
//! has to notice it: red with the mutant, green without.
//!
//! `cargo run -p crudauth-tests --bin mutants`. After `--` come parts of names, if not all are
//! wanted. The sources of the repository stay as they are; the copy is in `target/mutants`, and
//! what it depends on is taken from where the tests of the workspace were built.

mod copy;
mod run;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use crudauth_tests::built::{self, Built};
use crudauth_tests::mutants::{MUTANTS, Mutant, Suite};

type Failed = Box<dyn Error>;

fn main() -> Result<ExitCode, Failed> {
    let parts: Vec<_> = std::env::args().skip(1).collect();
    let wanted = |mutant: &&Mutant| {
        parts.is_empty() || parts.iter().any(|part| mutant.name.contains(part.as_str()))
    };
    let mutants: Vec<_> = MUTANTS.iter().filter(wanted).collect();
    if mutants.is_empty() {
        return Err("no mutant has such a name".into());
    }

    let start = Instant::now();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let folder = target.join("mutants");
    copy::plant(&root, &folder)?;
    let binaries = build(&folder, &target, &mutants)?;
    writeln!(stdout(), "planted and built in {} s", start.elapsed().as_secs())?;

    let outcomes = run::all(&mutants, &binaries)?;
    let bad = outcomes.iter().filter(|outcome| !outcome.is_good()).count();
    for (mutant, outcome) in mutants.iter().zip(&outcomes) {
        writeln!(stdout(), "{:<44} {:<64} {outcome}", mutant.name, mutant.test)?;
    }
    let (all, seconds) = (mutants.len(), start.elapsed().as_secs());
    writeln!(stdout(), "{} of {all} mutants noticed, {seconds} s", all - bad)?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the copy once, with the tests that are wanted.
fn build(folder: &Path, target: &Path, mutants: &[&Mutant]) -> Result<Vec<Built>, Failed> {
    let suites: BTreeSet<_> = mutants.iter().map(|mutant| mutant.suite).collect();
    // All of the workspace, as its tests are built, so that all has the same features.
    let mut arguments = vec!["--workspace", "--offline", "--quiet"];
    if suites.iter().any(|suite| !matches!(suite, Suite::File(_))) {
        arguments.push("--lib");
    }
    for suite in &suites {
        if let Suite::File(name) = suite {
            arguments.extend(["--test", name]);
        }
    }
    built::tests(folder, &arguments, &[("CARGO_TARGET_DIR", target)])
}
