//! TIFF by the `tiff` crate: the first picture; grey, RGB, palette and CMYK, 1 to 16 bits, in strips or tiles.

use ::tiff::decoder::{Decoder, Limits as Memory};
use ::tiff::tags::{CompressionMethod, ExtraSamples, SampleFormat, Tag};
use ::tiff::{ColorType, TiffError};

use super::super::limits::Limits;
use super::super::memory::zeros;
use super::super::rgb::Rgb;
use super::colour::{self, each, Palette};
use super::exif::{self, Directory};
use super::watched::Watched;
use super::{damaged, jpeg, truncated, Stored};
use crate::control::Call;
use crate::error::{Error, Result};

pub const NAME: &str = "TIFF";

type File<'a> = Decoder<Watched<'a, &'a [u8]>>;

const PHOTOMETRIC: u16 = 262;
const PALETTE: u32 = 3;
const BLACK_IS_ZERO: u16 = 1;
const XMP: Tag = Tag::Unknown(700);

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let directory = Directory::first(file).ok_or_else(|| truncated(NAME))?;
    // The decoder makes room for the values before it reads them.
    if directory.counts().any(|count| count as usize > file.len()) {
        return Err(damaged(
            NAME,
            "a tag claims to have more values than the file has bytes",
        ));
    }
    // It knows no palettes. Their indices are read as the grey values that they look like.
    let photometric = directory
        .entry(PHOTOMETRIC)
        .filter(|entry| entry.number() == Some(PALETTE));
    match photometric {
        None => decode(file, false, limits, call),
        Some(entry) => {
            let mut grey = zeros(file.len() as u64)?;
            grey.copy_from_slice(file);
            let value = if file.starts_with(b"II") {
                BLACK_IS_ZERO.to_le_bytes()
            } else {
                BLACK_IS_ZERO.to_be_bytes()
            };
            grey[entry.value_at..][..2].copy_from_slice(&value);
            decode(&grey, true, limits, call)
        }
    }
}

fn decode(file: &[u8], is_palette: bool, limits: &Limits, call: &Call) -> Result<Stored> {
    let mut memory = Memory::default();
    // Eight bytes a pixel are four channels of 16 bits.
    memory.decoding_buffer_size = usize::try_from(limits.pixels.saturating_mul(8)).unwrap_or(usize::MAX);
    memory.intermediate_buffer_size = file.len();
    memory.ifd_value_size = file.len();
    let mut decoder = Decoder::new(Watched::new(file, call))
        .map_err(wrong)?
        .with_limits(memory);
    let (width, height) = decoder.dimensions().map_err(wrong)?;
    limits.check(NAME, width, height)?;
    let compression = decoder.find_tag_unsigned::<u16>(Tag::Compression).map_err(wrong)?;
    let is = |method: CompressionMethod| compression == Some(method.to_u16());
    if is(CompressionMethod::Fax4) && width.max(height) > u16::MAX.into() {
        return Err(damaged(NAME, "a fax of more than 65535 pixels a side is not supported"));
    }
    if is(CompressionMethod::ModernJPEG) {
        check_streams(file, &mut decoder, limits)?;
    }

    let colour = decoder.colortype().map_err(wrong)?;
    let layout = decoder.image_buffer_layout().map_err(wrong)?;
    if layout.sample_format != SampleFormat::Uint {
        return Err(damaged(
            NAME,
            "its samples are signed or floating-point numbers, of which it does not say what is white",
        ));
    }
    let samples = samples(colour)?;
    if layout.planes > 1 && layout.planes != samples {
        return Err(damaged(
            NAME,
            format!("{} planes for {samples} channels are not supported", layout.planes),
        ));
    }
    if layout.complete_len as u64 > 8 * u64::from(width) * u64::from(height) {
        return Err(damaged(NAME, "it has more than 64 bits a pixel"));
    }
    let mut bytes = zeros(layout.complete_len as u64)?;
    decoder.read_image_bytes(&mut bytes).map_err(wrong)?;
    let per_row = width as usize * if layout.planes > 1 { 1 } else { samples };
    let mut bytes = eight_bits(bytes, colour.bit_depth(), per_row, is_palette)?;
    if layout.planes > 1 {
        bytes = interleave(&bytes, layout.planes)?;
    }

    let mut rgb = Rgb::black(width, height)?;
    match colour {
        ColorType::CMYK(_) => each(&bytes, &mut rgb.pixels, colour::cmyk),
        ColorType::YCbCr(_) => each(&bytes, &mut rgb.pixels, colour::ycbcr),
        ColorType::RGBA(_) if is_multiplied(&mut decoder) => each(&bytes, &mut rgb.pixels, colour::unmultiply),
        ColorType::Gray(_) if is_palette => {
            let palette = palette(&mut decoder)?;
            each(&bytes, &mut rgb.pixels, |[index]| palette.colour(index));
        }
        _ => rgb = colour::interleaved(width, height, samples, bytes)?,
    }
    let number = decoder
        .find_tag(Tag::Orientation)
        .ok()
        .flatten()
        .and_then(|value| value.into_u32().ok());
    let xmp = decoder
        .find_tag(XMP)
        .ok()
        .flatten()
        .and_then(|value| value.into_u8_vec().ok());
    let orientation = number.map_or_else(|| exif::orientation(None, xmp.as_deref()), super::Orientation::new);
    Ok(Stored { rgb, orientation })
}

/// Samples a pixel, where this is a picture.
fn samples(colour: ColorType) -> Result<usize> {
    match colour {
        ColorType::Gray(1 | 2 | 4 | 8 | 16) => Ok(1),
        ColorType::Multiband {
            bit_depth: 8 | 16,
            num_samples: 2,
        } => Ok(2),
        ColorType::RGB(8 | 16) | ColorType::YCbCr(8) => Ok(3),
        ColorType::RGBA(8 | 16) | ColorType::CMYK(8 | 16) => Ok(4),
        other => Err(damaged(NAME, format!("pixels of the kind {other:?} are not supported"))),
    }
}

/// Whether the colours were multiplied with their alpha.
fn is_multiplied(decoder: &mut File) -> bool {
    let extra = decoder.get_tag_u16_vec(Tag::ExtraSamples).unwrap_or_default();
    extra.first() == Some(&ExtraSamples::AssociatedAlpha.to_u16())
}

/// Samples of 1 to 16 bits → bytes. Fewer than eight bits are scaled to 255, unless they are indices; each row begins with a byte.
fn eight_bits(stored: Vec<u8>, bits: u8, per_row: usize, are_indices: bool) -> Result<Vec<u8>> {
    if bits == 8 {
        return Ok(stored);
    }
    if bits == 16 {
        return Ok(stored
            .as_chunks()
            .0
            .iter()
            .map(|sample| (u16::from_ne_bytes(*sample) >> 8) as u8)
            .collect());
    }
    let most = (1u8 << bits) - 1;
    let scale = if are_indices { 1 } else { 255 / most };
    let row_bytes = (per_row * usize::from(bits)).div_ceil(8);
    let mut bytes = zeros((stored.len() / row_bytes.max(1) * per_row) as u64)?;
    for (to, from) in bytes.chunks_exact_mut(per_row).zip(stored.chunks_exact(row_bytes)) {
        for (i, value) in to.iter_mut().enumerate() {
            let at = i * usize::from(bits);
            *value = (from[at / 8] >> (8 - usize::from(bits) - at % 8) & most) * scale;
        }
    }
    Ok(bytes)
}

/// Plane after plane → pixel after pixel.
fn interleave(planes: &[u8], count: usize) -> Result<Vec<u8>> {
    let mut pixels = zeros(planes.len() as u64)?;
    for (i, plane) in planes.chunks_exact((planes.len() / count).max(1)).enumerate() {
        for (to, from) in pixels.iter_mut().skip(i).step_by(count).zip(plane) {
            *to = *from;
        }
    }
    Ok(pixels)
}

/// All reds, all greens, all blues, 16 bits each.
fn palette(decoder: &mut File) -> Result<Palette> {
    let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(wrong)?;
    let high = |value: &u16| (value >> 8) as u8;
    let (red, rest) = map.split_at(map.len() / 3);
    let (green, blue) = rest.split_at(rest.len() / 2);
    Ok(Palette::new(
        red.iter()
            .zip(green)
            .zip(blue)
            .map(|((r, g), b)| [high(r), high(g), high(b)]),
    ))
}

/// JPEG streams inside have sizes of their own, for which the decoder makes room first.
fn check_streams(file: &[u8], decoder: &mut File, limits: &Limits) -> Result<()> {
    let is_tiled = decoder.find_tag(Tag::TileOffsets).map_err(wrong)?.is_some();
    let (offsets, lengths) = match is_tiled {
        true => (Tag::TileOffsets, Tag::TileByteCounts),
        false => (Tag::StripOffsets, Tag::StripByteCounts),
    };
    let offsets = decoder.get_tag_u64_vec(offsets).map_err(wrong)?;
    let lengths = decoder.get_tag_u64_vec(lengths).map_err(wrong)?;
    let stream = |(at, len): (&u64, &u64)| {
        let rest = file.get(usize::try_from(*at).ok()?..)?;
        rest.get(..usize::try_from(*len).ok()?).or(Some(rest))
    };
    let tables = decoder
        .find_tag(Tag::JPEGTables)
        .map_err(wrong)?
        .and_then(|tables| tables.into_u8_vec().ok());
    // Streams that lie over each other would all be looked through, and decoded, as often as the file says.
    let bytes = || {
        offsets
            .iter()
            .zip(&lengths)
            .filter_map(stream)
            .map(|stream| stream.len() as u64)
    };
    if bytes().sum::<u64>() > file.len() as u64 {
        return Err(damaged(NAME, "the JPEG streams inside overlap"));
    }
    let in_tables = tables.map_or(0, |tables| jpeg::announced_pixels(&tables));
    let in_streams = offsets
        .iter()
        .zip(&lengths)
        .filter_map(stream)
        .map(jpeg::announced_pixels);
    let announced = in_streams.fold(in_tables.saturating_mul(offsets.len() as u64), u64::saturating_add);
    if announced > limits.pixels {
        return Err(damaged(
            NAME,
            "the JPEG streams inside have more pixels than the option max_image_pixels allows",
        ));
    }
    Ok(())
}

fn wrong(error: TiffError) -> Error {
    match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(NAME),
        error => damaged(NAME, error),
    }
}
