//! What is no picture, or only half of one.

use glyxel::image::Limits;

use crate::support::{decode, file, files, refused, webp};

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

/// Their decoders count in 16 bits.
#[test]
fn longer_sides_of_bmp_and_fax_are_refused() {
    let mut bmp = file("rgb.bmp");
    bmp[18..22].copy_from_slice(&70_000_u32.to_le_bytes());
    refused(&bmp, &["BMP", "65535"]);
    let mut fax = file("fax.tiff");
    // The width, as a number of 32 bits.
    let at = fax
        .windows(4)
        .position(|entry| entry == [0, 1, 4, 0] || entry == [0, 1, 3, 0])
        .unwrap();
    fax[at..at + 12].copy_from_slice(&[0, 1, 4, 0, 1, 0, 0, 0, 0x70, 0x11, 1, 0]);
    refused(&fax, &["TIFF", "fax", "65535"]);
}

#[test]
fn samples_without_a_white_are_refused() {
    let mut float = file("grey_16_little_endian.tiff");
    // The tag before the rows of a strip becomes the format of samples: IEEE.
    let at = float.windows(4).position(|entry| entry == [0x16, 0x01, 3, 0]).unwrap();
    float[at..at + 12].copy_from_slice(&[0x53, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
    refused(&float, &["TIFF", "floating-point"]);
}

/// As libwebp does: a header and what follows it must agree.
#[test]
fn webps_that_contradict_themselves_are_refused() {
    let lossless = file("lossless.webp");
    let expected = decode(&lossless, &Limits::default()).unwrap();
    let size = u32::from_le_bytes(*lossless[16..].first_chunk().unwrap()) as usize;
    let pixels = [&lossless[20..20 + size], &vec![0; size % 2][..]].concat();
    let still: (&[u8; 4], &[u8]) = (b"VP8L", &pixels);
    let header = |flags: u8, width: u32, height: u32| {
        let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
        [vec![flags, 0, 0, 0], side(width), side(height)].concat()
    };
    let (width, height) = (expected.width, expected.height);
    let (plain, animated) = (header(0, width, height), header(2, width, height));
    let frame = [&[0; 16][..], b"VP8L", &(pixels.len() as u32).to_le_bytes(), &pixels].concat();
    let frame: (&[u8; 4], &[u8]) = (b"ANMF", &frame);
    let animation: (&[u8; 4], &[u8]) = (b"ANIM", &[0; 6]);
    for right in [
        webp(&[still]),
        webp(&[(b"VP8X", &plain), still]),
        webp(&[(b"VP8X", &animated), animation, frame, frame]),
    ] {
        assert_eq!(decode(&right, &Limits::default()).unwrap(), expected);
    }
    for (chunks, word) in [
        (
            &[(b"VP8X", &header(0, width + 1, height)[..]), still][..],
            "pixels, and its picture is",
        ),
        (
            &[(b"VP8X", &header(0, width, height - 1)), still],
            "pixels, and its picture is",
        ),
        (&[(b"VP8X", &header(0, width, height)[..9]), still], "ten bytes"),
        (&[(b"EXIF", b"II*\0"), still], "begins with"),
        (&[frame], "begins with"),
        (&[animation, frame], "begins with"),
        (&[(b"VP8X", &plain), (b"VP8X", &plain), still], "two headers"),
        (&[(b"VP8X", &plain), still, still], "two pictures"),
        (&[(b"VP8X", &plain), animation, frame], "does not say"),
        (&[(b"VP8X", &plain), still, frame], "does not say"),
        (&[(b"VP8X", &animated), still], "still picture"),
        (&[(b"VP8X", &animated), animation, frame, still], "still picture"),
        (&[(b"VP8X", &animated), frame], "ANIM"),
        (
            &[(b"VP8X", &header(2, width, height - 1)), animation, frame],
            "does not fit",
        ),
        (&[(b"VP8X", &animated), animation], "no pixels"),
    ] {
        refused(&webp(chunks), &["WebP", word]);
    }
}
