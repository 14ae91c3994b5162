use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::support::Mail;

/// How long a mail may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The file that several processes append mail to.
#[derive(Debug, Clone)]
pub struct Letters(PathBuf);

#[derive(Deserialize)]
struct Line {
    to: String,
    kind: String,
    link: Option<String>,
    code: Option<String>,
}

impl Letters {
    /// Those in the file at `path`.
    #[must_use]
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().to_owned())
    }

    /// What was sent to `to` of one kind, in its order.
    ///
    /// # Panics
    ///
    /// If the file has what is no mail.
    #[must_use]
    pub fn to(&self, to: &str, kind: &str) -> Vec<Mail> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let mails = whole.lines().map(|line| {
            let Line { to, kind, link, code } = serde_json::from_str(line).expect("a mail");
            Mail { to, kind, link, code, text: String::new() }
        });
        mails.filter(|mail| mail.to == to && mail.kind == kind).collect()
    }

    /// The token of the first mail to `to` of one kind.
    ///
    /// # Panics
    ///
    /// If none comes.
    pub async fn token(&self, to: &str, kind: &str) -> String {
        let start = Instant::now();
        loop {
            if let Some(mail) = self.to(to, kind).first() {
                return mail.token().to_owned();
            }
            assert!(start.elapsed() < PATIENCE, "no {kind} to {to}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
