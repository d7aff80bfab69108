//! One kustomization: what it reads, makes, changes and passes on.
//!
//! One rule: the steps and their order are kustomize's own. Start at [`Target::accumulate`].

use std::rc::Rc;

use crate::config::{self, Config};
use crate::context::Context as Build;
use crate::error::{BuildError, Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::kustomization::{FILE_NAMES, Kustomization};
use crate::loader::Loader;
use crate::origin::{self, Origin};
use crate::plugins::{self, Plugin};
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::transformers::Namespace;
use crate::vars::{self, VarSet};
use crate::{crds, go, patches, read, replacements};

/// Resources with the rules that go with them.
#[derive(Default)]
pub(crate) struct Accumulator {
    pub(crate) map: ResMap,
    pub(crate) config: Rc<Config>,
    pub(crate) vars: VarSet,
}

impl Accumulator {
    fn merge(&mut self, other: Self, build: &Build<'_>) -> Result<()> {
        self.map.append_all(other.map.into_list())?;
        build.merge_config(&mut self.config, &other.config)?;
        self.vars.add(other.vars.into_vars())
    }
}

/// A kustomization that is loaded.
pub(crate) struct Target<'a, 'b> {
    pub(crate) file: Kustomization,
    file_name: &'static str,
    loader: Rc<Loader<'a>>,
    build: &'b Build<'a>,
    /// Where it stands, if origins are recorded.
    origin: Option<Origin>,
}

/// Kustomizations inside kustomizations go no deeper.
const DEEPEST: usize = 200;

impl<'a, 'b> Target<'a, 'b> {
    /// Loads the kustomization of a loader's folder.
    pub(crate) fn load(loader: Rc<Loader<'a>>, build: &'b Build<'a>) -> Result<Self> {
        if loader.depth() > DEEPEST {
            return fail(format!("kustomizations are nested more than {DEEPEST} deep"));
        }
        let mut found = Vec::new();
        for name in FILE_NAMES {
            if let Ok(text) = loader.load_text(name) {
                found.push((name, text));
            }
        }
        let root = loader.root().to_owned();
        let (file_name, text) = match found.len() {
            0 => {
                return fail(format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{root}'"
                ));
            }
            1 => found.remove(0),
            _ => return fail(format!("Found multiple kustomization files under: {root}\n")),
        };
        let file = Kustomization::read(&text, &root);
        if let Ok(file) = &file {
            build.warnings.borrow_mut().extend(file.warnings.iter().cloned());
        }
        Ok(Self { file: file?, file_name, loader, build, origin: None })
    }

    /// The outermost kustomization: its schema is chosen, its origins begin.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.build.choose_schema(&self.file.open_api, &self.loader)?;
        if !self.file.build_metadata.is_empty() {
            self.origin = Some(Origin::default());
        }
        Ok(())
    }

    /// Reads, makes and changes resources; those of a component join the parent's.
    pub(crate) fn accumulate(&self, mut all: Accumulator) -> Result<Accumulator> {
        let resources = self.file.resources.clone();
        self.resources(&mut all, &resources, self.origin.as_ref())
            .context(|| "accumulating resources".into())?;
        let own = config::load(&self.loader, &self.file.configurations, self.build.builtin())?;
        self.build.merge_config(&mut all.config, &own)?;
        if !self.file.crds.is_empty() {
            let words = || format!("loading CRDs {}", go::list(&self.file.crds));
            let own = crds::load(&self.loader, &self.file.crds).context(words)?;
            self.build.merge_config(&mut all.config, &Rc::new(own))?;
        }
        self.generate(&mut all)?;
        self.components(&mut all).context(|| "accumulating components".into())?;
        self.transform(&mut all)?;
        self.validate(&mut all)?;
        vars::mark(&self.file.vars, &mut all.map)
            .and_then(|()| all.vars.add(self.file.vars.clone()))
            .context(|| {
                let shown: Vec<_> = self.file.vars.iter().map(vars::Var::shown).collect();
                format!("merging vars {}", go::list(&shown))
            })?;
        Ok(all)
    }

    fn resources(
        &self,
        all: &mut Accumulator,
        paths: &[String],
        origin: Option<&Origin>,
    ) -> Result<()> {
        for path in paths {
            let Err(as_file) = self.read_file(all, path, origin) else { continue };
            let loader = match self.loader.below(path) {
                Ok(loader) => loader,
                Err(_) if as_file.0.contains("MalformedYAMLError") => return Err(as_file),
                Err(error) => {
                    return fail(format!("accumulation err='{as_file}': {error}"));
                }
            };
            let below = origin.map(|origin| origin.append(path));
            self.folder(all, loader, below, false)
                .context(|| format!("accumulation err='{as_file}'"))?;
        }
        Ok(())
    }

    fn read_file(&self, all: &mut Accumulator, path: &str, origin: Option<&Origin>) -> Result<()> {
        let words = || format!("accumulating resources from '{path}'");
        let text = self.loader.load_text(path).context(words)?;
        let found = read::resources(&text).map_err(|error| patches::in_file(error, path));
        let mut map = ResMap::default();
        found.and_then(|found| map.append_all(found)).context(words)?;
        let mut found = map.into_list();
        self.build.meet(&found);
        if let Some(origin) = origin {
            let text = origin.append(path).text();
            annotate(&mut found, &text)?;
        }
        all.map.append_all(found).context(|| format!("merging resources from '{path}'"))
    }

    fn components(&self, all: &mut Accumulator) -> Result<()> {
        for path in &self.file.components {
            let loader = self
                .loader
                .below(path)
                .map_err(|error| BuildError(format!("loader.New {}", go::quote(&error.0))))?;
            let below = self.origin.as_ref().map(|origin| origin.append(path));
            self.folder(all, loader, below, true).map_err(|error| {
                BuildError(format!("accumulateDirectory: {}", go::quote(&error.0)))
            })?;
        }
        Ok(())
    }

    fn folder(
        &self,
        all: &mut Accumulator,
        loader: Rc<Loader<'a>>,
        origin: Option<Origin>,
        is_component: bool,
    ) -> Result<()> {
        let root = loader.root().to_owned();
        let mut target = Target::load(Rc::clone(&loader), self.build)
            .context(|| format!("couldn't make target for path '{root}'"))?;
        target.file.build_metadata.clone_from(&self.file.build_metadata);
        target.origin = origin;
        self.build.choose_schema(&target.file.open_api, &loader)?;
        match (is_component, target.file.kind == "Component") {
            (true, false) => {
                return fail(format!(
                    "expected kind 'Component' for path '{root}' but got '{}'",
                    target.file.kind
                ));
            }
            (false, true) => {
                return fail(format!("expected kind != 'Component' for path '{root}'"));
            }
            _ => {}
        }
        let words = || format!("recursed accumulation of path '{root}'");
        if is_component {
            let parent = std::mem::take(all);
            *all = target.accumulate(parent).context(words)?;
            return Ok(());
        }
        let below = target.accumulate(Accumulator::default()).context(words)?;
        all.merge(below, self.build).context(|| format!("recursed merging from path '{root}'"))
    }

    fn generate(&self, all: &mut Accumulator) -> Result<()> {
        let options = self.file.generator_options.as_ref();
        let mut plugins = Vec::new();
        for (list, kind) in [
            (&self.file.config_maps, "ConfigMapGenerator"),
            (&self.file.secrets, "SecretGenerator"),
        ] {
            let origin = self.origin.as_ref().map(|origin| origin.builtin(self.file_name, kind));
            plugins.extend(list.iter().map(|args| {
                let args = Box::new(args.clone().with_options(options));
                (Plugin::Generate(args), origin.clone())
            }));
        }
        if self.file.uses_helm {
            let shown = &self.file.helm_shown;
            return fail(format!(
                "trouble configuring builtin HelmChartInflationGenerator with config: `\n{shown}`: must specify --enable-helm"
            ));
        }
        let own = self
            .plugins(&self.file.generators, "generator")
            .context(|| "loading generator plugins".into())?;
        plugins.extend(own);
        for (plugin, origin) in plugins {
            let mut made = plugin.generate(&self.loader)?;
            origin::add_origin(&mut made, origin.as_ref())?;
            for resource in made {
                let origin = if origin.is_some() { "0xc000000000" } else { "<nil>" };
                let words = || format!("merging from generator &{{0xc000000000 {origin}}}");
                all.map.absorb(resource).context(words)?;
            }
        }
        Ok(())
    }

    /// Plugins that are given inline, in files, or in folders.
    fn plugins(&self, entries: &[String], what: &str) -> Result<Vec<(Plugin, Option<Origin>)>> {
        let mut all = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            match read::is_resource_text(entry) {
                Some(mut found) => {
                    if let Some(origin) = &self.origin {
                        let text = origin.append(self.file_name).text();
                        annotate(&mut found, &text)?;
                    }
                    all.map.append_all(found).context(|| format!("configuring external {what}"))?;
                }
                None => paths.push(entry.clone()),
            }
        }
        self.resources(&mut all, &paths, self.origin.as_ref())?;
        let mut plugins = Vec::new();
        for resource in all.map.list() {
            let plugin = plugins::configure(resource, &self.loader);
            let plugin = if what == "generator" {
                plugin.context(|| "failed to load generator".into())?
            } else {
                plugin?
            };
            if plugin.is_generator() != (what == "generator") {
                return fail(format!("plugin {} not a {what}", resource.original_id()));
            }
            plugins.push((plugin, Origin::of_plugin(resource)));
        }
        Ok(plugins)
    }

    fn transform(&self, all: &mut Accumulator) -> Result<()> {
        let mut plugins = self.builtin_transformers(&all.config)?;
        plugins.extend(self.plugins(&self.file.transformers, "transformer")?);
        for (plugin, origin) in plugins {
            plugin.transform(&mut all.map, self.build)?;
            if let Some(origin) = &origin {
                origin::add_transformation(all.map.list_mut(), origin)?;
            }
            all.map.drop_empty();
        }
        Ok(())
    }

    fn builtin_transformers(&self, config: &Config) -> Result<Vec<(Plugin, Option<Origin>)>> {
        let file = &self.file;
        let mut named: Vec<(&str, Plugin)> = Vec::new();
        if !file.patches_strategic_merge.is_empty() {
            let patches = patches::configure_merges(&file.patches_strategic_merge, &self.loader)?;
            named.push(("PatchStrategicMergeTransformer", Plugin::Merges(patches)));
        }
        for entry in &file.patches {
            let patch = patches::configure(entry, &self.loader)?;
            named.push(("PatchTransformer", Plugin::Patch(Box::new(patch))));
        }
        if !file.namespace.is_empty() {
            let namespace = Namespace {
                namespace: file.namespace.clone(),
                specs: config.namespace.clone(),
                ..Namespace::default()
            };
            named.push(("NamespaceTransformer", Plugin::Namespace(namespace)));
        }
        let affix = |prefix: &str, suffix: &str, specs: &[FieldSpec]| Plugin::Affix {
            prefix: prefix.into(),
            suffix: suffix.into(),
            specs: specs.to_vec(),
        };
        if !file.name_prefix.is_empty() {
            named.push(("PrefixTransformer", affix(&file.name_prefix, "", &config.name_prefix)));
        }
        if !file.name_suffix.is_empty() {
            named.push(("SuffixTransformer", affix("", &file.name_suffix, &config.name_suffix)));
        }
        self.label_transformers(config, &mut named)?;
        for entry in &file.patches_json6902 {
            let patch = patches::configure_json(entry, &self.loader)?;
            named.push(("PatchJson6902Transformer", Plugin::Patch(Box::new(patch))));
        }
        for replica in &file.replicas {
            let plugin = Plugin::Replica(replica.clone(), config.replicas.clone());
            named.push(("ReplicaCountTransformer", plugin));
        }
        for image in &file.images {
            named
                .push(("ImageTagTransformer", Plugin::Image(image.clone(), config.images.clone())));
        }
        if !file.replacements.is_empty() {
            let all = replacements::configure(&file.replacements, &self.loader).map_err(|error| {
                BuildError(format!("trouble configuring builtin ReplacementTransformer with config: `\n{}`: {error}", self.file.replacements_shown))
            })?;
            named.push(("ReplacementTransformer", Plugin::Replacements(all)));
        }
        let origin = |kind: &str| self.origin.as_ref().map(|o| o.builtin(self.file_name, kind));
        Ok(named.into_iter().map(|(kind, plugin)| (plugin, origin(kind))).collect())
    }

    fn label_transformers(&self, config: &Config, named: &mut Vec<(&str, Plugin)>) -> Result<()> {
        let file = &self.file;
        for label in &file.labels {
            let mut specs = label.fields.clone();
            let merged = config::merge_all(&mut specs, &config.labels).and_then(|()| {
                if label.include_selectors {
                    return config::merge_all(&mut specs, &config.common_labels);
                }
                if label.include_templates {
                    config::merge_all(&mut specs, &config.template_labels)
                        .context(|| "failed to merge template fieldSpec".into())?;
                }
                config::merge_one(&mut specs, &FieldSpec::at("metadata/labels", true))
            });
            merged.context(|| "failed to merge labels".into())?;
            named.push((
                "LabelTransformer",
                Plugin::Entries { entries: label.pairs.clone(), specs },
            ));
        }
        if !file.labels.is_empty() || !file.common_labels.is_empty() {
            let entries = file.common_labels.clone();
            let specs = config.common_labels.clone();
            named.push(("LabelTransformer", Plugin::Entries { entries, specs }));
        }
        if !file.common_annotations.is_empty() {
            let entries = file.common_annotations.clone();
            let specs = config.common_annotations.clone();
            named.push(("AnnotationsTransformer", Plugin::Entries { entries, specs }));
        }
        Ok(())
    }

    fn validate(&self, all: &mut Accumulator) -> Result<()> {
        for (plugin, _) in self.plugins(&self.file.validators, "transformer")? {
            let before: Vec<Resource> = all.map.list().to_vec();
            plugin.transform(&mut all.map, self.build)?;
            let mut after: Vec<Resource> = all.map.list().to_vec();
            for resource in &mut after {
                let mut labels = resource.labels();
                if labels.remove("validated-by").is_some() {
                    resource.set_labels(&labels)?;
                }
            }
            unchanged(&before, &after).map_err(|error| {
                BuildError(format!("validator shouldn't modify the resource map: {error}"))
            })?;
        }
        Ok(())
    }
}

fn unchanged(before: &[Resource], after: &[Resource]) -> Result<()> {
    if before.len() != after.len() {
        return fail("lists have different number of entries");
    }
    for old in before {
        let id = old.id();
        let mut same = after.iter().filter(|new| id.same(&new.id()));
        let Some(new) = same.next() else {
            return fail(format!("id in self missing from other; id: {id}"));
        };
        if old.node != new.node {
            let shown = |resource: &Resource| {
                let value = crate::json::to_value(&resource.node);
                value.map(|value| go::json(&value)).unwrap_or_default()
            };
            let pointer = "&resource.Resource{RNode:yaml.RNode{fieldPath:[]string(nil), value:(*yaml.Node)(0xc000000000), ShouldKeep:false, Match:[]string(nil)}, refVarNames:[]string(nil)}";
            return fail(format!(
                "nodes unequal: \n -- {},\n -- {}\n\n--\n{pointer}\n------\n{pointer}\n",
                shown(old),
                shown(new)
            ));
        }
    }
    Ok(())
}

fn annotate(resources: &mut [Resource], origin: &str) -> Result<()> {
    for resource in resources {
        let spec = FieldSpec::at("metadata/annotations", true);
        spec.apply(&mut resource.node, Some(crate::fieldspec::Created::MAP), &mut |node| {
            crate::node::set_field(node, origin::ORIGIN, crate::node::text(origin))
        })?;
    }
    Ok(())
}
