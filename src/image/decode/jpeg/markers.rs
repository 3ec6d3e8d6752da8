//! The markers of a file, over whatever stands between them (ITU T.81, annex B).

/// The end of a picture. Where it is missing, the file was cut off; a decoder would fill the rest with grey.
pub const END: u8 = 0xD9;

pub struct Markers<'a> {
    file: &'a [u8],
    position: usize,
}

pub struct Marker<'a> {
    pub code: u8,
    /// What belongs to it.
    pub segment: &'a [u8],
}

impl<'a> Markers<'a> {
    pub fn new(file: &'a [u8]) -> Self {
        Self { file, position: 0 }
    }

    /// What follows the last marker and its segment.
    pub fn rest(&self) -> &'a [u8] {
        self.file.get(self.position..).unwrap_or_default()
    }

    pub fn pass(&mut self, bytes: usize) {
        self.position += bytes;
    }
}

impl<'a> Iterator for Markers<'a> {
    type Item = Marker<'a>;

    fn next(&mut self) -> Option<Marker<'a>> {
        loop {
            let at = self.rest().iter().position(|byte| *byte == 0xFF)?;
            let code = *self.rest().get(at + 1)?;
            // 0xFF doubled is filling.
            self.position += at + if code == 0xFF { 1 } else { 2 };
            match code {
                // A sample that happens to be 0xFF, restarts, beginnings.
                0x00 | 0x01 | 0xD0..=0xD8 | 0xFF => {}
                END => return Some(Marker { code, segment: &[] }),
                _ => {
                    let length = usize::from(u16::from_be_bytes(*self.rest().first_chunk()?)).max(2);
                    let segment = self.rest().get(2..length)?;
                    self.position += length;
                    return Some(Marker { code, segment });
                }
            }
        }
    }
}

/// Whether a marker begins a frame, of whichever process.
pub fn is_frame(code: u8) -> bool {
    matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC)
}

/// The pixels that a stream's frame headers announce.
pub fn announced_pixels(stream: &[u8]) -> u64 {
    let frames = Markers::new(stream).filter(|marker| is_frame(marker.code));
    let sizes = frames.filter_map(|marker| marker.segment.get(1..5)?.first_chunk::<4>().copied());
    sizes
        .map(|[a, b, c, d]| u64::from(u16::from_be_bytes([a, b])) * u64::from(u16::from_be_bytes([c, d])))
        .sum()
}
