//! Image overrides: whether each that is set landed.

use events::{Failure, FieldError};
use scenario::expect::ImagesCheck;

use crate::judgement::Judgement;
use crate::look;
use crate::observation::ClusterView;
use crate::place::Place;

/// Overrides that are set, and where they landed.
pub(crate) fn judge(wanted: ImagesCheck, place: &Place<'_>) -> Judgement {
    let view = place.view;
    let mut failures = Vec::new();
    if wanted == ImagesCheck::AsInRepository {
        failures.extend(view.landings.iter().map(|landing| {
            let what = format!(
                "runs {} in {}, set by {}",
                landing.image, landing.container, landing.variable
            );
            Failure::of(place.name, landing.object.clone(), what)
        }));
    } else {
        for set in &view.overrides {
            failures.extend(not_landed(&set.variable, &set.image, view, place.name));
        }
    }
    if failures.is_empty() { Judgement::met() } else { Judgement::all_not_met(failures) }
}

fn not_landed(variable: &str, image: &str, view: &ClusterView, cluster: &str) -> Vec<Failure> {
    let landings: Vec<_> = view.landings.iter().filter(|l| l.variable == variable).collect();
    if landings.is_empty() {
        let what = format!("{variable}={image} matched no container");
        return vec![Failure { cluster: cluster.to_owned(), ..Failure::new(what) }];
    }
    let mut failures = Vec::new();
    for landing in landings {
        let Some(object) = view.objects.get(&landing.object) else { continue };
        let containers = look::containers(object);
        let found = containers.iter().find(|(name, _)| *name == landing.container);
        if found.is_none_or(|(_, found)| *found != image) {
            let what = format!("does not run {image}, which {variable} asks for");
            let found = found.map_or("absent", |(_, found)| *found).to_owned();
            let path = format!("image of {}", landing.container);
            let fields = vec![FieldError { path, expected: image.to_owned(), found }];
            failures.push(Failure { fields, ..Failure::of(cluster, landing.object.clone(), what) });
        }
    }
    failures
}
