//! Cron schedules and time zones, in the words of `robfig/cron`.

/// Whether a schedule can be read.
///
/// # Errors
/// Why not.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    if let Some(macro_name) = schedule.strip_prefix('@') {
        return match macro_name {
            "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly" => {
                Ok(())
            }
            every if every.starts_with("every ") => Ok(()),
            _ => Err(format!("unrecognized descriptor: {schedule}")),
        };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != 5 {
        return Err(format!(
            "expected exactly 5 fields, found {}: [{}]",
            fields.len(),
            fields.join(" ")
        ));
    }
    let bounds: [(u32, u32, &[&str]); 5] = [
        (0, 59, &[]),
        (0, 23, &[]),
        (1, 31, &[]),
        (
            1,
            12,
            &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        ),
        (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];
    for (field, (least, most, names)) in fields.iter().zip(bounds) {
        for part in field.split(',') {
            range(part, least, most, names)?;
        }
    }
    Ok(())
}

fn range(text: &str, least: u32, most: u32, names: &[&str]) -> Result<(), String> {
    let (span, step) = match text.split_once('/') {
        Some((span, step)) if !step.contains('/') => (span, Some(step)),
        Some(_) => return Err(format!("too many slashes: {text}")),
        None => (text, None),
    };
    let (start, end) = if span == "*" || span == "?" {
        (least, most)
    } else {
        match span.split_once('-') {
            Some((_, end)) if end.contains('-') => return Err(format!("too many hyphens: {text}")),
            Some((start, end)) => (number(start, least, names)?, number(end, least, names)?),
            None => {
                let start = number(span, least, names)?;
                (start, if step.is_some() { most } else { start })
            }
        }
    };
    let step = step.map_or(Ok(1), |step| number(step, 0, &[]))?;
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {text}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(())
}

fn number(text: &str, least: u32, names: &[&str]) -> Result<u32, String> {
    if let Some(at) = names.iter().position(|name| *name == text.to_lowercase()) {
        return Ok(at as u32 + least);
    }
    text.parse().map_err(|_| {
        let shown = crate::cause::quote(text);
        format!("failed to parse int from {text}: strconv.Atoi: parsing {shown}: invalid syntax")
    })
}

/// Whether a name looks like a zone of the IANA database.
///
/// The database itself is not carried along: the area must be known, the place may be any.
pub(super) fn is_time_zone(name: &str) -> bool {
    const ALONE: &[&str] = &[
        "UTC",
        "GMT",
        "CET",
        "CST6CDT",
        "EET",
        "EST",
        "EST5EDT",
        "HST",
        "MET",
        "MST",
        "MST7MDT",
        "PST8PDT",
        "WET",
        "Zulu",
        "UCT",
        "Universal",
        "Greenwich",
        "Japan",
        "Israel",
        "Turkey",
        "Egypt",
        "Eire",
        "Iran",
        "Cuba",
        "Hongkong",
        "Iceland",
        "Jamaica",
        "Kwajalein",
        "Libya",
        "NZ",
        "Navajo",
        "PRC",
        "Poland",
        "Portugal",
        "ROC",
        "ROK",
        "Singapore",
        "W-SU",
        "GB",
    ];
    const AREAS: &[&str] = &[
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Brazil",
        "Canada",
        "Chile",
        "Etc",
        "Europe",
        "Indian",
        "Mexico",
        "Pacific",
        "US",
    ];
    match name.split_once('/') {
        None => ALONE.contains(&name),
        Some((area, place)) => {
            let letter = |c: char| c.is_ascii_alphanumeric() || "_+-/".contains(c);
            AREAS.contains(&area) && !place.is_empty() && place.chars().all(letter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read_or_refused_with_a_reason() {
        let good = ["*/5 * * * *", "0 4 1-15 jan,feb mon-fri", "@daily", "0 0 * * 0"];
        for schedule in good {
            assert_eq!(check(schedule), Ok(()), "{schedule}");
        }
        let bad = [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            (
                "x * * * *",
                "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax",
            ),
        ];
        for (schedule, reason) in bad {
            assert_eq!(check(schedule), Err(reason.to_owned()), "{schedule}");
        }
    }
}
