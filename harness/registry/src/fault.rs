//! What is broken: requests below a place, for some or for all looks.

use std::time::Duration;

/// What is wrong with bytes that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// They end too early.
    Truncated,
    /// They are others than their digest says.
    WrongDigest,
}

/// A fault of requests; without answer, delay and damage no connection comes about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// The HTTP status of the answer.
    pub answer: Option<u16>,
    /// The text of the answer, or of the dialer; the usual text without it.
    pub message: Option<String>,
    /// How late the answer comes.
    pub delay: Option<Duration>,
    /// How many looks it spoils; all without it.
    pub times: Option<u64>,
    /// What is wrong with the bytes.
    pub damage: Option<Damage>,
}

impl Fault {
    /// Whether no connection comes about.
    #[must_use]
    pub fn refuses_connections(&self) -> bool {
        self.answer.is_none() && self.delay.is_none() && self.damage.is_none()
    }

    /// The text of its answer.
    #[must_use]
    pub fn body(&self) -> String {
        let usual = crate::answer::status_text(self.answer.unwrap_or_default());
        self.message.clone().unwrap_or_else(|| usual.to_owned())
    }
}

/// Faults in force, oldest first, by the place that their requests lie below.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<(u64, String, Fault)>,
    next: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, below: &str, fault: Fault) -> u64 {
        let id = self.next;
        self.next += 1;
        self.list.push((id, place(below), fault));
        id
    }

    /// Ends a fault; whether it was in force.
    pub(crate) fn end(&mut self, id: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|(known, ..)| *known != id);
        self.list.len() < before
    }

    /// The fault that spoils a look at a URL; `connection` asks only for those that refuse one.
    pub(crate) fn strike(&mut self, url: &str, connection: bool) -> Option<Fault> {
        let url = place(url);
        let strikes = |below: &str, fault: &Fault| {
            url.starts_with(below) && (!connection || fault.refuses_connections())
        };
        let at = self.list.iter().position(|(_, below, fault)| strikes(below, fault))?;
        let (id, _, fault) = &mut self.list[at];
        let (id, struck) = (*id, fault.clone());
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.end(id);
            }
        }
        Some(struck)
    }
}

/// A URL without its scheme; hosts are equal whatever the case of their letters.
fn place(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{}/{path}", host.to_lowercase())
}
