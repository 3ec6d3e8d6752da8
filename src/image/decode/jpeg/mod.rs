//! JPEG, to the same pixels as libjpeg-turbo, which Pillow, OpenCV and torchvision read it by: no crate's decoder gives these, and a
//! trained network's vectors tell the difference (a cosine of 0.9996 where chroma is upsampled in another way). Baseline,
//! extended and progressive, of 8 bits with Huffman codes (ITU T.81); grey, YCbCr, RGB, CMYK and YCCK.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `markers` | what stands where in a file |
//! | `tables`, `standard`, `huffman`, `bits` | the codes, and reading them |
//! | `frame`, `scan`, `coded`, `walk`, `progressive` | entropy-coded data → coefficients |
//! | `fixed_point`, `idct` | coefficients → samples |
//! | `output`, `upsample`, `pixels` | samples → as many as pixels → RGB |
//! | `avx2` | what of that has instructions of its own |

#[cfg(target_arch = "x86_64")]
mod avx2;
mod bits;
mod coded;
mod fixed_point;
mod frame;
mod huffman;
mod idct;
mod markers;
mod output;
mod pixels;
mod progressive;
mod scan;
mod standard;
mod tables;
mod upsample;
mod walk;

use super::super::limits::Limits;
use super::{damaged, exif, truncated, Stored};
use crate::control::Call;
use crate::error::{Error, Result};
use frame::Frame;
use markers::{is_frame, Markers, END};
use output::Output;
use scan::Scan;
use tables::Tables;

pub use markers::announced_pixels;

pub const NAME: &str = "JPEG";

/// Passes over a progressive picture; usual are ten. Each costs time for all pixels and few bytes of file.
const SCANS: usize = 100;

pub fn read(file: &[u8], limits: &Limits, call: &Call) -> Result<Stored> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let (mut exif, mut xmp) = (None, None);
    let mut scans = 0;
    let mut output = None;
    let mut streaming = false;
    let mut markers = Markers::new(file);
    while let Some(marker) = markers.next() {
        match (marker.code, &mut frame) {
            (END, _) => break,
            (code, None) if is_frame(code) => {
                let found = Frame::read(code, marker.segment)?;
                limits.check(NAME, found.width as u32, found.height as u32)?;
                if !has_end(markers.rest()) {
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
                    output = Some(Output::new(frame, &tables)?);
                }
                scans += 1;
                if scans > SCANS {
                    return Err(damaged(NAME, format_args!("it has more than {SCANS} scans")));
                }
                let into = output.as_mut().filter(|_| streaming);
                let bytes = walk::decode(&scan, frame, &tables, markers.rest(), into, call)?;
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
    let missing = |what| match has_end(file) {
        true => damaged(NAME, what),
        false => truncated(NAME),
    };
    let mut frame = frame.ok_or_else(|| missing("it has no header of a frame"))?;
    let mut output = output.ok_or_else(|| missing("it has no picture: there is no scan in it"))?;
    if !streaming {
        for row in 0..frame.units.1 {
            call.check()?;
            frame.finish(row);
            output.advance(&frame);
        }
    }
    Ok(Stored {
        rgb: output.into_rgb(),
        orientation: exif::orientation(exif, xmp),
    })
}

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Looked for from behind, where it is: a damaged file may have something like a segment over it.
fn has_end(file: &[u8]) -> bool {
    file.windows(2).rev().any(|pair| pair == [0xFF, END])
}

/// A kind of JPEG that this decoder does not read.
fn unsupported(what: impl std::fmt::Display) -> Error {
    damaged(
        NAME,
        format_args!("its kind, {what}, is not supported; baseline and progressive pictures of 8 bits are"),
    )
}
