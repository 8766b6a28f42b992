//! Members parted by text columns, as small numbers: the texts are looked at once, not kept by row.

use std::sync::Arc;

use arrow::array::Array;

use super::super::columns::Columns;
use super::super::measure::Column;
use crate::domain::Map;

/// Members parted in some ways, each by the columns that part them: most indicators ask for the same.
pub(super) struct Partings<'a> {
    columns: &'a Columns,
    rows: &'a [usize],
    made: Vec<(&'a [&'static Column], Arc<Classes>)>,
}

impl<'a> Partings<'a> {
    pub(super) const fn of(columns: &'a Columns, rows: &'a [usize]) -> Self {
        Self { columns, rows, made: Vec::new() }
    }

    /// Their classes by these columns, made when they are first asked for.
    pub(super) fn by(&mut self, by: &'a [&'static Column]) -> Arc<Classes> {
        let names = |by: &'a [&'static Column]| by.iter().map(|column| column.name);
        if let Some((_, made)) = self.made.iter().find(|(known, _)| names(known).eq(names(by))) {
            return made.clone();
        }
        let made = Arc::new(classes(self.columns, by, self.rows));
        self.made.push((by, made.clone()));
        made
    }
}

/// The class of each member.
#[derive(Debug)]
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
        let mut last: Option<((u32, &str), u32)> = None;
        for (code, row) in of.iter_mut().zip(rows) {
            let text = texts.filter(|texts| texts.is_valid(*row)).map(|texts| texts.value(*row));
            *code = code.zip(text).and_then(|key| {
                // Rows of one class mostly lie together.
                if let Some((_, known)) = last.filter(|(before, _)| *before == key) {
                    return Some(known);
                }
                let next = u32::try_from(finer.len()).ok()?;
                let known = *codes.entry(key).or_insert_with(|| {
                    let (coarse, text) = (&names[key.0 as usize], key.1);
                    finer.push(if coarse.is_empty() { text.to_owned() } else { format!("{coarse}/{text}") });
                    next
                });
                last = Some((key, known));
                Some(known)
            });
        }
        names = finer;
    }
    Classes { of, names }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringArray;

    use super::super::super::{ColumnData, ENTERPRISE};
    use super::*;

    #[test]
    fn values_are_joined_and_an_unknown_one_leaves_no_class() {
        let text = |values: [Option<&str>; 4]| ColumnData::Text(StringArray::from(values.to_vec()));
        let columns = Columns::of(&ENTERPRISE, 4)
            .with("county_code", text([Some("330106"), Some("330108"), Some("330106"), None]))
            .and_then(|columns| {
                columns.with("industry_division", text([Some("13"), Some("13"), Some("13"), Some("17")]))
            })
            .unwrap();
        let by = ["county_code", "industry_division", "platform_id"].map(|name| ENTERPRISE.find(name).unwrap());
        let two = classes(&columns, &by[..2], &[0, 1, 2, 3]);
        assert_eq!(two.of, [Some(0), Some(1), Some(0), None]);
        assert_eq!(two.names, ["330106/13", "330108/13"]);
        assert_eq!(classes(&columns, &by, &[0, 1]).of, [None, None], "a column that is not given");
        let none = classes(&columns, &[], &[2, 3]);
        assert_eq!((none.of, none.names), (vec![Some(0), Some(0)], vec![String::new()]));
    }
}
