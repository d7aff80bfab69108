//! Who may do what: roles and bindings, enforced for everyone but `system:masters`.
//!
//! Source: kubernetes `plugin/pkg/auth/authorizer/rbac`.

use client::{Status, Verb};
use objects::{GroupKind, Object, Value};

use crate::catalogue::Kind;
use crate::context::Context;
use crate::state::State;
use crate::user::User;
use crate::words::verb_word;

/// What is asked to be allowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) sub: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) path: Option<String>,
}

impl Question {
    /// From `resourceAttributes` of a review.
    pub(crate) fn of_resource(asked: &Value) -> Self {
        let text = |key: &str| asked.str_at(&[key]).unwrap_or_default().to_owned();
        Self {
            verb: text("verb"),
            group: text("group"),
            resource: text("resource"),
            sub: text("subresource"),
            name: text("name"),
            namespace: text("namespace"),
            path: None,
        }
    }

    /// From `nonResourceAttributes` of a review.
    pub(crate) fn of_path(asked: &Value) -> Self {
        let text = |key: &str| asked.str_at(&[key]).unwrap_or_default().to_owned();
        Self { verb: text("verb"), path: Some(text("path")), ..Self::default() }
    }
}

fn role_kind(kind: &str) -> GroupKind {
    GroupKind { group: "rbac.authorization.k8s.io".to_owned(), kind: kind.to_owned() }
}

/// Refuses a watch that no role allows.
pub(crate) fn authorize_watch(
    state: &State,
    context: &Context,
    kind: &Kind,
    (namespace, name): (&str, &str),
) -> Result<(), Status> {
    let question = Question {
        verb: "watch".to_owned(),
        group: kind.gvk.group.clone(),
        resource: kind.plural.to_string(),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        ..Question::default()
    };
    match allowed(state, &context.user, &question) {
        Some(_) => Ok(()),
        None => Err(refuse(&context.user, &question)),
    }
}

/// Refuses what no role allows.
pub(crate) fn authorize(
    state: &State,
    context: &Context,
    verb: Verb,
    kind: &Kind,
    (namespace, name): (&str, &str),
    sub: &str,
) -> Result<(), Status> {
    if context.user.is_master() {
        return Ok(());
    }
    let question = Question {
        verb: verb_word(verb).to_owned(),
        group: kind.gvk.group.clone(),
        resource: kind.plural.to_string(),
        sub: sub.to_owned(),
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        path: None,
    };
    if allowed(state, &context.user, &question).is_some() {
        return Ok(());
    }
    Err(refuse(&context.user, &question))
}

/// The 403 of a question that no role allows.
pub(crate) fn refuse(user: &User, question: &Question) -> Status {
    let name = &user.name;
    let mut details = Value::map();
    if let Some(path) = &question.path {
        let message = format!("forbidden: User {name:?} cannot {} path \"{path}\"", question.verb);
        return Status { code: 403, reason: "Forbidden".to_owned(), message, details };
    }
    let resource = match question.sub.as_str() {
        "" => question.resource.clone(),
        sub => format!("{}/{sub}", question.resource),
    };
    let full = if question.group.is_empty() {
        question.resource.clone()
    } else {
        format!("{}.{}", question.resource, question.group)
    };
    if !question.group.is_empty() {
        details.set(&["group"], question.group.as_str());
    }
    details.set(&["kind"], question.resource.as_str());
    if !question.name.is_empty() {
        details.set(&["name"], question.name.as_str());
    }
    let place = if question.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", question.namespace)
    };
    let subject =
        if question.name.is_empty() { full } else { format!("{full} \"{}\"", question.name) };
    let message = format!(
        "{subject} is forbidden: User {name:?} cannot {} resource \"{resource}\" in API group \"{}\" {place}",
        question.verb, question.group
    );
    Status { code: 403, reason: "Forbidden".to_owned(), message, details }
}

/// Why it is allowed, in RBAC's words; `None` if it is not.
pub(crate) fn allowed(state: &State, user: &User, question: &Question) -> Option<String> {
    if user.is_master() {
        return Some(String::new());
    }
    for (reason, rules) in bound(state, user, &question.namespace) {
        if rules.iter().any(|rule| rule_allows(rule, question)) {
            return Some(reason);
        }
    }
    None
}

/// Every rule that bindings give a user in a namespace.
pub(crate) fn held_rules(state: &State, user: &User, namespace: &str) -> Vec<Value> {
    bound(state, user, namespace).into_iter().flat_map(|(_, rules)| rules).collect()
}

/// Every rule that holds for a user in a namespace: resource rules and path rules.
pub(crate) fn rules_of(state: &State, user: &User, namespace: &str) -> (Vec<Value>, Vec<Value>) {
    let mut resources = Vec::new();
    let mut paths = Vec::new();
    let mut push = |rule: &Value| {
        let pick = |keys: &[&str]| -> Value {
            keys.iter()
                .filter_map(|key| Some((*key, rule.get(key)?.clone())))
                .collect::<objects::Map>()
                .into()
        };
        if rule.list_at(&["nonResourceURLs"]).is_empty() {
            resources.push(pick(&["verbs", "apiGroups", "resources", "resourceNames"]));
        } else {
            paths.push(pick(&["verbs", "nonResourceURLs"]));
        }
    };
    if user.is_master() {
        let star = || Value::from(vec![Value::from("*")]);
        push(&Value::from([("verbs", star()), ("apiGroups", star()), ("resources", star())]));
        push(&Value::from([("verbs", star()), ("nonResourceURLs", star())]));
    }
    for (_, rules) in bound(state, user, namespace) {
        rules.iter().for_each(&mut push);
    }
    (resources, paths)
}

/// The rules of every binding that names a user, with RBAC's words for it.
fn bound(state: &State, user: &User, namespace: &str) -> Vec<(String, Vec<Value>)> {
    let mut found = Vec::new();
    for binding in state.storage.list(&role_kind("ClusterRoleBinding"), None) {
        if let Some(subject) = subject_of(binding, user) {
            let role = role_name(binding);
            let reason = format!(
                "RBAC: allowed by ClusterRoleBinding \"{}\" of ClusterRole \"{role}\" to {subject}",
                binding.name()
            );
            found.push((reason, role_rules(state, binding, "")));
        }
    }
    if namespace.is_empty() {
        return found;
    }
    for binding in state.storage.list(&role_kind("RoleBinding"), Some(namespace)) {
        if let Some(subject) = subject_of(binding, user) {
            let (kind, role) =
                (binding.str_at(&["roleRef", "kind"]).unwrap_or_default(), role_name(binding));
            let reason = format!(
                "RBAC: allowed by RoleBinding \"{}/{namespace}\" of {kind} \"{role}\" to {subject}",
                binding.name()
            );
            found.push((reason, role_rules(state, binding, namespace)));
        }
    }
    found
}

fn role_name(binding: &Object) -> &str {
    binding.str_at(&["roleRef", "name"]).unwrap_or_default()
}

fn role_rules(state: &State, binding: &Object, namespace: &str) -> Vec<Value> {
    let kind = binding.str_at(&["roleRef", "kind"]).unwrap_or_default();
    let namespace = if kind == "ClusterRole" { "" } else { namespace };
    let role = state.storage.get(&role_kind(kind), namespace, role_name(binding));
    role.map(|role| role.list_at(&["rules"]).to_vec()).unwrap_or_default()
}

fn subject_of(binding: &Object, user: &User) -> Option<String> {
    binding.list_at(&["subjects"]).iter().find_map(|subject| {
        let name = subject.str_at(&["name"])?;
        match subject.str_at(&["kind"])? {
            "User" => (name == user.name).then(|| format!("User \"{name}\"")),
            "Group" => {
                user.groups.iter().any(|group| group == name).then(|| format!("Group \"{name}\""))
            }
            "ServiceAccount" => {
                let namespace = subject.str_at(&["namespace"]).unwrap_or(binding.namespace());
                (user.name == format!("system:serviceaccount:{namespace}:{name}"))
                    .then(|| format!("ServiceAccount \"{name}/{namespace}\""))
            }
            _ => None,
        }
    })
}

fn rule_allows(rule: &Value, question: &Question) -> bool {
    let has = |key: &str, wanted: &str| {
        let listed = rule.list_at(&[key]);
        listed.iter().any(|item| item.as_str() == Some(wanted) || item.as_str() == Some("*"))
    };
    if !has("verbs", &question.verb) {
        return false;
    }
    if let Some(path) = &question.path {
        return rule.list_at(&["nonResourceURLs"]).iter().filter_map(Value::as_str).any(|known| {
            known == path || known.strip_suffix('*').is_some_and(|start| path.starts_with(start))
        });
    }
    let names = rule.list_at(&["resourceNames"]);
    let resource = if question.sub.is_empty() {
        has("resources", &question.resource)
    } else {
        let full = format!("{}/{}", question.resource, question.sub);
        has("resources", &full) || has("resources", &format!("*/{}", question.sub))
    };
    has("apiGroups", &question.group)
        && resource
        && (names.is_empty() || names.iter().any(|name| name.as_str() == Some(&question.name)))
}
