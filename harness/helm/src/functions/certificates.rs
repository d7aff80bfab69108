//! Certificates and private keys: `genCA`, `genSignedCert`, `genPrivateKey`, …
//!
//! Source: sprig `crypto.go` and Go `crypto/x509`: fields, extensions, words. Keys come from
//! [`super::rsa`], times and serial numbers from the seam.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use super::rsa::Key;
use super::strings::string;
use super::{Answer, Entry, der, encoding, int, refuse, text};
use crate::error::ExecError;
use crate::go;
use crate::host::Host;
use crate::template::Param::{Certificate as Cert, Int, List, Str};
use crate::value::{Native, Val};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "genCA" => (&[Str, Int], None, |execution, a| {
            let key = Key::drawn(execution.host.random("genCA"));
            self_signed(execution.host, "genCA", key, Wish::authority(&a))
        }),
        "genCAWithKey" => (&[Str, Int, Str], None, |execution, a| {
            let key = given_key(&a[2])?;
            self_signed(execution.host, "genCAWithKey", key, Wish::authority(&a))
        }),
        "genSelfSignedCert" => (&[Str, List, List, Int], None, |execution, a| {
            let key = Key::drawn(execution.host.random("genSelfSignedCert"));
            self_signed(execution.host, "genSelfSignedCert", key, Wish::of(&a)?)
        }),
        "genSelfSignedCertWithKey" => (&[Str, List, List, Int, Str], None, |execution, a| {
            let key = given_key(&a[4])?;
            self_signed(execution.host, "genSelfSignedCertWithKey", key, Wish::of(&a)?)
        }),
        "genSignedCert" => (&[Str, List, List, Int, Cert], None, |execution, a| {
            let key = Key::drawn(execution.host.random("genSignedCert"));
            signed(execution.host, "genSignedCert", key, Wish::of(&a)?, &a[4])
        }),
        "genSignedCertWithKey" => (&[Str, List, List, Int, Cert, Str], None, |execution, a| {
            let key = given_key(&a[5])?;
            signed(execution.host, "genSignedCertWithKey", key, Wish::of(&a)?, &a[4])
        }),
        "buildCustomCert" => (&[Str, Str], None, |_, a| custom(text(&a[0]), text(&a[1]))),
        "genPrivateKey" => (&[Str], None, |execution, a| private_key(execution.host, text(&a[0]))),
        _ => return None,
    };
    Some(entry)
}

/// A P-256 key and an Ed25519 key that nobody uses for anything else.
const ECDSA: &str = "MHcCAQEEIEEVPv5XXqwFoRyJt26TN/yRu2bEFVOx8efRLGgcHP77oAoGCCqGSM49AwEHoUQDQgAEXnFkcfqWQNyU0ZQfNxSkSNeSMOUuI2nc7RFhrukyviKOtQoYCGlOiAZnpuIbGJyl780F/U+YUU7i2HYpuwBP6w==";
const ED25519: &str = "MC4CAQAwBQYDK2VwBCIEII5J4yWHBO7fFq8GiK423i1cS3jxrfxRn6Bkzeyg+PKy";

fn private_key(host: &mut Host<'_>, kind: &str) -> Answer {
    let fixed = |name: &str, packed: &str| {
        let bytes = encoding::unbase64(packed.as_bytes()).unwrap_or_default();
        string(pem(name, &bytes))
    };
    host.note("genPrivateKey");
    match kind {
        "" | "rsa" => {
            let key = Key::drawn(host.random("genPrivateKey"));
            string(pem("RSA PRIVATE KEY", &key.private_der()))
        }
        "ecdsa" => fixed("EC PRIVATE KEY", ECDSA),
        "ed25519" => fixed("PRIVATE KEY", ED25519),
        "dsa" => refuse("keys of type dsa cannot be made here"),
        other => string(format!("Unknown type {other}")),
    }
}

fn pem(name: &str, bytes: &[u8]) -> String {
    let packed = encoding::base64(bytes);
    let lines: Vec<&str> = packed
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap_or_default())
        .collect();
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", lines.join("\n"))
}

/// Name and bytes of the first PEM block of a text.
fn unpem(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (name, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {name}-----"))?;
    let packed: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    Some((name, encoding::unbase64(packed.as_bytes()).ok()?))
}

fn given_key(value: &Val) -> Result<Key, ExecError> {
    read_key(text(value))
        .map_err(|problem| ExecError::new(format!("parsing private key: {problem}")))
}

fn read_key(text: &str) -> Result<Key, String> {
    let (name, bytes) = unpem(text).ok_or("no PEM data in input")?;
    match name {
        "RSA PRIVATE KEY" => Key::read(&bytes)
            .ok_or_else(|| "parsing RSA private key from PEM: asn1: structure error".to_owned()),
        "PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => {
            Err(format!("a {name} cannot sign here; RSA keys can"))
        }
        name if name.ends_with(" PRIVATE KEY") => {
            Err(format!("invalid private key type {}", name.trim_end_matches(" PRIVATE KEY")))
        }
        name => Err(format!("no private key data in PEM block of type {name}")),
    }
}

/// What a certificate shall say.
struct Wish {
    name: Arc<str>,
    addresses: Vec<Vec<u8>>,
    hosts: Vec<Arc<str>>,
    days: i64,
    authority: bool,
}

impl Wish {
    fn authority(arguments: &[Val]) -> Self {
        Self {
            name: text(&arguments[0]).into(),
            addresses: Vec::new(),
            hosts: Vec::new(),
            days: int(&arguments[1]),
            authority: true,
        }
    }

    fn of(arguments: &[Val]) -> Result<Self, ExecError> {
        let list = |at: usize| match &arguments[at] {
            Val::List(list) => list.items.borrow().clone(),
            _ => Vec::new(),
        };
        let mut addresses = Vec::new();
        for item in list(1) {
            let Some(shown) = item.as_str() else {
                let shown = go::print(&item);
                return refuse(format!("error parsing ip: {shown} is not a string"));
            };
            match shown.parse() {
                Ok(std::net::IpAddr::V4(address)) => addresses.push(address.octets().to_vec()),
                Ok(std::net::IpAddr::V6(address)) => addresses.push(address.octets().to_vec()),
                Err(_) => return refuse(format!("error parsing ip: {shown}")),
            }
        }
        let mut hosts = Vec::new();
        for item in list(2) {
            let Some(host) = item.as_str() else {
                let shown = go::print(&item);
                return refuse(format!(
                    "error processing alternate dns name: {shown} is not a string"
                ));
            };
            hosts.push(host.clone());
        }
        let name = text(&arguments[0]).into();
        Ok(Self { name, addresses, hosts, days: int(&arguments[3]), authority: false })
    }
}

/// `sprig.certificate`
#[derive(Debug)]
struct Certificate {
    cert: Arc<str>,
    key: Arc<str>,
}

impl Native for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Val> {
        match name {
            "Cert" => Some(Val::Str(self.cert.clone())),
            "Key" => Some(Val::Str(self.key.clone())),
            _ => None,
        }
    }

    fn plain(&self) -> Val {
        Val::dict([
            ("Cert".into(), Val::Str(self.cert.clone())),
            ("Key".into(), Val::Str(self.key.clone())),
        ])
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn certificate(cert: String, key: String) -> Val {
    Val::Native(Rc::new(Certificate { cert: cert.into(), key: key.into() }))
}

fn self_signed(host: &mut Host<'_>, function: &'static str, key: Key, wish: Wish) -> Answer {
    let issuer = Issuer { name: name_of(&wish.name), key: key.clone() };
    issue(host, function, &key, &wish, &issuer)
}

fn signed(
    host: &mut Host<'_>,
    function: &'static str,
    key: Key,
    wish: Wish,
    authority: &Val,
) -> Answer {
    let found = match authority {
        Val::Native(native) => native.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let Some(authority) = found else { return refuse("unable to decode certificate") };
    let Some((_, bytes)) = unpem(&authority.cert) else {
        return refuse("unable to decode certificate");
    };
    let Some(name) = subject(&bytes) else {
        return refuse("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
    };
    let signer = read_key(&authority.key)
        .map_err(|problem| ExecError::new(format!("error parsing private key: {problem}")))?;
    issue(host, function, &key, &wish, &Issuer { name, key: signer })
}

struct Issuer {
    name: Vec<u8>,
    key: Key,
}

fn issue(
    host: &mut Host<'_>,
    function: &'static str,
    key: &Key,
    wish: &Wish,
    issuer: &Issuer,
) -> Answer {
    let now = host.now(function).unix_seconds();
    let random = host.random(function);
    let mut serial = [random.next_u64().to_be_bytes(), random.next_u64().to_be_bytes()].concat();
    serial[0] = (serial[0] & 0x7f) | 0x40;
    let algorithm = der::sequence(&[der::oid(der::RSA_SHA256), der::null()]);
    let until = now.saturating_add(wish.days.saturating_mul(86_400));
    let (public, id) = key.public_der();
    let (_, issuer_id) = issuer.key.public_der();
    let body = der::sequence(&[
        der::tagged(0xa0, &der::integer(&[2])),
        der::integer(&serial),
        algorithm.clone(),
        issuer.name.clone(),
        der::sequence(&[date(now), date(until)]),
        name_of(&wish.name),
        public,
        der::tagged(0xa3, &extensions(wish, &id, &issuer_id)),
    ]);
    let signature = der::bit_string(&issuer.key.sign(&body));
    let whole = der::sequence(&[body, algorithm, signature]);
    let cert = pem("CERTIFICATE", &whole);
    Ok(certificate(cert, pem("RSA PRIVATE KEY", &key.private_der())))
}

fn name_of(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return der::sequence(&[]);
    }
    let pair = der::sequence(&[
        der::oid(&[0x55, 4, 3]),
        der::tagged(0x0c, &go::bytes_of_text(common_name)),
    ]);
    der::sequence(&[der::tagged(0x31, &pair)])
}

/// Two digits of the year until 2049, four beyond.
fn date(seconds: i64) -> Vec<u8> {
    let year: i64 = go::format_time("2006", seconds, 0).parse().unwrap_or(0);
    if (1950..2050).contains(&year) {
        der::tagged(0x17, go::format_time("060102150405Z", seconds, 0).as_bytes())
    } else {
        der::tagged(0x18, go::format_time("20060102150405Z", seconds, 0).as_bytes())
    }
}

fn extensions(wish: &Wish, id: &[u8], issuer_id: &[u8]) -> Vec<u8> {
    let extension = |oid: &[u8], critical: bool, content: Vec<u8>| {
        let mut parts = vec![der::oid(oid)];
        if critical {
            parts.push(der::boolean(true));
        }
        parts.push(der::octets(&content));
        der::sequence(&parts)
    };
    let usage: &[u8] = if wish.authority { &[2, 0xa4] } else { &[5, 0xa0] };
    let purposes = [1, 2].map(|purpose| der::oid(&[0x2b, 6, 1, 5, 5, 7, 3, purpose]));
    let basic = if wish.authority { vec![der::boolean(true)] } else { Vec::new() };
    let mut all = vec![
        extension(&[0x55, 0x1d, 15], true, der::tagged(0x03, usage)),
        extension(&[0x55, 0x1d, 37], false, der::sequence(&purposes)),
        extension(&[0x55, 0x1d, 19], true, der::sequence(&basic)),
    ];
    if wish.authority {
        all.push(extension(&[0x55, 0x1d, 14], false, der::octets(id)));
    } else {
        let content = der::sequence(&[der::tagged(0x80, issuer_id)]);
        all.push(extension(&[0x55, 0x1d, 35], false, content));
    }
    let hosts = wish.hosts.iter().map(|host| der::tagged(0x82, host.as_bytes()));
    let addresses = wish.addresses.iter().map(|address| der::tagged(0x87, address));
    let names: Vec<Vec<u8>> = hosts.chain(addresses).collect();
    if !names.is_empty() {
        all.push(extension(&[0x55, 0x1d, 17], false, der::sequence(&names)));
    }
    der::sequence(&all)
}

/// The subject of a certificate as it is written there.
fn subject(bytes: &[u8]) -> Option<Vec<u8>> {
    let (content, _) = der::open(bytes, der::SEQUENCE)?;
    let (mut rest, _) = der::open(content, der::SEQUENCE)?;
    if rest.first() == Some(&0xa0) {
        rest = der::next(rest)?.2;
    }
    // serial, algorithm, issuer, validity
    for _ in 0..4 {
        rest = der::next(rest)?.2;
    }
    let (found, _) = der::open(rest, der::SEQUENCE)?;
    Some(der::tagged(der::SEQUENCE, found))
}

fn custom(cert: &str, key: &str) -> Answer {
    let unpack = |packed: &str, what: &str| {
        let bytes = encoding::unbase64(packed.as_bytes());
        let bytes = bytes.map_err(|_| ExecError::new(format!("unable to decode base64 {what}")))?;
        Ok::<_, ExecError>(go::text_of_bytes(&bytes).into_owned())
    };
    let cert = unpack(cert, "certificate")?;
    let key = unpack(key, "private key")?;
    let Some((_, bytes)) = unpem(&cert) else { return refuse("unable to decode certificate") };
    if subject(&bytes).is_none() {
        return refuse("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
    }
    if unpem(&key).is_some_and(|(name, _)| name.ends_with("PRIVATE KEY")) {
        return Ok(certificate(cert, key));
    }
    let problem = read_key(&key).err().unwrap_or_default();
    refuse(format!("error parsing private key: {problem}"))
}
