//! The expected cause: a chain from what is red must lead to it.

use events::Failure;
use scenario::expect::Cause;

use crate::judgement::Judgement;
use crate::place::Place;
use crate::{causes, text};

/// The chain from what is red must reach an object.
pub(crate) fn judge(wanted: &Cause, place: &Place<'_>) -> Judgement {
    let red: Vec<_> = match &wanted.from {
        Some(from) => place.found(from),
        None => place
            .view
            .objects
            .iter()
            .filter(|(id, o)| causes::is_red_flux(id, o))
            .map(|(id, _)| id)
            .collect(),
    };
    let chains: Vec<Vec<events::Cause>> = red.iter().map(|id| causes::causes(place, id)).collect();
    let own = red.iter().any(|id| {
        wanted.object.as_ref().is_some_and(|pattern| place.means(pattern, id))
            && wanted.from.is_none()
            && wanted.message.is_none()
            && wanted.file.is_none()
    });
    if own || chains.iter().any(|chain| chain_fits(wanted, chain, place)) {
        return Judgement::met();
    }
    let subject = cause_words(wanted);
    let what = if red.is_empty() {
        format!("nothing is red, so nothing leads to {subject}")
    } else {
        format!("no failure leads to {subject}")
    };
    let causes = chains.into_iter().next().unwrap_or_default();
    Judgement::not_met(
        Failure { cluster: place.name.to_owned(), causes, ..Failure::new(what) },
        false,
    )
}

/// Whether a chain leads to the object, and what is expected to be said is said there
/// or further down.
fn chain_fits(wanted: &Cause, chain: &[events::Cause], place: &Place<'_>) -> bool {
    let is_object = |link: &events::Cause| match (&wanted.object, &link.object) {
        (Some(pattern), Some(id)) => place.means(pattern, id),
        (wanted, _) => wanted.is_none(),
    };
    let Some(from) = chain.iter().position(is_object) else { return false };
    let below = &chain[from..];
    let says = |message| below.iter().any(|link| text::holds(message, &link.what));
    let names = |file: &String| {
        let mut sources = below.iter().filter_map(|link| link.source.as_ref());
        sources.any(|source| source.file.ends_with(file.as_str()))
    };
    wanted.message.as_ref().is_none_or(says) && wanted.file.as_ref().is_none_or(names)
}

fn cause_words(wanted: &Cause) -> String {
    let object = wanted.object.as_ref().map(ToString::to_string);
    let mut words = object.unwrap_or_else(|| "a cause".to_owned());
    if let Some(message) = &wanted.message {
        words.push_str(&format!(" that says: {}", text::words(message)));
    }
    if let Some(file) = &wanted.file {
        words.push_str(&format!(" in {file}"));
    }
    words
}
