//! The files of the truth: one a table, growing county by county.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::Rows;
use crate::sample::SampleError;
use crate::table::Table;

/// The open files, each with its table.
pub struct Files(Vec<(&'static Table, PathBuf, ArrowWriter<File>)>);

impl Files {
    /// Starts the files of those tables in `folder`, beside a README that describes them.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn create(folder: &Path, tables: &[&'static Table]) -> Result<Self, SampleError> {
        crate::sample::write(&folder.join("README.md"), &readme(tables))?;
        // Written once, read once: what repeats is left to the compression.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(1 << 18))
            .set_dictionary_enabled(false)
            .build();
        let start = |table: &&'static Table| {
            let path = folder.join(format!("{}.parquet", table.name));
            let file = File::create(&path).map_err(|source| SampleError::Io { path: path.clone(), source })?;
            let writer = ArrowWriter::try_new(file, table.schema(), Some(properties.clone())).map_err(failed(&path))?;
            Ok((*table, path, writer))
        };
        Ok(Self(tables.iter().map(start).collect::<Result<_, SampleError>>()?))
    }

    /// Appends batches to their tables, those of one table in their order.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn append(&mut self, rows: &Rows) -> Result<(), SampleError> {
        self.0.par_iter_mut().try_for_each(|(table, path, writer)| {
            let own = rows.iter().filter(|(of, _)| of.name == table.name);
            own.map(|(_, batch)| batch).try_for_each(|batch| writer.write(batch)).map_err(failed(path))
        })
    }

    /// Finishes the files.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn finish(self) -> Result<(), SampleError> {
        self.0.into_par_iter().try_for_each(|(_, path, writer)| match writer.close() {
            Ok(_) => Ok(()),
            Err(error) => Err(failed(&path)(error)),
        })
    }
}

fn failed(path: &Path) -> impl FnOnce(ParquetError) -> SampleError + use<> {
    let path = path.to_owned();
    move |error| SampleError::Io { path, source: std::io::Error::other(error) }
}

/// What stands in the files.
fn readme(tables: &[&Table]) -> String {
    let mut text =
        "# Truth\nWhat a right pipeline must find in this province under the demo policy. It was made beside the \
                    deliveries, from what was planned and planted, not by the pipeline.\n"
            .to_owned();
    for table in tables {
        // Writing to a String does not fail.
        let _ =
            writeln!(text, "\n## {}.parquet\n{}\n\n| column | meaning |\n|---|---|", table.name, table.meaning.trim());
        for column in table.columns {
            let _ = writeln!(text, "| {} | {} |", column.name, column.meaning);
        }
    }
    text
}
