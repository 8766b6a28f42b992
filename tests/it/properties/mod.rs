//! The laws of the design over provinces that are drawn, and shrink to the few rows that break one.
//!
//! `PROPTEST_CASES` says how many provinces each law is tried on.

mod balance;
mod deliver;
mod entries;
mod land;
mod small;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::AsArray;
use chrono::Utc;
use mujun::run::progress::Progress;
use mujun::run::{Options, run};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::province::{Snapshot, decimals, integers, mujun, texts};
use crate::scratch::Scratch;
use balance::{Fate, Line, Place, allocate, balance, entry_fates, ledgers, plot_fates};
use deliver::{Form, deliver, source_id};
use entries::{Entry, Flaw};
use small::{ANCHOR, Small, code, small};

/// So many cases, unless the environment says otherwise. A case is a run or two: shrinking is bounded.
fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_MAX_SHRINK_ITERS").is_none() {
        config.max_shrink_iters = 1_000;
    }
    config
}

type Checked = Result<(), TestCaseError>;

/// Runs the pipeline in `folder`, in this process.
fn publish(folder: &Path, store: &str) -> Result<Snapshot, TestCaseError> {
    let options = Options { store: Some(folder.join(store)), ..Options::default() };
    let outcome = run(&folder.join("pipeline.toml"), &options, Utc::now(), &Progress::silent());
    let outcome = outcome.map_err(|error| TestCaseError::fail(error.to_string()))?;
    Ok(Snapshot { folder: outcome.store.join("snapshots").join(&outcome.snapshot), id: outcome.snapshot })
}

/// What is published of a province.
fn published(small: &Small) -> Result<(Scratch, Snapshot), TestCaseError> {
    let scratch = Scratch::new();
    deliver(small, Form::default(), scratch.path());
    let snapshot = publish(scratch.path(), "store")?;
    Ok((scratch, snapshot))
}

proptest! {
    #![proptest_config(config(20))]

    /// Law 1, rows, and law 2, money, energy and output: as if counted by hand from what was delivered.
    #[test]
    fn rows_and_amounts_are_accounted_for(small in small()) {
        let (_scratch, snapshot) = published(&small)?;
        rows_balance(&small, &snapshot)?;
        amounts_are_allocated(&small, &snapshot)?;
        lineage_names_the_accepted(&small, &snapshot)?;
    }

    /// Law 3, land.
    #[test]
    fn land_is_in_one_block_and_adds_up(small in small()) {
        let (_scratch, snapshot) = published(&small)?;
        land::parcels_are_measured(&small, &snapshot)?;
        land::blocks_are_what_lies_together(&small, &snapshot)?;
    }
}

proptest! {
    #![proptest_config(config(10))]

    /// Law 4: threads, parts, order of rows, place and language decide nothing.
    #[test]
    fn bytes_depend_on_what_is_delivered_alone(
        small in small(),
        threads in 1_u16..6,
        max_rows in prop::option::of(1_u32..6),
        order in prop::option::of(any::<u64>()),
        (zone, language) in prop::sample::select(vec![("UTC", "C"), ("America/Lima", "tr_TR.UTF-8"), ("Asia/Kathmandu", "zh_CN.GB18030")]),
    ) {
        let (_scratch, first) = published(&small)?;
        let other = Scratch::new();
        deliver(&small, Form { max_rows, order }, other.path());
        let output = mujun()
            .arg("run")
            .arg(other.path().join("pipeline.toml"))
            .args(["--threads", &threads.to_string(), "--output", "json"])
            .env("TZ", zone)
            .env("LANG", language)
            .env("LC_ALL", language)
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        prop_assert!(told["snapshot"].is_string(), "{}", crate::province::told(&output));
        let id = told["snapshot"].as_str().unwrap_or_default().to_owned();
        let second = Snapshot { folder: other.path().join("store/snapshots").join(&id), id };
        if order.is_some() {
            prop_assert_eq!(first.files_but_origins(), second.files_but_origins());
        } else {
            prop_assert_eq!(first.files(), second.files());
        }
    }
}

/// How one row, or one firm's rows, are lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    Tax(Flaw),
    Energy(Flaw),
    Output(Flaw),
    Right(Flaw),
    /// All rows of the row's firm for its year.
    TaxYear,
    EnergyYear,
    OutputYear,
}

fn loss() -> impl Strategy<Value = Loss> {
    let flaw = (0_usize..4, 0_usize..18)
        .prop_map(|(which, at)| [Flaw::Amount, Flaw::Code(at), Flaw::Both(at), Flaw::Parcel(at)][which]);
    let of_ledger = |flaw: Flaw| if let Flaw::Parcel(at) = flaw { Flaw::Code(at) } else { flaw };
    (0_usize..10, flaw).prop_map(move |(table, flaw)| match table {
        0 | 1 => Loss::Tax(of_ledger(flaw)),
        2 => Loss::Energy(of_ledger(flaw)),
        3 | 4 => Loss::Output(of_ledger(flaw)),
        5 => Loss::TaxYear,
        6 => Loss::EnergyYear,
        7 => Loss::OutputYear,
        _ => Loss::Right(flaw),
    })
}

/// The province after the loss; none if there is nothing to lose.
fn lose(small: &Small, loss: Loss, row: prop::sample::Index) -> Option<Small> {
    let mut after = small.clone();
    match loss {
        Loss::Tax(flaw) => sound(&mut after.taxes, row)?.flaw = flaw,
        Loss::Energy(flaw) => sound(&mut after.energies, row)?.flaw = flaw,
        Loss::Output(flaw) => sound(&mut after.outputs, row)?.flaw = flaw,
        Loss::Right(flaw) => {
            let mut sound: Vec<_> = after.rights.iter_mut().filter(|right| right.flaw == Flaw::None).collect();
            let at = (!sound.is_empty()).then(|| row.index(sound.len()))?;
            sound[at].flaw = flaw;
        }
        Loss::TaxYear => lose_year(&mut after.taxes, row)?,
        Loss::EnergyYear => lose_year(&mut after.energies, row)?,
        Loss::OutputYear => lose_year(&mut after.outputs, row)?,
    }
    Some(after)
}

fn lose_year(entries: &mut Vec<Entry>, row: prop::sample::Index) -> Option<()> {
    let Entry { firm, span, .. } = sound(entries, row)?.clone();
    // Anchors stay: a year of which a delivery has no row at all is not in it, and the older one holds.
    if firm >= ANCHOR {
        return None;
    }
    entries.retain(|entry| (entry.firm, entry.span.year()) != (firm, span.year()));
    Some(())
}

fn sound(entries: &mut [Entry], row: prop::sample::Index) -> Option<&mut Entry> {
    let mut sound: Vec<&mut Entry> = entries.iter_mut().filter(|entry| entry.flaw == Flaw::None).collect();
    (!sound.is_empty()).then(|| sound.swap_remove(row.index(sound.len())))
}

/// The low parcels of each year.
fn low(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let status = snapshot.table("bi/parcel_rule_status.parquet");
    let keys = texts(&status, "parcel_id").into_iter().zip(texts(&status, "period"));
    keys.zip(texts(&status, "judgement")).filter(|(_, judgement)| judgement == "low").map(|(key, _)| key).collect()
}

/// Who has which grade, by enterprise, county and year.
fn graded(snapshot: &Snapshot) -> BTreeMap<[String; 3], String> {
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let [firms, counties, years, grades] =
        ["uscc", "county_code", "period", "grade"].map(|column| texts(&rows, column));
    let keys = firms.into_iter().zip(counties).zip(years).map(|((firm, county), year)| [firm, county, year]);
    keys.zip(grades).filter(|(_, grade)| !grade.is_empty()).collect()
}

proptest! {
    #![proptest_config(config(20))]

    /// The design's property: what is missing never counts against anyone.
    #[test]
    fn what_is_lost_never_turns_a_parcel_low_nor_worsens_a_grade(
        small in small(), loss in loss(), row in any::<prop::sample::Index>(),
    ) {
        let less = lose(&small, loss, row);
        prop_assume!(less.is_some());
        let (_scratch, before) = published(&small)?;
        // A source or table that is left without one accepted row stops the run: nothing is published, nobody turns low.
        let after = published(&less.unwrap_or(small));
        let stops = ["no row was accepted", "no source gave an accepted row"];
        if matches!(&after, Err(why) if stops.iter().any(|stop| why.to_string().contains(stop))) {
            return Ok(());
        }
        let (_other, after) = after?;
        let turned: Vec<_> = low(&after).difference(&low(&before)).cloned().collect();
        prop_assert!(turned.is_empty(), "{turned:?}");
        let graded = graded(&before);
        let worse = self::graded(&after);
        let worse: Vec<_> = worse.iter().filter(|(key, grade)| graded.get(*key).is_none_or(|was| was < *grade)).collect();
        prop_assert!(worse.is_empty(), "{worse:?}");
    }
}

fn rows_balance(small: &Small, snapshot: &Snapshot) -> Checked {
    let told = snapshot.table("quality/reconciliation.parquet");
    let columns = ["read", "accepted", "rejected", "superseded", "out_of_scope", "unparsable"];
    let columns = columns.map(|column| integers(&told, column));
    let (tables, sources) = (texts(&told, "table"), texts(&told, "source_id"));
    let (years, measures) = (texts(&told, "period"), texts(&told, "measure"));
    let mut published = BTreeMap::new();
    let mut rejected = 0;
    for row in 0..told.num_rows() {
        let counts = columns.each_ref().map(|column| column[row].unwrap_or_default());
        rejected += if measures[row] == "rows" { counts[2] } else { 0 };
        if tables[row] == "occupancy" {
            let read = i64::try_from(small.rights.len()).unwrap();
            prop_assert_eq!(counts[0], read);
            prop_assert_eq!(counts[1..5].iter().sum::<i64>(), read);
            let lineage = snapshot.table("lineage/occupancy.parquet").num_rows();
            prop_assert_eq!(usize::try_from(counts[1]).unwrap(), lineage);
        } else {
            published.insert((sources[row].clone(), years[row].clone(), measures[row].clone()), counts);
        }
    }
    prop_assert_eq!(published, balance(small));
    let rejects = snapshot.table("quality/rejects.parquet").num_rows();
    prop_assert_eq!(usize::try_from(rejected).unwrap(), rejects);
    // Law 7: they tell no enterprise.
    let rejects = snapshot.table("quality/rejects.parquet");
    for column in rejects.columns().iter().filter_map(|column| column.as_string_opt::<i32>()) {
        prop_assert!(column.iter().flatten().all(|text| !text.contains("91330200MA")));
    }
    Ok(())
}

/// Where each enterprise is in each year, as published.
fn places(snapshot: &Snapshot) -> BTreeMap<(String, String), Vec<Place>> {
    let shares = snapshot.table("bi/parcel_enterprise.parquet");
    let (parcels, enterprises) = (texts(&shares, "parcel_id"), texts(&shares, "uscc"));
    let (years, counties) = (texts(&shares, "period"), texts(&shares, "county_code"));
    let land = integers(&shares, "occupied_cm2");
    let mut places: BTreeMap<_, Vec<Place>> = BTreeMap::new();
    for row in 0..shares.num_rows() {
        let place = (parcels[row].clone(), counties[row].clone(), land[row]);
        places.entry((enterprises[row].clone(), years[row].clone())).or_default().push(place);
    }
    for places in places.values_mut() {
        places.sort();
    }
    places
}

fn amounts_are_allocated(small: &Small, snapshot: &Snapshot) -> Checked {
    let expected = allocate(small, &places(snapshot));
    let told = snapshot.table("quality/reconciliation.parquet");
    let lines = texts(&told, "source_id").into_iter().zip(texts(&told, "period")).zip(texts(&told, "measure"));
    let sums = integers(&told, "allocated").into_iter().zip(integers(&told, "unallocated"));
    let mut balance: BTreeMap<Line, (i64, i64)> = BTreeMap::new();
    for (((source, year), measure), (allocated, unallocated)) in lines.zip(sums) {
        if let (Some(allocated), Some(unallocated)) = (allocated, unallocated)
            && (allocated, unallocated) != (0, 0)
        {
            balance.insert((source, year, measure), (allocated, unallocated));
        }
    }
    let mut sums = expected.balance;
    sums.retain(|_, sums| *sums != (0, 0));
    prop_assert_eq!(balance, sums);

    let shares = snapshot.table("bi/parcel_enterprise.parquet");
    let keys: Vec<_> =
        texts(&shares, "parcel_id").into_iter().zip(texts(&shares, "uscc")).zip(texts(&shares, "period")).collect();
    let fen = |column| -> Vec<Option<i64>> {
        decimals(&shares, column).into_iter().map(|fen| fen.map(|fen| i64::try_from(fen).unwrap())).collect()
    };
    let mut held = BTreeMap::new();
    for (table, amounts) in [
        ("tax", fen("tax_yuan")),
        ("energy", integers(&shares, "energy_equivalent_g")),
        ("revenue_fen", fen("revenue_yuan")),
        ("value_added_fen", fen("value_added_yuan")),
    ] {
        for (((parcel, uscc), year), amount) in keys.iter().cloned().zip(amounts) {
            amount.and_then(|amount| held.insert((table, parcel, uscc, year), amount));
        }
    }
    prop_assert_eq!(&held, &expected.shares);

    // A parcel's money is what its occupants hold there.
    let mut by_parcel: BTreeMap<(&str, String, String), i64> = BTreeMap::new();
    for ((table, parcel, _, year), amount) in held {
        *by_parcel.entry((table, parcel, year)).or_default() += amount;
    }
    let yields = snapshot.table("bi/parcel_yield.parquet");
    for (table, column) in
        [("tax", "tax_yuan"), ("revenue_fen", "revenue_yuan"), ("value_added_fen", "value_added_yuan")]
    {
        let keys = texts(&yields, "parcel_id").into_iter().zip(texts(&yields, "period"));
        for ((parcel, year), fen) in keys.zip(decimals(&yields, column)) {
            let key = (table, parcel, year);
            let held = by_parcel.get(&key).copied().unwrap_or_default();
            prop_assert_eq!(fen.unwrap_or_default(), i128::from(held), "{:?}", key);
        }
    }
    Ok(())
}

/// Every accepted ledger row stands in the lineage by file and line, and no other.
fn lineage_names_the_accepted(small: &Small, snapshot: &Snapshot) -> Checked {
    for (ledger, entries) in ledgers(small) {
        let mut lines: BTreeMap<String, i64> = BTreeMap::new();
        let mut expected = BTreeSet::new();
        for (entry, fate) in entries.iter().zip(entry_fates(ledger, entries)) {
            let source = source_id(ledger.table, entry.county, entry.delivery);
            // Line 1 is the header.
            let line = lines.entry(source.clone()).or_insert(1);
            *line += 1;
            if fate == Fate::Accepted {
                expected.insert((source, *line, code(entry.firm)));
            }
        }
        let lineage = snapshot.table(&format!("lineage/{}.parquet", ledger.table));
        let rows = texts(&lineage, "source_id").into_iter().zip(integers(&lineage, "row")).zip(texts(&lineage, "uscc"));
        let told: BTreeSet<_> = rows.map(|((source, row), uscc)| (source, row.unwrap_or_default(), uscc)).collect();
        prop_assert_eq!(told, expected);
    }
    Ok(())
}

/// The ids of the parcels that are accepted, with their rows.
fn accepted_plots(small: &Small) -> BTreeMap<String, &small::Plot> {
    let fates = plot_fates(&small.plots);
    small
        .plots
        .iter()
        .zip(fates)
        .filter(|(_, fate)| *fate == Fate::Accepted)
        .map(|(plot, _)| (plot.id.clone(), plot))
        .collect()
}
