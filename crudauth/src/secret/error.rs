use std::fmt;

use super::SecretKey;

/// A secret key was refused. The text names what is wrong and the way out, and not the key.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret key {}{reason}", place(variable.as_deref()))]
pub struct SecretKeyError {
    variable: Option<String>,
    pub(super) reason: Reason,
}

/// The way out, where there is no other than another key.
const MAKE_ONE: &str = "make one with `openssl rand -base64 48`";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error("is missing; {MAKE_ONE}")]
    Missing,
    #[error("is not UTF-8 text")]
    NotText,
    #[error(
        "begins with a byte order mark, which other readers of the file do not take for a part of \
         it: save the file as UTF-8 without one"
    )]
    ByteOrderMark,
    #[error(
        "has white space around it, which other readers do not take for a part of it: take it away"
    )]
    Blanks,
    #[error(
        "has quotes around it, which other readers do not take for a part of it: take them away"
    )]
    Quotes,
    #[error(
        "has `{0}` in it, which nothing has replaced: run the command, or fill in the template, \
         and set what comes out"
    )]
    Unexpanded(&'static str),
    #[error("has {0} bytes, and needs at least {least}; {MAKE_ONE}", least = SecretKey::MIN_BYTES)]
    TooShort(usize),
    #[error("is published, so that everybody knows it; {MAKE_ONE}")]
    Published,
    #[error("reads like a placeholder (`{0}`); {MAKE_ONE}")]
    Placeholder(&'static str),
    #[error("is made of words, sequences or repetitions, and could be guessed; {MAKE_ONE}")]
    Guessable,
    #[error("could not be made: the system gave no random bytes")]
    NoRandomness,
}

fn place(variable: Option<&str>) -> String {
    variable.map(|name| format!("in the environment variable `{name}` ")).unwrap_or_default()
}

impl SecretKeyError {
    pub(super) fn because(reason: Reason) -> Self {
        Self { variable: None, reason }
    }

    pub(super) fn at(variable: &str, reason: Reason) -> Self {
        Self { variable: Some(variable.to_owned()), reason }
    }

    /// What is wrong, to be put behind the name of what has the key.
    pub(crate) fn predicate(&self) -> impl fmt::Display + use<> {
        self.reason
    }
}

/// As `Display`, so that a `main` that returns it prints a sentence.
impl fmt::Debug for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
