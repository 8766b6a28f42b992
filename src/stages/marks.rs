//! Reduce: what rejected rows may have been about is marked incomplete, so that missing data never counts against anyone.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{RecordBatch, StringArray};

use super::StageError;
use super::order::text;
use crate::table::{mark, settled_mark};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

/// A set of identifiers.
pub type Ids<'a> = std::collections::HashSet<&'a str>;

/// One mark: measure, scope, id, county, period.
type Settled = BTreeSet<(&'static str, &'static str, Option<String>, Option<String>, Option<String>)>;

/// Settles all marks against the enterprises and parcels that exist. `ledger_ids` are enterprises that ledgers name.
///
/// # Errors
/// Never by the data.
pub fn settle<'a>(
    marks: &[RecordBatch],
    enterprises: &Ids<'_>,
    strangers: &[Stranger<'_>],
    parcel_ids: impl Iterator<Item = &'a StringArray>,
) -> Result<RecordBatch, StageError> {
    let mut settled = Settled::new();
    for batch in marks {
        let rows = mark::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let county = text(rows.county_code, row);
            let period = text(rows.period, row);
            let measure = match rows.table.value(row) {
                "tax" => "tax",
                "energy" => "energy",
                _ => "all",
            };
            if let Some(uscc) = text(rows.uscc, row) {
                add(&mut settled, measure, "enterprise", Some(uscc), None, period);
            } else {
                let unreadable = text(rows.unreadable_uscc, row).unwrap_or_default();
                near_enterprises(&mut settled, measure, (unreadable, county, period), enterprises);
            }
            if let Some(parcel) = text(rows.parcel_id, row) {
                add(&mut settled, "all", "parcel", Some(parcel), None, None);
            }
        }
    }
    for stranger in strangers {
        let about = (stranger.id, Some(stranger.county), Some(stranger.period));
        near_enterprises(&mut settled, stranger.measure, about, enterprises);
    }
    near_parcels(&mut settled, marks, parcel_ids)?;
    let mut rows = settled_mark::Builder::default();
    for (measure, scope, id, county, period) in settled {
        rows.measure.append_value(measure);
        rows.scope.append_value(scope);
        rows.id.append_option(id);
        rows.county_code.append_option(county);
        rows.period.append_option(period);
    }
    Ok(rows.finish()?)
}

/// A ledger row of an external id that neither the register nor occupancy knows: it may be misspelt, and no
/// check character tells.
#[derive(Debug, Clone, Copy)]
pub struct Stranger<'a> {
    /// `tax` or `energy`.
    pub measure: &'static str,
    /// Its id.
    pub id: &'a str,
    /// County.
    pub county: &'a str,
    /// Year.
    pub period: &'a str,
}

fn add(
    settled: &mut Settled,
    measure: &'static str,
    scope: &'static str,
    id: Option<&str>,
    county: Option<&str>,
    period: Option<&str>,
) {
    settled.insert((measure, scope, id.map(str::to_owned), county.map(str::to_owned), period.map(str::to_owned)));
}

/// The enterprises one character away; if there are none, the silent ones of the county.
fn near_enterprises(
    settled: &mut Settled,
    measure: &'static str,
    (unreadable, county, period): (&str, Option<&str>, Option<&str>),
    enterprises: &Ids<'_>,
) {
    let mut near = BTreeSet::new();
    for form in forms(unreadable, county) {
        near.extend(variants(&form).filter(|variant| enterprises.contains(variant.as_str())));
    }
    if near.is_empty() {
        add(settled, measure, "silent", None, county, period);
    }
    for uscc in near {
        add(settled, measure, "enterprise", Some(&uscc), None, period);
    }
}

/// What an unreadable text may stand for: itself, its plain form, and either as an external id of its county.
fn forms(text: &str, county: Option<&str>) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.trim().to_owned(), folded(text)]);
    if let Some(county) = county {
        let external: Vec<String> = forms.iter().map(|form| format!("{county}:{form}")).collect();
        forms.extend(external);
    }
    forms
}

/// The parcels one character away from a misspelt code; if there are none, every parcel of the county.
fn near_parcels<'a>(
    settled: &mut Settled,
    marks: &[RecordBatch],
    parcel_ids: impl Iterator<Item = &'a StringArray>,
) -> Result<(), StageError> {
    let mut misspelt: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for batch in marks {
        let rows = mark::View::of(batch)?;
        for row in (0..batch.num_rows()).filter(|row| rows.table.value(*row) == "occupancy") {
            let unreadable = text(rows.unreadable_parcel_id, row);
            let is_nameless =
                unreadable.is_none() && text(rows.parcel_id, row).is_none() && text(rows.uscc, row).is_none();
            if unreadable.is_some() || is_nameless {
                let county = text(rows.county_code, row).map(str::to_owned);
                misspelt.insert((unreadable.unwrap_or_default().to_owned(), county));
            }
        }
    }
    let mut wanted: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, (unreadable, county)) in misspelt.iter().enumerate() {
        for variant in forms(unreadable, county.as_deref()).iter().flat_map(|form| variants(form)) {
            wanted.entry(variant).or_default().push(at);
        }
    }
    let mut found = vec![false; misspelt.len()];
    if !wanted.is_empty() {
        for ids in parcel_ids {
            for id in ids.iter().flatten() {
                for at in wanted.get(id).into_iter().flatten() {
                    found[*at] = true;
                    add(settled, "all", "parcel", Some(id), None, None);
                }
            }
        }
    }
    for ((_, county), found) in misspelt.iter().zip(found) {
        if !found {
            add(settled, "all", "county", None, county.as_deref(), None);
        }
    }
    Ok(())
}

/// Plain upper-case form: what people type full-width, spaced or in lower case is no error.
fn folded(text: &str) -> String {
    let fold = |character: char| match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(character),
        _ => character,
    };
    text.chars().map(fold).filter(|character| !character.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Every text one character away: one replaced, left out or added, by any printable ASCII character,
/// of which all identifiers are made. Nothing for what is too long to be one.
fn variants(text: &str) -> impl Iterator<Item = String> + use<> {
    const LONGEST: usize = 72;
    let characters: Vec<char> = text.chars().collect();
    let printable = || (' '..='~').map(Some);
    let mut all: Vec<String> = Vec::new();
    if (1..=LONGEST).contains(&characters.len()) {
        let mut add = |before: &[char], middle: Option<char>, after: &[char]| {
            all.push(before.iter().copied().chain(middle).chain(after.iter().copied()).collect());
        };
        for at in 0..=characters.len() {
            let (before, after) = characters.split_at(at);
            if let [_, rest @ ..] = after {
                add(before, None, rest);
                for other in printable() {
                    add(before, other, rest);
                }
            }
            for other in printable() {
                add(before, other, after);
            }
        }
    }
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn one_character_away_means_replaced_left_out_or_added() {
        let near: HashSet<String> = variants("9133").collect();
        for text in ["9134", "913", "91338", "0133", "X9133"] {
            assert!(near.contains(text), "{text}");
        }
        assert!(!near.contains("9144"));
    }

    #[test]
    fn an_unreadable_code_marks_its_neighbours_or_the_silent() {
        let mut rows = mark::Builder::default();
        for (unreadable, row) in [("9133O106MAH9QPYM2R", 2), ("nonsense", 3)] {
            rows.table.append_value("tax");
            rows.county_code.append_value("330106");
            rows.period.append_value("2024");
            rows.uscc.append_null();
            rows.unreadable_uscc.append_value(unreadable);
            rows.parcel_id.append_null();
            rows.unreadable_parcel_id.append_null();
            rows.row.append_value(row);
        }
        let register = HashSet::from(["91330106MAH9QPYM2R"]);
        let settled = settle(&[rows.finish().unwrap()], &register, &[], std::iter::empty()).unwrap();
        let settled = settled_mark::View::of(&settled).unwrap();
        let scopes: Vec<_> = settled.scope.iter().flatten().collect();
        assert_eq!(scopes, ["enterprise", "silent"]);
        assert_eq!(settled.id.value(0), "91330106MAH9QPYM2R");
        assert_eq!(settled.county_code.value(1), "330106");
    }

    #[test]
    fn an_external_id_may_hold_any_printable_character() {
        for (id, misspelt) in
            [("lot-abcd", "lot-abcz"), ("LOT/ABCD", "LOT/ABCZ"), ("LOT ABCD", "LOT ABC"), ("a#b", "a#")]
        {
            let known = format!("330106:{id}");
            let stranger = format!("330106:{misspelt}");
            let stranger = Stranger { measure: "tax", id: &stranger, county: "330106", period: "2024" };
            let settled = settle(&[], &HashSet::from([known.as_str()]), &[stranger], std::iter::empty()).unwrap();
            let settled = settled_mark::View::of(&settled).unwrap();
            assert_eq!(settled.scope.value(0), "enterprise", "{misspelt}");
            assert_eq!(settled.id.value(0), known);
        }
    }

    #[test]
    fn a_misspelt_parcel_marks_its_neighbours_or_the_county() {
        let mut rows = mark::Builder::default();
        for (unreadable, row) in [("330106001002GB00124", 2), ("??", 3)] {
            rows.table.append_value("occupancy");
            rows.county_code.append_value("330106");
            rows.period.append_null();
            rows.uscc.append_value("91330106MAH9QPYM2R");
            rows.unreadable_uscc.append_null();
            rows.parcel_id.append_null();
            rows.unreadable_parcel_id.append_value(unreadable);
            rows.row.append_value(row);
        }
        let ids = StringArray::from(vec!["330106001002GB00123", "330106001002GB00999"]);
        let settled = settle(&[rows.finish().unwrap()], &HashSet::new(), &[], std::iter::once(&ids)).unwrap();
        let settled = settled_mark::View::of(&settled).unwrap();
        let scopes: Vec<_> = settled.scope.iter().flatten().collect();
        assert_eq!(scopes, ["county", "enterprise", "parcel"]);
        assert_eq!(settled.id.value(2), "330106001002GB00123");
    }
}
