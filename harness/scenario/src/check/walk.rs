//! The expectations of a scenario, wherever they stand.

use crate::expect::{Expectation, ObjectCheck};
use crate::header::Scenario;
use crate::step::{Action, Step};

/// The expectation of a step, if it has one.
pub(super) fn expectation_of(step: &Step) -> Option<&Expectation> {
    match &step.action {
        Action::Expect(expectation) | Action::Never(expectation) => Some(expectation),
        Action::Hold(hold) => Some(&hold.expectation),
        _ => None,
    }
}

/// Expectations with the number of steps before them; the last one is the header's.
pub(super) fn expectations(scenario: &Scenario) -> Vec<(usize, &Expectation)> {
    let steps = scenario.steps.iter().enumerate();
    let of_steps = steps.filter_map(|(at, step)| Some((at, expectation_of(step)?)));
    let last = scenario.expect.iter().map(|expectation| (scenario.steps.len(), expectation));
    of_steps.chain(last).collect()
}

/// An expectation and those inside it.
pub(super) fn nested(expectation: &Expectation) -> Vec<&Expectation> {
    let mut all = vec![expectation];
    all.extend(expectation.clusters.iter().flat_map(|(_, inner)| nested(inner)));
    all.extend(expectation.never.iter().flat_map(|inner| nested(inner)));
    all
}

/// Every check of an object in an expectation, those inside checks too.
pub(super) fn object_checks(expectation: &Expectation) -> Vec<&ObjectCheck> {
    let mut open: Vec<&ObjectCheck> = nested(expectation)
        .into_iter()
        .flat_map(|one| one.objects.iter().map(|(_, check)| check).chain(one.is.as_ref()))
        .collect();
    let mut all = Vec::new();
    while let Some(check) = open.pop() {
        open.extend(check.passes.iter().chain(check.never.iter()));
        all.push(check);
    }
    all
}
