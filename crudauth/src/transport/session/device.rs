//! What a `User-Agent` says about a device: with the feature `user-agent`.

use serde::Serialize;

/// A device, as its `User-Agent` describes it. For people to recognise it by, and never a proof
/// of anything: a client writes there what it likes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// The browser: `Firefox`. `Other` if it is not known.
    pub browser: String,
    /// Its version: `128.0`. Empty if it is not known.
    pub browser_version: String,
    /// The operating system: `Windows 10`, `iOS`, `Android`. `Other` if it is not known.
    pub os: String,
    /// The kind of device: `iPhone`, `iPad`, `PC`, `Smartphone`, `Tablet`. `Other` if it is not
    /// known.
    pub device: String,
    /// Whether it is a telephone.
    pub is_mobile: bool,
    /// Whether it is a tablet.
    pub is_tablet: bool,
    /// Whether it is a desktop or laptop.
    pub is_pc: bool,
}

pub(super) const OTHER: &str = "Other";

#[cfg(not(feature = "user-agent"))]
impl Device {
    /// One of which nothing is known: reading a `User-Agent` needs the feature `user-agent`.
    #[must_use]
    pub fn of(_: &str) -> Self {
        Self {
            browser: OTHER.to_owned(),
            browser_version: String::new(),
            os: OTHER.to_owned(),
            device: OTHER.to_owned(),
            is_mobile: false,
            is_tablet: false,
            is_pc: false,
        }
    }
}
