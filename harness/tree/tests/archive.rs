//! Archives: the bytes that stock tools give, and nothing that a hostile one asks for.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use sha2::{Digest, Sha256};
use tree::archive::{Limits, Packing, gzip, pack, unpack};
use tree::{File, Mode, Tree, TreePath};

/// A text of letters that follow each other without a pattern, always the same.
fn letters(count: usize, from: &[u8]) -> Vec<u8> {
    let mut state: u64 = 12_345;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
        from[usize::try_from(state >> 16).unwrap() % from.len()]
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn gzip_gives_the_bytes_of_zlib_at_its_default_level() {
    let bytes: Vec<u8> = (0..=255).collect();
    for (text, length, start) in [
        (letters(0, b"a"), 20, "ac73670af3abed54"),
        (letters(3, b"a"), 23, "8829b15a2e15de2a"),
        (letters(5_000, b"ab"), 884, "47af052b139757d6"),
        (letters(120_000, b"abcdefgh \n"), 57_598, "008d11b9e1ced083"),
        (letters(70_000, &bytes), 70_043, "7d6b4b342b6441be"),
    ] {
        let packed = gzip(&text);
        let digest: String =
            Sha256::digest(&packed).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((packed.len(), digest.as_str()), (length, start), "{} bytes", text.len());
    }
}

#[test]
fn a_packed_tree_comes_back_as_it_was() {
    let mut tree = Tree::new();
    let path = |text: &str| TreePath::new(text).unwrap();
    tree.insert(path("Chart.yaml"), b"name: app\n".as_slice());
    tree.insert(path(&format!("deep/{}/x", "n".repeat(120))), b"long".as_slice());
    let run = File { mode: Mode::Executable, contents: b"#!/bin/sh".as_slice().into() };
    tree.insert_file(path("bin/run"), run);
    let link = File { mode: Mode::Symlink, contents: b"bin/run".as_slice().into() };
    tree.insert_file(path("link"), link);
    let packed = pack(&tree, Packing { prefix: "app", folders: true, modified: 1 });
    assert_eq!(unpack(&packed, Limits::default()).unwrap(), tree.within("app").unwrap());
    assert_eq!(packed, pack(&tree.clone(), Packing { prefix: "app", folders: true, modified: 1 }));
}

#[test]
fn broken_and_oversized_archives_are_refused() {
    let mut tree = Tree::new();
    tree.insert(TreePath::new("zeros").unwrap(), vec![0u8; 100_000]);
    let packed = pack(&tree, Packing::default());
    let refusal = |bytes: &[u8], limits| unpack(bytes, limits).unwrap_err().to_string();
    let small = Limits { bytes: 1_000, entries: 10 };
    assert_eq!(refusal(&packed, small), "the archive holds more than 1000 bytes");
    assert_eq!(
        refusal(&packed, Limits { entries: 0, ..Limits::default() }),
        "the archive holds more than 0 files"
    );
    assert!(!refusal(&packed[..packed.len() / 2], Limits::default()).is_empty());
    assert!(!refusal(b"no archive", Limits::default()).is_empty());
    let mut climbs = gzip_of_name("../out");
    assert_eq!(refusal(&climbs, Limits::default()), "the name \"../out\" is not allowed");
    climbs = gzip_of_name("/etc/passwd");
    assert_eq!(refusal(&climbs, Limits::default()), "the name \"/etc/passwd\" is not allowed");
}

/// An archive with one empty file of a name that no tree may hold.
fn gzip_of_name(name: &str) -> Vec<u8> {
    let mut block = [0u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(b"00000000000\0");
    block[148..156].copy_from_slice(b"        ");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    gzip(&[block.as_slice(), &[0; 1024]].concat())
}
