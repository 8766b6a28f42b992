//! What must become of every row and amount of a small province, by plain code from its rows alone.

use std::collections::{BTreeMap, BTreeSet};

use super::deliver::{ENERGY, Ledger, TAX, source_id};
use super::small::{COUNTIES, Entry, Firm, Flaw, Plot, Shape, Small, YEARS, code};

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Accepted,
    Rejected,
    Superseded,
    OutOfScope,
}

/// Source, year (empty: none, or unreadable) and measure.
pub type Line = (String, String, String);

/// Read, accepted, rejected, superseded, out of scope, unparsable.
pub type Counts = [i64; 6];

/// Parcel, county, and land there if it is known.
pub type Place = (String, String, Option<i64>);

/// Whole smallest units of an entry and their name; none if it cannot be read.
fn amount(ledger: &Ledger, entry: &Entry) -> Option<(i64, &'static str)> {
    let is_tax = ledger.table == TAX.table;
    if matches!(entry.flaw, Flaw::Amount | Flaw::NoAmount | Flaw::Both(_)) || (!is_tax && entry.flaw == Flaw::Kind) {
        return None;
    }
    Some(match (is_tax, entry.kind) {
        (true, _) => ((entry.thousandths + 5) / 10, "fen"),
        (false, 0) => (entry.thousandths, "Wh"),
        (false, 1) => (entry.thousandths * 1_000, "g"),
        (false, _) => (entry.thousandths, "g"),
    })
}

fn year_text(entry: &Entry) -> String {
    entry.span.year().map(|year| year.to_string()).unwrap_or_default()
}

/// What becomes of each entry of a ledger.
pub fn entry_fates(ledger: &Ledger, entries: &[Entry]) -> Vec<Fate> {
    let first = |entry: &Entry| match entry.span.year() {
        Some(year) if !YEARS.contains(&year) => Fate::OutOfScope,
        Some(_) if entry.flaw == Flaw::None => Fate::Accepted,
        _ => Fate::Rejected,
    };
    let mut fates: Vec<Fate> = entries.iter().map(first).collect();
    let group = |fates: &[Fate], key: &dyn Fn(&Entry) -> Key| -> BTreeMap<Key, Vec<usize>> {
        let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for at in (0..entries.len()).filter(|at| fates[*at] == Fate::Accepted) {
            groups.entry(key(&entries[at])).or_default().push(at);
        }
        groups
    };
    // A county's year is that of the newest delivery.
    for rows in group(&fates, &|entry| (entry.county, 0, String::new(), entry.span.year())).into_values() {
        let newest = rows.iter().map(|at| entries[*at].delivery).max();
        for at in rows.into_iter().filter(|at| Some(entries[*at].delivery) != newest) {
            fates[at] = Fate::Superseded;
        }
    }
    for rows in group(&fates, &|entry| (entry.county, entry.firm, entry.span.text(), Some(kind(entry)))).into_values() {
        let of = |at: usize| amount(ledger, &entries[at]).unwrap().0;
        let distinct: BTreeSet<i64> = rows.iter().map(|at| of(*at)).collect();
        let mut seen = BTreeSet::new();
        match ledger.duplicates[entries[rows[0]].delivery] {
            "\"sum\"" => {}
            "\"reject\"" => {
                for at in rows {
                    let verdict = if distinct.len() > 1 { Fate::Rejected } else { Fate::Accepted };
                    fates[at] = if seen.insert(of(at)) { verdict } else { Fate::Superseded };
                }
            }
            _ => {
                for at in rows {
                    let is_best = distinct.last() == Some(&of(at));
                    fates[at] = if is_best && seen.insert(of(at)) { Fate::Accepted } else { Fate::Superseded };
                }
            }
        }
    }
    // Quarters and a year of one key cannot both be meant.
    for rows in
        group(&fates, &|entry| (entry.county, entry.firm, kind(entry).to_string(), entry.span.year())).into_values()
    {
        let grains: BTreeSet<usize> = rows.iter().map(|at| entries[*at].span.text().len()).collect();
        if grains.len() > 1 {
            for at in rows {
                fates[at] = Fate::Rejected;
            }
        }
    }
    fates
}

type Key = (usize, u32, String, Option<u16>);

fn kind(entry: &Entry) -> u16 {
    u16::try_from(entry.kind).unwrap()
}

/// What becomes of each parcel row.
pub fn plot_fates(plots: &[Plot]) -> Vec<Fate> {
    let newest = |county: usize| {
        plots.iter().filter(|plot| plot.county == county && plot.shape.is_accepted()).map(|plot| plot.delivery).max()
    };
    let first = |plot: &Plot| match newest(plot.county) {
        _ if !plot.shape.is_accepted() => Fate::Rejected,
        Some(newest) if newest != plot.delivery => Fate::Superseded,
        _ => Fate::Accepted,
    };
    let mut fates: Vec<Fate> = plots.iter().map(first).collect();
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in (0..plots.len()).filter(|at| fates[*at] == Fate::Accepted) {
        by_id.entry(&plots[at].id).or_default().push(at);
    }
    for rows in by_id.into_values() {
        if rows.iter().any(|at| plots[*at].county != plots[rows[0]].county) {
            for at in rows {
                fates[at] = Fate::Rejected;
            }
            continue;
        }
        let content =
            |plot: &Plot| (plot.at, plot.shape == Shape::Twisted, plot.is_industrial, plot.registered, plot.floor);
        let mut distinct: Vec<usize> = Vec::new();
        for at in rows {
            if distinct.iter().any(|other| content(&plots[*other]) == content(&plots[at])) {
                fates[at] = Fate::Superseded;
            } else {
                distinct.push(at);
            }
        }
        let best = distinct.iter().map(|at| plots[*at].registered).max();
        let (highest, others): (Vec<usize>, Vec<usize>) =
            distinct.iter().partition(|at| Some(plots[**at].registered) == best);
        match (distinct.len(), plots[distinct[0]].delivery, highest.len()) {
            (1, ..) => {}
            (_, 1, 1) => others.into_iter().for_each(|at| fates[at] = Fate::Superseded),
            _ => distinct.into_iter().for_each(|at| fates[at] = Fate::Rejected),
        }
    }
    fates
}

/// An enterprise counts once, however many counties list it.
fn firm_fates(firms: &[Firm]) -> Vec<Fate> {
    let mut seen = BTreeSet::new();
    let fate = |firm: &Firm| match firm.flaw {
        Flaw::None if seen.insert(firm.number) => Fate::Accepted,
        Flaw::None => Fate::Superseded,
        _ => Fate::Rejected,
    };
    firms.iter().map(fate).collect()
}

/// The balance of parcels, register and ledgers.
pub fn balance(small: &Small) -> BTreeMap<Line, Counts> {
    let mut lines: BTreeMap<Line, Counts> = BTreeMap::new();
    let mut add = |source: &str, year: &str, measure: &str, fate: Fate, value: i64| {
        let counts = lines.entry((source.to_owned(), year.to_owned(), measure.to_owned())).or_default();
        counts[0] += value;
        counts[1 + fate as usize] += value;
    };
    for fate in firm_fates(&small.firms) {
        add("enterprise", "", "rows", fate, 1);
    }
    for (plot, fate) in small.plots.iter().zip(plot_fates(&small.plots)) {
        add(&source_id("parcel", plot.county, plot.delivery), "", "rows", fate, 1);
    }
    for (ledger, entries) in ledgers(small) {
        for (entry, fate) in entries.iter().zip(entry_fates(ledger, entries)) {
            let (source, year) = (source_id(ledger.table, entry.county, entry.delivery), year_text(entry));
            add(&source, &year, "rows", fate, 1);
            if let Some((amount, measure)) = amount(ledger, entry) {
                add(&source, &year, measure, fate, amount);
            }
        }
    }
    for (ledger, entries) in ledgers(small) {
        for entry in entries.iter().filter(|entry| amount(ledger, entry).is_none()) {
            let source = source_id(ledger.table, entry.county, entry.delivery);
            lines.get_mut(&(source, year_text(entry), "rows".to_owned())).unwrap()[5] += 1;
        }
    }
    lines
}

pub fn ledgers(small: &Small) -> [(&'static Ledger, &[Entry]); 2] {
    [(&TAX, &small.taxes), (&ENERGY, &small.energies)]
}

/// What falls on parcels, and what could not.
#[derive(Default)]
pub struct Allocation {
    /// Fen, or grams of standard coal at equivalent value, by ledger, parcel, enterprise and year.
    pub shares: BTreeMap<(&'static str, String, String, String), i64>,
    /// Allocated and unallocated.
    pub balance: BTreeMap<Line, (i64, i64)>,
}

/// County, delivery, firm, year and kind.
type Yearly = (usize, usize, u32, String, usize);

/// Splits every accepted year over the places of its enterprise: those of the row's county, else all.
pub fn allocate(small: &Small, places: &BTreeMap<(String, String), Vec<Place>>) -> Allocation {
    let mut allocation = Allocation::default();
    for (ledger, entries) in ledgers(small) {
        let mut years: BTreeMap<Yearly, (i64, &str)> = BTreeMap::new();
        for (entry, fate) in entries.iter().zip(entry_fates(ledger, entries)) {
            if let (Fate::Accepted, Some((amount, measure))) = (fate, amount(ledger, entry)) {
                let key = (entry.county, entry.delivery, entry.firm, year_text(entry), entry.kind);
                years.entry(key).or_insert((0, measure)).0 += amount;
            }
        }
        for ((county, delivery, firm, year, kind), (amount, measure)) in years {
            let uscc = code(firm);
            let all = places.get(&(uscc.clone(), year.clone())).cloned().unwrap_or_default();
            let local: Vec<Place> = all.iter().filter(|(_, at, _)| at == COUNTIES[county]).cloned().collect();
            let chosen = if local.is_empty() { all } else { local };
            let land: Option<Vec<i64>> = chosen.iter().map(|(.., land)| *land).collect();
            let land = land.filter(|land| land.iter().any(|land| *land > 0));
            let is_known = ledger.kinds[kind] != "peat";
            let line = (source_id(ledger.table, county, delivery), year.clone(), measure.to_owned());
            let (allocated, unallocated) = allocation.balance.entry(line).or_default();
            let Some(land) = land.filter(|_| is_known) else {
                *unallocated += amount;
                continue;
            };
            *allocated += amount;
            let falling = match ledger.kinds[kind] {
                "deed" => continue,
                "electricity" => (amount * 3_000 + 5_000) / 10_000,
                "raw_coal" => (amount * 7_143 + 5_000) / 10_000,
                _ => amount,
            };
            for ((parcel, ..), part) in chosen.iter().zip(split(falling, &land)) {
                let key = (ledger.table, parcel.clone(), uscc.clone(), year.clone());
                *allocation.shares.entry(key).or_default() += part;
            }
        }
    }
    allocation
}

/// Largest remainder, ties to the first.
fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let product = |at: usize| i128::from(total) * i128::from(weights[at]);
    let mut parts: Vec<i64> = (0..weights.len()).map(|at| i64::try_from(product(at) / whole).unwrap()).collect();
    while parts.iter().sum::<i64>() < total {
        let owed = |at: &usize| product(*at) - i128::from(parts[*at]) * whole;
        let most = (0..weights.len()).rev().max_by_key(owed).unwrap();
        parts[most] += 1;
    }
    parts
}
