//! Label and field selectors.
//!
//! One rule: a text is parsed once, then only compared. Start at [`Selection`].

mod fields;
mod labels;
mod lexer;

use client::Status;
use objects::{Object, Value};

pub(crate) use labels::Labels;

use crate::catalogue::Kind;

/// Which objects of a kind are meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    labels: Option<Labels>,
    fields: Vec<fields::Term>,
}

impl Selection {
    /// From the texts of a list, watch or deletecollection.
    pub(crate) fn parse(
        kind: &Kind,
        labels: Option<&str>,
        fields: Option<&str>,
    ) -> Result<Self, Status> {
        let labels =
            labels.filter(|text| !text.trim().is_empty()).map(Labels::parse).transpose()?;
        let fields = fields.map(|text| fields::parse(kind, text)).transpose()?.unwrap_or_default();
        Ok(Self { labels, fields })
    }

    /// The one name that is meant, if a field selector says so.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields.iter().find_map(fields::Term::name)
    }

    /// Whether everything is meant.
    pub(crate) fn is_all(&self) -> bool {
        self.labels.is_none() && self.fields.is_empty()
    }

    /// Whether an object is meant.
    pub(crate) fn matches(&self, kind: &Kind, object: &Object) -> bool {
        self.labels.as_ref().is_none_or(|labels| labels.matches(object.at(&["metadata", "labels"])))
            && self.fields.iter().all(|term| term.matches(kind, object))
    }
}

/// Whether labels fit a `LabelSelector` value (`matchLabels`, `matchExpressions`).
pub(crate) fn label_selector_matches(selector: &Value, labels: Option<&Value>) -> bool {
    let get = |key: &str| labels.and_then(|labels| labels.str_at(&[key]));
    let wanted = selector.at(&["matchLabels"]).and_then(Value::as_map);
    let equal = wanted.is_none_or(|map| map.iter().all(|(key, value)| get(key) == value.as_str()));
    let expressions = selector.list_at(&["matchExpressions"]);
    equal
        && expressions.iter().all(|expression| {
            let found = get(expression.str_at(&["key"]).unwrap_or_default());
            let listed =
                expression.list_at(&["values"]).iter().any(|value| value.as_str() == found);
            match expression.str_at(&["operator"]) {
                Some("In") => found.is_some() && listed,
                Some("NotIn") => found.is_none() || !listed,
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        })
}
