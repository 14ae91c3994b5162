//! The name of a scope is a constant: a typing error does not compile in a configuration either.

use crudauth::{BearerConfig, ScopeName};

crudauth::scopes! {
    /// Reading notes.
    pub NotesRead = "notes:read";
}

fn main() {
    let _ = BearerConfig::default().grantable_scopes([NotesRaed::NAME]);
}
