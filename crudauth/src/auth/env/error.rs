use std::error::Error;
use std::fmt;

use crate::error::StartupError;

/// The environment cannot be used. It has every mistake, and no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvError {
    pub(super) mistakes: Vec<EnvMistake>,
}

/// What is wrong with one variable. Its text names the variable and says what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvMistake {
    pub(super) variable: String,
    pub(super) text: String,
}

impl EnvError {
    /// The mistakes, at least one.
    #[must_use]
    pub fn mistakes(&self) -> &[EnvMistake] {
        &self.mistakes
    }
}

impl EnvMistake {
    /// The name of the variable.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for EnvMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`{}", self.variable, self.text)
    }
}

impl fmt::Display for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mistakes.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "the environment has {count} mistake{plural}")?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n- {mistake}"))
    }
}

/// As `Display`, so that `fn main() -> Result<(), EnvError>` prints sentences.
impl fmt::Debug for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for EnvError {}

impl From<EnvError> for StartupError {
    fn from(error: EnvError) -> Self {
        Self::caused_by(error)
    }
}
