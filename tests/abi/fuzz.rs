//! Random bytes, from a fixed seed: whatever comes in, a status and a sentence come out, and never GLYXEL_INTERNAL.

use std::ptr::{null, null_mut};

use glyxel::ffi::pairs::*;
use glyxel::ffi::zero_shot::*;

use super::files::with_manifest;
use super::support::*;

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    /// Text of all kinds of characters.
    fn text(&mut self, most: usize) -> String {
        let kinds: [&[char]; 4] = [
            &['a', 'e', 'r', ' ', '.', '\''],
            &['\0', '\n', '\u{200d}', '\u{feff}', '\u{301}'],
            &['é', '映', '🎬', 'ß'],
            &['\u{10ffff}', '\u{ad}', '\u{202e}'],
        ];
        (0..self.below(most + 1))
            .map(|_| {
                let kind = kinds[self.below(kinds.len())];
                kind[self.below(kind.len())]
            })
            .collect()
    }
}

fn raw(bytes: &[u8]) -> glyxel_str {
    glyxel_str {
        ptr: bytes.as_ptr().cast(),
        len: bytes.len(),
    }
}

#[track_caller]
fn survives(call: impl FnOnce(Err) -> Status) -> Status {
    let (status, sentence) = outcome(call);
    assert!((GLYXEL_OK..GLYXEL_INTERNAL).contains(&status), "{status}: {sentence}");
    status
}

#[test]
fn random_texts() {
    let (model, dim) = shared();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..400 {
        let texts: Vec<Vec<u8>> = (0..random.below(5))
            .map(|_| {
                if random.below(4) == 0 {
                    random.bytes(64)
                } else {
                    random.text(200).into_bytes()
                }
            })
            .collect();
        let strs: Vec<glyxel_str> = texts.iter().map(|text| raw(text)).collect();
        let valid = texts.iter().all(|text| std::str::from_utf8(text).is_ok());
        let mut out = vec![f32::NAN; strs.len() * dim];
        let status = survives(|err| unsafe {
            glyxel_embed_texts(
                model.0,
                strs.as_ptr(),
                strs.len(),
                null(),
                null_mut(),
                out.as_mut_ptr(),
                out.len(),
                err,
            )
        });
        assert_eq!(status, if valid { GLYXEL_OK } else { GLYXEL_INVALID_ARGUMENT });
        assert!(out.iter().all(|x| x.is_finite() == valid));
        let mut counts = vec![0; strs.len()];
        let counted = survives(|err| unsafe {
            glyxel_count_tokens(
                model.0,
                strs.as_ptr(),
                strs.len(),
                counts.as_mut_ptr(),
                counts.len(),
                err,
            )
        });
        assert_eq!(counted, status);
        accepted += usize::from(valid);
    }
    assert!(
        (50..350).contains(&accepted),
        "{accepted} of 400 were valid: the test lost its point"
    );
}

#[test]
fn random_pairs() {
    let models = super::heads::models();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut accepted = 0;
    for _ in 0..200 {
        let mut text = || match random.below(8) {
            0 => random.bytes(64),
            _ => random.text(200).into_bytes(),
        };
        let (first, second) = (text(), text());
        let (a, b) = (raw(&first), raw(&second));
        let valid = [&first, &second].iter().all(|text| std::str::from_utf8(text).is_ok());
        let expected = if valid { GLYXEL_OK } else { GLYXEL_INVALID_ARGUMENT };
        let mut score = f32::NAN;
        let status = survives(|err| unsafe {
            glyxel_score_pairs(
                models.cross_encoder.0,
                &a,
                &b,
                1,
                null(),
                null_mut(),
                &mut score,
                1,
                err,
            )
        });
        assert_eq!((status, score.is_finite()), (expected, valid));
        // A label may be too long beside any text, which is said.
        let mut fit = f32::NAN;
        let status = survives(|err| unsafe {
            glyxel_zero_shot_texts(models.nli.0, &a, 1, &b, 1, null(), null_mut(), &mut fit, 1, err)
        });
        assert!(status == expected || status == GLYXEL_INVALID_ARGUMENT);
        assert_eq!(fit.is_finite(), status == GLYXEL_OK);
        accepted += usize::from(status == GLYXEL_OK);
    }
    assert!(
        (20..180).contains(&accepted),
        "{accepted} of 200 were accepted: the test lost its point"
    );
}

#[test]
fn random_arguments() {
    let (model, dim) = shared();
    let mut random = Random(0xd1b5_4a32_d192_ed03);
    let options = options(&[]);
    let text = strs(&["a"]);
    for _ in 0..3000 {
        let (name, value) = (random.bytes(12), random.text(12));
        survives(|err| unsafe { glyxel_options_set(options.0, raw(&name), glyxel_str::new(&value), err) });
        survives(|err| unsafe { glyxel_configure(raw(&name), glyxel_str::new(&value), err) });
        let known = ["device", "precision", "revision", "max_length", "cache", "offline"][random.below(6)];
        survives(|err| unsafe { glyxel_options_set(options.0, glyxel_str::new(known), raw(&name), err) });
        // A path that does not exist, whatever it is.
        let path = [b"/proc/nowhere/".to_vec(), random.bytes(20)].concat();
        let loaded = survives(|err| unsafe { glyxel_model_load(raw(&path), null(), null_mut(), &mut null_mut(), err) });
        let saved = survives(|err| unsafe { glyxel_model_save(model.0, raw(&path), err) });
        assert!(loaded != GLYXEL_OK && saved != GLYXEL_OK);
        // A struct of random bytes, but of a possible size and with a prompt that is no wild pointer.
        let mut bytes: Vec<u8> = (0..48)
            .map(|_| if random.below(3) == 0 { random.next() as u8 } else { 0 })
            .collect();
        bytes[..4].copy_from_slice(&(random.below(50) as u32).to_ne_bytes());
        bytes[16..32].fill(0);
        let mut out = vec![0.0; dim];
        survives(|err| unsafe {
            glyxel_embed_texts(
                model.0,
                text.as_ptr(),
                1,
                bytes.as_ptr().cast(),
                null_mut(),
                out.as_mut_ptr(),
                dim,
                err,
            )
        });
        // Handles of random bits.
        let handle = std::ptr::without_provenance_mut(random.next() as usize >> random.below(64) | 1);
        let status = survives(|err| unsafe { glyxel_count_tokens(handle, text.as_ptr(), 1, &mut 0, 1, err) });
        assert_eq!(status, GLYXEL_INVALID_HANDLE);
        unsafe { glyxel_model_free(handle) };
    }
}

fn bundle() -> Vec<u8> {
    let path = scratch("fuzzed.pt");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    save(shared().0, &path);
    std::fs::read(path).unwrap()
}

#[test]
fn random_bytes_are_no_bundle() {
    let mut random = Random(0xa076_1d64_78bd_642f);
    for i in 0..500 {
        let mut bytes = random.bytes(4096);
        if i % 2 == 0 {
            bytes.splice(..0, *b"PK\x03\x04");
            bytes.extend(b"PK\x05\x06");
            bytes.extend(random.bytes(30));
        }
        assert_eq!(
            survives(|err| load_bytes(&bytes, err).map_or_else(|s| s, |_| GLYXEL_OK)),
            GLYXEL_BAD_MODEL
        );
    }
}

#[test]
fn mutated_bundles_are_refused() {
    let whole = bundle();
    let mut random = Random(0xe703_7ed1_a0b4_28db);
    for i in 0..1000 {
        let mut bytes = whole.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(6) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = random.next() as u8,
                2 => bytes.truncate(at),
                3 => {
                    let noise = random.bytes(64);
                    bytes.splice(at..at, noise);
                }
                4 => {
                    let end = (at + random.below(64)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let from = random.below(bytes.len());
                    let length = random.below(64).min(bytes.len() - at).min(bytes.len() - from);
                    bytes.copy_within(from..from + length, at);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        if bytes == whole {
            continue;
        }
        let status = survives(|err| load_bytes(&bytes, err).map_or_else(|s| s, |_| GLYXEL_OK));
        assert_ne!(status, GLYXEL_OK, "mutation {i} was not noticed");
    }
}

/// Bundles whose checksums are right and whose manifest is not: somebody wrote them so.
#[test]
fn manifests_that_lie() {
    let whole = bundle();
    let path = scratch("lying.pt");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let begin = text(&whole).find("\"format\": 1").expect("the bundle has a manifest");
    let manifest = text(&whole)[begin..]
        .chars()
        .take_while(char::is_ascii)
        .take(600)
        .collect::<String>();
    let mut random = Random(0x8ebc_6af0_9c88_c6e3);
    let replacements = ["0", "9", "-", "\"", "{", "[", "}", "]", ",", ":", "x", " ", "e", "\\"];
    for _ in 0..400 {
        let at = 1 + random.below(manifest.len() - 1);
        let (from, by) = (&manifest[..at + 1], replacements[random.below(replacements.len())]);
        let to = format!("{}{by}", &manifest[..at]);
        std::fs::write(&path, with_manifest(&whole, from, &to)).unwrap();
        glyxel::bundle::seal(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let mut model = None;
        survives(|err| {
            load_bytes(&bytes, err)
                .map(|loaded| model = Some(loaded))
                .map_or_else(|s| s, |()| GLYXEL_OK)
        });
        // A lie that does no harm to loading may do some to embedding.
        if let Some(model) = model {
            let dim = unsafe { glyxel_model_dim(model.0) };
            let mut out = vec![0.0; dim.min(1 << 20)];
            let text = strs(&["a good film"]);
            survives(|err| unsafe {
                glyxel_embed_texts(
                    model.0,
                    text.as_ptr(),
                    1,
                    null(),
                    null_mut(),
                    out.as_mut_ptr(),
                    out.len(),
                    err,
                )
            });
        }
    }
}
