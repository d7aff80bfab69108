//! What came back, as a value or a refusal.

use std::error::Error;

use client::Status;
use objects::{Value, from_json};

/// The value of an answer, or the server's refusal in its own words.
pub(crate) fn read(code: u16, body: &[u8]) -> Result<Value, Status> {
    let value = from_json(body);
    if (200..300).contains(&code) {
        return value.map_err(|problem| {
            Status::new(500, "InternalError", format!("the answer is not JSON: {problem}"))
        });
    }
    match value {
        Ok(value) if value.str_at(&["kind"]) == Some("Status") => Err(refusal(code, &value)),
        _ => {
            let text = String::from_utf8_lossy(body);
            Err(Status::new(code, "", text.chars().take(500).collect::<String>()))
        }
    }
}

/// A `Status` object as a refusal.
pub(crate) fn refusal(code: u16, value: &Value) -> Status {
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    let code = value
        .get("code")
        .and_then(Value::as_int)
        .and_then(|code| u16::try_from(code).ok())
        .unwrap_or(code);
    Status {
        code,
        reason: text("reason"),
        message: text("message"),
        details: value.get("details").cloned().unwrap_or(Value::Null),
    }
}

/// Nothing came back.
pub(crate) fn silence(what: &str, problem: &dyn Error) -> Status {
    Status::new(503, "ServiceUnavailable", format!("{what}: {}", chain(problem)))
}

/// An error and its causes, each once.
pub(crate) fn chain(problem: &dyn Error) -> String {
    let mut told = problem.to_string();
    let mut cause = problem.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !told.contains(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        cause = next.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_words_of_the_server() {
        let body = br#"{"kind":"Status","code":409,"reason":"Conflict","message":"m","details":{"name":"web"}}"#;
        let refusal = read(409, body).unwrap_err();
        assert!(refusal.is_conflict());
        assert_eq!((refusal.code, refusal.message.as_str()), (409, "m"));
        assert_eq!(refusal.details.str_at(&["name"]), Some("web"));
    }

    #[test]
    fn an_answer_of_a_proxy_is_told_as_it_is() {
        let refusal = read(502, b"<html>Bad Gateway</html>").unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (502, "<html>Bad Gateway</html>"));
    }
}
