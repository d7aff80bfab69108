//! Who calls.

/// The caller of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
    pub(crate) uid: String,
    pub(crate) extra: Vec<(String, Vec<String>)>,
}

impl User {
    /// The cluster administrator: nothing is refused to it.
    pub(crate) fn admin() -> Self {
        Self {
            name: "kubernetes-admin".to_owned(),
            groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
            uid: String::new(),
            extra: Vec::new(),
        }
    }

    /// A user known by name, with the groups that such names imply.
    pub(crate) fn named(name: &str, groups: &[String]) -> Self {
        let mut groups = groups.to_vec();
        let account =
            name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        if groups.is_empty()
            && let Some((namespace, _)) = account
        {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        let everyone = if name == "system:anonymous" {
            "system:unauthenticated"
        } else {
            "system:authenticated"
        };
        if !groups.iter().any(|group| group == everyone) {
            groups.push(everyone.to_owned());
        }
        Self { name: name.to_owned(), groups, uid: String::new(), extra: Vec::new() }
    }

    /// Whether nothing is refused to it.
    pub(crate) fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == "system:masters")
    }
}
