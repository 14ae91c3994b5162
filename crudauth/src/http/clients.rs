//! Who makes each request, and a word in the log where that cannot be told.

use std::sync::atomic::{AtomicBool, Ordering};

use http::request::Parts;
use http::{Extensions, HeaderMap};

use super::{ClientAddress, TrustedProxies};
use crate::event::RequestInfo;

/// Resolves clients by the trusted proxies of one application.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    proxies: TrustedProxies,
    /// Whether the log says already that addresses are missing. Once is enough.
    told: AtomicBool,
}

impl Clients {
    pub(crate) fn behind(proxies: TrustedProxies) -> Self {
        Self { proxies, told: AtomicBool::new(false) }
    }

    pub(crate) fn of(&self, request: &Parts) -> ClientAddress {
        self.find(&request.headers, &request.extensions)
    }

    /// What events say of `request`.
    pub(crate) fn info(&self, request: &Parts) -> RequestInfo {
        RequestInfo::new(self.of(request).bucket().as_deref(), &request.headers)
    }

    pub(crate) fn find(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientAddress {
        let client = self.proxies.client_of(headers, extensions);
        if client.ip().is_none() && !self.told.load(Ordering::Relaxed) {
            self.tell();
        }
        client
    }

    #[cold]
    fn tell(&self) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            "a request came without the address of its client, so limits by address hold for all \
             such clients together, a hundred times as wide: serve with \
             `into_make_service_with_connect_info::<SocketAddr>()`, or, where only a proxy knows \
             the address, declare it by `Builder::trusted_proxies` and have it send \
             `X-Forwarded-For`"
        );
    }
}
