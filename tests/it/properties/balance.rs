//! What must become of every row and amount of a small province, by plain code from its rows alone.

use std::collections::{BTreeMap, BTreeSet};

use super::deliver::{ENERGY, Ledger, OUTPUT, TAX, source_id};
use super::entries::{Entry, Flaw};
use super::small::{COUNTIES, Firm, Plot, Shape, Small, YEARS, code};

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

/// What an entry's amounts are delivered as, in thousandths; none for an empty cell. Of output: revenue, value added
/// (negative where revenue is small), R&D, staff.
pub fn cells(ledger: &Ledger, entry: &Entry) -> Vec<Option<i64>> {
    if ledger.table != OUTPUT.table {
        return vec![Some(entry.thousandths)];
    }
    let revenue = entry.thousandths;
    let [is_all, has_revenue, has_value_added] = [entry.kind == 0, entry.kind != 1, entry.kind != 2];
    vec![
        has_revenue.then_some(revenue),
        has_value_added.then_some(revenue / 3 - 4_000_000),
        is_all.then_some(revenue / 50),
        Some(revenue / 1_000_000 * 1_000),
    ]
}

/// What an amount of thousandths of a unit is balanced as, and what it comes to there.
fn smallest(ledger: &Ledger, entry: &Entry, at: usize, thousandths: i64) -> (&'static str, i64) {
    let fen = (thousandths.abs() + 5) / 10 * thousandths.signum();
    match (ledger.table, entry.kind, at) {
        ("tax", ..) => ("fen", fen),
        ("energy", 0, _) => ("Wh", thousandths),
        ("energy", 1, _) => ("g", thousandths * 1_000),
        ("energy", ..) => ("g", thousandths),
        (.., 0) => ("revenue_fen", fen),
        (.., 1) => ("value_added_fen", fen),
        (.., 2) => ("rd_fen", fen),
        _ => ("staff", thousandths / 1_000),
    }
}

/// The amounts of an entry that can be read.
fn amounts(ledger: &Ledger, entry: &Entry) -> Vec<(&'static str, i64)> {
    let lost = match entry.flaw {
        Flaw::NoAmount => usize::MAX,
        Flaw::Kind if ledger.table == ENERGY.table => 1,
        Flaw::Amount | Flaw::Both(_) => 1,
        _ => 0,
    };
    let told = cells(ledger, entry).into_iter().enumerate().skip(lost);
    told.filter_map(|(at, thousandths)| Some(smallest(ledger, entry, at, thousandths?))).collect()
}

/// Whether an amount of it that should be there cannot be read.
fn is_unparsable(ledger: &Ledger, entry: &Entry) -> bool {
    let is_unknown = entry.flaw == Flaw::Kind && ledger.table == ENERGY.table;
    is_unknown || matches!(entry.flaw, Flaw::Amount | Flaw::NoAmount | Flaw::Both(_))
}

fn year_text(entry: &Entry) -> String {
    entry.span.year().map(|year| year.to_string()).unwrap_or_default()
}

/// What becomes of each entry of a ledger.
pub fn entry_fates(ledger: &Ledger, entries: &[Entry]) -> Vec<Fate> {
    let first = |entry: &Entry| match entry.span.year() {
        Some(year) if !YEARS.contains(&year) => Fate::OutOfScope,
        Some(_) if entry.flaw == Flaw::None => Fate::Accepted,
        // Output has no kinds.
        Some(_) if entry.flaw == Flaw::Kind && ledger.table == OUTPUT.table => Fate::Accepted,
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
    for rows in
        group(&fates, &|entry| (entry.county, entry.firm, entry.span.text(), Some(kind(ledger, entry)))).into_values()
    {
        let of = |at: usize| cells(ledger, &entries[at]);
        let distinct: BTreeSet<Vec<Option<i64>>> = rows.iter().map(|at| of(*at)).collect();
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
                let best = distinct.last().unwrap()[0];
                let is_settled = distinct.iter().filter(|cells| cells[0] == best).count() == 1;
                for at in rows {
                    fates[at] = match (seen.insert(of(at)), of(at)[0] == best) {
                        (true, _) if !is_settled => Fate::Rejected,
                        (true, true) => Fate::Accepted,
                        _ => Fate::Superseded,
                    };
                }
            }
        }
    }
    // Quarters and a year of one key cannot both be meant.
    for rows in group(&fates, &|entry| (entry.county, entry.firm, kind(ledger, entry).to_string(), entry.span.year()))
        .into_values()
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

/// The kind, where it is part of the key.
fn kind(ledger: &Ledger, entry: &Entry) -> u16 {
    if ledger.table == OUTPUT.table { 0 } else { u16::try_from(entry.kind).unwrap() }
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
            for (measure, amount) in amounts(ledger, entry) {
                add(&source, &year, measure, fate, amount);
            }
        }
    }
    for (ledger, entries) in ledgers(small) {
        for entry in entries.iter().filter(|entry| is_unparsable(ledger, entry)) {
            let source = source_id(ledger.table, entry.county, entry.delivery);
            lines.get_mut(&(source, year_text(entry), "rows".to_owned())).unwrap()[5] += 1;
        }
    }
    lines
}

pub fn ledgers(small: &Small) -> [(&'static Ledger, &[Entry]); 3] {
    [(&TAX, &small.taxes), (&ENERGY, &small.energies), (&OUTPUT, &small.outputs)]
}

/// What falls on parcels, and what could not.
#[derive(Default)]
pub struct Allocation {
    /// Fen, or grams of standard coal at equivalent value, by ledger (of output, by measure), parcel, enterprise and year.
    pub shares: BTreeMap<(&'static str, String, String, String), i64>,
    /// Allocated and unallocated.
    pub balance: BTreeMap<Line, (i64, i64)>,
}

/// County, delivery, firm, year, kind and measure.
type Yearly = (usize, usize, u32, String, u16, &'static str);

/// Splits every accepted year over the places of its enterprise: those of the row's county, else all.
pub fn allocate(small: &Small, places: &BTreeMap<(String, String), Vec<Place>>) -> Allocation {
    let mut allocation = Allocation::default();
    for (ledger, entries) in ledgers(small) {
        let mut years: BTreeMap<Yearly, i64> = BTreeMap::new();
        for (entry, fate) in entries.iter().zip(entry_fates(ledger, entries)) {
            // R&D and staff stay with the enterprise.
            let told = amounts(ledger, entry).into_iter().filter(|(measure, _)| !["rd_fen", "staff"].contains(measure));
            for (measure, amount) in told.filter(|_| fate == Fate::Accepted) {
                let kind = kind(ledger, entry);
                let key = (entry.county, entry.delivery, entry.firm, year_text(entry), kind, measure);
                *years.entry(key).or_default() += amount;
            }
        }
        for ((county, delivery, firm, year, kind, measure), amount) in years {
            let uscc = code(firm);
            let all = places.get(&(uscc.clone(), year.clone())).cloned().unwrap_or_default();
            let local: Vec<Place> = all.iter().filter(|(_, at, _)| at == COUNTIES[county]).cloned().collect();
            let chosen = if local.is_empty() { all } else { local };
            let land: Option<Vec<i64>> = chosen.iter().map(|(.., land)| *land).collect();
            let land = land.filter(|land| land.iter().any(|land| *land > 0));
            let kind = ledger.kinds[usize::from(kind)];
            let is_known = kind != "peat";
            let line = (source_id(ledger.table, county, delivery), year.clone(), measure.to_owned());
            let (allocated, unallocated) = allocation.balance.entry(line).or_default();
            let Some(land) = land.filter(|_| is_known) else {
                *unallocated += amount;
                continue;
            };
            *allocated += amount;
            let falling = match kind {
                "deed" => continue,
                "electricity" => (amount * 3_000 + 5_000) / 10_000,
                "raw_coal" => (amount * 7_143 + 5_000) / 10_000,
                _ => amount,
            };
            for ((parcel, ..), part) in chosen.iter().zip(split(falling, &land)) {
                let table = if ledger.table == OUTPUT.table { measure } else { ledger.table };
                let key = (table, parcel.clone(), uscc.clone(), year.clone());
                *allocation.shares.entry(key).or_default() += part;
            }
        }
    }
    allocation
}

/// Largest remainder, ties to the first; the sign is kept.
fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    if total < 0 {
        return split(-total, weights).into_iter().map(|part| -part).collect();
    }
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
