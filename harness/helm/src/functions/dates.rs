//! Dates and durations.
//!
//! Source: sprig `date.go`; Helm `pkg/engine` `funcs.go` for `duration…`. The zone is UTC
//! whatever is asked for, since no zone data is carried.

use std::any::Any;
use std::rc::Rc;

use super::strings::string;
use super::{Answer, Entry, int, refuse, text};
use crate::error::ExecError;
use crate::go;
use crate::host::Host;
use crate::template::Param::{Any as AnyValue, Str, Time as When};
use crate::value::{Argument, IntType, Native, Val};

const SECOND: i64 = 1_000_000_000;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "now" => (&[], None, |execution, _| {
            let now = execution.host.now("now");
            Ok(time(now.unix_seconds(), now.unix_nanos().rem_euclid(SECOND) as u32))
        }),
        "date" => {
            (&[Str, AnyValue], None, |execution, a| formatted(text(&a[0]), &a[1], execution.host))
        }
        "dateInZone" | "date_in_zone" => (&[Str, AnyValue, Str], None, |execution, a| {
            formatted(text(&a[0]), &a[1], execution.host)
        }),
        "htmlDate" => {
            (&[AnyValue], None, |execution, a| formatted("2006-01-02", &a[0], execution.host))
        }
        "htmlDateInZone" => {
            (&[AnyValue, Str], None, |execution, a| formatted("2006-01-02", &a[0], execution.host))
        }
        "dateModify" | "date_modify" => (&[Str, When], None, |_, a| {
            Ok(modified(text(&a[0]), &a[1]).unwrap_or_else(|_| a[1].clone()))
        }),
        "mustDateModify" | "must_date_modify" => {
            (&[Str, When], None, |_, a| modified(text(&a[0]), &a[1]))
        }
        "ago" => (&[AnyValue], None, |execution, a| {
            let (then, _) = moment(&a[0], execution.host);
            let now = execution.host.now("ago").unix_seconds();
            string(go::format_duration((now - then).saturating_mul(SECOND)))
        }),
        "toDate" => (&[Str, Str], None, |_, a| {
            let (seconds, nanos) =
                go::parse_time(text(&a[0]), text(&a[1])).unwrap_or((-62_135_596_800, 0));
            Ok(time(seconds, nanos))
        }),
        "mustToDate" => {
            (&[Str, Str], None, |_, a| match go::parse_time(text(&a[0]), text(&a[1])) {
                Ok((seconds, nanos)) => Ok(time(seconds, nanos)),
                Err(problem) => refuse(problem),
            })
        }
        "unixEpoch" => (&[When], None, |_, a| string(seconds_of(&a[0]).to_string())),
        "duration" => (&[AnyValue], None, |_, a| {
            let seconds = match &a[0] {
                Val::Str(text) => text.parse().unwrap_or(0),
                Val::Int(number, IntType::Int64) => *number,
                _ => 0,
            };
            string(go::format_duration(seconds.saturating_mul(SECOND)))
        }),
        "durationRound" => (&[AnyValue], None, |execution, a| {
            let nanos = match &a[0] {
                Val::Str(text) => go::parse_duration(text).unwrap_or(0),
                Val::Int(number, IntType::Int64) => *number,
                Val::Native(native) if native.type_name() == "time.Time" => {
                    let now = execution.host.now("durationRound").unix_seconds();
                    (now - seconds_of(&a[0])).saturating_mul(SECOND)
                }
                _ => 0,
            };
            string(rounded(nanos))
        }),
        _ => return duration_function(name),
    };
    Some(entry)
}

fn duration_function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "mustToDuration" => (&[AnyValue], None, |_, a| match as_duration(&a[0]) {
            Ok(nanos) => Ok(duration(nanos)),
            Err(problem) => refuse(problem),
        }),
        "durationSeconds" => (&[AnyValue], None, |_, a| in_units(&a[0], 1e9)),
        "durationMinutes" => (&[AnyValue], None, |_, a| in_units(&a[0], 6e10)),
        "durationHours" => (&[AnyValue], None, |_, a| in_units(&a[0], 3.6e12)),
        "durationDays" => (&[AnyValue], None, |_, a| in_units(&a[0], 8.64e13)),
        "durationWeeks" => (&[AnyValue], None, |_, a| in_units(&a[0], 6.048e14)),
        "durationMilliseconds" => (&[AnyValue], None, |_, a| whole(&a[0], 1_000_000)),
        "durationMicroseconds" => (&[AnyValue], None, |_, a| whole(&a[0], 1_000)),
        "durationNanoseconds" => (&[AnyValue], None, |_, a| whole(&a[0], 1)),
        "durationRoundTo" => (&[AnyValue, AnyValue], None, |_, a| {
            Ok(duration(stepped(&a[0], &a[1], |nanos, step| {
                let rest = nanos % step;
                let down = nanos - rest;
                if rest.unsigned_abs() * 2 < step.unsigned_abs() {
                    down
                } else {
                    down.saturating_add(step * nanos.signum())
                }
            })))
        }),
        "durationTruncateTo" => (&[AnyValue, AnyValue], None, |_, a| {
            Ok(duration(stepped(&a[0], &a[1], |nanos, step| nanos - nanos % step)))
        }),
        _ => return None,
    };
    Some(entry)
}

/// `time.Time`
#[derive(Debug)]
struct Time {
    seconds: i64,
    nanos: u32,
}

fn time(seconds: i64, nanos: u32) -> Val {
    Val::Native(Rc::new(Time { seconds, nanos }))
}

fn time_of(value: &Val) -> Option<&Time> {
    match value {
        Val::Native(native) => native.as_any().downcast_ref(),
        _ => None,
    }
}

fn seconds_of(value: &Val) -> i64 {
    time_of(value).map_or(0, |time| time.seconds)
}

/// A date given in one of many ways; the time now for what is none.
fn moment(value: &Val, host: &mut Host<'_>) -> (i64, u32) {
    match value {
        Val::Int(number, IntType::Int | IntType::Int64) => (*number, 0),
        value => match time_of(value) {
            Some(time) => (time.seconds, time.nanos),
            None => {
                let now = host.now("date");
                (now.unix_seconds(), 0)
            }
        },
    }
}

fn formatted(layout: &str, value: &Val, host: &mut Host<'_>) -> Answer {
    let (seconds, nanos) = moment(value, host);
    string(go::format_time(layout, seconds, nanos))
}

fn modified(by: &str, value: &Val) -> Answer {
    let Some(nanos) = go::parse_duration(by) else {
        return refuse(format!("time: invalid duration {}", go::quote(by)));
    };
    let Some(held) = time_of(value) else { return Ok(value.clone()) };
    Ok(held.plus(nanos))
}

fn rounded(nanos: i64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    const UNITS: [(u64, &str); 6] = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    let size = nanos.unsigned_abs();
    let found = UNITS.iter().find(|(unit, _)| size > *unit);
    found.map_or("0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit))
}

impl Time {
    fn plus(&self, nanos: i64) -> Val {
        let total = i128::from(self.seconds) * i128::from(SECOND)
            + i128::from(self.nanos)
            + i128::from(nanos);
        let seconds = total.div_euclid(i128::from(SECOND));
        time(i64::try_from(seconds).unwrap_or(0), total.rem_euclid(i128::from(SECOND)) as u32)
    }

    fn shown(&self, layout: &str) -> String {
        go::format_time(layout, self.seconds, self.nanos)
    }

    fn number(&self, layout: &str) -> Val {
        Val::int(self.shown(layout).trim().parse().unwrap_or(0))
    }
}

impl Native for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        match name {
            "Unix" | "UnixMilli" | "UnixNano" | "UTC" | "Local" | "String" | "Year" | "Month"
            | "Day" | "Hour" | "Minute" | "Second" | "YearDay" | "Weekday" | "Nanosecond" => {
                Some(&[])
            }
            "Format" => Some(&[Argument::Text]),
            "AddDate" => Some(&[Argument::Int, Argument::Int, Argument::Int]),
            "Add" | "Sub" | "After" | "Before" | "Equal" => Some(&[Argument::Any]),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Val]) -> Result<Val, ExecError> {
        let nanos = self.seconds.saturating_mul(SECOND).saturating_add(i64::from(self.nanos));
        let other = arguments.first().and_then(time_of);
        let order =
            other.map(|other| (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos)));
        Ok(match name {
            "Unix" => Val::Int(self.seconds, IntType::Int64),
            "UnixMilli" => Val::Int(nanos.div_euclid(1_000_000), IntType::Int64),
            "UnixNano" => Val::Int(nanos, IntType::Int64),
            "UTC" | "Local" => time(self.seconds, self.nanos),
            "String" => Val::str(self.print()),
            "Year" => self.number("2006"),
            "Month" => Val::str(self.shown("January")),
            "Weekday" => Val::str(self.shown("Monday")),
            "Day" => self.number("2"),
            "Hour" => self.number("15"),
            "Minute" => self.number("4"),
            "Second" => self.number("5"),
            "YearDay" => self.number("002"),
            "Nanosecond" => Val::int(i64::from(self.nanos)),
            "Format" => Val::str(self.shown(arguments.first().map_or("", text))),
            "AddDate" => {
                let (year, month, day) = go::civil(self.seconds.div_euclid(86_400));
                let months = year * 12 + month - 1 + int(&arguments[0]) * 12 + int(&arguments[1]);
                let days = go::days_of(months.div_euclid(12), months.rem_euclid(12) + 1, day)
                    + int(&arguments[2]);
                time(days * 86_400 + self.seconds.rem_euclid(86_400), self.nanos)
            }
            "Add" => self.plus(arguments.first().and_then(|a| as_duration(a).ok()).unwrap_or(0)),
            "Sub" => duration(other.map_or(0, |other| {
                (self.seconds - other.seconds).saturating_mul(SECOND) + i64::from(self.nanos)
                    - i64::from(other.nanos)
            })),
            "After" => Val::Bool(order.is_some_and(std::cmp::Ordering::is_gt)),
            "Before" => Val::Bool(order.is_some_and(std::cmp::Ordering::is_lt)),
            _ => Val::Bool(order.is_some_and(std::cmp::Ordering::is_eq)),
        })
    }

    fn plain(&self) -> Val {
        Val::str(self.shown("2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn print(&self) -> String {
        self.shown("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `time.Duration`
#[derive(Debug)]
struct Duration(i64);

fn duration(nanos: i64) -> Val {
    Val::Native(Rc::new(Duration(nanos)))
}

impl Native for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn method(&self, name: &str) -> Option<&'static [Argument]> {
        matches!(
            name,
            "String"
                | "Seconds"
                | "Minutes"
                | "Hours"
                | "Milliseconds"
                | "Microseconds"
                | "Nanoseconds"
        )
        .then_some(&[])
    }

    fn call(&self, name: &str, _: &[Val]) -> Result<Val, ExecError> {
        let whole = |unit: i64| Val::Int(self.0 / unit, IntType::Int64);
        Ok(match name {
            "Seconds" => Val::Float(self.0 as f64 / 1e9),
            "Minutes" => Val::Float(self.0 as f64 / 6e10),
            "Hours" => Val::Float(self.0 as f64 / 3.6e12),
            "Milliseconds" => whole(1_000_000),
            "Microseconds" => whole(1_000),
            "Nanoseconds" => whole(1),
            _ => Val::str(self.print()),
        })
    }

    fn plain(&self) -> Val {
        Val::Int(self.0, IntType::Int64)
    }

    fn print(&self) -> String {
        go::format_duration(self.0)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Nanoseconds of a duration, a text, or a number of seconds.
fn as_duration(value: &Val) -> Result<i64, String> {
    let seconds = |number: f64| {
        if !number.is_finite() {
            return Err(format!("invalid duration seconds: {}", go::format_float(number, 21)));
        }
        if number.abs() > i64::MAX as f64 / 1e9 {
            return Err(format!("duration seconds overflow: {}", go::format_float(number, 21)));
        }
        Ok((number * 1e9) as i64)
    };
    match value {
        Val::Missing | Val::Nil => Err("invalid duration".to_owned()),
        Val::Str(text) => {
            let trimmed = text.trim();
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            if let Some(nanos) = go::parse_duration(trimmed) {
                return Ok(nanos);
            }
            match go::parse_float(trimmed) {
                Some(number) => seconds(number),
                None => Err(format!("could not parse duration {}", go::quote(text))),
            }
        }
        Val::Int(number, _) => {
            number.checked_mul(SECOND).ok_or_else(|| format!("duration seconds overflow: {number}"))
        }
        Val::Float(number) => seconds(*number),
        Val::Native(native) => match native.as_any().downcast_ref::<Duration>() {
            Some(Duration(nanos)) => Ok(*nanos),
            None => Err(format!("unsupported duration type {}", value.type_name())),
        },
        value => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

fn in_units(value: &Val, unit: f64) -> Answer {
    Ok(Val::Float(as_duration(value).map_or(0.0, |nanos| nanos as f64 / unit)))
}

fn whole(value: &Val, unit: i64) -> Answer {
    Ok(Val::Int(as_duration(value).map_or(0, |nanos| nanos / unit), IntType::Int64))
}

fn stepped(value: &Val, step: &Val, how: impl Fn(i64, i64) -> i64) -> i64 {
    match (as_duration(value), as_duration(step)) {
        (Ok(nanos), Ok(step)) if step > 0 => how(nanos, step),
        (Ok(nanos), _) => nanos,
        (Err(_), _) => 0,
    }
}
