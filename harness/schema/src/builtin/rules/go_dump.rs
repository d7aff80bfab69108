//! Pod specs as Go prints its internal types in refusals: every field, by its Go name.
//!
//! The table is facts of kubernetes `pkg/apis/core/types.go`: one struct a line, fields
//! in order, `json:TYPE` or `json=GoName:TYPE`. TYPE: `s` text, `i` number, `b` flag,
//! `?` anything that may be nil, `*T` list, `^T` pointer to a struct, `.T` struct.

use objects::{Map, Value};

use crate::cause::{go_json, quote};

const STRUCTS: &str = "\
PodSpec volumes:*Volume initContainers:*Container containers:*Container ephemeralContainers:*EphemeralContainer restartPolicy:s terminationGracePeriodSeconds:? activeDeadlineSeconds:? dnsPolicy=DNSPolicy:s nodeSelector:? serviceAccountName:s automountServiceAccountToken:? nodeName:s securityContext:^PodSecurityContext imagePullSecrets:*Named hostname:s subdomain:s setHostnameAsFQDN:? affinity:^Affinity schedulerName:s tolerations:*Toleration hostAliases:*HostAlias priorityClassName:s priority:? preemptionPolicy:? dnsConfig=DNSConfig:^DNSConfig readinessGates:*ReadinessGate runtimeClassName:? overhead:? enableServiceLinks:? topologySpreadConstraints:*Spread os=OS:^Named schedulingGates:*Named resourceClaims:? resources:^Resources hostnameOverride:? schedulingGroup:?
Container name:s image:s command:? args:? workingDir:s ports:*ContainerPort envFrom:*EnvFrom env:*EnvVar resources:.Resources resizePolicy:? restartPolicy:? restartPolicyRules:? volumeMounts:*Mount volumeDevices:*Device livenessProbe:^Probe readinessProbe:^Probe startupProbe:^Probe lifecycle:^Lifecycle terminationMessagePath:s terminationMessagePolicy:s imagePullPolicy:s securityContext:^SecurityContext stdin:b stdinOnce:b tty=TTY:b
EphemeralContainer name:s image:s command:? args:? workingDir:s ports:*ContainerPort envFrom:*EnvFrom env:*EnvVar resources:.Resources resizePolicy:? restartPolicy:? restartPolicyRules:? volumeMounts:*Mount volumeDevices:*Device livenessProbe:^Probe readinessProbe:^Probe startupProbe:^Probe lifecycle:^Lifecycle terminationMessagePath:s terminationMessagePolicy:s imagePullPolicy:s securityContext:^SecurityContext stdin:b stdinOnce:b tty=TTY:b targetContainerName:s
ContainerPort name:s hostPort:i containerPort:i protocol:s hostIP:s
EnvFrom prefix:s configMapRef:^NamedOptional secretRef:^NamedOptional
EnvVar name:s value:s valueFrom:^EnvSource
EnvSource fieldRef:^FieldRef resourceFieldRef:^ResourceRef configMapKeyRef:^KeyRef secretKeyRef:^KeyRef fileKeyRef:?
KeyRef name:s key:s optional:?
FieldRef apiVersion=APIVersion:s fieldPath:s
ResourceRef containerName:s resource:s divisor:?
Named name:s
NamedOptional name:s optional:?
Resources limits:? requests:? claims:?
Mount name:s readOnly:b recursiveReadOnly:? mountPath:s subPath:s mountPropagation:? subPathExpr:s
Device name:s devicePath:s
Probe exec:^Exec httpGet=HTTPGet:^HTTPGet tcpSocket=TCPSocket:^TCPSocket grpc=GRPC:^GRPC initialDelaySeconds:i timeoutSeconds:i periodSeconds:i successThreshold:i failureThreshold:i terminationGracePeriodSeconds:?
Exec command:?
HTTPGet path:s port:? host:s scheme:s httpHeaders=HTTPHeaders:*Header
Header name:s value:s
TCPSocket port:? host:s
GRPC port:i service:?
Lifecycle postStart:^Handler preStop:^Handler stopSignal:?
Handler exec:^Exec httpGet=HTTPGet:^HTTPGet tcpSocket=TCPSocket:^TCPSocket sleep:^Sleep
Sleep seconds:i
SecurityContext capabilities:^Capabilities privileged:? seLinuxOptions=SELinuxOptions:^SELinux windowsOptions:? runAsUser:? runAsGroup:? runAsNonRoot:? readOnlyRootFilesystem:? allowPrivilegeEscalation:? procMount:? seccompProfile:^Profile appArmorProfile:^Profile
Capabilities add:? drop:?
SELinux user:s role:s type:s level:s
Profile type:s localhostProfile:?
PodSecurityContext hostNetwork:b hostPID=HostPID:b hostIPC=HostIPC:b shareProcessNamespace:? hostUsers:? seLinuxOptions=SELinuxOptions:^SELinux windowsOptions:? runAsUser:? runAsGroup:? runAsNonRoot:? supplementalGroups:? supplementalGroupsPolicy:? fsGroup=FSGroup:? fsGroupChangePolicy=FSGroupChangePolicy:? sysctls:*Header seccompProfile:^Profile appArmorProfile:^Profile seLinuxChangePolicy=SELinuxChangePolicy:?
Volume name:s hostPath:^HostPath emptyDir:^EmptyDir gcePersistentDisk=GCEPersistentDisk:? awsElasticBlockStore=AWSElasticBlockStore:? gitRepo:? secret:^SecretVolume nfs=NFS:^NFS iscsi=ISCSI:? glusterfs:? persistentVolumeClaim:^Claim rbd=RBD:? quobyte:? flexVolume:? cinder:? cephfs=CephFS:? flocker:? downwardAPI=DownwardAPI:^Downward fc=FC:? azureFile:? configMap:^ConfigMapVolume vsphereVolume:? azureDisk:? photonPersistentDisk:? projected:^Projected portworxVolume:? scaleIO=ScaleIO:? storageos=StorageOS:? csi=CSI:^CSI ephemeral:? image:^Image
HostPath path:s type:?
EmptyDir medium:s sizeLimit:?
SecretVolume secretName:s items:*KeyToPath defaultMode:? optional:?
KeyToPath key:s path:s mode:?
NFS server:s path:s readOnly:b
Claim claimName:s readOnly:b
Downward items:*DownwardFile defaultMode:?
DownwardFile path:s fieldRef:^FieldRef resourceFieldRef:^ResourceRef mode:?
ConfigMapVolume name:s items:*KeyToPath defaultMode:? optional:?
Projected sources:*Projection defaultMode:?
Projection secret:^KeysOf downwardAPI=DownwardAPI:^DownwardItems configMap:^KeysOf serviceAccountToken:^Token clusterTrustBundle:? podCertificate:?
KeysOf name:s items:*KeyToPath optional:?
DownwardItems items:*DownwardFile
Token audience:s expirationSeconds:i path:s
CSI driver:s readOnly:? fsType=FSType:? volumeAttributes:? nodePublishSecretRef:?
Image reference:s pullPolicy:s
Affinity nodeAffinity:? podAffinity:? podAntiAffinity:?
Toleration key:s operator:s value:s effect:s tolerationSeconds:?
HostAlias ip=IP:s hostnames:?
DNSConfig nameservers:? searches:? options:?
ReadinessGate conditionType:s
Spread maxSkew:i topologyKey:s whenUnsatisfiable:s labelSelector:? minDomains:? nodeAffinityPolicy:? nodeTaintsPolicy:? matchLabelKeys:?
";

/// What Go makes of a value: fields in order, or anything as it is.
enum Dump {
    Fields(Vec<(String, Dump)>),
    Items(Vec<Dump>),
    Raw(Value),
}

/// A pod spec in one line.
pub(super) fn pod_spec_line(spec: &Value) -> String {
    let mut out = String::new();
    line(&dump_struct("PodSpec", &internal(spec)), &mut out);
    out
}

/// A pod spec with a field a line, as differences are made of.
pub(super) fn pod_spec_lines(spec: &Value) -> String {
    let mut out = String::new();
    lines(&dump_struct("PodSpec", &internal(spec)), 0, &mut out);
    out.push('\n');
    out
}

/// The internal form keeps the host's namespaces in the security context.
fn internal(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for key in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
        if let Some(value) = spec.remove(&[key]) {
            spec.set(&["securityContext", key], value);
        }
    }
    spec
}

fn dump_struct(name: &str, value: &Value) -> Dump {
    let row = STRUCTS.lines().find_map(|row| row.strip_prefix(name)?.strip_prefix(' '));
    let Some(row) = row else { return Dump::Raw(value.clone()) };
    let fields = row.split(' ').filter_map(|word| {
        let (head, kind) = word.split_once(':')?;
        let (json, go) = match head.split_once('=') {
            Some((json, go)) => (json, go.to_owned()),
            None => {
                let (first, rest) = head.split_at_checked(1)?;
                (head, format!("{}{rest}", first.to_uppercase()))
            }
        };
        Some((go, dump(kind, value.get(json))))
    });
    Dump::Fields(fields.collect())
}

fn dump(kind: &str, value: Option<&Value>) -> Dump {
    let value = value.filter(|value| !value.is_null());
    let (mark, name) = kind.split_at_checked(1).unwrap_or((kind, ""));
    match (mark, value) {
        ("s", None) => Dump::Raw("".into()),
        ("i", None) => Dump::Raw(0.into()),
        ("b", None) => Dump::Raw(false.into()),
        (".", None) => dump_struct(name, &Value::Null),
        (_, None) => Dump::Raw(Value::Null),
        ("*", Some(Value::List(items))) if !items.is_empty() => {
            Dump::Items(items.iter().map(|item| dump_struct(name, item)).collect())
        }
        ("^" | ".", Some(found)) => dump_struct(name, found),
        (_, Some(found)) => raw(found),
    }
}

fn raw(value: &Value) -> Dump {
    match value {
        Value::Map(map) if !map.is_empty() => {
            Dump::Fields(map.iter().map(|(key, value)| (key.to_string(), raw(value))).collect())
        }
        Value::List(items) if !items.is_empty() => Dump::Items(items.iter().map(raw).collect()),
        Value::Map(_) => Dump::Raw(Map::new().into()),
        other => Dump::Raw(other.clone()),
    }
}

fn line(dump: &Dump, out: &mut String) {
    match dump {
        Dump::Raw(value) => out.push_str(&go_json(value)),
        Dump::Fields(fields) => {
            out.push('{');
            for (at, (name, value)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&quote(name));
                out.push(':');
                line(value, out);
            }
            out.push('}');
        }
        Dump::Items(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                line(item, out);
            }
            out.push(']');
        }
    }
}

fn lines(dump: &Dump, depth: usize, out: &mut String) {
    let pad = " ".repeat(depth + 1);
    let (open, close, count) = match dump {
        Dump::Raw(value) => return out.push_str(&go_json(value)),
        Dump::Fields(fields) => ('{', '}', fields.len()),
        Dump::Items(items) => ('[', ']', items.len()),
    };
    out.push(open);
    out.push('\n');
    for at in 0..count {
        out.push_str(&pad);
        match dump {
            Dump::Fields(fields) => {
                if let Some((name, value)) = fields.get(at) {
                    out.push_str(&quote(name));
                    out.push_str(": ");
                    lines(value, depth + 1, out);
                }
            }
            Dump::Items(items) => {
                if let Some(item) = items.get(at) {
                    lines(item, depth + 1, out);
                }
            }
            Dump::Raw(_) => {}
        }
        out.push_str(if at + 1 < count { ",\n" } else { "\n" });
    }
    out.push_str(&" ".repeat(depth));
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_pod_spec_stands_in_gos_order() {
        let spec = objects::from_json(
            br#"{"containers":[{"name":"a","ports":[{"containerPort":80}]}],"hostNetwork":true}"#,
        )
        .unwrap();
        let text = pod_spec_line(&spec);
        assert!(text.starts_with(
            r#"{"Volumes":null,"InitContainers":null,"Containers":[{"Name":"a","Image":"","#
        ));
        assert!(text.contains(
            r#""Ports":[{"Name":"","HostPort":0,"ContainerPort":80,"Protocol":"","HostIP":""}]"#
        ));
        assert!(text.contains(r#""SecurityContext":{"HostNetwork":true,"HostPID":false"#));
        let text = pod_spec_lines(&spec);
        assert!(text.starts_with("{\n \"Volumes\": null,\n"));
        assert!(text.contains("\n   \"Resources\": {\n    \"Limits\": null,\n"));
    }
}
