//! Names made from content: FNV hashes in Kubernetes' safe letters.

use objects::Value;

use super::go_print;

const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a over 32 bits.
fn fnv1a(mut hash: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// FNV-1 over 32 bits.
fn fnv1(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
}

/// A number in letters that make no words (apimachinery `rand.SafeEncodeString`).
fn safe(hash: u32) -> String {
    let letter = |digit: u8| char::from(LETTERS[usize::from(digit) % LETTERS.len()]);
    hash.to_string().bytes().map(letter).collect()
}

/// The hash of a pod template (kubernetes `controller.ComputeHash`).
pub(super) fn template(template: &Value, collisions: Option<i64>) -> String {
    let mut hash = fnv1a(0x811c_9dc5, go_print::pod_template(template).as_bytes());
    if let Some(count) = collisions {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&(count as u32).to_le_bytes());
        hash = fnv1a(hash, &bytes);
    }
    safe(hash)
}

/// The hash of a controller revision's data (kubernetes `HashControllerRevision`).
pub(super) fn revision(data: &str, collisions: Option<i64>) -> String {
    let mut bytes = data.as_bytes().to_vec();
    if let Some(count) = collisions {
        bytes.extend(count.to_string().bytes());
    }
    safe(fnv1(&bytes))
}

#[cfg(test)]
mod tests {
    use objects::{Value, from_json};

    use super::{revision, template};

    fn pod(more: &str) -> Value {
        let text = format!(
            r#"{{"metadata":{{"labels":{{"app":"web"}}}},"spec":{{"containers":[{{"image":"example/app:1",
            "imagePullPolicy":"IfNotPresent","name":"main","resources":{{{more}}},
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}}],
            "dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler",
            "securityContext":{{}},"terminationGracePeriodSeconds":30}}}}"#
        );
        from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn templates_get_the_hash_that_kubernetes_gives_them() {
        let limits = r#""limits":{"cpu":"500m","memory":"128Mi"},"requests":{"cpu":"400m","memory":"128Mi"}"#;
        for (more, hash) in [("", "84fb7b4f64"), (limits, "6bd9ff996b")] {
            assert_eq!(template(&pod(more), None), hash);
        }
    }

    #[test]
    fn revisions_get_the_hash_that_kubernetes_gives_them() {
        let mut data = Value::map();
        let mut pod = pod("");
        pod.set(&["$patch"], "replace");
        pod.set(&["metadata", "labels", "app"], "db");
        data.set(&["spec", "template"], pod);
        assert_eq!(revision(&objects::to_json(&data), Some(0)), "7fbc98df7");
    }
}
