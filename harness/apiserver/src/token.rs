//! Tokens of service accounts: three parts as real ones have, readable by this server alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use objects::{Object, Value};

/// A token for an account.
pub(crate) fn make(account: &Object, number: u64) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(objects::to_json(value));
    let head = Value::from([("alg", "none"), ("kid", "fluxrig")]);
    let user = format!("system:serviceaccount:{}:{}", account.namespace(), account.name());
    let body = Value::from([
        ("sub", Value::from(user)),
        ("uid", account.uid().into()),
        ("jti", format!("{number:016x}").into()),
    ]);
    format!("{}.{}.{}", encode(&head), encode(&body), URL_SAFE_NO_PAD.encode("fluxrig"))
}

/// Name, uid and credential id of the account that a token was made for.
pub(crate) fn read(token: &str) -> Option<(String, String, String)> {
    let mut parts = token.split('.');
    let (_, body, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
    let value = objects::from_json(&bytes).ok()?;
    let text = |key: &str| value.str_at(&[key]).map(str::to_owned);
    Some((text("sub")?, text("uid")?, text("jti")?))
}
