//! The one scenario that a command looks into.

use clap::Args;
use runner::{Abilities, Case, RunOptions, Seen, Selection};
use scenario::terms::ObjectPattern;

use super::test::paths_and_names;
use crate::failure::Complaint;

/// Which scenario.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The scenario: its name or file; matrix rows as NAME[ROW].
    #[arg(long, short, value_name = "NAME|FILE")]
    scenario: String,
    /// The seed of its world.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

impl One {
    /// Runs the scenario and looks at what its world held.
    pub(crate) fn look(&self, about: Option<&ObjectPattern>) -> Result<Seen, Complaint> {
        let case = self.case()?;
        let seen = runner::look(&case, &RunOptions::default(), about);
        environment::clean_up();
        seen.map_err(|chain| Complaint::World(chain.join(": ")))
    }

    fn case(&self) -> Result<Case, Complaint> {
        let (paths, names) = paths_and_names(std::slice::from_ref(&self.scenario));
        let counterproofs = self.scenario.contains('#');
        let seed = self.seed;
        let selection = Selection { paths, names, seed, counterproofs, ..Selection::default() };
        let plan = runner::plan(&selection, Abilities::EMBEDDED)?;
        let exact = plan.cases.iter().find(|case| case.name == self.scenario);
        match (exact, plan.cases.as_slice()) {
            (Some(case), _) | (None, [case]) => Ok(case.clone()),
            (None, []) => Err(Complaint::NothingSelected(self.scenario.clone())),
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|case| case.name.as_str()).collect();
                let what =
                    format!("{:?} means several scenarios: {}", self.scenario, names.join(", "));
                Err(Complaint::Usage(what))
            }
        }
    }
}
