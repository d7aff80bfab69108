//! Go's `time`: calendar dates, layouts such as `2006-01-02`, durations such as `1h30m`.
//!
//! Every time is UTC; offsets in parsed texts are heeded.

/// Date of a day counted from 1970-01-01 (proleptic Gregorian).
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A part of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    LongMonth,
    ShortMonth,
    Month,
    PaddedMonth,
    LongDay,
    ShortDay,
    Day,
    SpacedDay,
    PaddedDay,
    DayOfYear,
    Hour,
    Hour12,
    PaddedHour12,
    Minute,
    PaddedMinute,
    Second,
    PaddedSecond,
    Year,
    ShortYear,
    Am,
    LowerAm,
    Zone,
    /// `Z` for UTC, with or without a colon.
    ZuluOffset(bool),
    Offset(bool),
    ShortOffset,
    /// Digits behind a point or comma; trimmed where they are nines.
    Fraction(usize, bool, char),
}

const PARTS: [(&str, Part); 31] = [
    ("January", Part::LongMonth),
    ("Jan", Part::ShortMonth),
    ("Monday", Part::LongDay),
    ("Mon", Part::ShortDay),
    ("MST", Part::Zone),
    ("2006", Part::Year),
    ("_2", Part::SpacedDay),
    ("002", Part::DayOfYear),
    ("01", Part::PaddedMonth),
    ("02", Part::PaddedDay),
    ("03", Part::PaddedHour12),
    ("04", Part::PaddedMinute),
    ("05", Part::PaddedSecond),
    ("06", Part::ShortYear),
    ("15", Part::Hour),
    ("1", Part::Month),
    ("2", Part::Day),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::Am),
    ("pm", Part::LowerAm),
    ("-07:00:00", Part::Offset(true)),
    ("-07:00", Part::Offset(true)),
    ("-0700", Part::Offset(false)),
    ("-07", Part::ShortOffset),
    ("Z07:00", Part::ZuluOffset(true)),
    ("Z0700", Part::ZuluOffset(false)),
    ("Z07", Part::ZuluOffset(false)),
    ("_2006", Part::Year),
    ("Z07:00:00", Part::ZuluOffset(true)),
];

/// The next part of a layout: the text before it, the part, and what follows.
fn next_part(layout: &str) -> Option<(&str, Part, &str)> {
    for (at, c) in layout.char_indices() {
        let rest = &layout[at..];
        if matches!(c, '.' | ',') {
            let digits = &rest[1..];
            let run = |digit: char| digits.chars().take_while(|c| *c == digit).count();
            let (zeros, nines) = (run('0'), run('9'));
            let count = zeros.max(nines);
            if count > 0 && !digits[count..].starts_with(|c: char| c.is_ascii_digit()) {
                let part = Part::Fraction(count, nines > 0, c);
                return Some((&layout[..at], part, &digits[count..]));
            }
        }
        if let Some(after) = rest.strip_prefix("_2006") {
            return Some((&layout[..=at], Part::Year, after));
        }
        let fitting = PARTS.iter().filter(|(sign, _)| rest.starts_with(sign));
        let found = fitting.max_by_key(|(sign, _)| sign.len());
        if let Some((sign, part)) = found {
            if *sign == "Jan" && rest.starts_with("Janu") && !rest.starts_with("January") {
                return Some((&layout[..at], *part, &rest[3..]));
            }
            return Some((&layout[..at], *part, &rest[sign.len()..]));
        }
    }
    None
}

/// A time in a layout.
pub(crate) fn format_time(layout: &str, seconds: i64, nanos: u32) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month_name = MONTHS[(month - 1).clamp(0, 11) as usize];
    let day_name = DAYS[(days + 4).rem_euclid(7) as usize];
    let mut out = String::new();
    let mut rest = layout;
    while let Some((before, part, after)) = next_part(rest) {
        out.push_str(before);
        rest = after;
        let text = match part {
            Part::LongMonth => month_name.to_owned(),
            Part::ShortMonth => month_name[..3].to_owned(),
            Part::Month => month.to_string(),
            Part::PaddedMonth => format!("{month:02}"),
            Part::LongDay => day_name.to_owned(),
            Part::ShortDay => day_name[..3].to_owned(),
            Part::Day => day.to_string(),
            Part::SpacedDay => format!("{day:2}"),
            Part::PaddedDay => format!("{day:02}"),
            Part::DayOfYear => format!("{:03}", days - days_of(year, 1, 1) + 1),
            Part::Hour => format!("{hour:02}"),
            Part::Hour12 => hour12.to_string(),
            Part::PaddedHour12 => format!("{hour12:02}"),
            Part::Minute => minute.to_string(),
            Part::PaddedMinute => format!("{minute:02}"),
            Part::Second => second.to_string(),
            Part::PaddedSecond => format!("{second:02}"),
            Part::Year => format!("{year:04}"),
            Part::ShortYear => format!("{:02}", year.rem_euclid(100)),
            Part::Am => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Part::LowerAm => if hour < 12 { "am" } else { "pm" }.to_owned(),
            Part::Zone => "UTC".to_owned(),
            Part::ZuluOffset(_) => "Z".to_owned(),
            Part::Offset(true) => "+00:00".to_owned(),
            Part::Offset(false) => "+0000".to_owned(),
            Part::ShortOffset => "+00".to_owned(),
            Part::Fraction(digits, trims, sign) => fraction(nanos, digits, trims, sign),
        };
        out.push_str(&text);
    }
    out.push_str(rest);
    out
}

fn fraction(nanos: u32, digits: usize, trims: bool, sign: char) -> String {
    let all = format!("{nanos:09}");
    let kept = &all[..digits.min(9)];
    let kept = if trims { kept.trim_end_matches('0') } else { kept };
    if kept.is_empty() { String::new() } else { format!("{sign}{kept}") }
}

/// Reads a time; without a zone it is UTC. Seconds since 1970 and nanoseconds.
pub(crate) fn parse_time(layout: &str, text: &str) -> Result<(i64, u32), String> {
    let mut found = Found { year: 0, month: 1, day: 1, ..Found::default() };
    let (mut rest, mut value) = (layout, text);
    let problem = |part: &str, value: &str, more: &str| {
        let quote = crate::go::quote;
        format!(
            "parsing time {} as {}: cannot parse {} as {}{more}",
            quote(text),
            quote(layout),
            quote(value),
            quote(part)
        )
    };
    while let Some((before, part, after)) = next_part(rest) {
        value = value.strip_prefix(before).ok_or_else(|| problem(before, value, ""))?;
        let sign = &rest[before.len()..rest.len() - after.len()];
        value = found.take(part, value).ok_or_else(|| problem(sign, value, ""))?;
        if matches!(part, Part::PaddedSecond | Part::Second) && !after.starts_with(['.', ',']) {
            value = found.optional_fraction(value);
        }
        rest = after;
    }
    let value = value.strip_prefix(rest).ok_or_else(|| problem(rest, value, ""))?;
    if !value.is_empty() {
        let quote = crate::go::quote;
        return Err(format!("parsing time {}: extra text: {}", quote(text), quote(value)));
    }
    let out_of_range =
        |what: &str| Err(format!("parsing time {}: {what} out of range", crate::go::quote(text)));
    let in_month = days_of(found.year + i64::from(found.month == 12), found.month % 12 + 1, 1)
        - days_of(found.year, found.month, 1);
    match () {
        () if !(1..=12).contains(&found.month) => return out_of_range("month"),
        () if !(1..=in_month).contains(&found.day) => return out_of_range("day"),
        () if found.hour > 23 => return out_of_range("hour"),
        () if found.minute > 59 => return out_of_range("minute"),
        () if found.second > 59 => return out_of_range("second"),
        () => {}
    }
    let hour = match found.afternoon {
        Some(true) if found.hour < 12 => found.hour + 12,
        Some(false) if found.hour == 12 => 0,
        _ => found.hour,
    };
    let seconds = days_of(found.year, found.month, found.day) * 86_400
        + hour * 3600
        + found.minute * 60
        + found.second
        - found.offset;
    Ok((seconds, found.nanos))
}

#[derive(Default)]
struct Found {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    offset: i64,
    afternoon: Option<bool>,
}

impl Found {
    fn take<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let named = |names: &[&str], length: Option<usize>| {
            names.iter().enumerate().find_map(|(at, name)| {
                let name = &name[..length.unwrap_or(name.len())];
                let head = text.get(..name.len())?;
                head.eq_ignore_ascii_case(name).then(|| (at as i64 + 1, &text[name.len()..]))
            })
        };
        let (value, rest) = match part {
            Part::LongMonth => named(&MONTHS, None)?,
            Part::ShortMonth => named(&MONTHS, Some(3))?,
            Part::LongDay => named(&DAYS, None)?,
            Part::ShortDay => named(&DAYS, Some(3))?,
            Part::Am | Part::LowerAm => {
                let (head, rest) = (text.get(..2)?, text.get(2..)?);
                self.afternoon = Some(match head.to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                return Some(rest);
            }
            Part::Zone => return text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")),
            Part::ZuluOffset(_) if text.starts_with('Z') => return Some(&text[1..]),
            Part::ZuluOffset(colon) | Part::Offset(colon) => return self.offset(text, colon),
            Part::ShortOffset => return self.offset(text, false),
            Part::Fraction(..) => return Some(self.optional_fraction(text)),
            Part::Year => digits(text, 4, 4)?,
            Part::DayOfYear => digits(text, 3, 3)?,
            Part::Month | Part::Day | Part::Hour12 | Part::Minute | Part::Second => {
                digits(text, 1, 2)?
            }
            Part::SpacedDay => digits(text.trim_start_matches(' '), 1, 2)?,
            _ => digits(text, 2, 2)?,
        };
        match part {
            Part::LongMonth | Part::ShortMonth | Part::Month | Part::PaddedMonth => {
                self.month = value;
            }
            Part::Day | Part::SpacedDay | Part::PaddedDay => self.day = value,
            Part::Hour | Part::Hour12 | Part::PaddedHour12 => self.hour = value,
            Part::Minute | Part::PaddedMinute => self.minute = value,
            Part::Second | Part::PaddedSecond => self.second = value,
            Part::Year => self.year = value,
            Part::ShortYear => self.year = value + if value >= 69 { 1900 } else { 2000 },
            _ => {}
        }
        Some(rest)
    }

    fn offset<'t>(&mut self, text: &'t str, colon: bool) -> Option<&'t str> {
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let (hours, rest) = digits(&text[1..], 2, 2)?;
        let rest = if colon { rest.strip_prefix(':')? } else { rest };
        let (minutes, rest) = digits(rest, 2, 2).unwrap_or((0, rest));
        self.offset = sign * (hours * 3600 + minutes * 60);
        Some(rest)
    }

    fn optional_fraction<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(rest) = text.strip_prefix(['.', ',']) else { return text };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return text;
        }
        let padded: String = rest[..count].chars().chain("000000000".chars()).take(9).collect();
        self.nanos = padded.parse().unwrap_or(0);
        &rest[count..]
    }
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// `time.ParseDuration`, in nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("\u{b5}s", 1e3),
        ("\u{3bc}s", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 6e10),
        ("h", 3.6e12),
    ];
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, after) = rest.split_at(length);
        let unit_length =
            after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && part.is_empty() {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: f64 = if part.is_empty() { 0.0 } else { format!("0.{part}").parse().ok()? };
        total += whole * (*scale as i128) + (part * scale) as i128;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// `time.Duration.String`
pub(crate) fn format_duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let size = nanos.unsigned_abs();
    let short = |unit: u64, name: &str| {
        let part = format!("{:0width$}", size % unit, width = unit.ilog10() as usize);
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{part}{name}", size / unit)
    };
    match size {
        0 => return "0s".to_owned(),
        1..1_000 => return format!("{sign}{size}ns"),
        1_000..1_000_000 => return short(1_000, "\u{b5}s"),
        1_000_000..1_000_000_000 => return short(1_000_000, "ms"),
        _ => {}
    }
    let seconds = size / 1_000_000_000;
    let part = format!("{:09}", size % 1_000_000_000);
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let tail = format!("{}{point}{part}s", seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{tail}"),
        (0, minutes) => format!("{sign}{minutes}m{tail}"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_print_and_read_as_in_go() {
        let (seconds, nanos) = (1_767_323_045, 120_000_000);
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2026-01-02T03:04:05Z"),
            ("Mon Jan _2 15:04:05 2006", "Fri Jan  2 03:04:05 2026"),
            ("Monday, 02-Jan-06 15:04:05 MST", "Friday, 02-Jan-26 03:04:05 UTC"),
            ("3:04PM", "3:04AM"),
            ("2006-01-02 15:04:05.000 -0700", "2026-01-02 03:04:05.120 +0000"),
            ("20060102150405", "20260102030405"),
            ("2006.01.02", "2026.01.02"),
        ] {
            assert_eq!(format_time(layout, seconds, nanos), text, "{layout}");
        }
        assert_eq!(parse_time("2006-01-02", "2026-01-02"), Ok((1_767_312_000, 0)));
        assert_eq!(
            parse_time("2006-01-02T15:04:05Z07:00", "2026-01-02T05:04:05+02:00"),
            Ok((1_767_323_045, 0))
        );
        assert_eq!(
            parse_time("2006-01-02", "x").unwrap_err(),
            "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\""
        );
    }

    #[test]
    fn durations_read_and_print_as_in_go() {
        for (text, nanos, shown) in [
            ("1h15m30.918s", 4_530_918_000_000, "1h15m30.918s"),
            ("90s", 90_000_000_000, "1m30s"),
            ("-1.5h", -5_400_000_000_000, "-1h30m0s"),
            ("1500us", 1_500_000, "1.5ms"),
            ("0", 0, "0s"),
        ] {
            assert_eq!(parse_duration(text), Some(nanos), "{text}");
            assert_eq!(format_duration(nanos), shown);
        }
        assert_eq!(parse_duration("3x"), None);
    }
}
