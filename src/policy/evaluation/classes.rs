//! Members parted by text columns, as small numbers: the texts are looked at once, not kept by row.

use arrow::array::Array;

use super::super::columns::Columns;
use super::super::measure::Column;
use crate::domain::Map;

/// The class of each member.
#[derive(Debug, Clone)]
pub(super) struct Classes {
    /// One a member, an index into `names`; none where one of the columns is unknown.
    pub of: Vec<Option<u32>>,
    /// The columns' values, joined by `/`.
    pub names: Vec<String>,
}

/// Parts rows by the columns' values.
pub(super) fn classes(columns: &Columns, by: &[&'static Column], rows: &[usize]) -> Classes {
    let mut of = vec![Some(0); rows.len()];
    let mut names = vec![String::new()];
    for column in by {
        let texts = columns.texts(column);
        let mut finer: Vec<String> = Vec::new();
        let mut codes: Map<(u32, &str), u32> = Map::default();
        for (code, row) in of.iter_mut().zip(rows) {
            let text = texts.filter(|texts| texts.is_valid(*row)).map(|texts| texts.value(*row));
            *code = code.zip(text).and_then(|(coarse, text)| {
                let next = u32::try_from(finer.len()).ok()?;
                Some(*codes.entry((coarse, text)).or_insert_with(|| {
                    let above = &names[coarse as usize];
                    finer.push(if above.is_empty() { text.to_owned() } else { format!("{above}/{text}") });
                    next
                }))
            });
        }
        names = finer;
    }
    Classes { of, names }
}
