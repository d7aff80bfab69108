//! An authority and a certificate for the loopback address, made anew at every start.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Moment;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::ServeError;

/// What the door needs.
pub(crate) struct Identity {
    /// The authority's certificate, PEM.
    pub(crate) authority: String,
    /// A token that nobody can guess.
    pub(crate) token: String,
    pub(crate) config: Arc<ServerConfig>,
}

/// Certificates hold from the beginning of this year to the end of the next.
fn year(now: Moment) -> i32 {
    now.rfc3339().get(..4).and_then(|year| year.parse().ok()).unwrap_or(2026)
}

/// Makes them.
pub(crate) fn make(now: Moment) -> Result<Identity, ServeError> {
    build(now).map_err(ServeError::Certificate)
}

fn build(now: Moment) -> Result<Identity, String> {
    let text = |problem: rcgen::Error| problem.to_string();
    let authority_key = KeyPair::generate().map_err(text)?;
    let mut authority = parameters(now, "fluxrig", &[])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_certificate = authority.self_signed(&authority_key).map_err(text)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().map_err(text)?;
    let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"];
    let certificate =
        parameters(now, "kube-apiserver", &names)?.signed_by(&key, &issuer).map_err(text)?;
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|problem| problem.to_string())?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private);
    let mut config = config.map_err(|problem| problem.to_string())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity {
        authority: authority_certificate.pem(),
        token: token()?,
        config: Arc::new(config),
    })
}

fn parameters(now: Moment, name: &str, names: &[&str]) -> Result<CertificateParams, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).map_err(|problem| problem.to_string())?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = rcgen::date_time_ymd(year(now), 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year(now) + 2, 1, 1);
    Ok(parameters)
}

/// Half of a key that is made for this alone and forgotten: as good as random bytes.
fn token() -> Result<String, String> {
    let key = KeyPair::generate().map_err(|problem| problem.to_string())?;
    let public = key.public_key_raw();
    Ok(URL_SAFE_NO_PAD.encode(public.get(1..25).unwrap_or(public)))
}
