//! Generated scenarios: how long one takes in a suite, and whether a seed gives the same bytes.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use clock::Stopwatch;
use events::{Event, Sink, Summary};
use runner::{Abilities, RunOptions, Selection};

use crate::measure;

/// Runs each number of generated scenarios and prints the median and the whole.
pub(crate) fn generated(counts: &[usize], jobs: usize) -> Result<(), Box<dyn Error>> {
    counts.iter().try_for_each(|count| generate(*count, jobs))
}

fn generate(count: usize, jobs: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::Builder::new().prefix("fluxrig-bench-").tempdir()?;
    for number in 0..count {
        std::fs::write(folder.path().join(format!("s{number:05}.yaml")), scenario(number))?;
    }
    let heard = run(folder.path(), jobs, 0)?;
    heard.print(&format!("{count} generated scenarios"));
    Ok(())
}

/// Runs a folder of scenarios and prints the median and the whole.
pub(crate) fn folder(path: &Path, jobs: usize) -> Result<(), Box<dyn Error>> {
    run(path, jobs, 0)?.print(&path.display().to_string());
    Ok(())
}

/// Runs a folder twice with each seed; the records must be the same, byte for byte.
pub(crate) fn seeds(path: &Path, jobs: usize, seeds: u64) -> Result<(), Box<dyn Error>> {
    let watch = Stopwatch::start();
    let mut bytes = 0;
    for seed in 0..seeds {
        let (first, second) = (run(path, jobs, seed)?, run(path, 1, seed)?);
        if first.record != second.record {
            return Err(format!("seed {seed} gives two different records").into());
        }
        bytes += first.record.len();
    }
    let seconds = watch.elapsed().as_secs_f64();
    println!("{seeds} seeds, twice each: the same {bytes} bytes, in {seconds:.1} s");
    Ok(())
}

fn run(path: &Path, jobs: usize, seed: u64) -> Result<Heard, Box<dyn Error>> {
    let selection = Selection { paths: vec![path.to_owned()], seed, ..Selection::default() };
    let plan = runner::plan(&selection, Abilities::EMBEDDED)?;
    let mut heard = Heard::default();
    let watch = Stopwatch::start();
    let before = measure::cpu();
    heard.summary = runner::run(&plan, &RunOptions { jobs, ..RunOptions::default() }, &mut heard);
    heard.whole = watch.elapsed();
    heard.own = measure::cpu().saturating_sub(before);
    Ok(heard)
}

#[derive(Default)]
struct Heard {
    times: Vec<Duration>,
    record: String,
    summary: Summary,
    whole: Duration,
    own: Duration,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event) {
        if let Some(line) = events::to_line(event) {
            let _ = writeln!(self.record, "{line}");
        }
        if let Event::ScenarioFinished { real_time, .. } = event {
            self.times.push(*real_time);
        }
    }
}

impl Heard {
    fn print(&self, what: &str) {
        let mut times = self.times.clone();
        times.sort();
        let at = |part: usize| {
            times.get(times.len() * part / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let Summary { met, not_met, unknown, broken, .. } = self.summary;
        println!(
            "{what}: {:.2} s in all, {:.2} s of its own ({:.1} ms each), median {:.1} ms, 90th {:.1} ms, {met} passed, {} not, peak {} MiB",
            self.whole.as_secs_f64(),
            self.own.as_secs_f64(),
            self.own.as_secs_f64() * 1e3 / times.len().max(1) as f64,
            at(50),
            at(90),
            not_met + unknown + broken,
            measure::peak_mib()
        );
    }
}

/// A small story: a repository converges, is pushed to, and converges again.
fn scenario(number: usize) -> String {
    format!(
        r#"scenario: generated number {number}
repository:
  files:
    clusters/one/apps.yaml: |
      apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {{name: apps, namespace: flux-system}}
      spec:
        interval: 10m
        path: ./apps
        prune: true
        wait: true
        sourceRef: {{kind: GitRepository, name: flux-system}}
    apps/app.yaml: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {{name: app, namespace: default}}
      spec:
        replicas: {replicas}
        selector: {{matchLabels: {{app: app}}}}
        template:
          metadata: {{labels: {{app: app}}}}
          spec:
            containers:
              - {{name: app, image: "ghcr.io/example/app:1.{number}.0"}}
cluster: clusters/one
steps:
  - expect: {{every: Kustomization, is: Ready}}
  - push: {{edit: [{{file: apps/app.yaml, image: {{app: "ghcr.io/example/app:2.0.0"}}}}]}}
  - expect:
      objects:
        Kustomization/flux-system/apps: Ready
        Deployment/default/app: {{image: "ghcr.io/example/app:2.0.0", is: Available}}
"#,
        replicas = 1 + number % 3
    )
}
