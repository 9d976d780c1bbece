//! Blocks: 64 KB of cells of one size, with their live and mark bits in front.
//!
//! ```text
//! 64 KB aligned ─► | head | live bits | mark bits | cell | cell | ... |
//! ```
//! One bit stands for 16 bytes (a granule); a cell's bit is that of its first granule. *Live* bits say which cells held live
//! objects when the block was last swept: the allocator bumps through the gaps. *Mark* bits are the current
//! collection's. Sweeping a block is `live = marks; marks = 0`. A large object has a block of its own, of any length, aligned
//! the same way, so that masking an address always finds the head.
//!
//! Invariants: I7: `address & !(BLOCK_BYTES-1)` of any heap object is its block's head.

/// Size and alignment of a block.
pub const BLOCK_BYTES: usize = 64 * 1024;
/// Granule: what one bit stands for.
pub const GRANULE_BYTES: usize = 16;
const BITMAP_WORDS: usize = BLOCK_BYTES / GRANULE_BYTES / 64;
/// Offset of the first cell.
pub const FIRST_CELL_OFFSET: usize = 1088;
/// Objects above this size are large.
pub const LARGEST_CELL_BYTES: usize = 8192;

/// Cell sizes by class.
pub const CELL_SIZES: [u32; 30] = [
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 448, 512,
    640, 768, 1024, 1280, 1792, 2304, 3072, 4096, 6144, 8192,
];
/// Number of size classes.
pub const CLASS_COUNT: usize = CELL_SIZES.len();
/// Class number of large blocks.
pub const LARGE_CLASS: u8 = 255;

const CLASS_OF_GRANULES: [u8; LARGEST_CELL_BYTES / GRANULE_BYTES + 1] = {
    let mut table = [0; LARGEST_CELL_BYTES / GRANULE_BYTES + 1];
    let mut granules = 0;
    let mut class = 0;
    while granules <= LARGEST_CELL_BYTES / GRANULE_BYTES {
        while (CELL_SIZES[class] as usize) < granules * GRANULE_BYTES {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// The class for an object of `size` bytes (at most [`LARGEST_CELL_BYTES`]).
#[inline(always)]
pub fn class_of(size: usize) -> usize {
    CLASS_OF_GRANULES[size.div_ceil(GRANULE_BYTES)] as usize
}

/// Head of a block.
#[repr(C)]
pub struct Block {
    /// Bytes of one cell; of a large block, of its object.
    pub cell_bytes: usize,
    /// Bytes of the whole block (64 KB, or what a large one takes).
    pub total_bytes: usize,
    /// Size class or [`LARGE_CLASS`].
    pub class: u8,
    /// Whether `live` belongs to the last completed marking.
    pub is_swept: bool,
    /// Live bits.
    pub live: [u64; BITMAP_WORDS],
    /// Mark bits.
    pub marks: [u64; BITMAP_WORDS],
}

const _: () = assert!(
    std::mem::size_of::<Block>() <= FIRST_CELL_OFFSET && FIRST_CELL_OFFSET.is_multiple_of(16)
);

#[inline(always)]
fn bit_of(offset: usize) -> (usize, u64) {
    let granule = offset / GRANULE_BYTES;
    (granule / 64, 1 << (granule % 64))
}

impl Block {
    /// The block of a heap object.
    #[inline(always)]
    pub fn of(address: *const u8) -> *mut Block {
        (address as usize & !(BLOCK_BYTES - 1)) as *mut Block
    }
    /// Sets an object's mark; true if it was not set.
    ///
    /// # Safety
    /// I7: `address` is the start of a cell.
    #[inline(always)]
    pub unsafe fn mark(address: *const u8) -> bool {
        // SAFETY: I7.
        unsafe {
            let block = Block::of(address);
            let (word, bit) = bit_of(address as usize & (BLOCK_BYTES - 1));
            let word = &mut (*block).marks[word];
            let fresh = *word & bit == 0;
            *word |= bit;
            fresh
        }
    }
    /// Whether an object is marked.
    ///
    /// # Safety
    /// I7: `address` is the start of a cell.
    #[inline(always)]
    pub unsafe fn is_marked(address: *const u8) -> bool {
        // SAFETY: I7.
        unsafe {
            let (word, bit) = bit_of(address as usize & (BLOCK_BYTES - 1));
            (*Block::of(address)).marks[word] & bit != 0
        }
    }
    /// Bytes of the cell of an object.
    ///
    /// # Safety
    /// I7: `address` is the start of a cell.
    #[inline(always)]
    pub unsafe fn cell_bytes_of(address: *const u8) -> usize {
        // SAFETY: I7.
        unsafe { (*Block::of(address)).cell_bytes }
    }
    /// Marks every cell in `start..end` (offsets): memory handed out while marking is born marked.
    pub fn mark_range(&mut self, start: usize, end: usize) {
        let mut offset = start;
        while offset < end {
            let (word, bit) = bit_of(offset);
            self.marks[word] |= bit;
            offset += self.cell_bytes;
        }
    }
    /// The next run of free cells at or after `offset`, at most `most_bytes` long: `(start, end)` offsets.
    pub fn next_run(&self, offset: usize, most_bytes: usize) -> Option<(usize, usize)> {
        let size = self.cell_bytes;
        let is_live = |offset: usize| {
            let (word, bit) = bit_of(offset);
            self.live[word] & bit != 0
        };
        let mut start = offset;
        while start + size <= BLOCK_BYTES && is_live(start) {
            start += size;
        }
        if start + size > BLOCK_BYTES {
            return None;
        }
        let mut end = start + size;
        while end + size <= BLOCK_BYTES
            && end - start + size <= most_bytes.max(size)
            && !is_live(end)
        {
            end += size;
        }
        Some((start, end))
    }
    /// Turns marks into live bits; true if nothing is alive.
    pub fn sweep(&mut self) -> bool {
        self.live = self.marks;
        self.marks = [0; BITMAP_WORDS];
        self.is_swept = true;
        self.live.iter().all(|&word| word == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_fit_and_waste_little() {
        for size in 1..=LARGEST_CELL_BYTES {
            let cell = CELL_SIZES[class_of(size)] as usize;
            assert!(cell >= size && cell.is_multiple_of(16));
            assert!(
                size <= 256 && cell - size < 16 || cell * 100 <= size * 151,
                "{size} in {cell}"
            );
        }
    }

    #[test]
    fn runs_skip_live_cells() {
        // SAFETY: I7: a zeroed Block is a valid empty block.
        let mut block: Box<Block> = unsafe { Box::new(std::mem::zeroed()) };
        block.cell_bytes = 48;
        block.mark_range(FIRST_CELL_OFFSET + 48, FIRST_CELL_OFFSET + 3 * 48);
        assert!(!block.sweep());
        let first = block.next_run(FIRST_CELL_OFFSET, usize::MAX).unwrap();
        assert_eq!(first, (FIRST_CELL_OFFSET, FIRST_CELL_OFFSET + 48));
        let second = block.next_run(first.1, 100).unwrap();
        assert_eq!(second, (FIRST_CELL_OFFSET + 144, FIRST_CELL_OFFSET + 240));
        let mut position = second.1;
        while let Some((_, end)) = block.next_run(position, usize::MAX) {
            position = end;
        }
        assert!(position + 48 > BLOCK_BYTES);
    }
}
