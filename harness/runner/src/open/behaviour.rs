//! How workloads behave, as the place wants to know it.

use scenario::step::Fault;
use scenario::world::Behaviour;

use crate::refusal::Refusal;
use crate::world::{Broken, World};

/// Lets objects behave as declared from now on.
pub(crate) fn behave(world: &mut World<'_>, behaviours: &[Behaviour]) -> Result<(), Refusal> {
    let _ = world;
    if behaviours.is_empty() {
        return Ok(());
    }
    Err(Refusal::new("declared behaviour is not simulated yet"))
}

/// Lets the pull of images fail until healed.
pub(crate) fn break_image(
    world: &mut World<'_>,
    image: &str,
    fault: &Fault,
) -> Result<Vec<Broken>, Refusal> {
    let _ = (world, image, fault);
    Err(Refusal::new("pulls of images cannot be broken yet"))
}
