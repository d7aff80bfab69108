//! Expectations about notifications that were sent.

use events::{Failure, FieldError};
use scenario::expect::NotificationCheck;
use scenario::terms::ObjectPattern;

use crate::judgement::Judgement;
use crate::observation::{Notification, Observation};
use crate::text;

/// Judges one.
pub(crate) fn judge(wanted: &NotificationCheck, world: &Observation, since: usize) -> Judgement {
    let sent = world.notifications_since(since);
    let found = sent.iter().filter(|sent| notification_is(wanted, sent, world)).count() as u64;
    let enough = wanted.count.as_ref().map_or(found > 0, |count| count.holds(found));
    if enough {
        return Judgement::met();
    }
    let expected = wanted
        .count
        .as_ref()
        .map_or_else(|| "at least 1".to_owned(), |count| text::number(Some(count)));
    let field = FieldError { path: "notifications".to_owned(), expected, found: found.to_string() };
    let failure = Failure::new("a notification is not as expected");
    Judgement::not_met(Failure { fields: vec![field], ..failure }, false)
}

fn notification_is(wanted: &NotificationCheck, sent: &Notification, world: &Observation) -> bool {
    let means = |pattern: &ObjectPattern, id| pattern.matches(id, &world.default_namespace);
    wanted.provider.as_ref().is_none_or(|pattern| means(pattern, &sent.provider))
        && wanted.object.as_ref().is_none_or(|pattern| means(pattern, &sent.object))
        && wanted.severity.as_ref().is_none_or(|severity| *severity == sent.severity)
        && wanted.reason.as_ref().is_none_or(|reason| text::holds(reason, &sent.reason))
        && wanted.message.as_ref().is_none_or(|message| text::holds(message, &sent.message))
}
