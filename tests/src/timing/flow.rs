use crate::attack::post;
use crate::support::PASSWORD;

/// A flow whose time must not tell whether an account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// `POST /login` with a wrong password: the account exists, or not.
    Login,
    /// `POST /register` with an address that is taken, or free.
    SignUp,
    /// `POST /password/reset-request` for an address that is registered, or not.
    Reset,
    /// `POST /email/verify-request` for an address that is registered, or not.
    Verification,
}

/// How many accounts there are, and as many names that are none.
pub(super) const ACCOUNTS: usize = 16;

/// The name of an account.
pub(super) fn known(number: usize) -> String {
    format!("known{number:06}")
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Login, Self::SignUp, Self::Reset, Self::Verification];

    /// The path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Login => "/login",
            Self::SignUp => "/register",
            Self::Reset => "/password/reset-request",
            Self::Verification => "/email/verify-request",
        }
    }

    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Login => "401",
            Self::SignUp => "202",
            Self::Reset | Self::Verification => "200",
        }
    }

    /// The request of this number, as bytes. Both classes have equal lengths.
    pub(super) fn request(self, number: usize, is_known: bool) -> Vec<u8> {
        let account = match (is_known, self) {
            (true, _) => known(number % ACCOUNTS),
            // A free address is free once.
            (false, Self::SignUp) => format!("fresh{number:06}"),
            (false, _) => format!("ghost{:06}", number % ACCOUNTS),
        };
        let (kind, body) = match self {
            Self::Login => (
                "application/x-www-form-urlencoded",
                format!("username={account}&password=not+the+password"),
            ),
            Self::SignUp => (
                "application/json",
                format!(
                    r#"{{"email":"{account}@example.com","username":"name{number:06}","password":"{PASSWORD}"}}"#
                ),
            ),
            Self::Reset | Self::Verification => {
                ("application/json", format!(r#"{{"email":"{account}@example.com"}}"#))
            }
        };
        let request =
            post(self.path(), format!("Content-Type: {kind}\r\n").as_bytes(), body.as_bytes());
        let text = String::from_utf8_lossy(&request);
        text.replacen("Connection: close", "Connection: keep-alive", 1).into_bytes()
    }
}
