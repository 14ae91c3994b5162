//! How a connection to MySQL is encrypted.

use crate::store::remote::{Query, is_on_this_machine};

/// What is wrong, and the way out.
pub(super) type Refusal = (String, &'static str);

/// The driver's own settings, of which some would turn a check off.
const OF_THE_DRIVER: [&str; 5] =
    ["require_ssl", "verify_ca", "verify_identity", "built_in_roots", "sslmode"];

/// What `ssl-mode` asks for.
#[derive(Clone)]
pub(super) enum Tls {
    Off,
    #[cfg(feature = "mysql-tls")]
    On(mysql_async::SslOpts),
}

impl Tls {
    pub(super) fn of(query: &mut Query, place: &str) -> Result<Self, Refusal> {
        let choose = "set `ssl-mode` to `VERIFY_IDENTITY`, `REQUIRED` or `DISABLED`";
        if let Some(name) = OF_THE_DRIVER.into_iter().find(|name| query.has(name)) {
            return Err((format!("`{name}` is not read"), choose));
        }
        let (mode, authorities) = (query.take("ssl-mode"), query.take("ssl-ca"));
        let mode = mode.map(|mode| mode.to_ascii_uppercase());
        let is_local = || query.has("socket") || is_on_this_machine(place);
        match mode.as_deref() {
            Some("VERIFY_IDENTITY") => Self::on(Check::Identity, authorities),
            Some(mode) if authorities.is_some() => {
                let cause = format!("`ssl-mode={mode}` would not look at `ssl-ca`");
                Err((cause, "set `ssl-mode` to `VERIFY_IDENTITY`"))
            }
            None if authorities.is_some() => {
                let cause = "`ssl-ca` is not looked at without `ssl-mode`".to_owned();
                Err((cause, "set `ssl-mode` to `VERIFY_IDENTITY`"))
            }
            Some("REQUIRED") => Self::on(Check::Nothing, None),
            Some("DISABLED") => Ok(Self::Off),
            Some("PREFERRED") => {
                let cause = "`ssl-mode=PREFERRED` lets whoever is in the middle turn it off";
                Err((cause.to_owned(), choose))
            }
            // The driver cannot look at the authority alone.
            Some(mode) => Err((format!("`ssl-mode={mode}` is not supported"), choose)),
            None if is_local() => Ok(Self::Off),
            None => {
                let cause = "nothing says how the connection over the network is encrypted";
                let fix = "add `?ssl-mode=VERIFY_IDENTITY`, or `?ssl-mode=DISABLED` where nobody \
                           else can listen";
                Err((cause.to_owned(), fix))
            }
        }
    }

    #[cfg(not(feature = "mysql-tls"))]
    fn on(_: Check, _: Option<String>) -> Result<Self, Refusal> {
        let fix = "enable the feature `mysql-tls` of `crudauth`";
        Err(("TLS to MySQL is not built in".to_owned(), fix))
    }

    #[cfg(feature = "mysql-tls")]
    fn on(check: Check, authorities: Option<String>) -> Result<Self, Refusal> {
        use mysql_async::SslOpts;

        crate::store::remote::name_provider();
        let options = SslOpts::default();
        let options = match check {
            Check::Nothing => {
                return Ok(Self::On(options.with_danger_accept_invalid_certs(true)));
            }
            Check::Identity => options,
        };
        let authorities: Vec<Vec<u8>> = match authorities {
            Some(file) => {
                let fix = "let `ssl-ca` name a PEM file with the authority's certificate";
                let pem = std::fs::read(&file).map_err(|cause| (format!("`{file}`: {cause}"), fix));
                vec![pem?]
            }
            None => {
                let native = rustls_native_certs::load_native_certs().certs;
                native.into_iter().map(|der| der.to_vec()).collect()
            }
        };
        if authorities.is_empty() {
            let fix = "install `ca-certificates`, or name a PEM file by `ssl-ca`";
            return Err(("the system has no certificates of authorities".to_owned(), fix));
        }
        let authorities = authorities.into_iter().map(Into::into).collect();
        let options = options.with_root_certs(authorities).with_disable_built_in_roots(true);
        Ok(Self::On(options))
    }
}

/// What of the server's certificate is checked.
#[derive(Clone, Copy)]
enum Check {
    /// Nothing: any will do.
    Nothing,
    /// That an authority has signed it, for this host.
    Identity,
}
