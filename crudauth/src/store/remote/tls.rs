//! TLS, for the connections to all databases.

use rustls::crypto::{CryptoProvider, ring};

/// Installs the process-wide TLS provider, unless the application has: if several are built in, the
/// drivers would fail without a choice.
pub(crate) fn name_provider() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed one first, which is fine.
        let _ = ring::default_provider().install_default();
    }
}
