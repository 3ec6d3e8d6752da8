//! Which way up a picture is stored: EXIF's orientation, or XMP's where EXIF gives none. Broken metadata says nothing.

use super::orientation::Orientation;

const ORIENTATION: u16 = 0x0112;

/// As Pillow looks for it.
pub fn orientation(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Orientation {
    let number = exif.and_then(of_exif).or_else(|| xmp.and_then(of_xmp));
    number.map_or_else(Orientation::default, Orientation::new)
}

fn of_exif(exif: &[u8]) -> Option<u32> {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Directory::first(exif)?.entry(ORIENTATION)?.number()
}

/// `tiff:Orientation="6"` or `<tiff:Orientation>6<`.
fn of_xmp(xmp: &[u8]) -> Option<u32> {
    const KEY: &[u8] = b"tiff:Orientation";
    let mut keys = xmp.windows(KEY.len()).enumerate().filter(|(_, window)| *window == KEY);
    keys.find_map(|(at, _)| {
        let value = &xmp[at + KEY.len()..];
        let value = value.strip_prefix(b"=\"").or_else(|| value.strip_prefix(b">"))?;
        value
            .first()
            .filter(|digit| digit.is_ascii_digit())
            .map(|digit| u32::from(digit - b'0'))
    })
}

/// The first directory of a TIFF structure, of which EXIF is one. <https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf>
pub struct Directory<'a> {
    order: ByteOrder,
    /// 12 bytes an entry.
    entries: &'a [[u8; 12]],
    /// Where they begin.
    start: usize,
}

/// One entry of a directory that holds a number.
pub struct Entry {
    order: ByteOrder,
    fields: [u8; 12],
    /// Where in the file its value stands.
    pub value_at: usize,
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }
}

impl<'a> Directory<'a> {
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let order = match bytes.get(..2)? {
            b"II" => ByteOrder::Little,
            b"MM" => ByteOrder::Big,
            _ => return None,
        };
        let at = usize::try_from(order.u32(*bytes.get(4..)?.first_chunk()?)).ok()?;
        let directory = bytes.get(at..)?;
        let count = usize::from(order.u16(*directory.first_chunk()?));
        // Entries that are cut off at the end are none; those before them count.
        let entries = directory[2..].as_chunks().0;
        Some(Self {
            order,
            entries: &entries[..count.min(entries.len())],
            start: at + 2,
        })
    }

    /// How many values each entry claims to have.
    pub fn counts(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|f| self.order.u32([f[4], f[5], f[6], f[7]]))
    }

    pub fn entry(&self, tag: u16) -> Option<Entry> {
        let is = |fields: &&[u8; 12]| self.order.u16([fields[0], fields[1]]) == tag;
        let index = self.entries.iter().position(|fields| is(&fields))?;
        Some(Entry {
            order: self.order,
            fields: self.entries[index],
            value_at: self.start + 12 * index + 8,
        })
    }
}

impl Entry {
    /// A single SHORT or LONG.
    pub fn number(&self) -> Option<u32> {
        let f = self.fields;
        let (kind, count) = (self.order.u16([f[2], f[3]]), self.order.u32([f[4], f[5], f[6], f[7]]));
        match (kind, count) {
            (3, 1) => Some(u32::from(self.order.u16([f[8], f[9]]))),
            (4, 1) => Some(self.order.u32([f[8], f[9], f[10], f[11]])),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: &[u8] = b"II*\0\x08\0\0\0\x02\0\x0F\x01\x02\0\x01\0\0\0A\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
    const BIG: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x08";

    #[test]
    fn reads_both_byte_orders() {
        assert_eq!(orientation(Some(LITTLE), None), Orientation::new(6));
        assert_eq!(orientation(Some(BIG), None), Orientation::new(8));
        assert_eq!(
            orientation(Some(&[b"Exif\0\0", BIG].concat()), None),
            Orientation::new(8)
        );
    }

    #[test]
    fn broken_exif_says_nothing() {
        for end in 0..LITTLE.len() {
            assert_eq!(
                orientation(Some(&LITTLE[..end]), None),
                Orientation::default(),
                "{end} bytes"
            );
        }
        for at in 0..LITTLE.len() {
            let mut bytes = LITTLE.to_vec();
            bytes[at] ^= 0xFF;
            orientation(Some(&bytes), None);
        }
    }

    #[test]
    fn xmp_is_asked_where_exif_is_silent() {
        let attribute = b"<rdf:Description tiff:Orientation=\"3\"/>";
        let element = b"tiff:Orientation <tiff:Orientation>5</tiff:Orientation>";
        assert_eq!(orientation(None, Some(attribute)), Orientation::new(3));
        assert_eq!(orientation(Some(b"II*"), Some(element)), Orientation::new(5));
        assert_eq!(orientation(Some(BIG), Some(attribute)), Orientation::new(8));
        assert_eq!(orientation(None, Some(b"tiff:Orientation=\"")), Orientation::default());
    }
}
