//! A process that cannot outlive the test.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Starts the server, notes its id, waits for the end of its input, and ends the server; removes its
/// data, unless the input said to keep it. PostgreSQL's processes end when they see their parent die,
/// for which they must not be frozen; and the next server does not start before all of them have
/// ended, also the one that was born at the last moment. They are at home in the folder of the data.
/// A test that dies while its server is frozen has the whole group hang up, but for this shell.
const WATCH: &str = r#"
trap : HUP
folder=$1; shift
"$@" </dev/null &
server=$!
echo $server >"$folder/server.id"
order=$(cat)
children=$(cat /proc/$server/task/$server/children 2>/dev/null)
kill -CONT $server $children 2>/dev/null
kill -KILL $server 2>/dev/null
wait $server 2>/dev/null
home=$(cd "$folder" && pwd -P)
turns=0
while ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -qF -e "-> $home/" && [ $((turns += 1)) -lt 500 ]; do
    sleep 0.02
done
[ "$order" = keep ] || rm -rf "$folder"
exit 0
"#;

/// A running server, and the shell that watches it.
#[derive(Debug)]
pub(super) struct Watched {
    watch: Child,
    id: u32,
}

impl Watched {
    pub(super) fn start(command: &[String], folder: &Path) -> Self {
        let note = folder.join("server.id");
        let _ = std::fs::remove_file(&note);
        let log = File::options().create(true).append(true).open(log_of(folder)).expect("a log");
        let watch = Command::new("sh")
            .args(["-c", WATCH, "watch"])
            .arg(folder)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("sh");
        let start = std::time::Instant::now();
        let id = loop {
            let id = std::fs::read_to_string(&note).ok().and_then(|id| id.trim().parse().ok());
            match id {
                Some(id) => break id,
                None => assert!(start.elapsed() < super::START, "the server has no id"),
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        Self { watch, id }
    }

    fn children(&self) -> String {
        let id = self.id;
        std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default()
    }

    /// Whether every thread of the server and of its children has stopped.
    fn stands_still(&self) -> bool {
        let (id, children) = (self.id.to_string(), self.children());
        let processes = std::iter::once(id.as_str()).chain(children.split_whitespace());
        let threads = processes
            .filter_map(|id| std::fs::read_dir(format!("/proc/{id}/task")).ok())
            .flatten()
            .flatten();
        threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok()).all(
            |stat| {
                // The name before the state is in brackets, and may have any in itself.
                stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['T', 'Z']))
            },
        )
    }

    /// Sends a signal to the server and its children.
    pub(super) fn signal(&self, signal: &str) {
        let (id, children) = (self.id, self.children());
        // A child may be gone by now.
        let _ = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(id.to_string())
            .args(children.split_whitespace())
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// A server as a test may treat it.
#[derive(Debug)]
pub struct Process {
    // Dropped first: a server must not find its data gone.
    running: Option<Watched>,
    command: Vec<String>,
    folder: TempDir,
}

impl Process {
    pub(super) fn new(command: Vec<String>, folder: TempDir) -> Self {
        Self { running: None, command, folder }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn launch(&mut self) {
        self.running = Some(Watched::start(&self.command, self.folder.path()));
    }

    /// Ends the server at once, as a crash would.
    ///
    /// # Panics
    ///
    /// If the shell that watches it is gone.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.running.take() {
            let order = server.watch.stdin.as_mut().expect("a pipe");
            order.write_all(b"keep").expect("a watching shell");
        }
    }

    /// Freezes the server and every process of it, and waits until nothing of it moves.
    ///
    /// # Panics
    ///
    /// If it goes on all the same.
    pub fn freeze(&self) {
        let Some(server) = &self.running else { return };
        let start = std::time::Instant::now();
        server.signal("STOP");
        while !server.stands_still() {
            assert!(start.elapsed() < super::START, "the server does not stop");
            std::thread::sleep(std::time::Duration::from_millis(5));
            // PostgreSQL may have had a new child in the meantime.
            server.signal("STOP");
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.running.iter().for_each(|server| server.signal("CONT"));
    }
}

pub(super) fn log_of(folder: &Path) -> PathBuf {
    folder.join("server.log")
}
