use std::error::Error;
use std::fmt;

/// Why a connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Its session or token has ended, or a gate denies it.
    NoLongerAllowed,
    /// It is as old as a connection may be.
    TooOld,
    /// Whether it may stay could not be found out.
    Unknown,
    /// The process ends.
    GoingAway,
}

impl Ended {
    /// The close code to send on a WebSocket (RFC 6455 §7.4.1): 1008 (policy violation) if the
    /// connection is no longer allowed, 1011 (internal error) if that is unknown, and 1001 (going
    /// away) otherwise.
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::NoLongerAllowed => 1008,
            Self::TooOld | Self::GoingAway => 1001,
            Self::Unknown => 1011,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLongerAllowed => "signed out",
            Self::TooOld => "open for too long",
            Self::Unknown => "internal error",
            Self::GoingAway => "going away",
        })
    }
}

impl Error for Ended {}
