//! The items of a list.

use super::validate::{At, Judging, Validator, equal, items_of, sizes};
use super::words::{Problem, count};
use crate::value::Val;

impl Validator<'_> {
    pub(super) fn list(&mut self, judging: &mut Judging<'_>, at: At<'_>) {
        let items = items_of(Some(at.value.clone()));
        let size = items.len();
        if let Some(least) = judging.limit("minItems").filter(|least| size < *least) {
            judging.add(at.problem(sizes("minItems", size, least)));
        }
        if let Some(most) = judging.limit("maxItems").filter(|most| size > *most) {
            judging.add(at.problem(sizes("maxItems", size, most)));
        }
        if matches!(judging.get("uniqueItems"), Some(Val::Bool(true)))
            && let Some((first, second)) = duplicates(&items)
        {
            let (first, second) = (count(first), count(second));
            judging.add(at.problem(format!("items at {first} and {second} are equal")));
        }
        if self.document.draft < 2020 {
            self.old_items(judging, at, &items);
        } else {
            let prefix = items_of(judging.get("prefixItems"));
            self.each(judging, at, &items, 0, &prefix);
            if let Some(schema) = judging.get("items") {
                let start = prefix.len().min(size);
                self.all_from(judging, at, &items, start, &schema);
            }
        }
        self.contains(judging, at, &items);
    }

    fn old_items(&mut self, judging: &mut Judging<'_>, at: At<'_>, items: &[Val]) {
        let start = match judging.get("items") {
            Some(list @ Val::List(_)) => {
                let schemas = items_of(Some(list));
                self.each(judging, at, items, 0, &schemas);
                schemas.len().min(items.len())
            }
            Some(schema) => {
                self.all_from(judging, at, items, 0, &schema);
                items.len()
            }
            None => 0,
        };
        match judging.get("additionalItems") {
            Some(Val::Bool(false)) if start < items.len() => {
                let left = count(items.len() - start);
                judging.add(at.problem(format!("last {left} additionalItem(s) not allowed")));
            }
            Some(schema) => self.all_from(judging, at, items, start, &schema),
            None => {}
        }
    }

    fn each(
        &mut self,
        judging: &mut Judging<'_>,
        at: At<'_>,
        items: &[Val],
        start: usize,
        schemas: &[Val],
    ) {
        for (place, (item, schema)) in items.iter().zip(schemas).enumerate() {
            self.item(judging, at, start + place, item, schema);
        }
    }

    fn all_from(
        &mut self,
        judging: &mut Judging<'_>,
        at: At<'_>,
        items: &[Val],
        start: usize,
        schema: &Val,
    ) {
        for (place, item) in items.iter().enumerate().skip(start) {
            self.item(judging, at, place, item, schema);
        }
    }

    fn item(
        &mut self,
        judging: &mut Judging<'_>,
        at: At<'_>,
        place: usize,
        item: &Val,
        schema: &Val,
    ) {
        judging.seen.places.insert(place);
        let path = [at.path, &[place.to_string()]].concat();
        let verdict = self.judge(schema, At { value: item, path: &path, depth: at.depth + 1 });
        if let Err(problem) = verdict {
            judging.add(problem);
        }
    }

    fn contains(&mut self, judging: &mut Judging<'_>, at: At<'_>, items: &[Val]) {
        let Some(schema) = judging.get("contains").filter(|_| self.document.draft > 4) else {
            return;
        };
        let mut causes = Vec::new();
        let mut matched = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let path = [at.path, &[place.to_string()]].concat();
            match self.judge(&schema, At { value: item, path: &path, depth: at.depth + 1 }) {
                Ok(_) => {
                    matched.push(place);
                    if self.document.draft >= 2020 {
                        judging.seen.places.insert(place);
                    }
                }
                Err(problem) => causes.push(problem),
            }
        }
        let recent = self.is_recent();
        let places = matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let found = count(matched.len());
        match judging.limit("minContains").filter(|_| recent) {
            Some(least) if matched.len() < least => {
                let least = count(least);
                let text = if matched.is_empty() {
                    format!("min {least} items required to match contains schema, but none matched")
                } else {
                    format!(
                        "min {least} items required to match contains schema, but matched {found} items at {places}"
                    )
                };
                judging.add(Problem { causes, ..at.problem(text) });
            }
            None if matched.is_empty() => {
                let text = "no items match contains schema";
                judging.add(Problem { causes, ..at.problem(text) });
            }
            _ => {}
        }
        if let Some(most) =
            judging.limit("maxContains").filter(|most| recent && matched.len() > *most)
        {
            let most = count(most);
            judging.add(at.problem(format!(
                "max {most} items required to match contains schema, but matched {found} items at {places}"
            )));
        }
    }
}

fn duplicates(items: &[Val]) -> Option<(usize, usize)> {
    // Beyond this the pairs are too many to compare.
    const MOST: usize = 5_000;
    for (second, item) in items.iter().enumerate().take(MOST) {
        if let Some(first) = items[..second].iter().position(|known| equal(known, item)) {
            return Some((first, second));
        }
    }
    None
}
