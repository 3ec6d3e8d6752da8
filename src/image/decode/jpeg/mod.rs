//! JPEG, to the same pixels as libjpeg-turbo, which Pillow, OpenCV and torchvision read it by: no crate's decoder gives these, and a
//! trained network's vectors tell the difference (a cosine of 0.9996 where chroma is upsampled in another way). Baseline,
//! extended and progressive, of 8 bits with Huffman codes (ITU T.81); grey, YCbCr, RGB, CMYK and YCCK.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `markers` | what stands where in a file |
//! | `tables`, `standard`, `huffman`, `bits` | the codes, and reading them |
//! | `frame`, `scan`, `progressive` | entropy-coded data → coefficients |
//! | `idct`, `upsample` | coefficients → samples → as many as pixels |

mod bits;
mod frame;
mod huffman;
mod idct;
mod markers;
mod progressive;
mod scan;
mod standard;
mod tables;
mod upsample;

use multiversion::multiversion;

use super::super::{Limits, Rgb};
use super::{colour, damaged, exif, truncated, Stored};
use crate::error::{Error, Result};
use frame::Frame;
use markers::{is_frame, Markers, END};
use scan::Scan;
use tables::Tables;
use upsample::Upsampler;

pub use markers::announced_pixels;

pub const NAME: &str = "JPEG";

/// Passes over a progressive picture; usual are ten. Each costs time for all pixels and few bytes of file.
const SCANS: usize = 100;

pub fn read(file: &[u8], limits: &Limits) -> Result<Stored> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let (mut exif, mut xmp) = (None, None);
    let mut scans = 0;
    let mut streaming = false;
    let mut markers = Markers::new(file);
    while let Some(marker) = markers.next() {
        match (marker.code, &mut frame) {
            (END, _) => break,
            (code, None) if is_frame(code) => {
                let found = Frame::read(code, marker.segment)?;
                limits.check(NAME, found.width as u32, found.height as u32)?;
                if !Markers::new(markers.rest()).any(|marker| marker.code == END) {
                    return Err(truncated(NAME));
                }
                frame = Some(found);
            }
            (code, Some(_)) if is_frame(code) => return Err(damaged(NAME, "it has two frames")),
            (0xDA, None) => return Err(damaged(NAME, "a scan comes before the frame header")),
            (0xDA, Some(frame)) => {
                let scan = Scan::read(marker.segment, frame)?;
                if scans == 0 {
                    streaming = scan.is_all(frame);
                    frame.reserve(!streaming)?;
                }
                scans += 1;
                if scans > SCANS {
                    return Err(damaged(NAME, format_args!("it has more than {SCANS} scans")));
                }
                let bytes = scan.decode(frame, &tables, markers.rest(), streaming)?;
                markers.pass(bytes);
                if streaming {
                    break;
                }
            }
            (0xE1, _) if marker.segment.starts_with(b"Exif\0") => exif = exif.or(Some(marker.segment)),
            (0xE1, _) if marker.segment.starts_with(XMP) => xmp = xmp.or(marker.segment.get(XMP.len()..)),
            (code, _) => tables.read(code, marker.segment)?,
        }
    }
    let ended = Markers::new(file).any(|marker| marker.code == END);
    let mut frame = match frame {
        _ if !ended => return Err(truncated(NAME)),
        None => return Err(damaged(NAME, "it has no header of a frame")),
        Some(_) if scans == 0 => return Err(damaged(NAME, "it has no picture: there is no scan in it")),
        Some(frame) => frame,
    };
    if !streaming {
        for component in &mut frame.components {
            (0..component.blocks.1).for_each(|y| component.finish(y));
        }
    }
    Ok(Stored {
        rgb: to_rgb(&frame, &tables)?,
        orientation: exif::orientation(exif, xmp),
    })
}

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// A kind of JPEG that this decoder does not read.
fn unsupported(what: impl std::fmt::Display) -> Error {
    damaged(
        NAME,
        format_args!("its kind, {what}, is not supported; baseline and progressive pictures of 8 bits are"),
    )
}

/// What four components, or three, are, as `default_decompress_parms` of libjpeg decides it.
fn to_rgb(frame: &Frame, tables: &Tables) -> Result<Rgb> {
    let most = frame.most();
    let upsamplers = frame.components.iter().map(|component| Upsampler::new(component, most));
    let mut upsamplers = upsamplers.collect::<Result<Vec<_>>>()?;
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let is_rgb = match (tables.jfif, tables.adobe) {
        (true, _) => false,
        (false, Some(transform)) => transform == 0,
        (false, None) => ids == *b"RGB",
    };
    let mut rgb = Rgb::black(frame.width as u32, frame.height as u32)?;
    for (y, to) in rgb.pixels.chunks_mut(3 * frame.width).enumerate() {
        let to = to.as_chunks_mut::<3>().0;
        match &mut upsamplers[..] {
            [grey] => convert(to, [grey.row(y)], |[v]| [v, v, v]),
            [a, b, c] if is_rgb => convert(to, [a.row(y), b.row(y), c.row(y)], |rgb| rgb),
            [a, b, c] => from_ycbcr(to, [a.row(y), b.row(y), c.row(y)]),
            [a, b, c, d] => {
                let samples = [a.row(y), b.row(y), c.row(y), d.row(y)];
                match tables.adobe {
                    None | Some(0) => convert(to, samples, adobe_cmyk),
                    Some(_) => convert(to, samples, ycck),
                }
            }
            _ => return Err(Error::Internal("a JPEG with two components passed its check".into())),
        }
    }
    Ok(rgb)
}

#[inline(always)]
fn convert<const N: usize>(to: &mut [[u8; 3]], from: [&[u8]; N], pixel: impl Fn([u8; N]) -> [u8; 3]) {
    let width = to.len();
    let from = from.map(|samples| &samples[..width]);
    for (x, to) in to.iter_mut().enumerate() {
        *to = pixel(from.map(|samples| samples[x]));
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn from_ycbcr(to: &mut [[u8; 3]], [y, cb, cr]: [&[u8]; 3]) {
    for (((to, y), cb), cr) in to.iter_mut().zip(y).zip(cb).zip(cr) {
        *to = colour::ycbcr([*y, *cb, *cr]);
    }
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
