//! What a file that cannot be read seems to be.

use super::decoders;
use crate::error::Error;

/// Formats that people take for pictures, or send by mistake: where the bytes that tell stand, the bytes, the name.
const OTHERS: [(usize, &[u8], &str); 29] = [
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftyphevc", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypmsf1", "HEIF"),
    (4, b"ftyp", "a video (MP4 or its kin)"),
    (0, b"\xFF\x0A", "JPEG XL"),
    (0, b"\0\0\0\x0CJXL ", "JPEG XL"),
    (0, b"\0\0\0\x0CjP  ", "JPEG 2000"),
    (0, b"\xFF\x4F\xFF\x51", "JPEG 2000"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML, perhaps SVG"),
    (0, b"<!DOCTYPE", "HTML"),
    (0, b"<html", "HTML"),
    (0, b"II+\0", "BigTIFF"),
    (0, b"MM\0+", "BigTIFF"),
    (0, b"8BPS", "PSD"),
    (0, b"%PDF", "PDF"),
    (0, b"\0\0\x01\0", "ICO"),
    (0, b"\x76\x2F\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"qoif", "QOI"),
    (0, b"DDS ", "DDS"),
    (0, b"P5", "netpbm"),
    (0, b"P6", "netpbm"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1F\x8B", "gzip"),
];

/// The error for a file of no known format.
pub fn unknown(file: &[u8]) -> Error {
    let mut names: Vec<_> = decoders().collect();
    let last = names.pop().unwrap_or_default();
    let readable = format!(
        "Pictures are read from {} and {last} files, whatever their names.",
        names.join(", ")
    );
    let is = |(at, bytes, _): &&(usize, &[u8], &str)| file.get(*at..).is_some_and(|rest| rest.starts_with(bytes));
    let seems = match OTHERS.iter().find(is) {
        Some((_, _, name)) => format!("This seems to be {name}, which cannot be read."),
        None if file.is_empty() => "There are no bytes here.".to_string(),
        None => "This is no picture of a known format.".to_string(),
    };
    Error::InvalidArgument(format!("{seems} {readable}"))
}
