use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::Plan;
use crate::support::Client;
use crate::support::example::terminate;

/// How long a process may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process is told while it runs.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    /// Its clock goes forward by so many seconds.
    After(u64),
    /// It dies before its n-th operation on a store from now.
    DieBefore(usize),
    /// It dies after its n-th operation on a store from now.
    DieAfter(usize),
    /// It dies before its n-th statement from now by which a database writes.
    DieAtWrite(usize),
    /// It does not die.
    Live,
    /// It delivers the mail that is due.
    Deliver,
    /// Its SQLite file has room for so many pages, and never for fewer than it has; with none, for
    /// as many as SQLite can count.
    Pages(usize),
    /// Its SQLite file must be sound.
    Check,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(seconds) => write!(f, "after {seconds}"),
            Self::DieBefore(nth) => write!(f, "die-before {nth}"),
            Self::DieAfter(nth) => write!(f, "die-after {nth}"),
            Self::DieAtWrite(nth) => write!(f, "die-at-write {nth}"),
            Self::Live => f.write_str("live"),
            Self::Deliver => f.write_str("deliver"),
            Self::Pages(most) => write!(f, "pages {most}"),
            Self::Check => f.write_str("check"),
        }
    }
}

impl Order {
    pub(super) fn read(line: &str) -> Option<Self> {
        let (order, number) = line.split_once(' ').unwrap_or((line, "0"));
        let number = number.parse().ok()?;
        let nth = usize::try_from(number).ok()?;
        Some(match order {
            "after" => Self::After(number),
            "die-before" => Self::DieBefore(nth),
            "die-after" => Self::DieAfter(nth),
            "die-at-write" => Self::DieAtWrite(nth),
            "live" => Self::Live,
            "deliver" => Self::Deliver,
            "pages" => Self::Pages(nth),
            "check" => Self::Check,
            _ => return None,
        })
    }
}

/// A server process. It is killed when it is dropped.
#[derive(Debug)]
pub struct Member {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Member {
    /// Starts `program`, which is that of `CARGO_BIN_EXE_member`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(program: &str, plan: &Plan) -> Self {
        Self::start_under(Command::new(program), plan)
    }

    /// As [`start`](Self::start), by a command that comes to run the program with the arguments
    /// that are added to it.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start_under(mut command: Command, plan: &Plan) -> Self {
        command.arg(serde_json::to_string(plan).expect("a plan is JSON"));
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let orders = process.stdin.take().expect("it is piped");
        let mut answers = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        answers.read_line(&mut line).expect("it says its address");
        let address = line.trim().parse().expect("an address; what it says else is above");
        Self { process, orders, answers, address }
    }

    /// Its id for the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A client without cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Gives an order, and waits until it is carried out.
    ///
    /// # Panics
    ///
    /// If the process is gone.
    pub fn order(&mut self, order: Order) {
        writeln!(self.orders, "{order}").expect("it takes orders");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        assert_eq!(line.trim(), "done", "{order}");
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    ///
    /// # Panics
    ///
    /// If it lives on.
    pub fn terminate(&mut self) -> ExitStatus {
        terminate(&mut self.process, PATIENCE)
    }

    /// Ends it at once.
    ///
    /// # Panics
    ///
    /// If it cannot be ended.
    pub fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
    }

    /// Whether it has ended by itself.
    ///
    /// # Panics
    ///
    /// If the system does not know it.
    pub fn is_dead(&mut self) -> bool {
        self.process.try_wait().expect("it is ours").is_some()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    ///
    /// If it lives on.
    pub fn wait_for_death(&mut self) {
        let start = Instant::now();
        while !self.is_dead() {
            assert!(start.elapsed() < PATIENCE, "it was to die, and lives");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
