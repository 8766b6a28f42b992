//! A writer that hashes what passes through it.

use std::io::{self, Write};

/// Hashes and counts what is written to `inner`.
pub(super) struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    /// Nothing written yet.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// How many bytes were written.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The BLAKE3 of what was written (hex) and its length, once `end` has made it durable.
    pub fn finish(mut self, end: impl FnOnce(&W) -> io::Result<()>) -> io::Result<(String, u64)> {
        self.inner.flush()?;
        end(&self.inner)?;
        Ok((self.hasher.finalize().to_hex().to_string(), self.bytes))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    /// Nothing: writers of single columns flush at the end of each, and what counts is flushed by [`Hashing::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
