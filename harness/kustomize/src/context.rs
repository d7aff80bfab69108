//! What all kustomizations of one build share: schemas, warnings, the configuration.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::config::Config;
use crate::decode;
use crate::error::{Result, fail};
use crate::loader::Loader;
use crate::resource::Resource;
use crate::schema::Schemas;

/// State of one build.
pub(crate) struct Context<'a> {
    builtin: Rc<Config>,
    /// The built-in configuration as it is after merging it into an empty one.
    merged: Rc<Config>,
    chosen: RefCell<Chosen>,
    /// A kind was met whose scope is not known by heart: that makes kustomize read its
    /// bundled schema beside one that is chosen later.
    met_unknown: Cell<bool>,
    schemas: OnceCell<Result<Schemas>>,
    pub(crate) warnings: RefCell<Vec<String>>,
    _files: std::marker::PhantomData<&'a ()>,
}

/// Which schema was chosen; the first choice counts.
#[derive(Default)]
enum Chosen {
    #[default]
    Nothing,
    Version,
    File {
        text: String,
        with_builtin: bool,
    },
}

impl Context<'_> {
    pub(crate) fn new() -> Self {
        let builtin = Config::builtin();
        Self {
            merged: Rc::new(Config::default().merge(&builtin).unwrap_or_default()),
            builtin: Rc::new(builtin),
            chosen: RefCell::default(),
            met_unknown: Cell::new(false),
            schemas: OnceCell::new(),
            warnings: RefCell::default(),
            _files: std::marker::PhantomData,
        }
    }

    pub(crate) fn builtin(&self) -> &Rc<Config> {
        &self.builtin
    }

    /// Brings a configuration into another one, which may be empty.
    pub(crate) fn merge_config(&self, into: &mut Rc<Config>, other: &Rc<Config>) -> Result<()> {
        let known = Rc::ptr_eq(other, &self.builtin) || Rc::ptr_eq(other, &self.merged);
        if known && **into == Config::default() {
            *into = Rc::clone(&self.merged);
        } else if !(known && Rc::ptr_eq(into, &self.merged)) {
            *into = Rc::new(into.merge(other)?);
        }
        Ok(())
    }

    /// Notes the kinds of resources that were read.
    pub(crate) fn meet(&self, resources: &[Resource]) {
        if !self.met_unknown.get() && resources.iter().any(|r| r.gvk().scope().is_none()) {
            self.met_unknown.set(true);
        }
    }

    /// Takes the schema that a kustomization names; an earlier choice stays.
    pub(crate) fn choose_schema(
        &self,
        open_api: &BTreeMap<String, String>,
        loader: &Loader<'_>,
    ) -> Result<()> {
        let file = open_api.get("path").map(|path| loader.load_text(path)).transpose()?;
        if !matches!(*self.chosen.borrow(), Chosen::Nothing) {
            return Ok(());
        }
        let version = open_api.get("version");
        if let Some(file) = file {
            if version.is_some() {
                return fail("builtin version and custom schema provided, cannot use both");
            }
            let with_builtin = self.met_unknown.get();
            *self.chosen.borrow_mut() = Chosen::File { text: file, with_builtin };
            return Ok(());
        }
        match version.map(String::as_str) {
            None | Some("") => Ok(()),
            Some("v1.21.2") => {
                *self.chosen.borrow_mut() = Chosen::Version;
                Ok(())
            }
            Some(_) => fail("the specified OpenAPI version is not built in"),
        }
    }

    /// Works with the schemas, which are read when they are needed first.
    pub(crate) fn with_schemas<T>(&self, work: impl FnOnce(&Schemas) -> Result<T>) -> Result<T> {
        let schemas = self.schemas.get_or_init(|| match &*self.chosen.borrow() {
            Chosen::File { text, with_builtin } => {
                decode::yaml_to_json(text).and_then(|document| {
                    let mut schemas = Schemas::from_open_api(&document)?;
                    if *with_builtin {
                        schemas.add_builtin();
                    }
                    Ok(schemas)
                })
            }
            _ => Ok(Schemas::builtin()),
        });
        match schemas {
            Ok(schemas) => work(schemas),
            Err(error) => fail(format!("invalid schema file: {error}")),
        }
    }
}
