//! The networks around an address.

use std::net::Ipv6Addr;

/// The networks around a [bucket](crate::ClientAddress::bucket), the narrowest first: a customer may
/// have a /56 or a /48 of IPv6, which is 256 or 65,536 buckets.
pub(crate) fn networks(bucket: &str) -> Vec<String> {
    let mut networks = vec![bucket.to_owned()];
    let address = bucket.strip_suffix("/64").and_then(|address| address.parse::<Ipv6Addr>().ok());
    if let Some(address) = address {
        networks.extend([56, 48].map(|bits| network(address, bits)));
    }
    networks
}

/// The network of the first `bits` of an address.
pub(crate) fn network(address: Ipv6Addr, bits: u32) -> String {
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    format!("{}/{bits}", Ipv6Addr::from_bits(address.to_bits() & mask))
}
