//! Decoding of built-in kinds, with Go's words for what does not fit.

use super::*;
use crate::Schemas;
use objects::Gvk;

fn decoded(api_version: &str, kind: &str, text: &str) -> Result<(String, Vec<String>), String> {
    let schemas = Schemas::for_minor("1.36").unwrap();
    let shape = schemas.shape(&Gvk::from_api_version(api_version, kind)).unwrap();
    let mut value = objects::from_json(text.as_bytes()).unwrap();
    let unknown = decode(&shape, &mut value).map_err(|error| error.0)?;
    Ok((objects::to_json(&value), unknown))
}

#[test]
fn a_round_trip_through_go_is_followed() {
    let cases = [
        ("v1", "ConfigMap", r#"{"data":{"a":null}}"#, r#"{"data":{"a":""},"metadata":{}}"#),
        (
            "v1",
            "ConfigMap",
            r#"{"data":{},"binaryData":{"a":"YQ=="}}"#,
            r#"{"binaryData":{"a":"YQ=="},"metadata":{}}"#,
        ),
        (
            "v1",
            "ConfigMap",
            r#"{"metadata":{"managedFields":[]}}"#,
            r#"{"metadata":{"managedFields":[]}}"#,
        ),
        (
            "apps/v1",
            "Deployment",
            r#"{"spec":{"replicas":0,"paused":false,"selector":{},"template":{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":0.5}}}],"hostNetwork":false,"automountServiceAccountToken":false}}}}"#,
            r#"{"metadata":{},"spec":{"replicas":0,"selector":{},"strategy":{},"template":{"metadata":{},"spec":{"automountServiceAccountToken":false,"containers":[{"name":"a","resources":{"limits":{"cpu":"500m"}}}]}}},"status":{}}"#,
        ),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", r#"{}"#, r#"{"metadata":{},"rules":null}"#),
        (
            "v1",
            "Pod",
            r#"{"metadata":{"creationTimestamp":"2024-02-29T12:00:00+02:00"},"spec":{"containers":[]}}"#,
            r#"{"metadata":{"creationTimestamp":"2024-02-29T10:00:00Z"},"spec":{"containers":[]},"status":{}}"#,
        ),
    ];
    for (api_version, kind, text, expected) in cases {
        assert_eq!(decoded(api_version, kind, text).unwrap().0, expected, "{text}");
    }
}

#[test]
fn empty_lists_that_are_always_written_are_stored_as_null() {
    let schemas = Schemas::for_minor("1.36").unwrap();
    let shape = schemas.shape(&Gvk::new("rbac.authorization.k8s.io", "v1", "Role")).unwrap();
    let mut role = objects::from_json(br#"{"rules":[]}"#).unwrap();
    decode(&shape, &mut role).unwrap();
    assert_eq!(objects::to_json(&role), r#"{"metadata":{},"rules":[]}"#);
    settle(&shape, &mut role);
    assert_eq!(objects::to_json(&role), r#"{"metadata":{},"rules":null}"#);
}

#[test]
fn wrong_types_and_unknown_fields_are_told_in_the_decoders_words() {
    let field = "json: cannot unmarshal";
    let cases = [
        (
            r#"{"spec":{"replicas":"3"}}"#,
            format!(
                "{field} string into Go struct field DeploymentSpec.spec.replicas of type int32"
            ),
        ),
        (
            r#"{"spec":7}"#,
            format!(
                "{field} number into Go struct field Deployment.spec of type v1.DeploymentSpec"
            ),
        ),
        (
            r#"{"spec":{"template":{"spec":{"volumes":true}}}}"#,
            format!(
                "{field} bool into Go struct field PodSpec.spec.template.spec.volumes of type []v1.Volume"
            ),
        ),
        (
            r#"{"spec":{"template":{"spec":{"containers":[{"image":[]}]}}}}"#,
            format!(
                "{field} array into Go struct field Container.spec.template.spec.containers.image of type string"
            ),
        ),
        (
            r#"{"metadata":{"labels":{"a":1}}}"#,
            format!(
                "{field} number into Go struct field ObjectMeta.metadata.labels of type string"
            ),
        ),
        (
            r#"{"spec":{"replicas":1.5}}"#,
            format!(
                "{field} number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"
            ),
        ),
        (
            r#"{"metadata":{"creationTimestamp":"x"}}"#,
            "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\""
                .to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(decoded("apps/v1", "Deployment", text).unwrap_err(), expected, "{text}");
    }
    let (_, unknown) = decoded(
        "apps/v1",
        "Deployment",
        r#"{"x":1,"spec":{"template":{"spec":{"containers":[{"name":"a","y":2}]}}}}"#,
    )
    .unwrap();
    assert_eq!(
        unknown,
        ["unknown field \"spec.template.spec.containers[0].y\"", "unknown field \"x\""]
    );
}
