use std::error::Error;
use std::fmt;

use super::SecretKey;

/// A secret key was refused. The text names what is wrong and the way out, and not the key.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKeyError {
    variable: Option<String>,
    pub(super) reason: Reason,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Missing,
    NotText,
    ByteOrderMark,
    Blanks,
    Quotes,
    Unexpanded(&'static str),
    TooShort(usize),
    Published,
    Placeholder(&'static str),
    Guessable,
    NoRandomness,
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

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing")?,
            Self::NotText => return f.write_str("is not UTF-8 text"),
            Self::ByteOrderMark => {
                return f.write_str(
                    "begins with a byte order mark, which other readers of the file do not take for \
                     a part of it: save the file as UTF-8 without one",
                );
            }
            Self::Blanks => {
                return f.write_str(
                    "has white space around it, which other readers do not take for a part of it: \
                     take it away",
                );
            }
            Self::Quotes => {
                return f.write_str(
                    "has quotes around it, which other readers do not take for a part of it: take \
                     them away",
                );
            }
            Self::Unexpanded(syntax) => {
                return write!(
                    f,
                    "has `{syntax}` in it, which nothing has replaced: run the command, or fill in \
                     the template, and set what comes out"
                );
            }
            Self::TooShort(bytes) => {
                write!(f, "has {bytes} bytes, and needs at least {}", SecretKey::MIN_BYTES)?;
            }
            Self::Published => f.write_str("is published, so that everybody knows it")?,
            Self::Placeholder(word) => write!(f, "reads like a placeholder (`{word}`)")?,
            Self::Guessable => {
                f.write_str("is made of words, sequences or repetitions, and could be guessed")?;
            }
            Self::NoRandomness => {
                return f.write_str("could not be made: the system gave no random bytes");
            }
        }
        f.write_str("; make one with `openssl rand -base64 48`")
    }
}

impl fmt::Display for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            Some(name) => {
                write!(f, "the secret key in the environment variable `{name}` {}", self.reason)
            }
            None => write!(f, "the secret key {}", self.reason),
        }
    }
}

/// As `Display`, so that a `main` that returns it prints a sentence.
impl fmt::Debug for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SecretKeyError {}
