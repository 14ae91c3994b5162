//! An example as its reader meets it: a process of its own, and the requests that it prints.

mod curl;

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, thread};

use tempfile::NamedTempFile;

use self::curl::Curl;
use super::Client;

/// The last line of a greeting.
const FAREWELL: &str = "Stop with Ctrl-C.";

/// What the examples read; a test must not depend on the environment that it runs in.
const VARIABLES: [&str; 16] = [
    "DATABASE",
    "DATABASE_URL",
    "GITHUB_BASE_URL",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "MAIL_FILE",
    "OAUTH_BASE_URL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_ISSUER",
    "SECRET_KEY",
    "STATE_URL",
    "TRUST_PROXY",
    "TUNED_SECRET_KEY",
];

/// How long an example may take to start, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running example: on a free port, with its files in a folder of the test. It stops when it is
/// dropped, also by a test that fails.
#[derive(Debug)]
pub struct Example {
    process: Running,
    folder: PathBuf,
    address: SocketAddr,
    greeting: Vec<String>,
    requests: Vec<String>,
}

/// What came back for one printed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The line that was printed.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The body, with `<token>` in place of each CSRF token.
    pub body: String,
}

impl Example {
    /// Starts `binary` in `folder` and reads its greeting.
    ///
    /// # Panics
    ///
    /// If it does not start, or does not greet.
    #[must_use]
    pub fn start(binary: &str, folder: &Path) -> Self {
        Self::start_with(binary, folder, &[])
    }

    /// As [`start`](Self::start), with these environment variables.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(binary: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary);
        for name in VARIABLES {
            command.env_remove(name);
        }
        let log = NamedTempFile::new().expect("a file for its log");
        let child = command
            .current_dir(folder)
            .env("LISTEN", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.reopen().expect("the same file"))
            .spawn();
        let mut process = Running(child.expect("the example starts"), log);
        let greeting = process.greeting();
        Self {
            process,
            folder: folder.to_owned(),
            address: address_in(&greeting),
            requests: requests_in(&greeting),
            greeting,
        }
    }

    /// The lines that it printed before it served.
    #[must_use]
    pub fn greeting(&self) -> &[String] {
        &self.greeting
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client without cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// What it has logged so far.
    ///
    /// # Panics
    ///
    /// If that cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.process.1.path()).expect("its log")
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    ///
    /// # Panics
    ///
    /// If it lives on.
    #[must_use]
    pub fn terminate(&mut self) -> ExitStatus {
        terminate(&mut self.process.0, PATIENCE)
    }

    /// Asks it to stop, and makes sure that it ends well.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn stop(mut self) {
        let status = self.terminate();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Kills it, as a crash would, and waits for its end.
    pub fn kill(self) {
        drop(self.process);
    }

    /// Pastes each printed request into a shell, in order. `None` where there is no curl, which
    /// is an error in CI.
    ///
    /// # Panics
    ///
    /// If a command fails, or there is no curl in CI.
    #[must_use]
    pub fn paste(&self) -> Option<Vec<Reply>> {
        let version = Command::new("curl").arg("--version").output();
        if !version.is_ok_and(|output| output.status.success()) {
            assert!(env::var_os("CI").is_none(), "curl is missing");
            // Not `eprintln`, which a passing test does not show.
            let _ = io::stderr().write_all(b"\nSKIPPED: no curl, so nothing was pasted\n\n");
            return None;
        }
        Some(self.requests.iter().map(|request| self.paste_one(request)).collect())
    }

    fn paste_one(&self, request: &str) -> Reply {
        let shell = Command::new("sh")
            .args(["-c", request])
            .current_dir(&self.folder)
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let complaints = String::from_utf8_lossy(&shell.stderr);
        assert!(shell.status.success(), "{request}\n{complaints}");
        let output = String::from_utf8(shell.stdout).expect("text");
        let (body, status) = output.trim_end().rsplit_once(" [").expect("body [status]");
        let status = status.trim_end_matches(']').parse().expect("a status");
        Reply::new(request, status, body)
    }

    /// Sends each printed request from here, in order: what curl would send, without curl.
    ///
    /// # Panics
    ///
    /// If a request uses an option of curl that is not understood here.
    pub async fn send(&self) -> Vec<Reply> {
        let mut jars = BTreeMap::<String, Client>::new();
        let mut saved = BTreeMap::<String, String>::new();
        let mut replies = Vec::new();
        for request in &self.requests {
            let text_in = |file: &str| {
                let token = jars.get(file).and_then(Client::csrf_token);
                token.or(saved.get(file).map(String::as_str)).unwrap_or_default().to_owned()
            };
            let curl = Curl::parse(request, &text_in);
            let kept = curl.reads.as_ref().and_then(|jar| jars.get(jar));
            let mut client = kept.cloned().unwrap_or_else(|| self.client());
            let answer = client.send(curl.request(&client)).await;
            let shown = if curl.saves.is_some() { String::new() } else { answer.text() };
            replies.push(Reply::new(request, answer.status.as_u16(), &shown));
            saved.extend(curl.saves.map(|file| (file, answer.text())));
            if let Some(jar) = curl.writes {
                jars.insert(jar, client);
            }
        }
        replies
    }
}

impl Reply {
    fn new(request: &str, status: u16, body: &str) -> Self {
        let is_token = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let words = body.split('"').map(|word| if is_token(word) { "<token>" } else { word });
        let body = words.collect::<Vec<_>>().join("\"");
        Self { request: request.to_owned(), status, body }
    }
}

/// Compares replies with the `(status, body)` of each.
///
/// # Panics
///
/// If one is not as expected, or their number is not; the message shows the request.
pub fn assert_replies(replies: &[Reply], expected: &[(u16, &str)]) {
    for (reply, expected) in replies.iter().zip(expected) {
        assert_eq!((reply.status, reply.body.as_str()), *expected, "{}", reply.request);
    }
    assert_eq!(replies.len(), expected.len(), "the number of printed requests");
}

/// Sends SIGTERM to a process of the test's own, and waits for its end.
///
/// # Panics
///
/// If it lives on for longer than `patience`.
pub(super) fn terminate(process: &mut Child, patience: Duration) -> ExitStatus {
    let asked = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    assert!(asked.expect("a signal").success());
    let start = Instant::now();
    loop {
        if let Some(status) = process.try_wait().expect("it is ours") {
            return status;
        }
        assert!(start.elapsed() < patience, "it was asked to stop, and goes on");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The process, and the file of its log.
#[derive(Debug)]
struct Running(Child, NamedTempFile);

impl Running {
    /// The lines up to the farewell. What comes later is read too, so that the pipe never fills.
    fn greeting(&mut self) -> Vec<String> {
        let output = self.0.stdout.take().expect("a pipe");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut greeting = Vec::new();
        loop {
            let line = lines.recv_timeout(PATIENCE).expect("the example greets");
            if line == FAREWELL {
                return greeting;
            }
            greeting.push(line);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        if thread::panicking() {
            let log = std::fs::read_to_string(self.1.path()).unwrap_or_default();
            let _ = io::stderr().write_all(log.as_bytes());
        }
    }
}

fn address_in(greeting: &[String]) -> SocketAddr {
    let after = greeting.iter().find_map(|line| Some(line.split_once("http://")?.1));
    let text = after.expect("an address").split(|c: char| c != ':' && c != '.' && !c.is_numeric());
    let address = text.map(|text| text.trim_end_matches('.')).next();
    address.and_then(|it| it.parse().ok()).expect("an address and a port")
}

/// The commands, each as one line: a backslash at the end of a line joins it with the next.
fn requests_in(greeting: &[String]) -> Vec<String> {
    let text = greeting.join("\n").replace("\\\n", "");
    let requests = text.lines().filter(|line| line.starts_with("curl "));
    requests.map(str::to_owned).collect()
}
