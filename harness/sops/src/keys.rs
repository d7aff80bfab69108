//! The keys at hand, and the data key of a document.
//!
//! Words from getsops/sops: usererrors.go. Start at [`Keys::data_key`].

use objects::Value;

use crate::Error;
use crate::age::{Closed, Identity, open};

/// The private keys at hand.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    age: Vec<Identity>,
}

/// Kinds of recipients that are not opened here, and how they are called.
const OTHERS: [(&str, &str); 6] = [
    ("pgp", "a PGP key"),
    ("kms", "an AWS KMS key"),
    ("gcp_kms", "a GCP KMS key"),
    ("azure_kv", "an Azure Key Vault key"),
    ("hc_vault", "a Vault key"),
    ("key_groups", "several key groups"),
];

impl Keys {
    /// Takes the identities of an age key file in.
    ///
    /// # Errors
    /// In the words of age, if it holds none or something else.
    pub fn add_age(&mut self, text: &str) -> Result<(), &'static str> {
        self.age.extend(Identity::parse_all(text)?);
        Ok(())
    }

    /// The data key, which any of the recipients' private keys gives away.
    pub(crate) fn data_key(&self, metadata: &Value) -> Result<Vec<u8>, Error> {
        let mut failed = Vec::new();
        for recipient in metadata.list_at(&["age"]) {
            let text = |key| recipient.str_at(&[key]).unwrap_or_default();
            match open(text("enc"), &self.age) {
                Ok(key) => return Ok(key),
                Err(why) => failed.push((text("recipient").to_owned(), words(why))),
            }
        }
        let other = OTHERS.iter().find(|(key, _)| !metadata.list_at(&[key]).is_empty());
        match other {
            Some((_, what)) => Err(Error::Unknown(what)),
            None => Err(Error::DataKey(complaint(&failed))),
        }
    }
}

fn words(why: Closed) -> &'static str {
    match why {
        Closed::NoMatch => {
            "failed to create reader for decrypting sops data key with age: identity did not match any of the recipients: incorrect identity for recipient block"
        }
        Closed::Malformed => {
            "failed to create reader for decrypting sops data key with age: failed to read header"
        }
    }
}

fn complaint(failed: &[(String, &str)]) -> String {
    let groups: Vec<String> = failed
        .iter()
        .map(|(recipient, why)| {
            let lines = wrapped(why, 60).join("\n      | ");
            format!("  {recipient}: FAILED\n    - | {lines}")
        })
        .collect();
    let groups = groups.join("\n  \n");
    format!(
        "Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n{groups}\n\nRecovery failed because no master key was able to decrypt the file. In\norder for SOPS to recover the file, at least one key has to be successful,\nbut none were."
    )
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
