//! How moments, durations and object names are written in a record.

pub(crate) mod moment {
    use clock::Moment;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(at: &Moment, out: S) -> Result<S::Ok, S::Error> {
        let whole = at.rfc3339();
        let nanos = at.unix_nanos().rem_euclid(1_000_000_000);
        if nanos == 0 {
            return out.serialize_str(&whole);
        }
        let fraction = format!("{nanos:09}");
        let fraction = fraction.trim_end_matches('0');
        out.serialize_str(&format!("{}.{fraction}Z", whole.trim_end_matches('Z')))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(from)?;
        Moment::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no moment")))
    }
}

pub(crate) mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&clock::format_duration(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        clock::parse_duration(&text).map_err(D::Error::custom)
    }
}

pub(crate) mod id {
    use objects::{GroupKind, ObjectId};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// `Deployment.apps/podinfo/podinfo`: the group always, so that it reads back.
    pub(crate) fn serialize<S: Serializer>(id: &ObjectId, out: S) -> Result<S::Ok, S::Error> {
        let namespace = &id.namespace;
        let between = if namespace.is_empty() { "" } else { "/" };
        out.serialize_str(&format!("{}/{namespace}{between}{}", id.kind, id.name))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ObjectId, D::Error> {
        let text = String::deserialize(from)?;
        read(&text).ok_or_else(|| D::Error::custom(format!("{text:?} names no object")))
    }

    fn read(text: &str) -> Option<ObjectId> {
        let (kind, rest) = text.split_once('/')?;
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
        Some(ObjectId {
            kind: GroupKind { group: group.to_owned(), kind: kind.to_owned() },
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

pub(crate) mod optional_id {
    use objects::ObjectId;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Known(#[serde(with = "super::id")] ObjectId);

    pub(crate) fn serialize<S: Serializer>(
        id: &Option<ObjectId>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => super::id::serialize(id, out),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<ObjectId>, D::Error> {
        Ok(Option::<Known>::deserialize(from)?.map(|known| known.0))
    }
}
