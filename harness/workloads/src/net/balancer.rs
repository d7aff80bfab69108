//! Addresses of Services of type LoadBalancer and of Ingresses.

use std::time::Duration;

use objects::{Object, Value};

use crate::behaviour::{Balancer, Behaviour};
use crate::kind::Kind;
use crate::meta;
use crate::work::Work;
use crate::world::{Done, World};

/// How long an address takes where no rule says otherwise.
const USUAL: Duration = Duration::from_secs(1);

/// One look at a Service or an Ingress.
pub(crate) fn sync(world: &mut World<'_>, work: &Work) -> Done {
    let kind = if work.kind == "Ingress" { Kind::Ingress } else { Kind::Service };
    let Some(object) = world.get(kind, &work.key.namespace, &work.key.name) else {
        return Ok(());
    };
    let wants = kind == Kind::Ingress || object.str_at(&["spec", "type"]) == Some("LoadBalancer");
    let has = !object.list_at(&["status", "loadBalancer", "ingress"]).is_empty();
    if !wants || has || object.is_deleting() {
        return Ok(());
    }
    let told = world.behaviour(&object, |behaviour| match behaviour {
        Behaviour::LoadBalancer(balancer) => Some(balancer.clone()),
        _ => None,
    });
    let (address, wait) = match told {
        Some(Balancer::Pending) => return Ok(()),
        Some(Balancer::Assigned(address, wait)) => (address, wait),
        None => (usual_address(&object), USUAL),
    };
    let due = meta::created(&object) + wait;
    if due > world.now {
        world.at(due, work.clone());
        return Ok(());
    }
    assign(world, &object, &address, kind)
}

/// An address of the range for documentation, by the object's name.
fn usual_address(object: &Object) -> String {
    let name = format!("{}/{}", object.namespace(), object.name());
    let sum =
        name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("203.0.113.{}", 1 + sum % 250)
}

fn assign(world: &mut World<'_>, object: &Object, address: &str, kind: Kind) -> Done {
    let is_ip = address.parse::<std::net::IpAddr>().is_ok();
    let mut ingress = Value::from([(if is_ip { "ip" } else { "hostname" }, address)]);
    if is_ip && kind == Kind::Service {
        ingress.set(&["ipMode"], "VIP");
    }
    let mut copy = object.clone();
    copy.set(&["status", "loadBalancer", "ingress"], vec![ingress]);
    if kind == Kind::Service {
        world.event(object, "EnsuringLoadBalancer", "Ensuring load balancer");
    }
    world.update_status(&copy)?;
    if kind == Kind::Service {
        world.event(object, "EnsuredLoadBalancer", "Ensured load balancer");
    }
    Ok(())
}
