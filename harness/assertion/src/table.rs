//! The tables of `flux get`, and the comparison with a table that is expected.
//!
//! Columns and words follow flux2: `cmd/flux/get_kustomization.go` and its siblings.

use std::collections::BTreeMap;

use events::FieldError;
use objects::{Object, ObjectId};
use scenario::expect::Table as Wanted;

/// A table: its head and its rows, as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub head: Vec<&'static str>,
    /// The rows, sorted by namespace and name.
    pub rows: Vec<Vec<String>>,
}

/// What `flux get` lists, by the words behind it.
const LISTS: [(&str, &[&str]); 12] = [
    ("kustomizations", &["Kustomization"]),
    ("helmreleases", &["HelmRelease"]),
    ("sources git", &["GitRepository"]),
    ("sources oci", &["OCIRepository"]),
    ("sources helm", &["HelmRepository"]),
    ("sources chart", &["HelmChart"]),
    ("sources bucket", &["Bucket"]),
    ("sources all", &["OCIRepository", "Bucket", "GitRepository", "HelmRepository", "HelmChart"]),
    ("images repository", &["ImageRepository"]),
    ("images policy", &["ImagePolicy"]),
    ("images update", &["ImageUpdateAutomation"]),
    (
        "all",
        &[
            "OCIRepository",
            "Bucket",
            "GitRepository",
            "HelmRepository",
            "HelmChart",
            "HelmRelease",
            "Kustomization",
            "Receiver",
            "Alert",
        ],
    ),
];

/// The kinds that words such as `kustomizations`, `ks` or `sources git` list.
#[must_use]
pub fn kinds_of(words: &str) -> Option<&'static [&'static str]> {
    let name = match words {
        "ks" | "kustomization" => "kustomizations",
        "hr" | "helmrelease" => "helmreleases",
        "source git" => "sources git",
        "source oci" => "sources oci",
        "source helm" => "sources helm",
        "source chart" => "sources chart",
        other => other,
    };
    LISTS.iter().find(|(list, _)| *list == name).map(|(_, kinds)| *kinds)
}

/// The table of some kinds, in one namespace or (with a column for it) in all. Where
/// there are several kinds, names carry theirs, as in `flux get all`.
#[must_use]
pub fn table(
    kinds: &[&str],
    namespace: Option<&str>,
    objects: &BTreeMap<ObjectId, Object>,
) -> Table {
    let mut head = vec!["NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"];
    if namespace.is_none() {
        head.insert(0, "NAMESPACE");
    }
    let mut rows = Vec::new();
    for kind in kinds {
        let listed = objects.iter().filter(|(id, _)| {
            id.kind.kind == **kind
                && id.kind.group.ends_with("toolkit.fluxcd.io")
                && namespace.is_none_or(|namespace| namespace == id.namespace)
        });
        rows.extend(listed.map(|(_, object)| row(object, namespace.is_none(), kinds.len() > 1)));
    }
    Table { head, rows }
}

fn row(object: &Object, with_namespace: bool, with_kind: bool) -> Vec<String> {
    let ready = object.condition("Ready");
    let text = |key| ready.and_then(|ready| ready.str_at(&[key])).unwrap_or_default();
    let suspended = object.bool_at(&["spec", "suspend"]) == Some(true);
    let name = object.name();
    let name = if with_kind {
        format!("{}/{name}", object.kind().to_lowercase())
    } else {
        name.to_owned()
    };
    let ready = if ready.is_some() { text("status") } else { "Unknown" };
    let mut row = vec![
        name,
        short_hex(&revision(object)),
        if suspended { "True" } else { "False" }.to_owned(),
        ready.to_owned(),
        short_hex(text("message")),
    ];
    if with_namespace {
        row.insert(0, object.namespace().to_owned());
    }
    row
}

fn revision(object: &Object) -> String {
    let newest = object.list_at(&["status", "history"]).first();
    let of_history = newest.and_then(|entry| entry.str_at(&["chartVersion"]));
    match object.kind() {
        "HelmRelease" => of_history.unwrap_or_default().to_owned(),
        _ => crate::revision::carried(object).to_owned(),
    }
}

/// Commit ids and digests cut to 8 digits, as flux2 does (`internal/utils: TruncateHex`).
fn short_hex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for letter in text.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_hexdigit() {
            run.push(letter);
            continue;
        }
        let long = run.len() == 40 || run.len() == 64;
        out.push_str(if long { &run[..8] } else { &run });
        run.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

impl Table {
    /// As flux prints it: columns as wide as they must be, one tab's worth apart.
    #[must_use]
    pub fn render(&self) -> String {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let lines: Vec<&Vec<String>> = std::iter::once(&head).chain(&self.rows).collect();
        let width = |column: usize| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
        let mut out = String::new();
        for line in lines {
            let cells = line
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
            let text = cells.collect::<Vec<_>>().join("  ");
            out.push_str(text.trim_end());
            out.push('\n');
        }
        out
    }
}

/// The rows of an expected table that are not in the real one; rows beyond it too,
/// where it is whole.
pub(crate) fn compare(wanted: &Wanted, objects: &BTreeMap<ObjectId, Object>) -> Vec<FieldError> {
    let list = wanted.get.as_deref().unwrap_or("kustomizations");
    let Some(kinds) = kinds_of(list) else {
        let names: Vec<&str> = LISTS.iter().map(|(name, _)| *name).collect();
        return vec![field("get", &names.join(", "), list)];
    };
    let real = table(kinds, None, objects);
    let rows: Vec<&Vec<String>> = real
        .rows
        .iter()
        .filter(|row| wanted.namespace.as_ref().is_none_or(|namespace| row[0] == *namespace))
        .collect();
    let mut lines = wanted.text.lines().filter(|line| !line.trim().is_empty());
    let head = Head::of(lines.next().unwrap_or_default());
    let expected: Vec<Vec<(String, String)>> = lines.map(|line| head.cells(line)).collect();
    let mut errors = Vec::new();
    for cells in &expected {
        if !rows.iter().any(|row| row_is(cells, &real.head, row)) {
            errors.extend(nearest_row(cells, &real.head, &rows));
        }
    }
    if wanted.whole {
        let surplus =
            rows.iter().filter(|row| !expected.iter().any(|cells| row_is(cells, &real.head, row)));
        errors.extend(surplus.map(|row| field("row", "not among them", &row.join("  "))));
    }
    errors.sort();
    errors.dedup();
    errors
}

fn field(path: &str, expected: &str, found: &str) -> FieldError {
    FieldError { path: path.to_owned(), expected: expected.to_owned(), found: found.to_owned() }
}

fn row_is(cells: &[(String, String)], head: &[&str], row: &[String]) -> bool {
    cells.iter().all(|(name, cell)| {
        let found = head.iter().position(|column| *column == name.as_str());
        found.is_some_and(|column| cell_is(cell, &row[column]))
    })
}

fn cell_is(wanted: &str, found: &str) -> bool {
    match wanted.strip_suffix('…').or_else(|| wanted.strip_suffix("...")) {
        Some(start) => found.starts_with(start.trim_end()),
        None => wanted == found,
    }
}

/// The cells that differ from the row of the same name, or the row that is not there.
fn nearest_row(
    cells: &[(String, String)],
    head: &[&str],
    rows: &[&Vec<String>],
) -> Vec<FieldError> {
    let keys: Vec<(String, String)> =
        cells.iter().filter(|(name, _)| name == "NAME" || name == "NAMESPACE").cloned().collect();
    let label = keys.iter().map(|(_, cell)| cell.as_str()).collect::<Vec<_>>().join("/");
    let Some(row) = rows.iter().find(|row| row_is(&keys, head, row)) else {
        let expected = cells.iter().map(|(_, cell)| cell.as_str()).collect::<Vec<_>>().join("  ");
        return vec![field(&format!("row {label}"), &expected, "no such row")];
    };
    let wrong = cells.iter().filter(|cell| !row_is(std::slice::from_ref(cell), head, row));
    wrong
        .map(|(name, cell)| {
            let column = head.iter().position(|column| *column == name.as_str());
            let found = column.map_or("no such column", |column| row[column].as_str());
            field(&format!("row {label}, {name}"), cell, found)
        })
        .collect()
}

/// The head of an expected table, with the place of each column.
struct Head(Vec<(String, usize)>);

impl Head {
    fn of(line: &str) -> Self {
        let mut columns = Vec::new();
        let mut begin = None;
        for (at, letter) in line.chars().chain(std::iter::once(' ')).enumerate() {
            match (begin, letter.is_whitespace()) {
                (None, false) => begin = Some(at),
                (Some(start), true) => {
                    let name: String = line.chars().skip(start).take(at - start).collect();
                    columns.push((name.to_uppercase(), start));
                    begin = None;
                }
                _ => {}
            }
        }
        Self(columns)
    }

    /// The cells of a row: split at wide gaps where that gives one for each column,
    /// else by the places of the columns.
    fn cells(&self, line: &str) -> Vec<(String, String)> {
        let wide = line.replace('\t', "  ");
        let split: Vec<&str> =
            wide.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let names = self.0.iter().map(|(name, _)| name.clone());
        if split.len() == self.0.len() {
            return names.zip(split.into_iter().map(str::to_owned)).collect();
        }
        let ends =
            self.0.iter().skip(1).map(|(_, start)| *start).chain(std::iter::once(usize::MAX));
        let cell = |start: usize, end: usize| {
            let text: String = line.chars().skip(start).take(end.saturating_sub(start)).collect();
            text.trim().to_owned()
        };
        self.0
            .iter()
            .zip(ends)
            .map(|((name, start), end)| (name.clone(), cell(*start, end)))
            .collect()
    }
}
