//! Summaries of small counties, worked out by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use proptest::prelude::*;

use super::cell::{Cell, MEASURES};
use super::spread::deciles;
use super::withhold::withheld;
use super::*;
use crate::domain::{Divisions, Industries, Ratio};
use crate::table::{
    Table, block_member, dim_industry, division_tally, enterprise, enterprise_evaluation, enterprise_figure,
    enterprise_tally, issue, parcel_rule_status, parcel_yield,
};

/// Rows of a table of which only some columns matter: the others are null, or empty where they must not be.
fn filled(table: &'static Table, rows: usize, columns: &[(&str, ArrayRef)]) -> RecordBatch {
    assert!(columns.iter().all(|(name, _)| table.columns.iter().any(|column| column.name == *name)));
    let column = |declared: &crate::table::Column| {
        let kind = declared.kind.arrow();
        let empty: ArrayRef = match kind {
            DataType::Boolean => Arc::new(BooleanArray::from(vec![false; rows])),
            DataType::Utf8 | DataType::Dictionary(..) => Arc::new(StringArray::from(vec![""; rows])),
            _ => Arc::new(Int64Array::from(vec![0; rows])),
        };
        let given = columns.iter().find(|(name, _)| *name == declared.name).map(|(_, column)| column.clone());
        let unknown = declared.is_nullable.then(|| new_null_array(&kind, rows));
        cast(&given.or(unknown).unwrap_or(empty), &kind).unwrap()
    };
    RecordBatch::try_new(table.schema(), table.columns.iter().map(column).collect()).unwrap()
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn numbers(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

/// An enterprise of a county. An amount that is none is a lower bound of 7.
#[derive(Debug, Clone, Copy)]
struct Firm {
    county: &'static str,
    industry: Option<&'static str>,
    /// cm²; none: doubtful, but for three mu.
    land: Option<i64>,
    tax: Option<i64>,
    value_added: Option<i64>,
    energy: Option<i64>,
    staff: Option<i64>,
    /// Whether its figures are summed under another's.
    is_member: bool,
    /// None: no set evaluates it.
    standing: Option<&'static str>,
    grade: Option<&'static str>,
}

/// Three mu.
const LAND: i64 = 20_000_000;
/// 10,000 yuan.
const WAN: i64 = 1_000_000;

const FIRM: Firm = Firm {
    county: "330106",
    industry: Some("C1762"),
    land: Some(LAND),
    tax: None,
    value_added: None,
    energy: None,
    staff: None,
    is_member: false,
    standing: Some("ranked"),
    grade: None,
};

/// What a county tells of its firms in 2024.
fn told_by(firms: &[Firm]) -> (RecordBatch, RecordBatch) {
    let ids: Vec<String> = (0..firms.len()).map(|number| format!("firm {number}")).collect();
    let amount = |of: fn(&Firm) -> Option<i64>| numbers(firms.iter().map(|firm| Some(of(firm).unwrap_or(7))));
    let completeness = |of: fn(&Firm) -> Option<i64>| {
        texts(firms.iter().map(|firm| Some(if of(firm).is_some() { "complete" } else { "lower_bound" })))
    };
    let same = |text: &'static str| texts(firms.iter().map(|_| Some(text)));
    let figures = [
        ("uscc", texts(ids.iter().map(|id| Some(id.as_str())))),
        ("county_code", texts(firms.iter().map(|firm| Some(firm.county)))),
        ("period", same("2024")),
        ("industry_code", texts(firms.iter().map(|firm| firm.industry))),
        ("land_cm2", numbers(firms.iter().map(|firm| Some(firm.land.unwrap_or(LAND))))),
        ("is_land_doubtful", Arc::new(firms.iter().map(|firm| Some(firm.land.is_none())).collect::<BooleanArray>())),
        ("link_standing", texts(firms.iter().map(|firm| firm.is_member.then_some("member")))),
        ("tax_fen", amount(|firm| firm.tax)),
        ("tax_completeness", completeness(|firm| firm.tax)),
        ("value_added_fen", amount(|firm| firm.value_added)),
        ("value_added_completeness", completeness(|firm| firm.value_added)),
        ("energy_equivalent_g", amount(|firm| firm.energy)),
        ("energy_completeness", completeness(|firm| firm.energy)),
        ("staff", amount(|firm| firm.staff)),
        ("staff_completeness", completeness(|firm| firm.staff)),
        ("revenue_completeness", same("none")),
        ("rd_completeness", same("none")),
        ("emission_completeness", same("none")),
    ];
    let evaluated: Vec<usize> = (0..firms.len()).filter(|at| firms[*at].standing.is_some()).collect();
    let word = |of: &dyn Fn(usize) -> Option<&'static str>| texts(evaluated.iter().map(|at| of(*at)));
    let evaluations = [
        ("uscc", texts(evaluated.iter().map(|at| Some(ids[*at].as_str())))),
        ("period", word(&|_| Some("2024"))),
        ("standing", word(&|at| firms[at].standing)),
        ("grade", word(&|at| firms[at].grade)),
    ];
    let figures = filled(&enterprise_figure::TABLE, firms.len(), &figures);
    enterprises(&figures, &filled(&enterprise_evaluation::TABLE, evaluated.len(), &evaluations)).unwrap()
}

/// The industry summary of counties, each with its firms.
fn summary(counties: &[&[Firm]], least: i64) -> RecordBatch {
    let (tallies, spreads): (Vec<_>, Vec<_>) = counties.iter().map(|firms| told_by(firms)).unzip();
    let enterprises = Enterprises { tallies: &tallies, spreads: &spreads, least };
    industries(enterprises, &Divisions::zhejiang(), &Industries::national()).unwrap()
}

/// A summary's row.
#[derive(Clone, Copy)]
struct Row<'a>(&'a RecordBatch, usize);

impl<'a> Row<'a> {
    fn of(rows: &'a RecordBatch, division: &str, industry: Option<&str>) -> Self {
        let is = |name: &str, row: usize, text: &str| rows[name].as_string::<i32>().value(row) == text;
        let is_it = |row: &usize| {
            is("division_code", *row, division) && industry.is_none_or(|code| is("industry_code", *row, code))
        };
        Self(rows, (0..rows.num_rows()).find(is_it).unwrap())
    }

    fn counts<const N: usize>(self, names: [&str; N]) -> [Option<i64>; N] {
        names.map(|name| self.0[name].as_primitive::<Int64Type>().iter().nth(self.1).unwrap())
    }

    fn fen(self, name: &str) -> Option<i128> {
        self.0[name].as_primitive::<Decimal128Type>().iter().nth(self.1).unwrap()
    }

    fn double(self, name: &str) -> Option<f64> {
        self.0[name].as_primitive::<Float64Type>().iter().nth(self.1).unwrap()
    }

    fn is_suppressed(self) -> bool {
        self.0["is_suppressed"].as_boolean().value(self.1)
    }

    fn deciles(self) -> Vec<Option<f64>> {
        (1..10).map(|tenth| self.double(&format!("tax_wan_per_mu_p{tenth}0"))).collect()
    }
}

/// Textiles of Xihu: tax 30, 60 and 90 wan yuan on 3 mu each; a fourth's tax is a lower bound, a fifth's land doubtful.
fn xihu() -> [Firm; 5] {
    [
        Firm { tax: Some(30 * WAN), grade: Some("A"), value_added: Some(300 * WAN), energy: Some(WAN), ..FIRM },
        Firm { tax: Some(60 * WAN), grade: Some("A"), value_added: Some(-60 * WAN), staff: Some(4), ..FIRM },
        Firm { tax: Some(90 * WAN), grade: Some("D"), industry: Some("17"), ..FIRM },
        Firm { standing: Some("not_judged"), ..FIRM },
        Firm { tax: Some(WAN), land: None, standing: Some("excluded"), grade: Some("T"), ..FIRM },
    ]
}

#[test]
fn an_industry_is_what_its_enterprises_add_up_to() {
    let firms = xihu();
    let unknown = [
        Firm { industry: None, standing: Some("group_none"), ..FIRM },
        Firm { industry: Some("纺织"), standing: None, ..FIRM },
    ];
    let member = Firm { tax: Some(500 * WAN), is_member: true, standing: Some("member"), grade: Some("A"), ..FIRM };
    let rows = summary(&[&[firms.as_slice(), &unknown, &[member]].concat()], 1);
    // County, city and province: textiles and unknown.
    assert_eq!(rows.num_rows(), 6);
    for division in ["33", "3301", "330106"] {
        let textiles = Row::of(&rows, division, Some("17"));
        let counts = ["enterprises", "evaluated", "ranked", "not_judged", "excluded", "tax_n", "value_added_n"];
        assert_eq!(textiles.counts(counts), [5, 5, 3, 1, 1, 3, 2].map(Some));
        let grades = ["grade_a", "grade_b", "grade_c", "grade_d", "grade_t"];
        assert_eq!(textiles.counts(grades), [2, 0, 0, 1, 1].map(Some));
        // 4 × 3 mu and, of the doubtful one, 3 mu that are known.
        let land = ["land_mu", "grade_a_mu", "grade_d_mu", "grade_t_mu"].map(|name| textiles.double(name));
        assert_eq!(land, [15.0, 6.0, 3.0, 3.0].map(Some));
        // (30 + 60 + 90) wan yuan on 9 mu.
        assert_eq!(textiles.fen("rated_tax_yuan"), Some(i128::from(180 * WAN)));
        assert_eq!((textiles.double("tax_land_mu"), textiles.double("tax_wan_per_mu")), (Some(9.0), Some(20.0)));
        // Of 10, 20 and 30 a mu: the ⌈0.3 n⌉ = 1st, the ⌈0.5 · 3⌉ = 2nd, from ⌈0.7 · 3⌉ on the 3rd.
        let expected = [10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 30.0, 30.0, 30.0].map(Some);
        assert_eq!(textiles.deciles(), expected);
        // (300 − 60) on 6 mu; 300 by 1 tce; −60 by 4 persons.
        assert_eq!(textiles.double("value_added_wan_per_mu"), Some(40.0));
        assert_eq!(textiles.counts(["energy_n", "staff_n", "revenue_n"]), [1, 1, 0].map(Some));
        assert_eq!(
            (textiles.double("rated_energy_tce"), textiles.double("value_added_wan_per_tce")),
            (Some(1.0), Some(300.0))
        );
        assert_eq!(textiles.double("value_added_wan_per_person"), Some(-15.0));
        // Nobody is rated by revenue: null, and not zero.
        assert_eq!((textiles.fen("rated_revenue_yuan"), textiles.double("revenue_wan_per_mu")), (None, None));
        assert!(!textiles.is_suppressed());
        let rest = Row::of(&rows, division, Some("unknown"));
        assert_eq!(rest.counts(["enterprises", "evaluated", "tax_n"]), [2, 0, 0].map(Some));
        assert_eq!(rest.double("tax_wan_per_mu"), None);
    }
}

#[test]
fn what_few_enterprises_stand_behind_is_withheld() {
    let rows = summary(&[&xihu()], 3);
    let textiles = Row::of(&rows, "330106", Some("17"));
    assert!(textiles.is_suppressed());
    // Three pay tax; two tell value added, one energy.
    assert_eq!(textiles.double("tax_wan_per_mu"), Some(20.0));
    assert_eq!((textiles.fen("rated_value_added_yuan"), textiles.fen("energy_value_added_yuan")), (None, None));
    assert_eq!(textiles.counts(["value_added_n", "energy_n", "rated_staff"]), [Some(2), Some(1), None]);
    // A nearest rank is one enterprise's own value: of three, none has three on either side.
    assert_eq!(textiles.deciles(), vec![None; 9]);
    // Two counties: one with three that pay, one with two. The city tells 5, so the first would tell the second's.
    let more = [1, 2].map(|wan| Firm { county: "330108", tax: Some(wan * WAN), ..FIRM });
    let rows = summary(&[&xihu(), &more], 3);
    let told = ["33", "3301", "330106", "330108"].map(|code| Row::of(&rows, code, Some("17")).fen("rated_tax_yuan"));
    assert_eq!(told, [Some(i128::from(183 * WAN)), Some(i128::from(183 * WAN)), None, None]);
}

#[test]
fn a_division_has_the_enterprises_of_all_its_industries() {
    let mut other = FIRM;
    (other.industry, other.tax, other.grade) = (Some("34"), Some(12 * WAN), Some("C"));
    let neighbour = Firm { county: "330205", ..other };
    let (tallies, spreads): (Vec<_>, Vec<_>) =
        [[xihu().as_slice(), &[other]].concat(), vec![neighbour]].iter().map(|firms| told_by(firms)).unzip();
    let parcels = filled(
        &division_tally::TABLE,
        1,
        &[("county_code", texts([Some("330106")].into_iter())), ("period", texts([Some("2024")].into_iter()))],
    );
    let members = block_member::Builder::default().finish().unwrap();
    let made = |tallies: &[RecordBatch], spreads: &[RecordBatch]| {
        let enterprises = Enterprises { tallies, spreads, least: 1 };
        divisions(std::slice::from_ref(&parcels), enterprises, &members, &Divisions::zhejiang(), "2024").unwrap()
    };
    let rows = made(&tallies, &spreads);
    // The neighbour has no parcels, and its row all the same.
    let told = |code: &str| {
        let row = Row::of(&rows, code, None);
        (
            row.counts(["enterprises", "ranked", "grade_c", "enterprise_tax_n"]),
            row.double("enterprise_tax_wan_per_mu_p50"),
        )
    };
    // Of 4, 10, 20 and 30 wan yuan a mu the ⌈0.5 · 4⌉ = 2nd; of 4, 4, 10, 20, 30 the 3rd.
    assert_eq!(told("330106"), ([6, 4, 1, 4].map(Some), Some(10.0)));
    assert_eq!(told("330205"), ([1, 1, 1, 1].map(Some), Some(4.0)));
    assert_eq!(told("33"), ([7, 5, 2, 5].map(Some), Some(10.0)));
    // Without an evaluation nothing is known of enterprises.
    let rows = made(&[], &[]);
    assert_eq!(Row::of(&rows, "330106", None).counts(["enterprises", "grade_a"]), [None, None]);
    let nothing = Enterprises { tallies: &[], spreads: &[], least: 1 };
    assert_eq!(industries(nothing, &Divisions::zhejiang(), &Industries::national()).unwrap().num_rows(), 0);
}

#[test]
fn parcels_are_rated_by_what_is_complete() {
    // Three industrial parcels of 3 mu: value added 60, 30 and a lower bound of 9 wan yuan; energy 2, 0 and 4 tce.
    let same = |text: &'static str| texts([Some(text); 3].into_iter());
    let ids = || texts([Some("a"), Some("b"), Some("c")].into_iter());
    let yes: ArrayRef = Arc::new(BooleanArray::from(vec![true; 3]));
    let fen = |wan: [i64; 3]| -> ArrayRef {
        let fen: arrow::array::Decimal128Array = wan.iter().map(|wan| Some(i128::from(wan * WAN))).collect();
        Arc::new(fen.with_precision_and_scale(18, 2).unwrap())
    };
    let yields = [
        ("parcel_id", ids()),
        ("county_code", same("330106")),
        ("period", same("2024")),
        ("is_industrial", yes),
        ("land_cm2", numbers([Some(LAND); 3].into_iter())),
        ("tax_completeness", same("none")),
        ("value_added_yuan", fen([60, 30, 9])),
        ("value_added_completeness", texts(["complete", "complete", "lower_bound"].into_iter().map(Some))),
        ("energy_equivalent_g", numbers([2, 0, 4].into_iter().map(|tonnes| Some(tonnes * 1_000_000)))),
        ("energy_completeness", same("complete")),
    ];
    let status = [("parcel_id", ids()), ("period", same("2024"))];
    let tally =
        tally(&filled(&parcel_yield::TABLE, 3, &yields), &filled(&parcel_rule_status::TABLE, 3, &status)).unwrap();
    let nobody = Enterprises { tallies: &[], spreads: &[], least: 1 };
    let members = block_member::Builder::default().finish().unwrap();
    let rows = divisions(&[tally.clone(), tally], nobody, &members, &Divisions::zhejiang(), "2024").unwrap();
    let city = Row::of(&rows, "3301", None);
    // Twice 90 wan yuan on 6 mu, 6 tce on 9 mu, and where energy is used 60 wan yuan by 2 tce.
    let amounts = ["rated_value_added_yuan", "energy_value_added_yuan"].map(|name| city.fen(name));
    assert_eq!(amounts, [180, 120].map(|wan| Some(i128::from(wan * WAN))));
    let names = ["value_added_land_mu", "rated_energy_tce", "energy_land_mu", "value_added_energy_tce"];
    assert_eq!(names.map(|name| city.double(name)), [12.0, 12.0, 18.0, 4.0].map(Some));
    let names = ["value_added_wan_per_mu", "energy_tce_per_mu", "value_added_wan_per_tce", "tax_wan_per_mu"];
    assert_eq!(names.map(|name| city.double(name)), [Some(15.0), Some(2.0 / 3.0), Some(30.0), None]);
}

#[test]
fn deciles_have_enough_enterprises_on_either_side() {
    // 21 values of k/3 in any order: the ⌈2.1⌉ = 3rd has three on its side, and so has the ⌈18.9⌉ = 19th.
    let values: Vec<(i64, i64)> = (1..=21).rev().map(|k| (2 * k, 6)).collect();
    let at = |k: i128| Some(Ratio::new(k, 3));
    assert_eq!(deciles(values.clone(), 3), [3, 5, 7, 9, 11, 13, 15, 17, 19].map(at));
    assert_eq!(deciles(values[1..].to_vec(), 3)[..2], [None, at(4)]);
    assert_eq!(deciles(Vec::new(), 1), [None; 9]);
}

#[test]
fn industries_are_named_as_far_as_they_are_known() {
    let codes =
        [Some("C1762"), Some("17"), Some("5110"), Some("纺织"), None, Some("C"), Some("99"), Some("17"), Some("17620")];
    let counties = ["330106", "330106", "330106", "330108", "330108", "330108", "330108", "330106", "330106"];
    let columns = [("industry_code", texts(codes.into_iter())), ("county_code", texts(counties.into_iter().map(Some)))];
    let register = filled(&enterprise::TABLE, codes.len(), &columns);
    let (rows, remarks) = dim_industries(&Industries::national(), &[register]).unwrap();
    let view = dim_industry::View::of(&rows).unwrap();
    let found = |code: &str| {
        let row = (0..rows.num_rows()).find(|row| view.industry_code.value(*row) == code).unwrap();
        let text = |column: &'_ StringArray| column.is_valid(row).then(|| column.value(row).to_owned());
        (
            view.level.value(row).to_owned(),
            [view.name, view.parent_code, view.section_code, view.industry_division].map(text),
        )
    };
    let expect = |code: &str, level: &str, rest: [Option<&str>; 4]| {
        assert_eq!(found(code), (level.to_owned(), rest.map(|text| text.map(str::to_owned))), "{code}");
    };
    expect("17", "division", [Some("纺织业"), Some("C"), Some("C"), Some("17")]);
    expect("C1762", "class", [None, Some("176"), Some("C"), Some("17")]);
    expect("176", "group", [None, Some("17"), Some("C"), Some("17")]);
    expect("C", "section", [Some("制造业"), None, Some("C"), None]);
    expect("5110", "class", [None, Some("511"), None, Some("51")]);
    expect("51", "division", [None, None, None, Some("51")]);
    expect("纺织", "unknown", [None, None, None, None]);
    expect("17620", "unknown", [None, Some("17"), Some("C"), Some("17")]);
    expect("unknown", "unknown", [None, None, None, Some("unknown")]);
    // Wholesale in one county; a text and 99 in the other.
    let view = issue::View::of(&remarks).unwrap();
    let remarks: Vec<_> = (0..remarks.num_rows())
        .map(|row| (view.county_code.value(row), view.code.value(row), view.count.value(row)))
        .collect();
    assert_eq!(remarks, [("330106", "industry_unknown", 1), ("330108", "industry_unknown", 2)]);
}

#[test]
fn a_cell_has_the_columns_of_its_table() {
    let names: Vec<_> = enterprise_tally::TABLE.columns[3..].iter().map(|column| column.name).collect();
    assert_eq!(names.len(), Cell::SUMS);
    let mut cell = Cell::EMPTY;
    cell.grade("D", 5);
    cell.rate(MEASURES - 1, (6, 7));
    let of = |name: &str| cell.0[names.iter().position(|one| *one == name).unwrap()];
    assert_eq!(["grade_d", "grade_d_cm2", "staff_n", "staff_value_added_fen", "staff"].map(of), [1, 5, 1, 6, 7]);
    let places = ["enterprises", "ranked", "not_judged", "excluded", "land_cm2"];
    assert_eq!(
        places.map(|name| names.iter().position(|one| *one == name).unwrap()),
        [Cell::ENTERPRISES, Cell::RANKED, Cell::NOT_JUDGED, Cell::EXCLUDED, Cell::LAND]
    );
}

proptest! {
    /// Whatever the counts, no division that is told leaves over fewer enterprises than the least by subtraction.
    #[test]
    fn nothing_few_is_had_by_subtraction(
        counts in prop::collection::btree_map((0_usize..3, 0_usize..4), 0_i64..7, 1..12), least in 1_i64..5,
    ) {
        let names: Vec<(String, i64)> =
            counts.iter().flat_map(|((city, county), n)| {
                levels(&format!("33{city:02}{county:02}")).map(|code| (code.to_owned(), *n)).collect::<Vec<_>>()
            }).collect();
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (code, n) in &names {
            *sums.entry(code).or_default() += n;
        }
        let hidden = withheld(&sums, least);
        let is_told = |code: &str| sums[code] > 0 && !hidden.contains(code);
        for (code, n) in &sums {
            prop_assert!(!is_told(code) || *n >= least);
            // What lies in what is told, told or not.
            let parts = || sums.keys().filter(|part| part.len() == code.len() + 2 && part.starts_with(code));
            let rest: i64 = parts().filter(|part| !is_told(part)).map(|part| sums[part]).sum();
            prop_assert!(!is_told(code) || rest == 0 || rest >= least, "{} leaves {}", code, rest);
            prop_assert!(is_told(code) || parts().all(|part| !is_told(part)));
        }
        prop_assert!(least > 1 || hidden.is_empty());
    }

    /// Cities and the province are the sums of their counties, in any order of counties and firms.
    #[test]
    fn counties_add_up(
        firms in prop::collection::vec((0_usize..3, 0_usize..3, -9_i64..9, 0_i64..4, any::<bool>()), 1..24).prop_shuffle(),
    ) {
        const COUNTIES: [&str; 3] = ["330106", "330108", "330205"];
        let firms: Vec<Firm> = firms.iter().map(|(county, industry, tax, land, is_whole)| Firm {
            county: COUNTIES[*county],
            industry: [Some("17"), Some("C1810"), None][*industry],
            land: Some(land * LAND),
            tax: is_whole.then_some(tax * WAN),
            ..FIRM
        }).collect();
        let of = |county: &str| firms.iter().filter(|firm| firm.county == county).copied().collect::<Vec<_>>();
        let counties: Vec<Vec<Firm>> = COUNTIES.iter().rev().map(|county| of(county)).collect();
        let counties: Vec<&[Firm]> = counties.iter().map(Vec::as_slice).filter(|firms| !firms.is_empty()).collect();
        let rows = summary(&counties, 1);
        let backwards: Vec<Vec<Firm>> = counties.iter().rev().map(|firms| firms.iter().rev().copied().collect()).collect();
        let backwards: Vec<&[Firm]> = backwards.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(&summary(&backwards, 1), &rows);
        let codes: BTreeSet<(&str, &str)> = (0..rows.num_rows())
            .map(|row| ["division_code", "industry_code"].map(|name| rows[name].as_string::<i32>().value(row)).into())
            .collect();
        for (code, industry) in &codes {
            let own = |firm: &&Firm| {
                let division = firm.industry.map_or("unknown", |code| code.trim_start_matches('C').get(..2).unwrap());
                firm.county.starts_with(code) && division == *industry
            };
            let rated = || firms.iter().filter(own).filter_map(|firm| firm.tax.zip(firm.land.filter(|land| *land > 0)));
            let row = Row::of(&rows, code, Some(industry));
            let n = i64::try_from(rated().count()).unwrap();
            let all = i64::try_from(firms.iter().filter(own).count()).unwrap();
            prop_assert_eq!(row.counts(["enterprises", "tax_n"]), [all, n].map(Some));
            let sum: i64 = rated().map(|(tax, _)| tax).sum();
            prop_assert_eq!(row.fen("rated_tax_yuan"), (n > 0).then_some(sum.into()));
            // The median by its definition: at least half do not exceed it, less than half lie below.
            if let Some(median) = row.double("tax_wan_per_mu_p50") {
                let per_mu = |(tax, land): (i64, i64)| Ratio::new((tax * 20).into(), (land * 3).into()).to_f64();
                let count = |is: &dyn Fn(f64) -> bool| rated().filter(|one| is(per_mu(*one))).count() * 2;
                prop_assert!(count(&|one| one <= median) >= rated().count());
                prop_assert!(count(&|one| one < median) < rated().count());
            }
        }
    }
}
