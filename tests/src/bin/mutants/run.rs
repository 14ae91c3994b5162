//! One test with a mutant and without.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _, stdout};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crudauth_tests::built::Built;
use crudauth_tests::mutants::{Mutant, SWITCH, Suite};

use crate::Failed;

/// Far longer than any of these tests takes: with a mutant one may wait for what never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Green,
    Red,
    NotThere,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    with: Verdict,
    without: Verdict,
    took: Duration,
}

impl Outcome {
    pub(crate) fn is_good(&self) -> bool {
        (self.with, self.without) == (Verdict::Red, Verdict::Green)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match (self.with, self.without) {
            (Verdict::Red, Verdict::Green) => "noticed",
            (Verdict::Green, Verdict::Green) => "SURVIVED",
            (Verdict::NotThere, _) | (_, Verdict::NotThere) => "THERE IS NO SUCH TEST",
            (_, Verdict::Red) => "THE TEST IS RED WITHOUT IT",
        };
        write!(f, "{said} ({:.1} s)", self.took.as_secs_f64())
    }
}

/// What is run: a test, with a mutant or without.
type Job = (Suite, &'static str, Option<&'static str>);

/// Runs what `mutants` need, as many at once as there are cores.
pub(crate) fn all(mutants: &[&Mutant], binaries: &[Built]) -> Result<Vec<Outcome>, Failed> {
    let jobs: BTreeSet<Job> = mutants
        .iter()
        .flat_map(|it| [(it.suite, it.test, None), (it.suite, it.test, Some(it.name))])
        .collect();
    let jobs: Vec<_> = jobs.into_iter().collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut result = one(*job, binaries);
            // Without a mutant it is the suite's own business to be green. Once may be chance.
            if job.2.is_none() && matches!(result, Ok((Verdict::Red, _))) {
                result = one(*job, binaries);
            }
            let result = result.map_err(|error| error.to_string());
            done.lock().expect("no panic").insert(*job, result);
        }
    };
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..at_once).for_each(|_| drop(scope.spawn(work))));
    let done = done.into_inner().expect("no panic");
    let outcome = |mutant: &&Mutant| -> Result<Outcome, Failed> {
        let of = |name| done[&(mutant.suite, mutant.test, name)].clone();
        let ((without, _), (with, took)) = (of(None)?, of(Some(mutant.name))?);
        Ok(Outcome { with, without, took })
    };
    mutants.iter().map(outcome).collect()
}

fn one((suite, test, mutant): Job, binaries: &[Built]) -> Result<(Verdict, Duration), Failed> {
    let binary = binaries.iter().find(|binary| match suite {
        // An example may have a test of the same name.
        Suite::File(name) => {
            binary.kind == "test" && binary.name == name && binary.package.ends_with("tests")
        }
        library => {
            let folder = binary.package.file_name().and_then(|name| name.to_str());
            binary.kind != "test" && folder == Some(library.name())
        }
    });
    let binary = binary.ok_or_else(|| format!("cargo has built no `{}`", suite.name()))?;
    let start = Instant::now();
    // Read at the end: a pipe that nobody empties would hold the test up.
    let mut output: File = tempfile::tempfile()?;
    let mut command = Command::new(&binary.file);
    command.arg(test).current_dir(&binary.package).env("CARGO_MANIFEST_DIR", &binary.package);
    command.env("RUST_BACKTRACE", "0").env_remove(SWITCH).envs(mutant.map(|name| (SWITCH, name)));
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if start.elapsed() > PATIENCE => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut text = String::new();
    output.rewind()?;
    output.read_to_string(&mut text)?;
    // The name may be part of another one, so what counts are the lines of this one.
    let suffix = format!("::{test}");
    let mut lines = text.lines().filter_map(|line| {
        let (name, said) = line.strip_prefix("test ")?.split_once(' ')?;
        (name == test || name.ends_with(&suffix)).then(|| said.ends_with("ok"))
    });
    let verdict = match (status, lines.next()) {
        (Some(status), Some(first)) if status.success() && first && lines.all(|ok| ok) => {
            Verdict::Green
        }
        (Some(status), None) if status.success() => Verdict::NotThere,
        // It failed, hung, or took its process along.
        _ => Verdict::Red,
    };
    if mutant.is_none() && verdict == Verdict::Red {
        writeln!(stdout(), "red without a mutant:\n{text}")?;
    }
    Ok((verdict, start.elapsed()))
}
