//! The tenant that a request is for.

use http::Extensions;

/// The tenant, as text, that the application has told a request to be for.
#[derive(Debug, Clone)]
pub(crate) struct TenantName(pub(crate) Option<String>);

impl TenantName {
    /// What was told on the way to one of crudauth's own routes.
    pub(crate) fn of(extensions: &Extensions) -> Option<String> {
        extensions.get::<Self>()?.0.clone()
    }
}
