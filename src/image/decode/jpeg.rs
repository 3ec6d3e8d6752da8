//! JPEG by `zune-jpeg`: baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK.

use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::super::picture::{reserved, zeros};
use super::super::{Limits, Rgb};
use super::{colour, damaged, exif, truncated, Stored};
use crate::error::{Error, Result};

pub const NAME: &str = "JPEG";

/// Passes over a progressive picture; usual are ten. Each costs time for all pixels and few bytes of file.
const SCANS: usize = 100;

pub fn read(file: &[u8], limits: &Limits) -> Result<Stored> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(SCANS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|error| wrong(file, error))?;
    let info = decoder.info().ok_or_else(|| damaged(NAME, "it has no header"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    limits.check(NAME, width, height)?;
    if !Markers::new(file).any(|marker| marker.code == END) {
        return Err(truncated(NAME));
    }
    // Four channels are asked for as they are stored: the decoder's way from CMYK to RGB is not Pillow's.
    let convert: Option<fn([u8; 4]) -> [u8; 3]> = match (info.components, decoder.input_colorspace()) {
        (4, Some(ColorSpace::YCCK)) => Some(ycck),
        (4, _) => Some(adobe_cmyk),
        _ => None,
    };
    if let (Some(_), Some(stored)) = (convert, decoder.input_colorspace()) {
        decoder.set_options(options.jpeg_set_out_colorspace(stored));
    }
    // Of a progressive picture all coefficients are kept.
    drop(reserved(8 * u64::from(width) * u64::from(height))?);
    let mut samples = zeros(decoder.output_buffer_size().unwrap_or(usize::MAX) as u64)?;
    decoder.decode_into(&mut samples).map_err(|error| wrong(file, error))?;
    let rgb = match convert {
        None => Rgb {
            width,
            height,
            pixels: samples,
        },
        Some(convert) => {
            let mut rgb = Rgb::black(width, height)?;
            colour::each(&samples, &mut rgb.pixels, convert);
            rgb
        }
    };
    Ok(Stored {
        rgb,
        orientation: exif::orientation(info.exif_data.as_deref(), info.xmp_data.as_deref()),
    })
}

/// Adobe stores inks inverted, and Pillow takes every JPEG of four channels for Adobe's.
fn adobe_cmyk(inverted: [u8; 4]) -> [u8; 3] {
    colour::cmyk(inverted.map(|ink| 255 - ink))
}

fn ycck([y, cb, cr, k]: [u8; 4]) -> [u8; 3] {
    // libjpeg makes inks of it, 255 - R and so on, which are inverted in turn.
    let [c, m, y] = colour::ycbcr([y, cb, cr]);
    colour::cmyk([c, m, y, 255 - k])
}

fn wrong(file: &[u8], error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => truncated(NAME),
        _ if !Markers::new(file).any(|marker| marker.code == END) => truncated(NAME),
        error => damaged(NAME, error),
    }
}

/// The end of a picture. Where it is missing, the file was cut off; the decoder itself would fill the rest with grey.
const END: u8 = 0xD9;

/// The markers of a file, over whatever stands between them.
struct Markers<'a> {
    rest: &'a [u8],
}

struct Marker<'a> {
    code: u8,
    /// What belongs to it.
    segment: &'a [u8],
}

impl<'a> Markers<'a> {
    fn new(file: &'a [u8]) -> Self {
        Self { rest: file }
    }
}

impl<'a> Iterator for Markers<'a> {
    type Item = Marker<'a>;

    fn next(&mut self) -> Option<Marker<'a>> {
        loop {
            let at = self.rest.iter().position(|byte| *byte == 0xFF)?;
            let code = *self.rest.get(at + 1)?;
            // 0xFF doubled is filling.
            self.rest = self.rest.get(at + if code == 0xFF { 1 } else { 2 }..)?;
            match code {
                // A sample that happens to be 0xFF, restarts, beginnings.
                0x00 | 0x01 | 0xD0..=0xD8 | 0xFF => {}
                END => return Some(Marker { code, segment: &[] }),
                _ => {
                    let length = usize::from(u16::from_be_bytes(*self.rest.first_chunk()?));
                    let segment = self.rest.get(2..length.max(2))?;
                    self.rest = self.rest.get(length.max(2)..)?;
                    return Some(Marker { code, segment });
                }
            }
        }
    }
}

/// The pixels that a stream's frame headers announce.
pub fn announced_pixels(stream: &[u8]) -> u64 {
    let is_frame = |code: u8| matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC);
    let frames = Markers::new(stream).filter(|marker| is_frame(marker.code));
    let sizes = frames.filter_map(|marker| marker.segment.get(1..5)?.first_chunk::<4>().copied());
    sizes
        .map(|[a, b, c, d]| u64::from(u16::from_be_bytes([a, b])) * u64::from(u16::from_be_bytes([c, d])))
        .sum()
}
