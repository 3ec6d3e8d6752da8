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

type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

/// Its VP8L chunk.
fn pixels_of(lossless: &[u8]) -> Vec<u8> {
    let size = u32::from_le_bytes(*lossless[16..].first_chunk().unwrap()) as usize;
    [&lossless[20..20 + size], &vec![0; size % 2][..]].concat()
}

fn webp_header(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    [vec![flags, 0, 0, 0], side(width), side(height)].concat()
}

/// As libwebp does, and with it Pillow: a header and what follows it must agree.
#[test]
fn webps_that_contradict_themselves_are_refused() {
    let lossless = file("lossless.webp");
    let expected = decode(&lossless, &Limits::default()).unwrap();
    let (width, height) = (expected.width, expected.height);
    let pixels = pixels_of(&lossless);
    let still: Chunk = (b"VP8L", &pixels);
    let header = |flags| webp_header(flags, width, height);
    let (plain, animated, alpha) = (header(0), header(2), header(0x10));
    let chunk = |tag: &[u8], data: &[u8]| [tag, &(data.len() as u32).to_le_bytes(), data].concat();
    let framed = |chunks: &[&[u8]]| [&[0; 16][..], &chunks.concat()].concat();
    let (own, stray) = (chunk(b"VP8L", &pixels), chunk(b"ABCD", b"1234"));
    let alpha_chunk = chunk(b"ALPH", b"1234");
    let (whole, empty, only_stray) = (framed(&[&own]), framed(&[]), framed(&[&stray]));
    let (stray_first, stray_last) = (framed(&[&stray, &own]), framed(&[&own, &stray]));
    let (alpha_first, alpha_last) = (framed(&[&alpha_chunk, &own]), framed(&[&own, &alpha_chunk]));
    let two = framed(&[&own, &own]);
    let mut elsewhere = whole.clone();
    elsewhere[0] = 1;
    let frame: Chunk = (b"ANMF", &whole);
    let animation: Chunk = (b"ANIM", &[0; 6]);
    let unknown: Chunk = (b"ABCD", b"1234");
    let nothing: Chunk = (b"ABCD", b"");
    let opaque: Chunk = (b"ALPH", b"1234");
    for right in [
        &[still][..],
        &[(b"VP8X", &plain), still],
        &[(b"VP8X", &animated), animation, frame, frame],
        // Chunks that nobody knows.
        &[still, unknown],
        &[still, still],
        &[(b"VP8X", &plain), unknown, still, unknown, nothing],
        &[(b"VP8X", &animated), animation, unknown, frame],
        &[(b"VP8X", &animated), animation, (b"ANMF", &stray_last)],
        &[(b"VP8X", &animated), animation, (b"ANMF", &empty), frame],
        &[(b"VP8X", &animated), animation, (b"ANMF", &only_stray), frame],
        // Alpha and animations of which the header says nothing.
        &[still, opaque],
        &[(b"VP8X", &plain), still, opaque],
        &[(b"VP8X", &plain), still, animation, frame],
        // An animation said twice, or at length.
        &[(b"VP8X", &animated), animation, animation, frame],
        &[(b"VP8X", &animated), (b"ANIM", &[0; 8]), frame],
    ] {
        assert_eq!(decode(&webp(right), &Limits::default()).unwrap(), expected);
    }
    let (wider, lower) = (webp_header(0, width + 1, height), webp_header(0, width, height - 1));
    let low = webp_header(2, width, height - 1);
    let reserved = [0x01, 0x40, 0x80].map(header);
    let cases: &[(&[Chunk], &str)] = &[
        (&[(b"VP8X", &wider), still], "pixels, and its picture is"),
        (&[(b"VP8X", &lower), still], "pixels, and its picture is"),
        (&[(b"VP8X", &plain[..9]), still], "ten bytes"),
        (&[(b"VP8X", &[&plain[..], b"12"].concat()), still], "ten bytes"),
        (&[(b"VP8X", &reserved[0]), still], "flag"),
        (&[(b"VP8X", &reserved[1]), still], "flag"),
        (&[(b"VP8X", &reserved[2]), still], "flag"),
        (&[(b"EXIF", b"II*\0"), still], "begins with"),
        (&[unknown, still], "begins with"),
        (&[opaque, still], "begins with"),
        (&[frame], "begins with"),
        (&[animation, frame], "begins with"),
        (&[(b"VP8X", &plain), (b"VP8X", &plain), still], "two headers"),
        (&[(b"VP8X", &plain), still, still], "two pictures"),
        (&[(b"VP8X", &plain), still, unknown, opaque], "two pictures"),
        (&[(b"VP8X", &plain), opaque, still], "a second time"),
        (&[(b"VP8X", &plain), opaque, unknown, still], "no colours"),
        (&[(b"VP8X", &plain), opaque, opaque, still], "no colours"),
        (&[(b"VP8X", &plain), opaque], "no colours"),
        (&[(b"VP8X", &alpha), still, opaque], "behind its colours"),
        (&[(b"VP8X", &plain), animation, frame], "no pixels"),
        (&[(b"VP8X", &plain), still, frame], "ANIM"),
        (&[(b"VP8X", &plain), animation, still], "still picture"),
        (&[(b"VP8X", &animated), still], "still picture"),
        (&[(b"VP8X", &animated), animation, frame, still], "still picture"),
        (&[(b"VP8X", &animated), frame], "ANIM"),
        (&[(b"VP8X", &animated), (b"ANIM", &[0; 4]), frame], "too short"),
        (&[(b"VP8X", &low), animation, frame], "does not fit"),
        (
            &[(b"VP8X", &animated), animation, frame, (b"ANMF", &elsewhere)],
            "does not fit",
        ),
        (
            &[(b"VP8X", &animated), animation, (b"ANMF", &stray_first)],
            "still picture",
        ),
        (&[(b"VP8X", &animated), animation, (b"ANMF", &two)], "still picture"),
        (
            &[(b"VP8X", &animated), animation, (b"ANMF", &alpha_first)],
            "a second time",
        ),
        (
            &[(b"VP8X", &animated), animation, (b"ANMF", &alpha_last)],
            "behind its colours",
        ),
        (
            &[(b"VP8X", &animated), animation, frame, (b"ANMF", &empty)],
            "truncated",
        ),
        (&[(b"VP8X", &animated), animation], "no pixels"),
    ];
    for (chunks, word) in cases {
        refused(&webp(chunks), &["WebP", word]);
    }
}

/// A file goes as far as it says: what comes later is nobody's, what is missing is.
#[test]
fn a_webp_is_as_long_as_it_says() {
    let lossless = file("lossless.webp");
    let expected = decode(&lossless, &Limits::default()).unwrap();
    let header = webp_header(0, expected.width, expected.height);
    let pixels = pixels_of(&lossless);
    let whole = webp(&[(b"VP8X", &header), (b"VP8L", &pixels), (b"EXIF", b"II*\0")]);
    let says = |change: i64, more: &[u8]| {
        let mut file = [&whole[..], more].concat();
        let length = whole.len() as i64 - 8 + change;
        file[4..8].copy_from_slice(&(length as u32).to_le_bytes());
        file
    };
    for more in [&b""[..], b"abc", b"ABCD\x64\0\0\0"] {
        assert_eq!(decode(&says(0, more), &Limits::default()).unwrap(), expected);
    }
    assert_eq!(decode(&says(8, b"ABCD\0\0\0\0"), &Limits::default()).unwrap(), expected);
    for wrong in [
        says(-2, b""),
        says(2, b""),
        says(3, b"abc"),
        says(8, b"ABCD\x64\0\0\0"),
        whole[..whole.len() - 3].to_vec(),
        whole[..whole.len() - 12].to_vec(),
    ] {
        refused(&wrong, &["WebP", "truncated"]);
    }
}
