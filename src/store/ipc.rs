//! Stage results as Arrow IPC streams: what one stage leaves, the next takes up without decoding. Not compressed and
//! not for readers outside; those get Parquet.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::buffer::{Buffer, MutableBuffer};
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;

use super::parquet::Written;
use super::{Hashing, StoreError, atomic};

/// Writes one batch into a durable file at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, batch: &RecordBatch) -> Result<Written, StoreError> {
    let failed = |error: arrow::error::ArrowError| StoreError::Io {
        path: path.to_owned(),
        action: "write",
        source: std::io::Error::other(error),
    };
    let file = BufWriter::with_capacity(1 << 18, atomic::create_file(path)?);
    let mut writer = StreamWriter::try_new(Hashing::new(file), &batch.schema()).map_err(failed)?;
    writer.write(batch).map_err(failed)?;
    let mut hashing = writer.into_inner().map_err(failed)?;
    hashing.flush().map_err(StoreError::io(path, "write"))?;
    let (hash, bytes) = hashing.finish(|file| file.get_ref().sync_all()).map_err(StoreError::io(path, "sync"))?;
    Ok(Written { hash, bytes, rows: batch.num_rows() as u64 })
}

/// Reads a file, whose bytes must have this BLAKE3 if one is given: all columns, or those named.
///
/// # Errors
/// When the file cannot be read, or is not what was written.
pub fn read(path: &Path, hash: Option<&str>, columns: Option<&[&str]>) -> Result<RecordBatch, StoreError> {
    let damaged = || StoreError::Damaged { path: path.to_owned(), what: "a stage's table" };
    let mut bytes = bytes_of(path).map_err(StoreError::io(path, "read"))?;
    if hash.is_some_and(|hash| blake3::hash(&bytes).to_hex().as_str() != hash) {
        return Err(damaged());
    }
    let mut decoder = StreamDecoder::new();
    let batch = decoder.decode(&mut bytes).map_err(|_| damaged())?.ok_or_else(damaged)?;
    let Some(columns) = columns else { return Ok(batch) };
    let at: Result<Vec<usize>, _> = columns.iter().map(|name| batch.schema().index_of(name)).collect();
    batch.project(&at.map_err(|_| damaged())?).map_err(|_| damaged())
}

/// The bytes of a file, aligned so that columns need not be copied out of them.
fn bytes_of(path: &Path) -> std::io::Result<Buffer> {
    let mut file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?;
    let mut bytes = MutableBuffer::from_len_zeroed(length);
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_is_written_is_read_and_damage_is_seen() {
        let folder = Scratch::new();
        let path = folder.path().join("a.arrow");
        let number: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("一"), Some(""), None]));
        let batch = RecordBatch::try_from_iter([("number", number), ("text", text)]).unwrap();
        let written = write(&path, &batch).unwrap();
        assert_eq!((written.rows, written.bytes), (3, path.metadata().unwrap().len()));
        assert_eq!(read(&path, Some(&written.hash), None).unwrap(), batch);
        let part = read(&path, None, Some(&["number"])).unwrap();
        assert_eq!(part.num_columns(), 1);
        assert_eq!(part.column(0).as_primitive::<Int64Type>().value(2), 3);
        let empty = batch.slice(0, 0);
        let written = write(&path, &empty).unwrap();
        assert_eq!(read(&path, Some(&written.hash), None).unwrap().num_rows(), 0);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path, Some(&written.hash), None), Err(StoreError::Damaged { .. })));
        std::fs::write(&path, b"").unwrap();
        assert!(read(&path, None, None).is_err());
    }
}
