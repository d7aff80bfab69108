//! Scalars: does a value fit, and in which form is it kept.

use base64::Engine;
use objects::Value;

use super::go::word;
use super::quantity::{QuantityError, canonical_quantity};
use crate::Kind;
use crate::cause::quote;

/// Why a scalar cannot be read.
pub(super) enum Misfit {
    /// A wrong JSON type, in Go's word for it.
    Type(String),
    /// A whole message.
    Text(String),
}

/// Checks a value and brings it into its kept form.
pub(super) fn read(kind: Kind, value: &mut Value) -> Result<(), Misfit> {
    match kind {
        Kind::String => text(value).map(drop),
        Kind::Bytes => bytes(value),
        Kind::Bool => match value {
            Value::Bool(_) => Ok(()),
            other => Err(Misfit::Type(word(other).to_owned())),
        },
        Kind::Int32 => whole(value, i64::from(i32::MIN), i64::from(i32::MAX)),
        Kind::Int64 => whole(value, i64::MIN, i64::MAX),
        Kind::Number => match value {
            Value::Int(_) | Value::Float(_) => Ok(()),
            other => Err(Misfit::Type(word(other).to_owned())),
        },
        Kind::Quantity => quantity(value),
        Kind::IntOrString => match value {
            Value::String(_) => Ok(()),
            other => whole(other, i64::from(i32::MIN), i64::from(i32::MAX)),
        },
        Kind::Time => time(value, false),
        Kind::MicroTime => time(value, true),
        _ => Ok(()),
    }
}

fn text(value: &Value) -> Result<&str, Misfit> {
    value.as_str().ok_or_else(|| Misfit::Type(word(value).to_owned()))
}

fn whole(value: &Value, least: i64, most: i64) -> Result<(), Misfit> {
    match value {
        Value::Int(number) if (least..=most).contains(number) => Ok(()),
        Value::Int(_) | Value::Float(_) => {
            Err(Misfit::Type(format!("number {}", objects::to_json(value))))
        }
        other => Err(Misfit::Type(word(other).to_owned())),
    }
}

fn quantity(value: &mut Value) -> Result<(), Misfit> {
    let given = match value {
        Value::String(text) => text.to_string(),
        Value::Int(_) | Value::Float(_) => objects::to_json(value),
        _ => return Err(Misfit::Text(QuantityError::Form.text().to_owned())),
    };
    let kept = canonical_quantity(&given).map_err(|error| Misfit::Text(error.0))?;
    if value.as_str() != Some(kept.as_str()) {
        *value = kept.into();
    }
    Ok(())
}

fn bytes(value: &mut Value) -> Result<(), Misfit> {
    let given = text(value)?;
    let joined: String = given.chars().filter(|letter| !matches!(letter, '\n' | '\r')).collect();
    let engine = base64::engine::general_purpose::STANDARD;
    match engine.decode(joined.as_bytes()) {
        Ok(_) if joined.len() == given.len() => Ok(()),
        Ok(_) => {
            *value = joined.into();
            Ok(())
        }
        Err(error) => {
            let at = corrupt_byte(&joined, &error);
            Err(Misfit::Text(format!("illegal base64 data at input byte {at}")))
        }
    }
}

/// The offset that Go's decoder names: the bad byte, or the start of a quantum cut short.
fn corrupt_byte(text: &str, error: &base64::DecodeError) -> usize {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let illegal = text.bytes().position(|byte| !legal(byte));
    match (illegal, error) {
        (Some(at), _) => at,
        (None, base64::DecodeError::InvalidByte(at, _)) => *at,
        _ => text.len() - text.len() % 4,
    }
}

fn time(value: &mut Value, micro: bool) -> Result<(), Misfit> {
    let given = text(value)?;
    if given.is_empty() && !micro {
        return Ok(());
    }
    let Some(parsed) = parse_time(given) else {
        let (layout, first) = match micro {
            true => ("2006-01-02T15:04:05.000000Z07:00", "2006"),
            false => ("2006-01-02T15:04:05Z07:00", "2006"),
        };
        let shown = quote(given);
        return Err(Misfit::Text(format!(
            "parsing time {shown} as \"{layout}\": cannot parse {shown} as \"{first}\""
        )));
    };
    let kept = parsed.format(micro);
    if kept != given {
        *value = kept.into();
    }
    Ok(())
}

/// A moment of RFC 3339, in UTC.
pub(crate) struct Time {
    seconds: i64,
    micros: u32,
}

impl Time {
    fn format(&self, micro: bool) -> String {
        let days = self.seconds.div_euclid(86_400);
        let rest = self.seconds.rem_euclid(86_400);
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        let fraction = if micro { format!(".{:06}", self.micros) } else { String::new() };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }
}

/// Reads RFC 3339.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let padded = format!("{:0<6}", fraction.get(..digits.min(6)).filter(|d| !d.is_empty())?);
        micros = padded.parse().ok()?;
        rest = fraction.get(digits..)?;
    }
    let offset = match rest {
        "Z" => 0,
        zone => {
            let sign = match zone.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60)
        }
    };
    let days = days_of(year, month, day);
    Some(Time { seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, micros })
}

/// Days since 1970-01-01 of a date (Gregorian, years from March).
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
