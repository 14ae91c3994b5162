use std::fmt;

use crate::error::StartupError;

/// The environment cannot be used. It has every mistake, and no secret.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment has {}{}", counted(mistakes), listed(mistakes))]
pub struct EnvError {
    pub(super) mistakes: Vec<EnvMistake>,
}

/// What is wrong with one variable. Its text names the variable and says what is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}`{text}")]
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

/// As `Display`, so that `fn main() -> Result<(), EnvError>` prints sentences.
impl fmt::Debug for EnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn counted(mistakes: &[EnvMistake]) -> String {
    match mistakes.len() {
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    }
}

fn listed(mistakes: &[EnvMistake]) -> String {
    mistakes.iter().map(|mistake| format!("\n- {mistake}")).collect()
}

impl From<EnvError> for StartupError {
    fn from(error: EnvError) -> Self {
        Self::caused_by(error)
    }
}
