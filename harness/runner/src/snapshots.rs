//! Snapshots of a world's state, compared with the accepted ones beside the scenario.
//!
//! One rule: nothing is accepted here; a changed state is written beside the accepted
//! one, and only where that was allowed. Start at [`compare`].

use std::path::PathBuf;

use assertion::snapshot::{Comparison, Policy, Store, render};
use events::{Event, Failure, Verdict};
use scenario::step::Snapshot;

use crate::RunOptions;
use crate::plan::Case;
use crate::refusal::Refusal;
use crate::story::Story;

/// Where the snapshots of a case lie: `_snapshots/NAME[row]` beside the scenario file.
pub(crate) fn folder(case: &Case) -> PathBuf {
    let stem = case.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
    let row = case.row.as_ref().map(|row| format!("[{}]", row.name)).unwrap_or_default();
    case.file.with_file_name("_snapshots").join(format!("{stem}{row}"))
}

/// The store of a case. A counterproof and a seed that is not the first write nothing.
pub(crate) fn store(case: &Case, options: &RunOptions) -> Store {
    let plain = !case.is_counterproof() && !case.name.contains(" (seed ");
    let write = options.write_snapshots && plain;
    let policy = if write { Policy::WritePending } else { Policy::WriteNothing };
    Store::new(folder(case), policy)
}

/// Compares the state with an accepted snapshot: what it is, and the verdict.
pub(crate) fn compare(
    story: &mut Story<'_>,
    wanted: &Snapshot,
) -> Result<(&'static str, Verdict), Refusal> {
    let text = render(wanted, &story.observation);
    let found = story.store.compare(&wanted.name, &text);
    let name = &wanted.name;
    let not_met = |what: String, diff: Vec<String>| {
        Verdict::NotMet(vec![Failure { diff, ..Failure::new(what) }])
    };
    Ok(match found.map_err(|cause| Refusal::of(&cause))? {
        Comparison::Same => ("same", Verdict::Met),
        Comparison::Changed(diff) => {
            let what =
                format!("snapshot {name} differs: accept or reject it with `fluxrig review`");
            ("changed", not_met(what, diff))
        }
        Comparison::New => {
            let what = format!("snapshot {name} is new: accept or reject it with `fluxrig review`");
            ("new", not_met(what, Vec::new()))
        }
    })
}

/// Tells which accepted snapshots no step compared.
pub(crate) fn tell_vanished(story: &mut Story<'_>) {
    let scenario = &story.world.case.name;
    for name in story.store.vanished().unwrap_or_default() {
        let (scenario, state) = (scenario.clone(), "vanished".to_owned());
        story.events.push(Event::Snapshot { scenario, name, state });
    }
}
