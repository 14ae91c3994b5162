//! How a connection to PostgreSQL is encrypted.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What `sslmode` asks for.
#[derive(Clone)]
pub(super) enum Tls {
    Off,
    On(Arc<ClientConfig>),
}

/// What is wrong, and the way out.
type Refusal = (String, &'static str);

impl Tls {
    pub(super) fn of(
        mode: Option<&str>,
        root: Option<&str>,
        config: &Config,
    ) -> Result<(Self, SslMode), Refusal> {
        let choose = "set `sslmode` to `verify-full`, `require` or `disable`";
        match mode {
            Some(mode) if root.is_some() && mode != "verify-full" => {
                let cause = format!("`sslmode={mode}` would not look at `sslrootcert`");
                Err((cause, "set `sslmode` to `verify-full`"))
            }
            Some("disable") => Ok((Self::Off, SslMode::Disable)),
            None if is_local(config) => Ok((Self::Off, SslMode::Disable)),
            None => {
                let cause = "nothing says how the connection over the network is encrypted";
                let fix = "add `?sslmode=verify-full`, or `?sslmode=disable` where nobody else \
                           can listen";
                Err((cause.to_owned(), fix))
            }
            Some("require") => {
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let any = Arc::new(AnyCertificate(Arc::clone(&provider)));
                let builder = builder(provider)?;
                let config = builder.dangerous().with_custom_certificate_verifier(any);
                Ok((Self::On(Arc::new(config.with_no_client_auth())), SslMode::Require))
            }
            Some("verify-full") => {
                let roots = roots(root)?;
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let config = builder(provider)?.with_root_certificates(roots);
                Ok((Self::On(Arc::new(config.with_no_client_auth())), SslMode::Require))
            }
            Some(mode @ ("allow" | "prefer")) => {
                let cause = format!("`sslmode={mode}` lets whoever is in the middle turn it off");
                Err((cause, choose))
            }
            Some(mode) => Err((format!("`sslmode={mode}` is not supported"), choose)),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            Self::On(_) => "On",
        })
    }
}

pub(super) fn connector(config: &Arc<ClientConfig>) -> MakeRustlsConnect {
    MakeRustlsConnect::new(ClientConfig::clone(config))
}

fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts();
    let is_loopback = |host: &Host| match host {
        Host::Tcp(name) if name == "localhost" => true,
        Host::Tcp(name) => name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let addresses = config.get_hostaddrs();
    !hosts.is_empty()
        && hosts.iter().all(is_loopback)
        && addresses.iter().all(std::net::IpAddr::is_loopback)
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder(provider: Arc<CryptoProvider>) -> Result<Builder, Refusal> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| (error.to_string(), "report this as a bug of crudauth"))
}

fn roots(file: Option<&str>) -> Result<RootCertStore, Refusal> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let fix = "let `sslrootcert` name a PEM file with the authority's certificate";
            let refused = |cause: String| (format!("`{file}`: {cause}"), fix);
            let certificates = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|cause| refused(cause.to_string()))?;
            for certificate in certificates {
                roots.add(certificate).map_err(|cause| refused(cause.to_string()))?;
            }
            if roots.is_empty() {
                return Err(refused("no certificate in it".to_owned()));
            }
        }
        None => {
            // A few certificates of a system are often such that nobody can read them.
            let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                let fix = "install `ca-certificates`, or name a PEM file by `sslrootcert`";
                return Err(("the system has no certificates of authorities".to_owned(), fix));
            }
        }
    }
    Ok(roots)
}

/// What `sslmode=require` means: encrypted, to whomever.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
