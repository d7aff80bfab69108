//! A quiet week: every interval comes round, and nothing changes.

use std::error::Error;
use std::time::Duration;

use clock::Stopwatch;

use crate::{measure, world};

/// Measures the days and prints what one reconciliation cost.
pub(crate) fn run(count: usize, days: u64) -> Result<(), Box<dyn Error>> {
    let mut place = world::open(count)?;
    world::converge(&mut place, count)?;
    let time = Duration::from_secs(days * 86_400);
    let end = place.now() + time;
    let (watch, before) = (Stopwatch::start(), measure::cpu());
    world::run_until(&mut place, end)?;
    let real = watch.elapsed();
    let own = measure::cpu().saturating_sub(before);
    // Each Kustomization and the root every ten minutes, their one source every minute.
    let rounds = u128::from(time.as_secs() / 600) * (count as u128 + 11);
    println!(
        "{count} Kustomizations at 10m over {days} days: {:.3} s ({:.2} s of its own), {rounds} reconciliations, {:.1} us of its own each, peak {} MiB",
        real.as_secs_f64(),
        own.as_secs_f64(),
        own.as_micros() as f64 / rounds.max(1) as f64,
        measure::peak_mib()
    );
    Ok(())
}
