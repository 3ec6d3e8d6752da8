//! Files damaged at random: each is a picture or a sentence, in little memory, and never a panic.

use std::panic::catch_unwind;

use glyxel::error::Error;

use crate::memory::measured;
use crate::support::{decode, files, repair, MEGAPIXEL};

/// A generator of numbers (xorshift), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }

    /// `file` changed in one of the ways that files are damaged, or made to do damage.
    fn mutated(&mut self, file: &[u8], other: &[u8]) -> Vec<u8> {
        let mut file = file.to_vec();
        for _ in 0..=self.next(3) {
            // Headers are short and matter most.
            let reach = if self.next(2) == 0 {
                file.len().min(120)
            } else {
                file.len()
            };
            let at = self.next(reach);
            match self.next(6) {
                0 => file.truncate(at),
                1 => (0..=self.next(4)).for_each(|_| {
                    let at = self.next(reach);
                    file.get_mut(at)
                        .map(|byte| *byte ^= 1 << self.next(8))
                        .unwrap_or_default();
                }),
                // Sizes and counts.
                2 => {
                    let extreme = [0u64, 1, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, u64::MAX][self.next(8)];
                    let bytes = if self.next(2) == 0 {
                        extreme.to_le_bytes()
                    } else {
                        extreme.to_be_bytes()
                    };
                    let width = [1, 2, 4, 8][self.next(4)];
                    let bytes = if self.next(2) == 0 {
                        &bytes[..width]
                    } else {
                        &bytes[8 - width..]
                    };
                    file.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
                }
                3 => {
                    let end = (at + self.next(64)).min(file.len());
                    file.drain(at.min(end)..end);
                }
                4 => {
                    let piece = file[at.min(file.len())..]
                        .iter()
                        .take(self.next(64))
                        .copied()
                        .collect::<Vec<_>>();
                    let to = self.next(file.len());
                    file.splice(to..to, piece);
                }
                _ => {
                    let from = self.next(other.len());
                    let piece = other[from..].iter().take(self.next(200)).copied().collect::<Vec<_>>();
                    let end = (at + piece.len()).min(file.len());
                    file.splice(at.min(end)..end, piece);
                }
            }
        }
        if self.next(4) > 0 {
            repair(&mut file);
        }
        file
    }
}

#[test]
fn damaged_files_give_a_picture_or_a_sentence() {
    const EACH: usize = 200;
    let files = files();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut outcomes = [0, 0];
    for (name, file) in &files {
        let extension = &name[name.rfind('.').unwrap()..];
        let alike: Vec<_> = files
            .iter()
            .filter(|(other, _)| other.ends_with(extension))
            .map(|(_, file)| file)
            .collect();
        for round in 0..EACH {
            let other = alike[numbers.next(alike.len())];
            let mutated = numbers.mutated(file, other);
            let (result, memory) = measured(|| catch_unwind(|| decode(&mutated, &MEGAPIXEL)));
            let keep = || {
                let path = std::env::temp_dir().join(format!("{round}_{name}"));
                std::fs::write(&path, &mutated).unwrap();
                format!("{}", path.display())
            };
            match result.unwrap_or_else(|_| panic!("a decoder panicked at {}", keep())) {
                Ok(rgb) => {
                    outcomes[0] += 1;
                    assert_eq!(
                        rgb.pixels.len() as u64,
                        3 * u64::from(rgb.width) * u64::from(rgb.height)
                    );
                    assert!((1..=MEGAPIXEL.pixels).contains(&(u64::from(rgb.width) * u64::from(rgb.height))));
                }
                Err(Error::InvalidArgument(sentence)) => {
                    outcomes[1] += 1;
                    assert!(
                        sentence.ends_with('.') && sentence.len() > 30 && sentence.len() < 400,
                        "{sentence}"
                    );
                }
                Err(other) => panic!("{other:?} at {}", keep()),
            }
            assert!(memory < 32 << 20, "{memory} bytes taken at {}", keep());
        }
    }
    // A mutation that is never survived, or always, would test nothing.
    assert!(
        outcomes.iter().all(|count| *count > files.len() * EACH / 10),
        "{outcomes:?}"
    );
}
