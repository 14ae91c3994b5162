//! Who is at the other end of the connection.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Extensions;

use crate::rate_limit::network;

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
    /// An IPv4 address counts by itself, also inside an IPv6 one that stands for it: mapped
    /// (`::ffff:0:0/96`), translated (NAT64, `64:ff9b::/96`) or tunnelled (6to4, `2002::/16`). Any
    /// other IPv6 address counts with its /64, all of which belongs to one customer.
    #[must_use]
    pub fn bucket(self) -> Option<String> {
        Some(match unfolded(self.0?) {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => network(address, 64),
        })
    }
}

/// The IPv4 address that an IPv6 address stands for.
fn unfolded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    let bits = v6.to_bits();
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => Ipv4Addr::from_bits(low_32(bits)).into(),
        [0x2002, ..] => Ipv4Addr::from_bits(low_32(bits >> 80)).into(),
        _ => v6.into(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is asked for")]
fn low_32(bits: u128) -> u32 {
    bits as u32
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
    use crate::rate_limit::networks;

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
    fn an_ipv4_address_counts_by_itself_in_whatever_ipv6_address() {
        for standing_for_it in ["64:ff9b::203.0.113.7", "2002:cb00:7107::1", "2002:cb00:7107:9::"] {
            assert_eq!(client(standing_for_it).bucket().unwrap(), "203.0.113.7");
        }
        // It is seen as it came.
        assert_eq!(client("64:ff9b::203.0.113.7").to_string(), "64:ff9b::cb00:7107");
        for another in ["64:ff9b:1::203.0.113.7", "64:ff9b:0:0:0:1:cb00:7107", "2003:cb00:7107::1"]
        {
            assert!(client(another).bucket().unwrap().ends_with("/64"), "{another}");
        }
    }

    #[test]
    fn an_ipv6_address_is_in_three_networks_and_an_ipv4_one_in_one() {
        let of = |address: &str| networks(&client(address).bucket().unwrap());
        assert_eq!(
            of("2001:db8:1:2345::6"),
            ["2001:db8:1:2345::/64", "2001:db8:1:2300::/56", "2001:db8:1::/48"]
        );
        assert_eq!(of("203.0.113.7"), ["203.0.113.7"]);
        assert_eq!(
            networks("an address of the application's"),
            ["an address of the application's"]
        );
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
