//! The attributes of both derives: one table declares the keys of `#[auth(..)]`, one reader reads them.

use syn::Path;

use crate::diag::Diagnostics;

pub(crate) mod ide;
#[macro_use]
mod key_table;
pub(crate) mod key;
pub(crate) mod messages;
pub(crate) mod pieces;
pub(crate) mod read;

/// The path of the runtime crate. The expansion may stand anywhere, so it must be absolute.
pub(crate) fn runtime(path: Option<Path>, diagnostics: &Diagnostics) -> Path {
    let usual = || syn::parse_quote!(::crudauth);
    let Some(path) = path else { return usual() };
    let first = path.segments.first().map(|first| first.ident.to_string());
    let from_crate = matches!(first.as_deref(), Some("crate" | "$crate"));
    if path.leading_colon.is_none() && !from_crate {
        diagnostics.report(&path, messages::relative_path());
        return usual();
    }
    path
}
