use serde::{Deserialize, Serialize};

use crate::stamp::SecurityStamp;

/// The user whom a link or a code signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// No user: the message was never sent.
    #[serde(rename = "n")]
    Nobody,
    /// A user who does not exist yet.
    #[serde(rename = "s")]
    NewUser,
    /// The user with this primary key, while the row has this stamp.
    #[serde(rename = "u")]
    User { id: String, stamp: SecurityStamp },
}
