//! Reverse proxies whose word is taken for who the client is.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;
use http::{Extensions, HeaderMap};
use ipnet::{IpNet, Ipv4Net};

use super::ClientAddress;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Which reverse proxies stand before the application, and so how much of `X-Forwarded-For` is
/// believed.
///
/// By default none: the client is the peer of the connection, and no header changes that. Behind
/// a proxy all clients would then share the proxy's address, and one budget.
///
/// Each proxy adds the address that it sees at the **right** end of the header; what stands to
/// the left of the trusted ones is whatever the client wrote. So the header is read from the
/// right. Several header lines are one list. An entry may carry a port. Where the entry that
/// counts is no address, the client is the peer. RFC 7239's `Forwarded` is not read.
///
/// ```
/// use crudauth::http::TrustedProxies;
///
/// let behind_one_balancer = TrustedProxies::hops(1);
/// let behind_a_network = TrustedProxies::networks(["10.0.0.0/8", "2001:db8::/32"])?;
/// # let _ = (behind_one_balancer, behind_a_network);
/// # Ok::<(), crudauth::http::InvalidNetwork>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Trust);

#[derive(Debug, Clone, Default)]
enum Trust {
    #[default]
    Nobody,
    Hops(usize),
    Networks(Vec<IpNet>),
}

impl TrustedProxies {
    /// No proxy: the client is the peer. The default.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// As many proxies as every request comes through, whatever their addresses are. The client
    /// is the entry that the outermost of them added: the `hops`-th from the right, or the first
    /// one if there are fewer. Zero is [`none`](Self::none).
    ///
    /// Only for a server that cannot be reached past the proxies: who connects directly can write
    /// the entry.
    #[must_use]
    pub fn hops(hops: usize) -> Self {
        Self(if hops == 0 { Trust::Nobody } else { Trust::Hops(hops) })
    }

    /// The proxies of these networks, in CIDR notation or as single addresses. The client is the
    /// rightmost entry that is none of them, and the header is read only if the peer is one.
    ///
    /// # Errors
    ///
    /// [`InvalidNetwork`] names the text that is no network, that has bits set behind its prefix
    /// (`10.0.0.5/8`), or that would trust a large part of the internet.
    pub fn networks<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
    ) -> Result<Self, InvalidNetwork> {
        let networks: Result<Vec<_>, _> =
            networks.into_iter().map(|network| parse_network(network.as_ref())).collect();
        networks.map(|networks| Self(Trust::Networks(networks)))
    }

    /// Who makes a request.
    #[must_use]
    pub fn client(&self, request: &Parts) -> ClientAddress {
        self.client_of(&request.headers, &request.extensions)
    }

    pub(crate) fn client_of(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientAddress {
        let peer = ClientAddress::peer(extensions);
        let forwarded = match &self.0 {
            Trust::Nobody => None,
            Trust::Hops(hops) => entry_from_the_right(headers, *hops),
            Trust::Networks(networks) => rightmost_untrusted(headers, peer, networks),
        };
        forwarded.map_or(peer, ClientAddress::from)
    }
}

fn entry_from_the_right(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let entries: Vec<_> = entries(headers).collect();
    let at = entries.len().saturating_sub(hops);
    parse_entry(entries.get(at)?)
}

fn rightmost_untrusted(
    headers: &HeaderMap,
    peer: ClientAddress,
    networks: &[IpNet],
) -> Option<IpAddr> {
    let trusted = |address: &IpAddr| networks.iter().any(|network| network.contains(address));
    let mut client = peer.ip().filter(trusted)?;
    let entries: Vec<_> = entries(headers).collect();
    for entry in entries.into_iter().rev() {
        client = parse_entry(entry)?;
        if !trusted(&client) {
            break;
        }
    }
    Some(client)
}

/// The entries of all lines, as bytes: one that is no text must not hide those beside it.
fn entries(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(FORWARDED_FOR).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
}

/// An address, with a port or without, an IPv6 one in brackets or without.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let address = match entry.parse::<SocketAddr>() {
        Ok(with_port) => with_port.ip(),
        Err(_) => {
            let bracketed = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            bracketed.unwrap_or(entry).parse().ok()?
        }
    };
    Some(address.to_canonical())
}

/// The prefixes of the widest networks that anybody owns: `10.0.0.0/8`, and `fc00::/7`.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 7;

fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>(),
    };
    let network = unmapped(network.map_err(|_| InvalidNetwork::new(text, Fault::Unreadable))?);
    // Where every peer is a proxy, every client writes its own address.
    let narrowest = match network {
        IpNet::V4(_) => WIDEST_V4,
        IpNet::V6(_) => WIDEST_V6,
    };
    if network.prefix_len() < narrowest {
        return Err(InvalidNetwork::new(text, Fault::Everybody));
    }
    // One machine was meant, or its network; a silent choice would trust too many or too few.
    if network.trunc() != network {
        let (network, address) = (network.trunc(), IpNet::from(network.addr()));
        return Err(InvalidNetwork::new(text, Fault::HostBits { network, address }));
    }
    Ok(network)
}

/// A network of IPv4 addresses that are mapped into IPv6, as the network that it stands for:
/// addresses are compared in their IPv4 form.
fn unmapped(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(MAPPED));
    let v4 = v4.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    v4.map_or(network, IpNet::V4)
}

/// A text that is no network, or one that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {fault}")]
pub struct InvalidNetwork {
    text: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error(
        "is no network of trusted proxies: write it as in `10.0.0.0/8`, `2001:db8::/32` or \
         `192.0.2.7`"
    )]
    Unreadable,
    /// It is the network of all addresses, or of many that nobody owns together.
    #[error(
        "would trust everybody as a proxy, so that any client could write its own address: name \
         the networks of your proxies, or count them by `TrustedProxies::hops`"
    )]
    Everybody,
    /// It has bits set behind its prefix: the network of the prefix, and the one address.
    #[error(
        "names both a machine and its network as trusted proxies: write `{network}` for the \
         network, or `{address}` for the machine alone"
    )]
    HostBits { network: IpNet, address: IpNet },
}

impl InvalidNetwork {
    fn new(text: &str, fault: Fault) -> Self {
        Self { text: text.to_owned(), fault }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::ConnectInfo;
    use http::HeaderValue;

    use super::*;

    fn client(proxies: &TrustedProxies, peer: &str, lines: &[&str]) -> String {
        let mut extensions = Extensions::new();
        let peer: IpAddr = peer.parse().unwrap();
        extensions.insert(ConnectInfo(SocketAddr::new(peer, 50_000)));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies.client_of(&headers, &extensions).to_string()
    }

    #[test]
    fn without_trust_no_header_counts() {
        for proxies in [TrustedProxies::none(), TrustedProxies::hops(0)] {
            assert_eq!(client(&proxies, "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        }
    }

    #[test]
    fn hops_count_from_the_right_over_all_lines() {
        let one = TrustedProxies::hops(1);
        let two = TrustedProxies::hops(2);
        let lines = ["6.6.6.6, 198.51.100.1", "198.51.100.2"];
        assert_eq!(client(&one, "10.0.0.1", &lines), "198.51.100.2");
        assert_eq!(client(&two, "10.0.0.1", &lines), "198.51.100.1");
        assert_eq!(client(&TrustedProxies::hops(9), "10.0.0.1", &lines), "6.6.6.6");
        assert_eq!(client(&one, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn networks_find_the_rightmost_stranger() {
        let proxies = TrustedProxies::networks(["10.0.0.0/8", "2001:db8::/32"]).unwrap();
        let lines = ["6.6.6.6, 198.51.100.1, 10.1.1.1", "2001:db8::5"];
        assert_eq!(client(&proxies, "10.0.0.1", &lines), "198.51.100.1");
        assert_eq!(client(&proxies, "::ffff:10.0.0.1", &lines), "198.51.100.1");
        assert_eq!(client(&proxies, "203.0.113.7", &lines), "203.0.113.7");
        assert_eq!(client(&proxies, "10.0.0.1", &["10.3.3.3, 10.2.2.2"]), "10.3.3.3");
        assert_eq!(client(&proxies, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn entries_come_in_many_forms_and_garbage_is_the_peer() {
        let one = TrustedProxies::hops(1);
        for (entry, expected) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            (" [2001:db8::1]:4711 ", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
            ("198.51.100.1\u{e9}", "10.0.0.1"),
            ("198.51.100.256", "10.0.0.1"),
            ("198.51.100.1,", "10.0.0.1"),
        ] {
            assert_eq!(client(&one, "10.0.0.1", &[entry]), expected, "{entry:?}");
        }
        let networks = TrustedProxies::networks(["10.0.0.1"]).unwrap();
        assert_eq!(client(&networks, "10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
        assert_eq!(client(&networks, "10.0.0.1", &["nonsense, 198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn a_mapped_network_is_the_one_it_stands_for() {
        let proxies = TrustedProxies::networks(["::ffff:10.0.0.0/104"]).unwrap();
        assert_eq!(client(&proxies, "10.200.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "11.0.0.1", &["198.51.100.1"]), "11.0.0.1");
    }

    #[test]
    fn bits_behind_the_prefix_are_refused_with_both_that_may_be_meant() {
        for (text, network, address) in [
            ("10.0.0.5/8", "10.0.0.0/8", "10.0.0.5/32"),
            ("192.0.2.1/24", "192.0.2.0/24", "192.0.2.1/32"),
            ("2001:db8::5/32", "2001:db8::/32", "2001:db8::5/128"),
            ("::ffff:10.0.0.5/104", "10.0.0.0/8", "10.0.0.5/32"),
        ] {
            let error = TrustedProxies::networks([text]).unwrap_err().to_string();
            for part in [text, network, address] {
                assert!(error.contains(&format!("`{part}`")), "{error}");
            }
        }
        for fine in ["10.0.0.0/8", "10.0.0.5/32", "10.0.0.5", "2001:db8::5/128", "fc00::/7"] {
            assert!(TrustedProxies::networks([fine]).is_ok(), "{fine}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        let error = TrustedProxies::networks(["10.0.0.0/8", "10.0.0.0/33"]).unwrap_err();
        assert!(error.to_string().contains("`10.0.0.0/33`"), "{error}");
        for everyone in
            ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "0.0.0.0/1", "128.0.0.0/7", "::/3"]
        {
            let error = TrustedProxies::networks([everyone]).unwrap_err().to_string();
            assert!(error.contains(everyone) && error.contains("hops"), "{error}");
        }
    }
}
