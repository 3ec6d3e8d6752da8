//! Archives built by hand, as libtorch lays them out, then damaged in every way.

use std::io::{Cursor, Write};

use super::*;

const TOKENIZER: &[u8] = b"{\"a tokenizer\": [1, 2, 3]}";

#[derive(Clone, Copy)]
struct Layout {
    deflate: bool,
    /// Checksum and sizes behind the data: in 32 bits, in 64, or before it.
    descriptor: Option<bool>,
    zip64: bool,
}

/// libtorch's own: code deflated, sizes behind the data, zip64 records at the end.
const LIBTORCH: Layout = Layout {
    deflate: true,
    descriptor: Some(false),
    zip64: true,
};

fn archive(files: &[(&str, &[u8])], layout: Layout) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let (header, crc) = (out.len() as u32, crc32fast::hash(content));
        let deflate = layout.deflate && name.contains("/code/");
        let mut stored = content.to_vec();
        if deflate {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(content).unwrap();
            stored = encoder.finish().unwrap();
        }
        let flags: u16 = if layout.descriptor.is_some() { 0x808 } else { 0x800 };
        let method: u16 = if deflate { 8 } else { 0 };
        let mut common = Vec::new();
        common.extend([0, 0]);
        common.extend(flags.to_le_bytes());
        common.extend(method.to_le_bytes());
        common.extend([0; 4]);
        let numbers: Vec<u8> = [crc, stored.len() as u32, content.len() as u32]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        let padding = *b"FB\x03\0ZZZ";
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(if layout.descriptor.is_some() {
            &[0; 12]
        } else {
            &numbers[..]
        });
        out.extend((name.len() as u16).to_le_bytes());
        out.extend((padding.len() as u16).to_le_bytes());
        out.extend(name.as_bytes());
        out.extend(padding);
        out.extend(&stored);
        match layout.descriptor {
            Some(false) => {
                out.extend(b"PK\x07\x08");
                out.extend(&numbers);
            }
            Some(true) => {
                out.extend(b"PK\x07\x08");
                out.extend(crc.to_le_bytes());
                out.extend((stored.len() as u64).to_le_bytes());
                out.extend((content.len() as u64).to_le_bytes());
            }
            None => {}
        }
        directory.extend(b"PK\x01\x02\0\0");
        directory.extend(&common);
        directory.extend(&numbers);
        directory.extend((name.len() as u16).to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(header.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size, count) = (out.len() as u64, directory.len() as u64, files.len() as u64);
    out.extend(directory);
    if layout.zip64 {
        let at = out.len() as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([0; 12]);
        [count, count, size, start]
            .iter()
            .for_each(|n| out.extend(n.to_le_bytes()));
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(at.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((count as u16).to_le_bytes());
    out.extend((count as u16).to_le_bytes());
    out.extend((size as u32).to_le_bytes());
    out.extend((start as u32).to_le_bytes());
    out.extend([0, 0]);
    out
}

fn manifest(sealed: bool) -> String {
    let method = Method {
        name: "embed_text".into(),
        inputs: vec!["ids".into()],
        outputs: vec!["embedding".into()],
    };
    let source = Source {
        location: "here".into(),
        revision: None,
        licence: None,
        weights_sha256: "00".into(),
        weights_dtype: "F32".into(),
    };
    let manifest = Manifest {
        format: FORMAT,
        glyxel: "0.1.0".into(),
        libtorch: "2.11.0".into(),
        architecture: "bert".into(),
        methods: vec![method],
        text: None,
        image: None,
        zero_shot: None,
        source,
        sealed,
    };
    serde_json::to_string(&manifest).unwrap()
}

fn bundle(sealed: bool, layout: Layout) -> Vec<u8> {
    let manifest = manifest(sealed);
    let code = "def forward(self, x):\n  return x\n".repeat(9);
    let files: [(&str, &[u8]); 6] = [
        ("a/extra/tokenizer.json", TOKENIZER),
        ("a/extra/glyxel.json", manifest.as_bytes()),
        ("a/data/0", &[7; 100]),
        ("a/data/1", &[]),
        ("a/code/__torch__.py", code.as_bytes()),
        ("a/version", b"3\n"),
    ];
    archive(&files, layout)
}

fn sealed() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    std::fs::write(&path, bundle(true, LIBTORCH)).unwrap();
    seal(&path).unwrap();
    std::fs::read(&path).unwrap()
}

fn check(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>> {
    Archive::open(Cursor::new(bytes), "a.pt", &Call::unwatched())
}

fn refused(bytes: &[u8]) -> String {
    match check(bytes) {
        Err(Error::BadModel(sentence)) => sentence,
        Err(other) => panic!("another kind of error: {other:?}"),
        Ok(_) => panic!("it was accepted"),
    }
}

/// Numbers that look random and are the same each time.
fn random() -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[test]
fn whole_archives_of_every_layout_open() {
    for deflate in [false, true] {
        for descriptor in [None, Some(false), Some(true)] {
            for zip64 in [false, true] {
                let bytes = bundle(
                    false,
                    Layout {
                        deflate,
                        descriptor,
                        zip64,
                    },
                );
                let mut archive = check(&bytes).unwrap();
                assert_eq!(archive.manifest().architecture, "bert");
                assert_eq!(archive.extras().collect::<Vec<_>>(), ["tokenizer.json", MANIFEST]);
                assert_eq!(archive.extra("tokenizer.json").unwrap().as_deref(), Some(TOKENIZER));
                assert_eq!(archive.extra("none").unwrap(), None);
                let mut all = Vec::new();
                archive.into_reader().unwrap().read_to_end(&mut all).unwrap();
                assert!(all == bytes);
            }
        }
    }
}

#[test]
fn a_sealed_bundle_with_any_bit_changed_is_refused() {
    let mut bytes = sealed();
    check(&bytes).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            refused(&bytes);
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn a_sealed_bundle_cut_or_lengthened_is_refused() {
    let bytes = sealed();
    for len in 0..bytes.len() {
        refused(&bytes[..len]);
        refused(&bytes[bytes.len() - len..]);
    }
    refused(&[&bytes[..], b"\0"].concat());
    refused(&[b"\0", &bytes[..]].concat());
    assert!(refused(&bytes[..bytes.len() / 2]).contains("end is missing"));
    let mut unsealed = bytes[..bytes.len() - seal::LENGTH].to_vec();
    let len = unsealed.len();
    unsealed[len - 2..].copy_from_slice(&[0, 0]);
    assert!(refused(&unsealed).contains("seal is missing"));
}

#[test]
fn an_unsealed_bundle_keeps_its_contents_or_is_refused() {
    let mut bytes = bundle(false, LIBTORCH);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            if let Ok(mut archive) = check(&bytes) {
                // A change in padding, dates or versions, which no entry's checksum covers, changes nothing that is read.
                assert_eq!(archive.manifest().architecture, "bert");
                assert!(archive
                    .extra("tokenizer.json")
                    .unwrap()
                    .is_none_or(|found| found == TOKENIZER));
            }
            bytes[at] ^= 1 << bit;
        }
    }
    for len in 0..bytes.len() {
        refused(&bytes[..len]);
    }
}

#[test]
fn random_bytes_and_random_damage_give_sentences() {
    let mut random = random();
    for _ in 0..2000 {
        let len = random() % 600;
        let mut garbage: Vec<u8> = (0..len).map(|_| random() as u8).collect();
        refused(&garbage);
        garbage.splice(0..0, *b"PK\x03\x04");
        garbage.extend(b"PK\x05\x06\0\0\0\0");
        garbage.extend((0..14).map(|_| random() as u8 & 3));
        refused(&garbage);
    }
    let whole = bundle(false, LIBTORCH);
    let directory = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random() % 3 {
            // Most of all the records, where sizes and offsets stand.
            let at = directory + random() as usize % (bytes.len() - directory);
            bytes[at] = [0, 1, 0x7f, 0xff, random() as u8][random() as usize % 5];
        }
        assert!(matches!(check(&bytes), Ok(_) | Err(Error::BadModel(_))));
    }
}

#[test]
fn what_is_no_bundle_is_called_so() {
    assert!(refused(b"").contains("not a glyxel bundle"));
    assert!(refused(b"{\"a\": \"JSON file\"}").contains("not a glyxel bundle"));
    let files: [(&str, &[u8]); 2] = [("a/code/__torch__.py", b"pass"), ("a/data.pkl", b"")];
    assert!(refused(&archive(&files, LIBTORCH)).contains("TorchScript archive without the manifest"));
    assert!(refused(&archive(&files[1..], LIBTORCH)).contains("zip archive without the manifest"));
    assert!(refused(&archive(&[("letter.txt", b"")], LIBTORCH)).contains("not one of TorchScript"));
    assert!(refused(&archive(&[], LIBTORCH)).contains("not one of TorchScript"));
}

#[test]
fn entries_that_libtorch_could_read_otherwise_are_refused() {
    let manifest = manifest(false);
    let own: (&str, &[u8]) = ("a/extra/glyxel.json", manifest.as_bytes());
    assert!(refused(&archive(&[own, ("a/x", b"1"), ("a/x", b"2")], LIBTORCH)).contains("twice"));
    assert!(refused(&archive(&[own, ("b/x", b"1")], LIBTORCH)).contains("outside"));
    let bytes = archive(&[own, ("a/x", b"1")], LIBTORCH);
    let first = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let mut encrypted = bytes.clone();
    encrypted[first + 8] |= 1;
    assert!(refused(&encrypted).contains("not valid"));
    // The second entry laid over the first.
    let second = first + 4 + bytes[first + 4..].windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let mut overlapping = bytes.clone();
    overlapping[second + 42..second + 46].copy_from_slice(&[0; 4]);
    refused(&overlapping);
    let mut behind_a_gap = b"gap".to_vec();
    behind_a_gap.extend(&bytes);
    refused(&behind_a_gap);
}

#[test]
fn a_deflated_entry_that_lies_about_its_size_is_refused() {
    let manifest = manifest(false);
    let zeros = vec![0; 1 << 20];
    let bytes = archive(
        &[("a/extra/glyxel.json", manifest.as_bytes()), ("a/code/bomb", &zeros)],
        LIBTORCH,
    );
    check(&bytes).unwrap();
    let mut smaller = bytes.clone();
    for at in 0..smaller.len() - 4 {
        if smaller[at..at + 4] == (1_u32 << 20).to_le_bytes() {
            smaller[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
        }
    }
    assert!(refused(&smaller).contains("does not unpack"));
}

#[test]
fn a_manifest_too_large_is_refused_before_it_is_read() {
    let large = vec![b' '; (MAX_MANIFEST + 1) as usize];
    assert!(refused(&archive(&[("a/extra/glyxel.json", &large)], LIBTORCH)).contains("MiB"));
}

#[test]
fn only_an_archive_without_a_comment_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    for bytes in [
        sealed(),
        b"no archive, but longer than its last record".to_vec(),
        Vec::new(),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(seal(&path), Err(Error::Internal(_))));
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
    assert!(matches!(seal(&folder.path().join("none")), Err(Error::NotFound(_))));
}

#[test]
fn a_cancelled_call_ends_the_check() {
    let control = crate::control::Control::new();
    control.cancel();
    let bytes = sealed();
    assert!(matches!(
        Archive::open(Cursor::new(&bytes), "a.pt", &control.call()),
        Err(Error::Cancelled(_))
    ));
}

#[test]
fn files_that_are_none_are_refused() {
    let call = Call::unwatched();
    assert!(matches!(
        open(Path::new("/dev/zero"), &call),
        Err(Error::InvalidArgument(_))
    ));
    assert!(matches!(
        open(Path::new("/nowhere/a.pt"), &call),
        Err(Error::NotFound(_))
    ));
}
