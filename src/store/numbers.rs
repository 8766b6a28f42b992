//! Numbers in as few bytes as the bits in which they differ need.

use serde::{Deserialize, Serialize};

/// How numbers of 64 bits were written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Width {
    /// Bytes of each; none where all are the same.
    pub bytes: u8,
    /// What stands above these bytes, in all of them.
    shared: u64,
}

/// Appends numbers and tells how.
pub(super) fn pack(numbers: impl ExactSizeIterator<Item = u64> + Clone, out: &mut Vec<u8>) -> Width {
    let first = numbers.clone().next().unwrap_or_default();
    let differing = numbers.clone().fold(0, |all, number| all | (number ^ first));
    match differing {
        0 => Width { bytes: 0, shared: first },
        1..=0xff => append::<1>(numbers, first, out),
        0x100..=0xffff => append::<2>(numbers, first, out),
        0x1_0000..=0xffff_ffff => append::<4>(numbers, first, out),
        _ => append::<8>(numbers, first, out),
    }
}

fn append<const BYTES: usize>(numbers: impl ExactSizeIterator<Item = u64>, first: u64, out: &mut Vec<u8>) -> Width {
    let from = out.len();
    out.resize(from + numbers.len() * BYTES, 0);
    for (place, number) in out[from..].as_chunks_mut::<BYTES>().0.iter_mut().zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes()[..BYTES]);
    }
    let mut shared = first.to_le_bytes();
    shared[..BYTES].fill(0);
    Width { bytes: BYTES.to_le_bytes()[0], shared: u64::from_le_bytes(shared) }
}

/// So many numbers, as they were; none if the bytes are not theirs.
pub(super) fn unpack<N: Clone>(width: Width, bytes: &[u8], rows: usize, number: impl Fn(u64) -> N) -> Option<Vec<N>> {
    if bytes.len() != rows.checked_mul(width.bytes.into())? {
        return None;
    }
    Some(match width.bytes {
        0 => vec![number(width.shared); rows],
        1 => spread::<_, 1>(width, bytes, number),
        2 => spread::<_, 2>(width, bytes, number),
        4 => spread::<_, 4>(width, bytes, number),
        8 => spread::<_, 8>(width, bytes, number),
        _ => return None,
    })
}

fn spread<N, const BYTES: usize>(width: Width, bytes: &[u8], number: impl Fn(u64) -> N) -> Vec<N> {
    let whole = |bytes: &[u8; BYTES]| {
        let mut whole = [0; 8];
        whole[..BYTES].copy_from_slice(bytes);
        number(width.shared | u64::from_le_bytes(whole))
    };
    bytes.as_chunks::<BYTES>().0.iter().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(first: u64, differing in prop::collection::vec(any::<u64>(), 0..40), unused in 0_u32..64) {
            let numbers: Vec<u64> = differing.iter().map(|number| first ^ (number >> unused)).collect();
            let mut bytes = Vec::new();
            let width = pack(numbers.iter().copied(), &mut bytes);
            prop_assert!(u32::from(width.bytes) * 4 < 64 - unused || width.bytes < 2);
            prop_assert_eq!(unpack(width, &bytes, numbers.len(), |number| number), Some(numbers.clone()));
            prop_assert_eq!(unpack(width, &bytes[..bytes.len().saturating_sub(1)], numbers.len(), |number| number).is_none(), !bytes.is_empty());
        }
    }
}
