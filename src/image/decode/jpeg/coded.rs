//! What the blocks of a scan are decoded with, one after another.

use super::bits::Bits;
use super::huffman::Huffman;

/// What is carried from block to block, anew after a restart.
#[derive(Default)]
pub struct Carried {
    means: [i32; 4],
    /// Blocks that a progressive scan has ended already.
    pub ended: u32,
}

impl Carried {
    /// The next mean, coded as the difference to the last one of its component.
    #[inline]
    pub fn mean(&mut self, component: usize, table: &Huffman, bits: &mut Bits) -> i32 {
        let (_, difference) = table.decode_value(bits);
        self.means[component] = self.means[component].wrapping_add(difference);
        self.means[component]
    }
}

/// The tables of a component in a scan.
pub struct Codes<'a> {
    pub dc: &'a Huffman,
    pub ac: &'a Huffman,
}
