//! Kustomizations of four objects each, from an empty cluster to Ready.

use std::error::Error;

use clock::Stopwatch;

use crate::{measure, world};

/// Measures each count and prints a row for it.
pub(crate) fn run(counts: &[usize]) -> Result<(), Box<dyn Error>> {
    println!(
        "{:>14} {:>10} {:>10} {:>10} {:>12} {:>10}",
        "Kustomizations", "real", "own", "virtual", "own, each", "peak"
    );
    for &count in counts {
        let (watch, before) = (Stopwatch::start(), measure::cpu());
        let mut place = world::open(count)?;
        let virtual_time = world::converge(&mut place, count)?;
        let real = watch.elapsed();
        let own = measure::cpu().saturating_sub(before);
        let each = own / u32::try_from(count.max(1))?;
        println!(
            "{count:>14} {:>8.3} s {:>8.2} s {:>10} {:>9} us {:>6} MiB",
            real.as_secs_f64(),
            own.as_secs_f64(),
            clock::format_duration(std::time::Duration::from_secs(virtual_time.as_secs())),
            each.as_micros(),
            measure::peak_mib()
        );
    }
    Ok(())
}
