use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::{Delivery, DeliveryError, Email, EmailSender};
use crate::error::StartupError;

/// Appends e-mails to a file instead of sending them: one line of JSON each, as in
/// `{"to":"ada@example.com","kind":"reset_password","link":"https://..","subject":".."}`. `link` is
/// null if the message has no link. A message with a code to type has it as `code`.
///
/// For development and tests: a reader of the file can reset every password. A new file is
/// readable by its owner only. Each line is one write in append mode, so that several processes
/// can share the file.
#[derive(Debug)]
pub struct FileSender {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

#[derive(Serialize)]
struct Line<'a> {
    to: &'a str,
    kind: &'a str,
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    subject: &'a str,
}

impl FileSender {
    /// Opens the file at `path`, and creates it if it is not there.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened for writing; the error names it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StartupError> {
        let path = path.as_ref().to_owned();
        let file = append_to(&path).map_err(|error| {
            let shown = path.display();
            StartupError::setting(format!("mail cannot be written to {shown}: {error}"))
        })?;
        Ok(Self { path, file: Arc::new(Mutex::new(file)) })
    }

    /// Where the mail goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn append_to(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl EmailSender for FileSender {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        Box::pin(async move {
            let line = Line {
                to: email.to(),
                kind: email.kind().as_str(),
                link: email.link(),
                code: email.code(),
                subject: email.subject(),
            };
            let mut bytes = serde_json::to_vec(&line).map_err(DeliveryError::permanent)?;
            bytes.push(b'\n');
            let file = Arc::clone(&self.file);
            let write =
                move || file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes);
            tokio::task::spawn_blocking(write)
                .await
                .map_err(DeliveryError::temporary)?
                .map_err(DeliveryError::temporary)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, MessageKind, Templates};

    #[tokio::test]
    async fn parallel_mails_are_whole_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.jsonl");
        let renderer = Arc::new(Templates::new().compile().expect("good"));
        let mut sending = tokio::task::JoinSet::new();
        for number in 0..50 {
            // Each sender has its own handle, as each process has.
            let (sender, renderer) = (FileSender::open(&path).expect("opens"), renderer.clone());
            sending.spawn(async move {
                let message =
                    Message::new(MessageKind::ResetPassword, format!("u{number}@e.example"))
                        .with_link(
                            "https://e.example/\"quoted\"?token=".to_owned() + &"x".repeat(5000),
                        );
                sender.send(&renderer.render(&message).expect("good")).await.expect("written");
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.expect("no panic");
        }
        let notice = Message::new(MessageKind::EmailChanged, "ada@e.example");
        let sender = FileSender::open(&path).expect("opens");
        sender.send(&renderer.render(&notice).expect("good")).await.expect("written");

        let written = std::fs::read_to_string(&path).expect("reads");
        let lines: Vec<serde_json::Value> =
            written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 51);
        assert_eq!(
            lines[50],
            serde_json::json!({
                "to": "ada@e.example",
                "kind": "email_changed",
                "link": null,
                "subject": "Your email address was changed",
            })
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_new_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail.jsonl");
        FileSender::open(&path).expect("opens");
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_a_start_up_error() {
        let error = FileSender::open("/no/such/folder/mail.jsonl").expect_err("no folder");
        assert!(error.to_string().contains("/no/such/folder/mail.jsonl"), "{error}");
    }
}
