//! Cron schedules: five fields, names of months and days, and the `@` short forms.
//!
//! Source: robfig/cron `parser.go`, `spec.go`; times are UTC.

use std::time::Duration;

use clock::Moment;

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Schedule {
    /// At minutes that fit all fields.
    Fields(Box<Fields>),
    /// Every so often.
    Every(Duration),
}

/// Bit sets of minutes, hours, days of the month, months and weekdays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days and weekdays are both restricted: then either is enough.
    either: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Reads a schedule; `None` if it is not one.
pub(super) fn parse(text: &str) -> Option<Schedule> {
    let text = text.trim();
    if let Some(period) = text.strip_prefix("@every ") {
        let period = clock::parse_duration(period).ok()?;
        return Some(Schedule::Every(period.max(Duration::from_secs(1))));
    }
    let text = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    };
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = parts.as_slice() else { return None };
    let weekdays = field(weekday, 0, 7, &DAYS, 0)?;
    let free = |part: &str| part.starts_with('*') || part.starts_with('?');
    Some(Schedule::Fields(Box::new(Fields {
        minutes: field(minute, 0, 59, &[], 0)?,
        hours: field(hour, 0, 23, &[], 0)?,
        days: field(day, 1, 31, &[], 0)?,
        months: field(month, 1, 12, &MONTHS, 1)?,
        weekdays: weekdays | (weekdays >> 7 & 1),
        either: !free(day) && !free(weekday),
    })))
}

fn field(text: &str, low: u64, high: u64, names: &[&str], offset: u64) -> Option<u64> {
    text.split(',').try_fold(0, |bits, part| Some(bits | range(part, low, high, names, offset)?))
}

fn range(text: &str, low: u64, high: u64, names: &[&str], offset: u64) -> Option<u64> {
    let (span, step) = match text.split_once('/') {
        Some((span, step)) => (span, step.parse().ok().filter(|step| *step > 0)?),
        None => (text, 1),
    };
    let value = |text: &str| -> Option<u64> {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower);
        named.map(|at| at as u64 + offset).or_else(|| text.parse().ok())
    };
    let (first, last) = match span {
        "*" | "?" => (low, high),
        _ => match span.split_once('-') {
            Some((first, last)) => (value(first)?, value(last)?),
            None if text.contains('/') => (value(span)?, high),
            None => (value(span)?, value(span)?),
        },
    };
    if first < low || last > high || first > last {
        return None;
    }
    Some((first..=last).step_by(usize::try_from(step).ok()?).fold(0, |bits, at| bits | 1 << at))
}

impl Schedule {
    /// The first moment after another; `None` if there is none within five years.
    pub(super) fn next(&self, after: Moment) -> Option<Moment> {
        let fields = match self {
            Self::Every(period) => {
                let whole = Moment::from_unix_seconds(after.unix_seconds());
                return Some(whole + *period);
            }
            Self::Fields(fields) => fields,
        };
        let mut minute = after.unix_seconds().div_euclid(60) + 1;
        let limit = minute + 5 * 366 * 1440;
        while minute < limit {
            let day = minute.div_euclid(1440);
            if !fields.fits_day(day) {
                minute = (day + 1) * 1440;
                continue;
            }
            let (hour, rest) = (minute.rem_euclid(1440) / 60, minute.rem_euclid(60));
            if fields.hours >> hour & 1 == 0 {
                minute += 60 - rest;
            } else if fields.minutes >> rest & 1 == 0 {
                minute += 1;
            } else {
                return Some(Moment::from_unix_seconds(minute * 60));
            }
        }
        None
    }
}

impl Fields {
    fn fits_day(&self, days: i64) -> bool {
        let (month, day) = month_and_day(days);
        let weekday = (days + 4).rem_euclid(7);
        let in_month = self.days >> day & 1 == 1;
        let in_week = self.weekdays >> weekday & 1 == 1;
        let fits = if self.either { in_month || in_week } else { in_month && in_week };
        self.months >> month & 1 == 1 && fits
    }
}

/// Month and day of the month of a day since 1970 (civil from days).
fn month_and_day(days: i64) -> (i64, i64) {
    let shifted = days + 719_468;
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    (if part < 10 { part + 3 } else { part - 9 }, of_year - (153 * part + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use clock::Moment;

    #[test]
    fn the_next_moment_of_a_schedule_is_found() {
        let start = Moment::parse("2026-01-01T00:00:00Z").unwrap();
        for (text, next) in [
            ("* * * * *", "2026-01-01T00:01:00Z"),
            ("*/15 * * * *", "2026-01-01T00:15:00Z"),
            ("30 4 * * *", "2026-01-01T04:30:00Z"),
            ("0 9 * * mon-fri", "2026-01-01T09:00:00Z"),
            ("0 0 29 feb *", "2028-02-29T00:00:00Z"),
            ("0 0 13 * 5", "2026-01-02T00:00:00Z"),
            ("0 0 * * 7", "2026-01-04T00:00:00Z"),
            ("@weekly", "2026-01-04T00:00:00Z"),
            ("@every 90s", "2026-01-01T00:01:30Z"),
            ("59 23 31 12 *", "2026-12-31T23:59:00Z"),
        ] {
            let found = parse(text).unwrap().next(start);
            assert_eq!(found.map(|moment| moment.rfc3339()).as_deref(), Some(next), "{text}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in ["", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
