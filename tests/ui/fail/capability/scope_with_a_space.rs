//! What tokens cannot carry as a scope is refused where it is declared.

crudauth::scopes! {
    pub NotesRead = "notes read";
}

fn main() {}
