//! Reduce: what rejected rows may have been about is marked incomplete, so that missing data never counts against anyone.

use std::collections::BTreeSet;

use arrow::array::{RecordBatch, StringArray};

use super::StageError;
use super::near::Misspelt;
use super::order::text;
use crate::domain::Set;
use crate::domain::width::plain;
use crate::fault::{self, Fault};
use crate::table::delivery::Delivered;
use crate::table::{mark, settled_mark};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 8;

/// A set of identifiers.
pub type Ids<'a> = Set<&'a str>;

/// One mark: measure, scope, id, county, period.
type Settled = BTreeSet<(&'static str, &'static str, Option<String>, Option<String>, Option<String>)>;

/// What exists: against this marks are settled.
pub struct Known<'a> {
    /// Enterprises of the register and of occupancy, in batches; one may come several times.
    pub enterprises: Vec<&'a StringArray>,
    /// Ids of all accepted parcels, in batches.
    pub parcels: Vec<&'a StringArray>,
    /// Ids of parcels whose own rows were rejected.
    pub rejected_parcels: Ids<'a>,
    /// Who occupies what.
    pub occupants: Vec<Occupants<'a>>,
}

/// Occupants of a county.
pub struct Occupants<'a> {
    /// County.
    pub county: &'a str,
    /// Parcels.
    pub parcels: &'a StringArray,
    /// Enterprises, beside them.
    pub enterprises: &'a StringArray,
}

/// Settles all marks.
///
/// # Errors
/// Never by the data.
pub fn settle(marks: &[RecordBatch], known: &Known<'_>, strangers: &[Stranger<'_>]) -> Result<RecordBatch, StageError> {
    let mut settled = Settled::new();
    let mut unreadable = Vec::new();
    for batch in marks {
        let rows = mark::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let (county, period) = (text(rows.county_code, row), text(rows.period, row));
            // A lost row of the register is about what it tells alone, one of occupancy about all that is allocated by it.
            let is_of_itself = |table: &Delivered| table.is_by_county() || *table == Delivered::Enterprise;
            let measure = Delivered::named(rows.table.value(row)).filter(is_of_itself).map_or("all", Delivered::name);
            if let Some(uscc) = text(rows.uscc, row) {
                add(&mut settled, measure, "enterprise", Some(uscc), None, period);
            } else {
                let code = text(rows.unreadable_uscc, row).unwrap_or_default().to_owned();
                unreadable.push(Unreadable { measure, code, county: owned(county), period: owned(period) });
            }
        }
    }
    unreadable.extend(strangers.iter().map(|stranger| Unreadable {
        measure: stranger.measure,
        code: stranger.id.to_owned(),
        county: Some(stranger.county.to_owned()),
        period: owned(stranger.period),
    }));
    if !fault::is_on(Fault::MarkLost) {
        near_enterprises(&mut settled, unreadable, known);
    }
    parcels(&mut settled, marks, known)?;
    occupants_of_marked(&mut settled, known);
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

/// Where an occupancy row was lost, the others on that parcel seem to hold more of it than they do, and so less of
/// their amounts seems to fall on their other parcels: they are marked too.
fn occupants_of_marked(settled: &mut Settled, known: &Known<'_>) {
    let mut parcels: Set<String> = Set::default();
    let mut counties: Set<Option<String>> = Set::default();
    for (_, scope, id, county, _) in settled.iter() {
        match (*scope, id) {
            ("parcel", Some(id)) => drop(parcels.insert(id.clone())),
            ("county", _) => drop(counties.insert(county.clone())),
            _ => {}
        }
    }
    if parcels.is_empty() && counties.is_empty() {
        return;
    }
    for occupants in &known.occupants {
        let is_whole = counties.contains(&None) || counties.contains(&Some(occupants.county.to_owned()));
        for (parcel, uscc) in occupants.parcels.iter().zip(occupants.enterprises) {
            if is_whole || parcel.is_some_and(|parcel| parcels.contains(parcel)) {
                add(settled, "all", "enterprise", uscc, None, None);
            }
        }
    }
}

/// A ledger row of an external id that neither the register nor occupancy knows: it may be misspelt, and no
/// check character tells.
#[derive(Debug, Clone, Copy)]
pub struct Stranger<'a> {
    /// Its ledger.
    pub measure: &'static str,
    /// Its id.
    pub id: &'a str,
    /// County.
    pub county: &'a str,
    /// Year, where its ledger has years.
    pub period: Option<&'a str>,
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

/// A ledger row whose enterprise cannot be read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Unreadable {
    measure: &'static str,
    code: String,
    county: Option<String>,
    period: Option<String>,
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// For each: the enterprises one character away; if there are none, the silent ones of the county.
fn near_enterprises(settled: &mut Settled, mut unreadable: Vec<Unreadable>, known: &Known<'_>) {
    unreadable.sort_unstable();
    unreadable.dedup();
    let forms = all_forms(unreadable.iter().map(|row| (row.code.as_str(), row.county.as_deref())));
    let misspelt = Misspelt::new(&forms.texts);
    let mut found = vec![false; unreadable.len()];
    for uscc in known.enterprises.iter().flat_map(|ids| ids.iter()).flatten() {
        misspelt.near(uscc, |form| {
            let at = forms.of[form];
            found[at] = true;
            add(settled, unreadable[at].measure, "enterprise", Some(uscc), None, unreadable[at].period.as_deref());
        });
    }
    for (row, _) in unreadable.iter().zip(found).filter(|(_, found)| !found) {
        add(settled, row.measure, "silent", None, row.county.as_deref(), row.period.as_deref());
    }
}

/// The forms of several texts, and which text each is of.
struct Forms {
    texts: Vec<String>,
    of: Vec<usize>,
}

fn all_forms<'a>(texts: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Forms {
    let mut all = Forms { texts: Vec::new(), of: Vec::new() };
    for (at, (text, county)) in texts.enumerate() {
        let forms = forms(text, county);
        all.of.extend(std::iter::repeat_n(at, forms.len()));
        all.texts.extend(forms);
    }
    all
}

/// What an unreadable text may stand for: itself, its plain form, and either as an external id of its county.
fn forms(text: &str, county: Option<&str>) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.trim().to_owned(), folded(text)]);
    forms.remove("");
    if let Some(county) = county {
        let external: Vec<String> = forms.iter().map(|form| format!("{county}:{form}")).collect();
        forms.extend(external);
    }
    forms
}

/// Parcels that rejected occupancy rows name; for a code that no parcel has, those one character away,
/// and if there are none, every parcel of the county.
fn parcels(settled: &mut Settled, marks: &[RecordBatch], known: &Known<'_>) -> Result<(), StageError> {
    let mut named: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for batch in marks {
        let rows = mark::View::of(batch)?;
        for row in (0..batch.num_rows()).filter(|row| rows.table.value(*row) == "occupancy") {
            let code = text(rows.parcel_id, row).or(text(rows.unreadable_parcel_id, row));
            let is_nameless = code.is_none() && text(rows.uscc, row).is_none();
            if code.is_some() || is_nameless {
                let county = text(rows.county_code, row).map(str::to_owned);
                named.insert((code.unwrap_or_default().to_owned(), county));
            }
        }
    }
    let exact: Ids<'_> = named.iter().map(|(code, _)| code.as_str()).collect();
    let mut existing: Ids<'_> = known.rejected_parcels.clone();
    for id in known.parcels.iter().flat_map(|ids| ids.iter()).flatten().filter(|id| exact.contains(id)) {
        existing.insert(id);
        add(settled, "all", "parcel", Some(id), None, None);
    }
    let misspelt: Vec<&(String, Option<String>)> =
        named.iter().filter(|(code, _)| !existing.contains(code.as_str())).collect();
    let forms = all_forms(misspelt.iter().map(|(code, county)| (code.as_str(), county.as_deref())));
    let queries = Misspelt::new(&forms.texts);
    let mut found = vec![false; misspelt.len()];
    for id in known.parcels.iter().flat_map(|ids| ids.iter()).flatten() {
        queries.near(id, |form| {
            found[forms.of[form]] = true;
            add(settled, "all", "parcel", Some(id), None, None);
        });
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
    text.chars().map(plain).filter(|character| !character.is_whitespace()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known<'a>(enterprises: &'a StringArray, parcels: Vec<&'a StringArray>) -> Known<'a> {
        Known { enterprises: vec![enterprises], parcels, rejected_parcels: Ids::default(), occupants: Vec::new() }
    }

    /// A rejected row: table, readable and unreadable enterprise, readable and unreadable parcel.
    type Refused<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>);

    fn marks(refused: &[Refused<'_>]) -> RecordBatch {
        let mut rows = mark::Builder::default();
        for (row, (table, uscc, unreadable_uscc, parcel, unreadable_parcel)) in refused.iter().enumerate() {
            rows.table.append_value(table);
            rows.county_code.append_value("330106");
            rows.period.append_value("2024");
            rows.uscc.append_option(*uscc);
            rows.unreadable_uscc.append_option(*unreadable_uscc);
            rows.parcel_id.append_option(*parcel);
            rows.unreadable_parcel_id.append_option(*unreadable_parcel);
            rows.row.append_value(i64::try_from(row).unwrap());
        }
        rows.finish().unwrap()
    }

    /// Scope and id (or county) of each settled mark.
    fn told(marks: &[RecordBatch], known: &Known<'_>, strangers: &[Stranger<'_>]) -> Vec<(String, String)> {
        let settled = settle(marks, known, strangers).unwrap();
        let rows = settled_mark::View::of(&settled).unwrap();
        (0..settled.num_rows())
            .map(|row| {
                let about = text(rows.id, row).or(text(rows.county_code, row)).unwrap_or_default();
                (rows.scope.value(row).to_owned(), about.to_owned())
            })
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(scope, about)| ((*scope).to_owned(), (*about).to_owned())).collect()
    }

    const FIRM: &str = "91330106MAH9QPYM2R";

    fn ids(ids: &[&str]) -> StringArray {
        ids.iter().copied().map(Some).collect()
    }

    #[test]
    fn an_unreadable_code_marks_its_neighbours_or_the_silent() {
        let refused = marks(&[
            ("tax", None, Some("9133O106MAH9QPYM2R"), None, None),
            ("tax", None, Some("nonsense"), None, None),
        ]);
        let expected = pairs(&[("enterprise", FIRM), ("silent", "330106")]);
        assert_eq!(told(&[refused], &known(&ids(&[FIRM]), Vec::new()), &[]), expected);
    }

    #[test]
    fn an_external_id_may_hold_any_printable_character() {
        for (id, misspelt) in
            [("lot-abcd", "lot-abcz"), ("LOT/ABCD", "LOT/ABCZ"), ("LOT ABCD", "LOT ABC"), ("a#b", "a#")]
        {
            let (id, misspelt) = (format!("330106:{id}"), format!("330106:{misspelt}"));
            let stranger = Stranger { measure: "tax", id: &misspelt, county: "330106", period: Some("2024") };
            let told = told(&[], &known(&ids(&[&id]), Vec::new()), &[stranger]);
            assert_eq!(told, pairs(&[("enterprise", &id)]), "{misspelt}");
        }
    }

    #[test]
    fn a_misspelt_parcel_marks_its_neighbours_or_the_county() {
        let (firms, ids) = (ids(&[FIRM]), ids(&["330106001002GB00123", "330106001002GB00999"]));
        let refused = marks(&[
            ("occupancy", Some(FIRM), None, None, Some("330106001002GB00124")),
            ("occupancy", Some(FIRM), None, None, Some("??")),
        ]);
        let expected = pairs(&[("county", "330106"), ("enterprise", FIRM), ("parcel", "330106001002GB00123")]);
        assert_eq!(told(&[refused], &known(&firms, vec![&ids]), &[]), expected);
    }

    #[test]
    fn a_well_formed_code_that_no_parcel_has_is_misspelt_whatever_else_is_wrong() {
        let (firms, ids) = (ids(&[FIRM]), ids(&["330106001002GB00123"]));
        let refused = marks(&[("occupancy", Some(FIRM), None, Some("330106001002GB00124"), None)]);
        let expected = pairs(&[("enterprise", FIRM), ("parcel", "330106001002GB00123")]);
        assert_eq!(told(std::slice::from_ref(&refused), &known(&firms, vec![&ids]), &[]), expected);
        // Unless that parcel's own row was rejected: then the code is right.
        let mut rejected = known(&firms, vec![&ids]);
        rejected.rejected_parcels.insert("330106001002GB00124");
        assert_eq!(told(&[refused], &rejected, &[]), pairs(&[("enterprise", FIRM)]));
    }

    #[test]
    fn the_others_on_a_marked_parcel_are_marked_too() {
        let (firms, ids) = (ids(&[FIRM]), ids(&["330106001002GB00123"]));
        let (parcels, lessor) = (StringArray::from(vec!["330106001002GB00123"]), StringArray::from(vec!["lessor"]));
        let mut known = known(&firms, vec![&ids]);
        known.occupants.push(Occupants { county: "330106", parcels: &parcels, enterprises: &lessor });
        let refused = marks(&[("occupancy", Some(FIRM), None, Some("330106001002GB00123"), None)]);
        let expected = pairs(&[("enterprise", FIRM), ("enterprise", "lessor"), ("parcel", "330106001002GB00123")]);
        assert_eq!(told(&[refused], &known, &[]), expected);
    }
}
