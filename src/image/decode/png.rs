//! PNG by the `png` crate. Of 16 bits a sample the high byte is taken, as Pillow does for RGB.

use ::png::{Decoder, Info, Limits as Memory, Transformations};

use super::super::limits::Limits;
use super::super::memory::zeros;
use super::watched::Watched;
use super::{colour, damaged, exif, truncated, Stored};
use crate::control::Call;
use crate::error::{Error, Result};

pub const NAME: &str = "PNG";

/// What chunks beside the pixels (profiles, texts) may take. It is what Pillow allows for texts.
const CHUNKS: usize = 64 << 20;

const EXIF_TEXT: &str = "Raw profile type exif";
const XMP_TEXT: &str = "XML:com.adobe.xmp";

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let mut decoder = Decoder::new_with_limits(Watched::new(file, call), Memory { bytes: CHUNKS });
    let header = decoder.read_header_info().map_err(wrong)?;
    let (width, height) = (header.width, header.height);
    limits.check(NAME, width, height)?;
    // A row, the one before it and what is read ahead must fit as well.
    decoder.set_limits(Memory {
        bytes: CHUNKS + 32 * width as usize,
    });
    // Colour profiles are not applied, so they need not be unpacked.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(wrong)?;
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    let mut samples = zeros(size as u64)?;
    let frame = reader.next_frame(&mut samples).map_err(wrong)?;
    samples.truncate(frame.buffer_size());
    // Metadata may follow the pixels. Whatever is wrong there changes no pixel.
    let _ = reader.finish();
    let orientation = orientation(reader.info());
    let rgb = colour::interleaved(width, height, frame.color_type.samples(), samples)?;
    Ok(Stored { rgb, orientation })
}

/// From the chunk made for it, or from the texts in which ImageMagick and Adobe keep it.
fn orientation(info: &Info) -> super::Orientation {
    let plain = info
        .uncompressed_latin1_text
        .iter()
        .find(|text| text.keyword == EXIF_TEXT);
    let packed = info
        .compressed_latin1_text
        .iter()
        .find(|text| text.keyword == EXIF_TEXT)
        .cloned();
    let xmp = info.utf8_text.iter().find(|text| text.keyword == XMP_TEXT).cloned();
    // Unpacked first, since only this is limited in what it unpacks to.
    let packed = packed.and_then(|mut text| text.decompress_text().and_then(|()| text.get_text()).ok());
    let xmp = xmp.and_then(|mut text| text.decompress_text().and_then(|()| text.get_text()).ok());
    let chunk = info.exif_metadata.as_ref().map(|bytes| bytes.to_vec());
    let exif = chunk.or_else(|| unhex(plain.map(|text| &text.text).or(packed.as_ref())?));
    exif::orientation(exif.as_deref(), xmp.as_ref().map(|text| text.as_bytes()))
}

/// An empty line, the profile's name, its length, then hexadecimal digits in lines.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.split('\n').skip(3).flat_map(str::chars).collect();
    let digit = |c: &char| c.to_digit(16).map(|value| value as u8);
    digits
        .chunks_exact(2)
        .map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.last()?)?))
        .collect()
}

fn wrong(error: ::png::DecodingError) -> Error {
    match error {
        ::png::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
