//! Documents sealed with a key of ours come back as they were.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::cast_possible_truncation, reason = "nonces are made of lengths")]

mod support;

use objects::Value;
use sops::{Error, Format, Keys};

use support::{IDENTITY, seal};

const YAML: &str = "user: '@@me|user:@@'\nlist:\n    - '@@first|list:@@'\nplain: as it is # kept\ntext: '@@a\nb|text:@@'\nsops:\n    age:\n        - recipient: age1test\n          enc: |\n            @@AGE 12@@\n    mac: ENC[x]\n";

fn keys() -> Keys {
    let mut keys = Keys::default();
    keys.add_age(&format!("# made for tests\n{IDENTITY}\n")).unwrap();
    keys
}

fn open(text: &str, format: Format) -> Result<String, Error> {
    let opened = sops::decrypt_file(seal(text).as_bytes(), format, format, &keys())?;
    Ok(String::from_utf8(opened.unwrap()).unwrap())
}

#[test]
fn a_yaml_file_keeps_everything_but_its_seals() {
    let found = open(YAML, Format::Yaml).unwrap();
    assert_eq!(
        found,
        "user: me\nlist:\n    - first\nplain: as it is # kept\ntext: |-\n    a\n    b\n"
    );
}

#[test]
fn documents_of_one_file_are_opened_each_on_its_own() {
    let two = format!("{YAML}---\n{YAML}");
    let found = open(&two, Format::Yaml).unwrap();
    assert_eq!(found.matches("user: me").count(), 2);
    assert!(!found.contains("sops"), "{found}");
}

#[test]
fn dotenv_json_and_binary_files_are_opened() {
    let dotenv =
        "A=@@one|A:@@\n# note\nB=plain\nsops_age__list_0__map_enc=@@AGE@@\nsops_mac=ENC[x]\n";
    assert_eq!(open(dotenv, Format::Dotenv).unwrap(), "A=one\n# note\nB=plain\n");
    let json = "{\"data\": \"@@text|data:@@\", \"sops\": {\"age\": [{\"enc\": \"@@AGE@@\"}], \"mac\": \"ENC[x]\"}}";
    assert_eq!(open(json, Format::Json).unwrap(), "{\n\t\"data\": \"text\"\n}\n");
    assert_eq!(open(json, Format::Binary).unwrap(), "text");
}

#[test]
fn a_plain_file_is_left_alone() {
    let found = sops::decrypt_file(b"a: b\n", Format::Yaml, Format::Yaml, &keys()).unwrap();
    assert_eq!(found, None);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let sealed = seal(YAML);
    let without =
        sops::decrypt_file(sealed.as_bytes(), Format::Yaml, Format::Yaml, &Keys::default());
    let words = without.unwrap_err().to_string();
    assert!(words.starts_with("cannot get sops data key: Failed to get the data key"), "{words}");
    assert!(words.contains("\n  age1test: FAILED\n    - | failed to create reader"), "{words}");
    let moved = open(&YAML.replace("user: '@@me|user:@@'", "user: '@@me|other:@@'"), Format::Yaml);
    assert!(matches!(moved, Err(Error::Tree(_))), "a value in another place does not open");
    let pgp = Value::from([("sops", Value::from([("pgp", Value::from(vec![Value::map()]))]))]);
    assert_eq!(sops::decrypt(&pgp, &keys()), Err(Error::Unknown("a PGP key")));
    assert_eq!(Keys::default().add_age("not a key"), Err("unknown identity type"));
    assert_eq!(Keys::default().add_age("# none\n"), Err("no identities found"));
}
