//! An engine for users with one for state, and the tests on them.

use std::fmt;
use std::io::{Write as _, stderr};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Failed;
use crate::binaries::Binary;

const USERS: [&str; 3] = ["sqlite", "postgres", "mariadb"];
const STATE: [&str; 3] = ["memory", "database", "redis"];

/// Where users and state are.
pub(crate) struct Combination {
    users: &'static str,
    state: &'static str,
}

/// Those that are `named`, or all.
pub(crate) fn chosen(named: &[String]) -> Result<Vec<Combination>, Failed> {
    let all =
        || USERS.iter().flat_map(|users| STATE.iter().map(|state| Combination { users, state }));
    if let Some(unknown) = named.iter().find(|name| !all().any(|it| it.to_string() == **name)) {
        let known: Vec<_> = all().map(|it| it.to_string()).collect();
        return Err(format!("`{unknown}` is no combination; there are: {}", known.join(" ")).into());
    }
    Ok(all().filter(|it| named.is_empty() || named.contains(&it.to_string())).collect())
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}+{}", self.users, self.state))
    }
}

impl Combination {
    pub(crate) fn engines(&self) -> [&'static str; 2] {
        [self.users, self.state]
    }

    /// Runs all binaries, as many at once as there are cores. Much of a test is waiting.
    pub(crate) fn run(&self, binaries: &[Binary], variables: &[(&str, String)]) -> Outcome {
        let (next, all) = (AtomicUsize::new(0), Mutex::new(Outcome::default()));
        let work = || {
            while let Some(binary) = binaries.get(next.fetch_add(1, Ordering::Relaxed)) {
                let outcome = self.run_one(binary, variables);
                all.lock().expect("no panic").add(outcome);
            }
        };
        let at_once = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| (0..at_once).for_each(|_| drop(scope.spawn(work))));
        all.into_inner().expect("no panic")
    }

    fn run_one(&self, binary: &Binary, variables: &[(&str, String)]) -> Outcome {
        let output = Command::new(&binary.file)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CRUDAUTH_TEST_USERS", self.users)
            .env("CRUDAUTH_TEST_STATE", self.state)
            .envs(variables.iter().map(|(name, url)| (name, url)))
            .stdin(Stdio::null())
            .output();
        let (text, succeeded) = match output {
            Ok(output) => {
                let text = [output.stdout, output.stderr].concat();
                (String::from_utf8_lossy(&text).into_owned(), output.status.success())
            }
            Err(error) => (error.to_string(), false),
        };
        let mut outcome = Outcome::of(&text);
        // A binary that does not get to its last line has failed too.
        if !succeeded && outcome.failed == 0 {
            outcome.failed = 1;
        }
        if outcome.failed > 0 {
            let title = format!("\n==> {} on {self}\n", binary.name);
            let _ = stderr().write_all((title + &text).as_bytes());
        }
        outcome
    }
}

/// How many tests passed and how many failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    passed: usize,
    failed: usize,
}

impl Outcome {
    /// What the last line of a test binary says.
    fn of(text: &str) -> Self {
        let line = text.lines().rfind(|line| line.starts_with("test result: "));
        let number = |what: &str| {
            let before = line?.split_once(what)?.0;
            before.rsplit(' ').next()?.parse().ok()
        };
        Self {
            passed: number(" passed").unwrap_or_default(),
            failed: number(" failed").unwrap_or_default(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Something ran, and all of it passed.
    pub(crate) fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}
