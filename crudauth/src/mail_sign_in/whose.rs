use serde::{Deserialize, Serialize};

use crate::stamp::SecurityStamp;

/// Whom a link or a code signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// Nobody: the message was never sent.
    #[serde(rename = "n")]
    Nobody,
    /// A user who is still to be made.
    #[serde(rename = "s")]
    NewUser,
    /// The user with this primary key, while the row has this stamp.
    #[serde(rename = "u")]
    User { id: String, stamp: SecurityStamp },
}
