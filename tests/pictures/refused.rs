//! What is no picture, or only half of one.

use crate::support::{file, files, refused};

#[test]
fn other_formats_are_named() {
    let formats = "JPEG, PNG, WebP, GIF, BMP and TIFF";
    refused(b"", &["no bytes", formats]);
    refused(b"What is this?", &["no picture", formats]);
    refused(b"\0\0\0\x1Cftypavif\0\0\0\0", &["AVIF", formats]);
    refused(b"\0\0\0\x1Cftypheic\0\0\0\0", &["HEIC", formats]);
    refused(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", &["SVG", formats]);
    refused(b"%PDF-1.7", &["PDF", formats]);
    refused(b"\xFF\x0A", &["JPEG XL", formats]);
}

#[test]
fn files_cut_off_are_refused() {
    for (name, file) in files() {
        // Nothing of a picture stands in its second half but pixels; nor does a file of a page end before its last one does.
        let one_page = !["animated", "pages", "exif", "xmp"]
            .iter()
            .any(|part| name.contains(part));
        if one_page {
            refused(&file[..file.len() / 2], &["cannot be decoded"]);
        }
    }
    for name in ["444.jpg", "progressive.jpg", "lossy.webp", "rgb.bmp", "rgb_raw.tiff"] {
        let file = file(name);
        refused(&file[..file.len() - 1], &["truncated"]);
    }
}

#[test]
fn samples_without_a_white_are_refused() {
    let mut float = file("grey_16_little_endian.tiff");
    // The tag before the rows of a strip becomes the format of samples: IEEE.
    let at = float.windows(4).position(|entry| entry == [0x16, 0x01, 3, 0]).unwrap();
    float[at..at + 12].copy_from_slice(&[0x53, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
    refused(&float, &["TIFF", "floating-point"]);
}
