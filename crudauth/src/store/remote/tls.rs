//! What encrypted connections to the databases have in common.

use rustls::crypto::{CryptoProvider, ring};

/// Names the cryptography of TLS for the whole process, unless the application has: the drivers
/// that take no other would fail where several are built in.
pub(crate) fn name_provider() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, which is as good.
        let _ = ring::default_provider().install_default();
    }
}
