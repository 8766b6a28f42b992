//! A file that is hashed while it is written.

use std::io::{self, Write};

/// Bytes that are hashed and written at once. Hashing is fastest where blocks of whole powers of two follow each other.
const BLOCK: usize = 1 << 16;

/// Hashes and counts what is written to `inner`, in blocks.
pub(super) struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
    /// The beginning of the next block.
    begun: Vec<u8>,
}

impl<W: Write> Hashing<W> {
    /// Nothing written yet.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0, begun: Vec::with_capacity(BLOCK) }
    }

    /// How many bytes were written.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The BLAKE3 of what was written (hex) and its length; all has then been passed on.
    pub fn finish(mut self) -> io::Result<(W, String, u64)> {
        let begun = std::mem::take(&mut self.begun);
        self.pass_on(&begun)?;
        Ok((self.inner, self.hasher.finalize().to_hex().to_string(), self.bytes))
    }

    fn pass_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        let mut rest = bytes;
        if !self.begun.is_empty() {
            let (head, tail) = rest.split_at(rest.len().min(BLOCK - self.begun.len()));
            self.begun.extend_from_slice(head);
            rest = tail;
            if self.begun.len() == BLOCK {
                let mut block = std::mem::take(&mut self.begun);
                self.pass_on(&block)?;
                block.clear();
                self.begun = block;
            }
        }
        // Either nothing is begun now, or nothing is left.
        let (blocks, tail) = rest.split_at(rest.len() - rest.len() % BLOCK);
        self.pass_on(blocks)?;
        self.begun.extend_from_slice(tail);
        Ok(bytes.len())
    }

    /// Nothing: what is begun is passed on by [`Hashing::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_and_nothing_is_lost() {
        let all: Vec<u8> = (0..BLOCK * 5).map(|at| (at % 251).to_le_bytes()[0]).collect();
        for cut in [1, 700, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 5] {
            let mut file = Hashing::new(Vec::new());
            for part in all.chunks(cut) {
                file.write_all(part).unwrap();
                assert_eq!(file.inner.len() % BLOCK, 0);
            }
            let (written, hash, bytes) = file.finish().unwrap();
            assert!(written == all && bytes == all.len() as u64);
            assert_eq!(hash, blake3::hash(&all).to_hex().as_str());
        }
    }
}
