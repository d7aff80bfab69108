//! Number constants, which may be several kinds of number at once.

use std::sync::Arc;

use super::node::Number;
use super::token::{Token, TokenKind};
use crate::go;

/// What a constant stands for, or why it is none.
pub(super) fn number(token: &Token) -> Result<Number, String> {
    let text: Arc<str> = token.text.as_str().into();
    if token.kind == TokenKind::CharConstant {
        let char = go::unquote_char(&text)
            .ok_or_else(|| format!("malformed character constant: {text}"))?;
        let code = i64::from(u32::from(char));
        return Ok(Number { text, int: Some(code), float: Some(code as f64), is_char: true });
    }
    if let Some(int) = go::parse_int(&text) {
        return Ok(Number { text, int: Some(int), float: Some(int as f64), is_char: false });
    }
    let Some(float) = go::parse_float(&text) else {
        return Err(format!("illegal number syntax: {}", go::quote(&text)));
    };
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", go::quote(&text)));
    }
    let whole = float.fract() == 0.0 && float.abs() < 9.2e18;
    Ok(Number { int: whole.then_some(float as i64), float: Some(float), text, is_char: false })
}
