//! Parquet's encodings: what stands in a page.

use arrow::buffer::BooleanBuffer;

/// Rows of a block of differences, and of its parts that share one width.
const BLOCK: usize = 128;
const PART: usize = 32;

/// Appends a number in groups of seven bits, the least first.
fn number(mut number: u64, out: &mut Vec<u8>) {
    let last = |number: u64| number.to_le_bytes()[0];
    while number > 0x7f {
        out.push(last(number) | 0x80);
        number >>= 7;
    }
    out.push(last(number));
}

/// Appends a number whose sign stands in its last bit.
fn signed(value: i64, out: &mut Vec<u8>) {
    number(((value << 1) ^ (value >> 63)).cast_unsigned(), out);
}

/// Appends numbers in `width` bits each, the least bit first.
fn packed(numbers: impl Iterator<Item = u64>, width: u8, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let (mut held, mut bits) = (0_u64, 0);
    for number in numbers {
        held |= number << bits;
        bits += width;
        if bits >= 64 {
            out.extend_from_slice(&held.to_le_bytes());
            bits -= 64;
            // What of the number did not fit.
            held = number.checked_shr(u32::from(width - bits)).unwrap_or_default();
        }
    }
    out.extend_from_slice(&held.to_le_bytes()[..usize::from(bits.div_ceil(8))]);
}

/// How many bits a number needs.
fn width(number: u64) -> u8 {
    (u64::BITS - number.leading_zeros()).to_le_bytes()[0]
}

/// Appends numbers of so many bits as differences to the one before (`DELTA_BINARY_PACKED`), which wrap as they do.
pub(super) fn differences(numbers: &[i64], bits: u32, out: &mut Vec<u8>) {
    let unused = i64::BITS - bits;
    number(BLOCK as u64, out);
    number((BLOCK / PART) as u64, out);
    number(numbers.len() as u64, out);
    signed(numbers.first().copied().unwrap_or_default(), out);
    for from in (1..numbers.len()).step_by(BLOCK) {
        let rows = (numbers.len() - from).min(BLOCK);
        let mut block = [0; BLOCK];
        let pairs = numbers[from - 1..].iter().zip(&numbers[from..from + rows]);
        for (difference, (before, after)) in block.iter_mut().zip(pairs) {
            *difference = after.wrapping_sub(*before) << unused >> unused;
        }
        let least = block[..rows].iter().copied().min().unwrap_or_default();
        signed(least, out);
        // What fills up the last part are zeros.
        block[rows..].fill(least);
        let above = block.map(|difference| difference.wrapping_sub(least).cast_unsigned());
        let mut widths = [0; BLOCK / PART];
        for (part, bits) in above.as_chunks::<PART>().0.iter().zip(&mut widths) {
            *bits = width(part.iter().fold(0, |all, number| all | number));
        }
        out.extend_from_slice(&widths);
        for (part, width) in above.as_chunks::<PART>().0.iter().zip(widths).take(rows.div_ceil(PART)) {
            packed(part.iter().copied(), width, out);
        }
    }
}

/// Texts as what each has beyond its beginning that the one before shares (`DELTA_BYTE_ARRAY`).
pub(super) struct Endings<'a> {
    before: &'a [u8],
    shared: Vec<i64>,
    lengths: Vec<i64>,
    bytes: Vec<u8>,
}

impl<'a> Endings<'a> {
    /// No text yet; there will be so many.
    pub fn with_capacity(texts: usize) -> Self {
        let (shared, lengths) = (Vec::with_capacity(texts), Vec::with_capacity(texts));
        Self { before: &[], shared, lengths, bytes: Vec::new() }
    }

    pub fn add(&mut self, text: &'a [u8]) {
        let alike = alike(self.before, text);
        self.shared.push(counted(alike));
        self.lengths.push(counted(text.len() - alike));
        self.bytes.extend_from_slice(&text[alike..]);
        self.before = text;
    }

    pub fn finish(mut self, out: &mut Vec<u8>) {
        differences(&self.shared, i32::BITS, out);
        differences(&self.lengths, i32::BITS, out);
        out.append(&mut self.bytes);
    }
}

/// A length as a number; texts are not longer than that.
fn counted(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// How many bytes two texts begin alike with.
fn alike(left: &[u8], right: &[u8]) -> usize {
    // Rows of one label have the same bytes.
    if std::ptr::eq(left, right) {
        return left.len();
    }
    let mut at = 0;
    for (left, right) in left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0) {
        let differing = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if differing != 0 {
            return at + (differing.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + left[at..].iter().zip(&right[at..]).take_while(|(left, right)| left == right).count()
}

/// Appends a value as it is, its length before it (`PLAIN`).
pub(super) fn plain(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&value.len().to_le_bytes()[..4]);
    out.extend_from_slice(value);
}

/// Appends codes of a dictionary of `names` (`RLE_DICTIONARY`).
pub(super) fn codes(codes: &[u32], names: usize, out: &mut Vec<u8>) {
    let width = width((names as u64).saturating_sub(1));
    out.push(width);
    // A run must be shorter than what it stands for, packed, with the header of the codes that follow.
    let worth = |rows: usize| width == 0 || rows * usize::from(width) > 8 * (2 + usize::from(width.div_ceil(8)));
    let (mut from, mut at) = (0, 0);
    while at < codes.len() {
        let rows = codes[at..].iter().take_while(|code| **code == codes[at]).count();
        // Packed codes come in eights: those that are missing are taken from the run.
        let lent = (at - from).next_multiple_of(8) - (at - from);
        if rows >= lent && worth(rows - lent) {
            packed_codes(&codes[from..at + lent], width, out);
            run(rows - lent, u64::from(codes[at]), width, out);
            from = at + rows;
        }
        at += rows;
    }
    packed_codes(&codes[from..], width, out);
}

/// Appends one code that stands at all of these rows.
fn run(rows: usize, code: u64, width: u8, out: &mut Vec<u8>) {
    number((rows as u64) << 1, out);
    out.extend_from_slice(&code.to_le_bytes()[..usize::from(width.div_ceil(8))]);
}

/// Appends codes in eights, the last filled up.
fn packed_codes(codes: &[u32], width: u8, out: &mut Vec<u8>) {
    if codes.is_empty() {
        return;
    }
    let eights = codes.len().div_ceil(8);
    number((eights as u64) << 1 | 1, out);
    let filled = codes.iter().map(|code| u64::from(*code)).chain(std::iter::repeat(0));
    packed(filled.take(eights * 8), width, out);
}

/// Appends which of the rows have a value: all, or those whose bit is set.
pub(super) fn levels(rows: usize, are_there: Option<&BooleanBuffer>, out: &mut Vec<u8>) {
    let mut levels = Vec::new();
    match are_there.filter(|bits| bits.has_true()) {
        Some(bits) if bits.has_false() => {
            let bits = bits.sliced();
            number((rows.div_ceil(8) as u64) << 1 | 1, &mut levels);
            levels.extend_from_slice(&bits[..rows.div_ceil(8)]);
        }
        some => run(rows, u64::from(some.is_some() || are_there.is_none()), 1, &mut levels),
    }
    plain(&levels, out);
}
