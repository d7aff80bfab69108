//! RSA keys for made-up certificates.
//!
//! Nothing here is secret: keys come from a fixed set of primes, so that charts which ask for
//! certificates render at once and alike in every run. Source of the formats: PKCS #1.

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::der;

/// Primes of 1,024 bits; any two make a key.
const PRIMES: [&str; 8] = [
    concat!(
        "d6d873435ec35af900167a27b9a569f5fb889bcaeb2d19cc6dd7e1b8f99a2a7b",
        "14076282774544f835ebbfeac8604dc8033c0f2f84e0d8e13d7fbb6faf901f8c",
        "2d77c76290a05f83f38dc18deb6764047b2299539004220d2bfe47f6cb28494a",
        "1ed8fc8cab56494a74e22344ff72b58ce9614c4ae2068e720d23e10b4f051255",
    ),
    concat!(
        "eea5f9a4f0d1ce5dd892dbae5709a14c591c625b03ae675e1bd78a63bd76fd26",
        "8dea7021c2de8050b912f0c32fce6e8e135af90372f59e008c446f9e0983fad1",
        "3914891ab15edd629c48e5f7e1f983be0dc55b3e35e7688b425c56b4784fac9c",
        "798925e4fb7ada6b12bf8e8983e86c17bce1d3de273042657392b5e498348927",
    ),
    concat!(
        "eac9a28be2d0bfe2d60bca383db0da4c78adec848e25e2c2820aeba0ea608da2",
        "32a34b3a2b90b641951e38639933e7b7f00f2efa3a08fde898dee5d105d003e6",
        "1ac732ea5c9ab7e0db14de4c456f09a91628c27ed3230c108e6cc0ae5433389e",
        "ffff9a694f59558af6423a7f7bf92c4b22b7126f99886da3942b9a87824fb827",
    ),
    concat!(
        "fd829823d66ae09cea1cc2855852b48746309828bb6456ccd7d305b717167fc8",
        "06b1123628202a039c8fcb3851b9af1cd79423c44192fbe3e48955cf09aeadf9",
        "245b44b8d2162a6464f2c131d9bbd96fbd07e16979b01db44f9731578a59c908",
        "6cf7fba60303134348f166a3cce647d69675fff6c733b70c8dfb46e6a38ace45",
    ),
    concat!(
        "ea5fbf7aa886e3bb07606573ec3a848a51c3f22c7731d9485fed282c66945a51",
        "30c167b98b666d9b640de22a29b5d1c424cb496bf25508ecad0b7d9698edca21",
        "8ebb22be4d56348e01d08aacb9c3d9ff53fc7baef896803c14188bee9564a27b",
        "cb2ebb11f21b832f4a0102e7684636d89954e37bf0478c0cc40312ccd6116677",
    ),
    concat!(
        "ffc0dccd036b828ed83c2007b8da24e15f47c0e33297753098a8080d8b17a99b",
        "e36355e8cec91ed3cda14f1eff5165db19cceeba511f1713bd17e22a23f66297",
        "78100839f5711aec1b128c279c116048e5fd07f056f97e2516d9f743c5f31a78",
        "387d73c4bdd517c15b6d8c2a05745b24b3552777c8c34c8d066a3dc6f62beb7f",
    ),
    concat!(
        "c7b83e583e6365e4a3cc82486e9f9617e106521f2409f6e1eb5041eb6c5d3a0f",
        "4097466ceeeda607fa7670a2e7c75e4ff70b11859755919f56bf278a0fba47b8",
        "b072df8c6fc5aaada7c521b1a8a9fe229fac604f828b8dacb763701a13ecef7a",
        "30da837879715f3f67e87e3c73e0ca15d62854617abe8d0712a526a9134a360d",
    ),
    concat!(
        "c69b3961caeb20ae7f86a55b539cda90d0479f39b816db6186de7265945c2491",
        "7fb8c01e4fbea64f2987acca1a2fac3ed24b405c21d1c94e85eef9413cdf18e9",
        "8ad83d7a2cf1cb9ababcdf7d6ba3e6d20ad16689b94cec58fff75a148c7c195d",
        "418f3c9f6fda5d57a4744288e90cb90d4cd6ed9cd1daa0c448d2d77bb5f26727",
    ),
];

/// A private key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    n: BigUint,
    e: BigUint,
    d: BigUint,
    p: BigUint,
    q: BigUint,
}

impl Key {
    /// One of the keys of the set.
    pub(super) fn drawn(random: &mut clock::Random) -> Self {
        let count = PRIMES.len() as u64;
        let first = random.below(count);
        let second = (first + 1 + random.below(count - 1)) % count;
        let prime =
            |at: u64| BigUint::parse_bytes(PRIMES[at as usize].as_bytes(), 16).unwrap_or_default();
        let (p, q) = (prime(first.max(second)), prime(first.min(second)));
        let e = BigUint::from(65_537_u32);
        let one = BigUint::from(1_u32);
        let phi = (&p - &one) * (&q - &one);
        let d = e.modinv(&phi).unwrap_or_default();
        Self { n: &p * &q, e, d, p, q }
    }

    /// Reads a PKCS #1 private key.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (content, _) = der::open(bytes, der::SEQUENCE)?;
        let (_, rest) = der::open(content, der::INTEGER)?;
        let mut rest = rest;
        let mut numbers = Vec::new();
        for _ in 0..5 {
            let (number, after) = der::open(rest, der::INTEGER)?;
            numbers.push(BigUint::from_bytes_be(number));
            rest = after;
        }
        let [n, e, d, p, q] = numbers.try_into().ok()?;
        (n.bits() <= 8_192 && n.bits() >= 512).then_some(Self { n, e, d, p, q })
    }

    /// As PKCS #1 writes a private key.
    pub(super) fn private_der(&self) -> Vec<u8> {
        let one = BigUint::from(1_u32);
        let dp = &self.d % (&self.p - &one);
        let dq = &self.d % (&self.q - &one);
        let inverse = self.q.modinv(&self.p).unwrap_or_default();
        let zero = BigUint::from(0_u32);
        let all = [&zero, &self.n, &self.e, &self.d, &self.p, &self.q, &dp, &dq, &inverse];
        der::sequence(&all.map(|number| der::integer(&number.to_bytes_be())))
    }

    /// The public key as X.509 writes it, and the bytes that identify it.
    pub(super) fn public_der(&self) -> (Vec<u8>, Vec<u8>) {
        let numbers = [&self.n, &self.e].map(|number| der::integer(&number.to_bytes_be()));
        let bits = der::sequence(&numbers);
        let algorithm = der::sequence(&[der::oid(der::RSA), der::null()]);
        let whole = der::sequence(&[algorithm, der::bit_string(&bits)]);
        let id = Sha256::digest(&bits)[..20].to_vec();
        (whole, id)
    }

    /// Signs with PKCS #1 v1.5 over SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let algorithm = der::sequence(&[der::oid(der::SHA256), der::null()]);
        let digest = der::octets(&Sha256::digest(message));
        let info = der::sequence(&[algorithm, digest]);
        let length = (self.n.bits() as usize).div_ceil(8);
        let mut block = vec![0xff_u8; length.max(info.len() + 11)];
        block[..2].copy_from_slice(&[0, 1]);
        let start = block.len() - info.len();
        block[start - 1] = 0;
        block[start..].copy_from_slice(&info);
        let signed = BigUint::from_bytes_be(&block).modpow(&self.d, &self.n).to_bytes_be();
        let mut out = vec![0; length.saturating_sub(signed.len())];
        out.extend(signed);
        out
    }
}
