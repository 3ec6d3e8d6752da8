//! Small files that would be huge.

use std::io::Write;

use glyxel::image::Limits;

use crate::memory::measured;
use crate::support::{decode, file, refusal, refused, repair, webp, MEGAPIXEL};

/// `file` with `bytes` at `at` past where `marker` begins.
fn patched(file: &[u8], marker: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let start = file.windows(marker.len()).position(|window| window == marker).unwrap() + at;
    let mut patched = file.to_vec();
    patched[start..start + bytes.len()].copy_from_slice(bytes);
    repair(&mut patched);
    patched
}

/// A hundred million zeros, in a hundred thousand bytes.
fn packed_zeros() -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::fast());
    let zeros = vec![b'\n'; 1 << 20];
    (0..100).for_each(|_| packer.write_all(&zeros).unwrap());
    packer.finish().unwrap()
}

fn with_chunk(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_be_bytes();
    let mut file = [&png[..33], &length[..], &name[..], data, &[0; 4], &png[33..]].concat();
    repair(&mut file);
    file
}

#[test]
fn bombs_are_refused_before_they_take_memory() {
    let huge_vp8 = [&[0x10, 0, 0, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F], &[0; 30][..]].concat();
    // Its width, its height and the rows of its only strip.
    let tags = [[0, 1, 3, 0], [1, 1, 3, 0], [0x16, 1, 3, 0]];
    let huge_tiff = tags
        .iter()
        .fold(file("grey_8.tiff"), |file, tag| patched(&file, tag, 8, &[0xFF; 2]));
    let vp8x = |flags: u8, sides: [u8; 6]| [&[flags, 0, 0, 0], &sides[..]].concat();
    let animation: [(&[u8; 4], &[u8]); 3] = [
        (b"VP8X", &vp8x(2, [0xFF; 6])),
        (b"ANIM", &[0; 6]),
        (
            b"ANMF",
            &[&[0; 16][..], b"VP8 ", &(huge_vp8.len() as u32).to_le_bytes(), &huge_vp8].concat(),
        ),
    ];
    let files: Vec<(&str, Vec<u8>)> = vec![
        (
            "PNG",
            patched(&file("rgb_8.png"), b"IHDR", 4, &[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]),
        ),
        ("GIF", patched(&file("palette.gif"), b"GIF8", 6, &[0xFF; 4])),
        ("GIF", patched(&file("palette.gif"), &[b',', 0, 0, 0, 0], 5, &[0xFF; 4])),
        ("JPEG", patched(&file("444.jpg"), &[0xFF, 0xC0], 5, &[0xFF; 4])),
        ("JPEG", patched(&file("progressive.jpg"), &[0xFF, 0xC2], 5, &[0xFF; 4])),
        (
            "BMP",
            patched(&file("rgb.bmp"), b"BM", 18, &[0xFF, 0xF0, 0, 0, 0xFF, 0xF0, 0, 0]),
        ),
        ("TIFF", huge_tiff),
        ("TIFF", patched(&file("jpeg.tiff"), &[0xFF, 0xC0], 5, &[0xFF; 4])),
        ("WebP", webp(&animation)),
        ("WebP", webp(&[(b"VP8 ", &huge_vp8)])),
    ];
    for (format, file) in files {
        let (sentence, memory) = measured(|| refusal(&file));
        assert!(
            sentence.contains(format) && sentence.contains("max_image_pixels"),
            "{sentence}"
        );
        assert!(memory < 1 << 20, "{sentence} took {memory} bytes");
    }
    let lying = webp(&[(b"VP8X", &vp8x(0, [0; 6])), (b"VP8 ", &huge_vp8)]);
    refused(&lying, &["1 × 1", "16383 × 16383"]);
}

#[test]
fn bombs_beside_the_pixels_are_not_unpacked() {
    let png = file("rgb_8.png");
    let right = decode(&png, &Limits::default()).unwrap();
    let zeros = packed_zeros();
    let profile = [b"Raw profile type exif\0\0", &zeros[..]].concat();
    let xmp = [b"XML:com.adobe.xmp\0\x01\0\0\0", &zeros[..]].concat();
    let colours = [b"colours\0\0", &zeros[..]].concat();
    for (name, data) in [(b"zTXt", profile), (b"iTXt", xmp), (b"iCCP", colours)] {
        let bomb = with_chunk(&png, name, &data);
        let (rgb, memory) = measured(|| decode(&bomb, &Limits::default()).unwrap());
        assert_eq!(rgb, right);
        assert!(memory < 16 << 20, "{} took {memory} bytes", name.escape_ascii());
    }
}

#[test]
fn passes_over_a_progressive_picture_are_limited() {
    let file = file("grey_progressive.jpg");
    let start = file.windows(2).position(|window| window == [0xFF, 0xDA]).unwrap();
    let length = file[start + 2..]
        .windows(2)
        .position(|window| window[0] == 0xFF && window[1] >= 0xC0)
        .unwrap()
        + 2;
    let (before, rest) = file.split_at(start);
    let (scan, after) = rest.split_at(length);
    assert!(decode(&[before, &scan.repeat(20), after].concat(), &MEGAPIXEL).is_ok());
    refused(&[before, &scan.repeat(1000), after].concat(), &["scans"]);
}

/// Every strip is the whole file: a small one would be looked through as often as it says.
#[test]
fn streams_that_lie_over_each_other_are_refused() {
    let strips = 100_u32;
    let (long, short) = (4_u16, 3_u16);
    let arrays = 8 + 2 + 9 * 12 + 4;
    let bytes = arrays + 8 * strips;
    let entries = [
        (256, long, 1, 8),
        (257, long, 1, 8 * strips),
        (258, short, 1, 8),
        (259, short, 1, 7), // JPEG
        (262, short, 1, 1),
        (273, long, strips, arrays),
        (277, short, 1, 1),
        (278, long, 1, 8),
        (279, long, strips, arrays + 4 * strips),
    ];
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, count, value) in entries {
        file.extend(u16::to_le_bytes(tag));
        file.extend(kind.to_le_bytes());
        file.extend(u32::to_le_bytes(count));
        file.extend(u32::to_le_bytes(value));
    }
    file.extend([0; 4]);
    file.extend([0; 4].repeat(strips as usize));
    file.extend(bytes.to_le_bytes().repeat(strips as usize));
    refused(&file, &["TIFF", "overlap"]);
}
