//! Timestamps and durations, in nanoseconds.

use clock::Moment;

use super::value::Val;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// Whether a timestamp lies in the years 1 to 9999.
pub(super) fn in_range(nanos: i128) -> bool {
    (-62_135_596_800 * SECOND..=253_402_300_799 * SECOND + SECOND - 1).contains(&nanos)
}

/// Reads RFC 3339.
pub(super) fn parse_timestamp(text: &str) -> Option<i128> {
    Moment::parse(text).map(|moment| i128::from(moment.unix_nanos()))
}

/// Reads a Go duration, which may be negative.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let nanos = clock::parse_duration(rest).ok()?.as_nanos();
    let nanos = i64::try_from(nanos).ok()?;
    Some(if negative { -nanos } else { nanos })
}

/// As CEL prints a duration: seconds, `5400s`.
pub(super) fn format_duration(nanos: i64) -> String {
    let whole = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, rest) = (whole / 1_000_000_000, whole % 1_000_000_000);
    let fraction = format!("{rest:09}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{seconds}s"),
        digits => format!("{sign}{seconds}.{digits}s"),
    }
}

/// As CEL prints a timestamp: RFC 3339 in UTC.
pub(super) fn format_timestamp(nanos: i128) -> String {
    let date = Date::of(nanos);
    let Date { year, month, day, .. } = date;
    let [hour, minute, second] = [3600, 60, 1].map(|unit| date.seconds / unit);
    let fraction = format!("{:09}", nanos.rem_euclid(SECOND));
    let fraction = match fraction.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    let (minute, second) = (minute % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

struct Date {
    year: i64,
    month: i64,
    day: i64,
    /// Days since 1970.
    days: i64,
    /// Seconds of the day.
    seconds: i64,
}

impl Date {
    /// The civil date in UTC (days from civil, in reverse).
    fn of(nanos: i128) -> Self {
        let days = nanos.div_euclid(DAY) as i64;
        let seconds = (nanos.rem_euclid(DAY) / SECOND) as i64;
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let part = (5 * of_year + 2) / 153;
        let month = if part < 10 { part + 3 } else { part - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day: of_year - (153 * part + 2) / 5 + 1, days, seconds }
    }

    fn day_of_year(&self) -> i64 {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let index = usize::try_from(self.month - 1).unwrap_or(0);
        before[index.min(11)] + self.day - 1 + i64::from(leap && self.month > 2)
    }
}

/// A part of a timestamp (UTC) or a duration in a unit; `None` if there is no such part.
pub(super) fn part(function: &str, value: &Val) -> Option<Val> {
    let number = match value {
        Val::Timestamp(nanos) => {
            let date = Date::of(*nanos);
            match function {
                "getFullYear" => date.year,
                "getMonth" => date.month - 1,
                "getDate" => date.day,
                "getDayOfMonth" => date.day - 1,
                "getDayOfWeek" => (date.days + 4).rem_euclid(7),
                "getDayOfYear" => date.day_of_year(),
                "getHours" => date.seconds / 3600,
                "getMinutes" => date.seconds / 60 % 60,
                "getSeconds" => date.seconds % 60,
                "getMilliseconds" => (nanos.rem_euclid(SECOND) / 1_000_000) as i64,
                _ => return None,
            }
        }
        Val::Duration(nanos) => match function {
            "getHours" => nanos / 3_600_000_000_000,
            "getMinutes" => nanos / 60_000_000_000,
            "getSeconds" => nanos / 1_000_000_000,
            "getMilliseconds" => nanos / 1_000_000,
            _ => return None,
        },
        _ => return None,
    };
    Some(Val::Int(number))
}
