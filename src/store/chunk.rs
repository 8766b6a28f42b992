//! The bytes of a column in a row group, and what the end of the file says of them.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// Of a hundred bytes, how many pressing must take for a chunk to be kept pressed.
const LEAST_GAIN: usize = 15;

/// The pages of a column in a row group.
pub(super) struct Chunk {
    /// The names that codes stand for, and how many.
    pub names: Option<(Vec<u8>, usize)>,
    /// The rows of each page, and their bytes.
    pub pages: Vec<(usize, Vec<u8>)>,
    pub encoding: Encoding,
    pub statistics: Statistics,
}

impl Chunk {
    /// The bytes in the file, pressed if that takes enough of them, and what is said of them.
    pub fn finish(
        self,
        place: &ColumnDescPtr,
        compressor: Option<&mut Compressor<'_>>,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let (rows, data_pages) = (self.pages.iter().map(|(rows, _)| *rows).sum::<usize>(), self.pages.len());
        let (has_names, data) = (self.names.is_some(), self.encoding);
        let plain = self.names.into_iter().map(|(bytes, names)| (names, bytes)).chain(self.pages);
        let (values, plain): (Vec<usize>, Vec<Vec<u8>>) = plain.unzip();
        let plain_sizes: Vec<usize> = plain.iter().map(Vec::len).collect();
        let (codec, bytes) = pressed(plain, compressor)?;

        let mut sink = TrackedWrite::new(Vec::with_capacity(bytes.iter().map(|page| page.len() + 64).sum()));
        let (mut plain_size, mut size, mut first_data) = (0, 0, None);
        for (at, ((values, plain), buf)) in values.into_iter().zip(plain_sizes).zip(bytes).enumerate() {
            let (buf, num_values) = (buf.into(), u32::try_from(values)?);
            let page = if has_names && at == 0 {
                Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false }
            } else {
                let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
                let encoding = self.encoding;
                Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None }
            };
            let is_data = page.is_data_page();
            let written = SerializedPageWriter::new(&mut sink).write_page(CompressedPage::new(page, plain))?;
            plain_size += i64::try_from(written.uncompressed_size)?;
            size += i64::try_from(written.compressed_size)?;
            if is_data && first_data.is_none() {
                first_data = Some(i64::try_from(written.offset)?);
            }
        }
        let page_stats = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let names = has_names.then(|| page_stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1));
        let stats = names.into_iter().chain([page_stats(PageType::DATA_PAGE, data, i32::try_from(data_pages)?)]);
        let mut encodings = vec![Encoding::RLE, data];
        if has_names {
            encodings.push(Encoding::PLAIN);
        }
        let metadata = ColumnChunkMetaData::builder(place.clone())
            .set_compression(codec)
            .set_encodings(encodings)
            .set_page_encoding_stats(stats.collect())
            .set_num_values(i64::try_from(rows)?)
            .set_total_uncompressed_size(plain_size)
            .set_total_compressed_size(size)
            .set_dictionary_page_offset(has_names.then_some(0))
            .set_data_page_offset(first_data.unwrap_or_default())
            .set_statistics(self.statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: u64::try_from(size)?,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((sink.into_inner()?.into(), close))
    }
}

/// The pages as they come into the file: pressed, or as they are where that does not take enough of them.
fn pressed(
    pages: Vec<Vec<u8>>,
    compressor: Option<&mut Compressor<'_>>,
) -> Result<(Compression, Vec<Vec<u8>>), ParquetError> {
    let size = |pages: &[Vec<u8>]| pages.iter().map(Vec::len).sum::<usize>();
    if let Some(compressor) = compressor {
        let small: Vec<Vec<u8>> = pages.iter().map(|page| compressor.compress(page)).collect::<Result<_, _>>()?;
        if size(&small) * 100 <= size(&pages) * (100 - LEAST_GAIN) {
            return Ok((Compression::ZSTD(ZstdLevel::default()), small));
        }
    }
    Ok((Compression::UNCOMPRESSED, pages))
}
