//! The divisions and industries that the summaries speak of, with those above them.

use std::collections::BTreeSet;

use arrow::array::{Array, RecordBatch};

use super::super::StageError;
use super::super::quality::Issues;
use super::enterprises::UNKNOWN;
use super::{level, levels};
use crate::domain::industry::digits;
use crate::domain::{Divisions, Industries, IssueCode, industry_division};
use crate::table::{dim_division, dim_industry, enterprise, labels};

/// The divisions that the snapshot speaks of.
///
/// # Errors
/// Never by the data.
pub fn dim_divisions(divisions: &Divisions, counties: &BTreeSet<String>) -> Result<RecordBatch, StageError> {
    let codes: BTreeSet<&str> = counties.iter().flat_map(|county| levels(county)).collect();
    let mut out = dim_division::Builder::default();
    for code in codes {
        out.division_code.append_value(code);
        out.level.append_value(level(code));
        out.name.append_value(divisions.name(code).unwrap_or(code));
        out.parent_code.append_option((code.len() > 2).then(|| code.get(..code.len() - 2)).flatten());
    }
    Ok(out.finish()?)
}

/// The columns of the register that tell industries.
pub const REGISTER_COLUMNS: &[&str] = &["county_code", "industry_code"];

/// All industries that are known, those that the register delivers, and a remark on each of its rows whose industry is not
/// known: `dim_industry` and `issue`.
///
/// # Errors
/// When a column is missing.
pub fn dim_industries(
    industries: &Industries,
    register: &[RecordBatch],
) -> Result<(RecordBatch, RecordBatch), StageError> {
    let mut codes: BTreeSet<&str> = industries.codes().chain([UNKNOWN]).collect();
    let mut issues = Issues::default();
    for batch in register {
        let counties = labels(batch, &enterprise::TABLE, "county_code")?;
        let delivered = labels(batch, &enterprise::TABLE, "industry_code")?;
        let mut is_there = vec![false; delivered.names().len()];
        (0..batch.num_rows())
            .filter(|row| delivered.get(*row).is_some())
            .for_each(|row| is_there[delivered.code(row)] = true);
        let there = || delivered.names().iter().zip(&is_there).map(|(code, is_there)| code.filter(|_| *is_there));
        for code in there().flatten() {
            if codes.insert(code) {
                codes.extend(std::iter::successors(parent(code, industries), |above| parent(above, industries)));
            }
        }
        let is_unknown = |code: &str| industries.name(industry_division(code).unwrap_or(code)).is_none();
        let is_unknown: Vec<bool> = there().map(|code| code.is_some_and(is_unknown)).collect();
        let unknown = |row: &usize| delivered.get(*row).is_some() && is_unknown[delivered.code(*row)];
        for row in (0..batch.num_rows()).filter(unknown) {
            issues.note("enterprise", counties.value(row), IssueCode::IndustryUnknown, None, None);
        }
    }
    let mut out = dim_industry::Builder::default();
    for code in codes {
        let division = industry_division(code);
        let section = division.map_or_else(|| industries.name(code).map(|_| code), |of| industries.section(of));
        let is_named = digits(code).len() == 2 || division.is_none();
        out.industry_code.append_value(code);
        out.level.append_value(level_of(code, industries));
        out.name.append_option(industries.name(division.unwrap_or(code)).filter(|_| is_named));
        out.parent_code.append_option(parent(code, industries));
        out.section_code.append_option(section);
        out.industry_division.append_option(division.or((code == UNKNOWN).then_some(UNKNOWN)));
    }
    Ok((out.finish()?, issues.finish()?))
}

fn level_of(code: &str, industries: &Industries) -> &'static str {
    let digits = digits(code);
    match digits.len() {
        0 if industries.name(code).is_some() => "section",
        2..=4 if digits.bytes().all(|byte| byte.is_ascii_digit()) => ["division", "group", "class"][digits.len() - 2],
        _ => UNKNOWN,
    }
}

/// The code that an industry is a part of.
fn parent<'a>(code: &'a str, industries: &Industries) -> Option<&'a str> {
    let digits = digits(code);
    match level_of(code, industries) {
        "division" => industries.section(digits),
        "group" | "class" => digits.get(..digits.len() - 1),
        _ => industry_division(code),
    }
}
