//! Who is at the other end of the connection.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Extensions;

/// The address that a request comes from.
///
/// It is the peer of the connection, which axum knows when the application serves with
/// [`into_make_service_with_connect_info::<SocketAddr>`][connect]; else it is unknown, and the log
/// says so once. Guesses of passwords then count against accounts alone, and a limit by address
/// holds for all unknown clients together, a hundred times as wide. Behind a reverse proxy it is what the [`TrustedProxies`](super::TrustedProxies) make of
/// `X-Forwarded-For`; without them no header is read, since a client can write whatever it likes.
///
/// [connect]: axum::Router::into_make_service_with_connect_info
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(Option<IpAddr>);

impl ClientAddress {
    /// The address behind a request to one of crudauth's own routes: as the trusted proxies of
    /// this surface have resolved it on the way in, else the peer.
    #[must_use]
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_else(|| Self::peer(extensions))
    }

    /// The peer of the connection, which is a proxy where there is one.
    #[must_use]
    pub fn peer(extensions: &Extensions) -> Self {
        Self(extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical()))
    }

    /// The address itself, an IPv4 one also where it came mapped into IPv6.
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        self.0
    }

    /// The name under which a rate limit counts this client; `None` where the address is unknown,
    /// since clients of whom nothing is known are not one client.
    ///
    /// An IPv4 address counts by itself. An IPv6 address counts with its /64, all of which
    /// belongs to one customer.
    #[must_use]
    pub fn bucket(self) -> Option<String> {
        Some(match self.0? {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
        })
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> ClientAddress {
        ClientAddress::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn an_ipv4_address_counts_by_itself_mapped_or_not() {
        assert_eq!(client("203.0.113.7").bucket().unwrap(), "203.0.113.7");
        assert_eq!(client("::ffff:203.0.113.7"), client("203.0.113.7"));
        assert_ne!(client("203.0.113.7").bucket(), client("203.0.113.8").bucket());
    }

    #[test]
    fn an_ipv6_address_counts_with_its_network() {
        assert_eq!(client("2001:db8:1:2:3:4:5:6").bucket().unwrap(), "2001:db8:1:2::/64");
        assert_eq!(client("2001:db8:1:2::1").bucket(), client("2001:db8:1:2:ffff::").bucket());
        assert_ne!(client("2001:db8:1:2::1").bucket(), client("2001:db8:1:3::1").bucket());
        assert_eq!(client("2001:db8:1:2::1").to_string(), "2001:db8:1:2::1");
    }

    #[test]
    fn the_peer_is_the_client_and_without_one_it_is_unknown() {
        let mut extensions = Extensions::new();
        assert_eq!(ClientAddress::peer(&extensions).bucket(), None);
        assert_eq!(ClientAddress::peer(&extensions).ip(), None);

        let peer: SocketAddr = "[::ffff:203.0.113.7]:50000".parse().unwrap();
        extensions.insert(ConnectInfo(peer));
        assert_eq!(ClientAddress::peer(&extensions), client("203.0.113.7"));
    }
}
