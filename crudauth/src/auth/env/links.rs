//! Variables that Kubernetes sets in every container for each service of the namespace, whether the
//! container knows of it or not: a service `jwt` gives `JWT_PORT=tcp://10.0.0.1:80`.

use std::net::{IpAddr, SocketAddr};

const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// Whether `name` and `value` both have the form of such a variable. A name alone is not enough, so
/// that a mistake is still one.
pub(super) fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = || value.parse::<IpAddr>().is_ok();
    if let Some((_, rest)) = name.rsplit_once("_SERVICE_") {
        return match rest {
            "HOST" => is_address(),
            "PORT" => is_port(value),
            // A port with a name.
            _ => rest.starts_with("PORT_") && is_port(value),
        };
    }
    let Some((_, rest)) = split_at_port(name) else { return false };
    let mut parts = rest.split('_');
    let (Some(number), protocol) = (parts.next(), parts.next()) else { return false };
    if number.is_empty() {
        return is_endpoint(value);
    }
    let protocol = protocol.unwrap_or_default().to_ascii_lowercase();
    if !is_port(number) || !PROTOCOLS.contains(&protocol.as_str()) {
        return false;
    }
    match (parts.next(), parts.next()) {
        (None, None) => is_endpoint(value),
        (Some("PROTO"), None) => value == protocol,
        (Some("PORT"), None) => value == number,
        (Some("ADDR"), None) => is_address(),
        _ => false,
    }
}

/// What stands before `_PORT`, and what behind `_PORT_`, if anything does.
fn split_at_port(name: &str) -> Option<(&str, &str)> {
    let numbered = name.match_indices("_PORT_").find_map(|(at, found)| {
        let rest = &name[at + found.len()..];
        rest.starts_with(|first: char| first.is_ascii_digit()).then_some((&name[..at], rest))
    });
    numbered.or_else(|| name.strip_suffix("_PORT").map(|service| (service, "")))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Whether it is as `tcp://10.0.0.1:80`.
fn is_endpoint(text: &str) -> bool {
    text.split_once("://").is_some_and(|(protocol, address)| {
        PROTOCOLS.contains(&protocol) && address.parse::<SocketAddr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_the_name_and_the_value_make_a_service_link() {
        for (name, value) in [
            ("JWT_SERVICE_HOST", "10.0.0.1"),
            ("JWT_SERVICE_HOST", "fd00::1"),
            ("CRUDAUTH_SERVICE_PORT", "80"),
            ("CRUDAUTH_SERVICE_PORT_HTTP_METRICS", "9090"),
            ("CRUDAUTH_PORT", "tcp://10.0.0.1:80"),
            ("CRUDAUTH_PORT", "udp://[fd00::1]:53"),
            ("CRUDAUTH_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("CRUDAUTH_PORT_80_TCP_PROTO", "tcp"),
            ("CRUDAUTH_PORT_80_TCP_PORT", "80"),
            ("CRUDAUTH_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("ACCESS_TOKEN_EXPIRE_MINUTES_PORT_443_SCTP", "sctp://10.0.0.1:443"),
            ("SMTP_PORT", "tcp://10.0.0.1:25"),
        ] {
            assert!(is_service_link(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("CRUDAUTH_PORT", "8080"),
            ("CRUDAUTH_PORT", "http://10.0.0.1:80"),
            ("CRUDAUTH_PORT", "tcp://db.example:80"),
            ("CRUDAUTH_SERVICE_HOST", "db.example"),
            ("CRUDAUTH_SERVICE_PORT", "many"),
            ("CRUDAUTH_SERVICE_NAME", "80"),
            ("CRUDAUTH_PORT_80_TCP_PORT", "81"),
            ("CRUDAUTH_PORT_80_HTTP", "tcp://10.0.0.1:80"),
            ("CRUDAUTH_PORT_80_TCP_ADDR_X", "10.0.0.1"),
            ("JWT_SECRET_KEY", "tcp://10.0.0.1:80"),
            ("SMTP_PORT", "587"),
        ] {
            assert!(!is_service_link(name, value), "{name}={value}");
        }
    }
}
