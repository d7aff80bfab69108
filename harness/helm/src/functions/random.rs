//! Random texts and numbers, from the seam.
//!
//! Source: sprig `strings.go`, `crypto.go`, `Masterminds/goutils`: the letters drawn from.

use super::strings::string;
use super::{Answer, Entry, count, int, refuse, text};
use crate::template::Param::{Int, Str};
use crate::value::Val;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "randAlphaNum" => (&[Int], None, |execution, a| {
            let letters = [LETTERS, DIGITS].concat();
            drawn(execution.host.random("randAlphaNum"), int(&a[0]), &letters)
        }),
        "randAlpha" => (&[Int], None, |execution, a| {
            drawn(execution.host.random("randAlpha"), int(&a[0]), LETTERS)
        }),
        "randNumeric" => (&[Int], None, |execution, a| {
            drawn(execution.host.random("randNumeric"), int(&a[0]), DIGITS)
        }),
        "randAscii" => (&[Int], None, |execution, a| {
            let letters: String = (' '..='~').collect();
            drawn(execution.host.random("randAscii"), int(&a[0]), &letters)
        }),
        "randInt" => (&[Int, Int], None, |execution, a| {
            let (low, high) = (int(&a[0]), int(&a[1]));
            let Ok(width @ 1..) = u64::try_from(high.wrapping_sub(low)) else {
                return refuse("invalid argument to Intn");
            };
            let drawn = execution.host.random("randInt").below(width) as i64;
            Ok(Val::int(low.wrapping_add(drawn)))
        }),
        "randBytes" => (&[Int], None, |execution, a| {
            let length = count(int(&a[0]), 1)?;
            let random = execution.host.random("randBytes");
            let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            string(super::encoding::base64(&bytes))
        }),
        "uuidv4" => (&[], None, |execution, _| string(execution.host.random("uuidv4").uid())),
        "shuffle" => (&[Str], None, |execution, a| {
            let random = execution.host.random("shuffle");
            let mut chars: Vec<char> = text(&a[0]).chars().collect();
            for at in (1..chars.len()).rev() {
                chars.swap(at, random.below(at as u64 + 1) as usize);
            }
            string(chars.into_iter().collect::<String>())
        }),
        _ => return None,
    };
    Some(entry)
}

fn drawn(random: &mut clock::Random, length: i64, letters: &str) -> Answer {
    let letters: Vec<char> = letters.chars().collect();
    let length = count(length, 1)?;
    let text: String =
        (0..length).map(|_| letters[random.below(letters.len() as u64) as usize]).collect();
    string(text)
}
