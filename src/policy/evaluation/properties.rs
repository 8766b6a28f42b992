//! What holds of the evaluation whatever the enterprises.

use arrow::array::{BooleanArray, Int64Array};
use proptest::prelude::*;

use super::super::testing::{BASE, EVALUATION, set};
use super::super::{Benchmarks, ColumnData, Columns, ENTERPRISE, Known};
use super::*;

#[derive(Debug, Clone)]
struct Firm {
    /// Fen, cm², how much is known.
    tax: (i64, i64, Known),
    rd: (i64, i64, Known),
    years: Option<i64>,
    tenants: Option<i64>,
    is_key: Option<bool>,
    safety: Option<i64>,
}

fn columns(firms: &[Firm]) -> Columns {
    let quotient = |of: fn(&Firm) -> (i64, i64, Known)| ColumnData::Quotient {
        above: firms.iter().map(|firm| Some(of(firm).0)).collect(),
        below: firms.iter().map(|firm| Some(of(firm).1)).collect(),
        known: firms.iter().map(|firm| of(firm).2).collect(),
    };
    let count = |of: fn(&Firm) -> Option<i64>| ColumnData::Quantity {
        value: firms.iter().map(of).collect::<Int64Array>(),
        known: vec![Known::Exact; firms.len()],
    };
    let mut columns = Columns::of(&ENTERPRISE, firms.len());
    for (name, data) in [
        ("is_above_scale", ColumnData::Bool(BooleanArray::from(vec![true; firms.len()]))),
        ("tax_wan_per_mu", quotient(|firm| firm.tax)),
        ("rd_share", quotient(|firm| firm.rd)),
        ("years_in_production", count(|firm| firm.years)),
        ("tenants", count(|firm| firm.tenants)),
        ("is_key", ColumnData::Bool(firms.iter().map(|firm| firm.is_key).collect())),
        ("safety_violations", count(|firm| firm.safety)),
    ] {
        columns.insert(name, data).unwrap();
    }
    columns
}

/// The test group; `missing = "not_met"` is left out, so that everything unknown is not judged.
fn strict(from: &str, to: &str) -> Evaluation {
    let text = EVALUATION.replace("missing = \"not_met\"\n", "").replacen(from, to, 1);
    set(&format!("{BASE}{text}"), None).unwrap().evaluations.remove(0)
}

struct Outcome {
    scores: Scores,
    grading: Grading,
}

fn judge(evaluation: &Evaluation, firms: &[Firm], cuts: Option<Cuts>) -> Outcome {
    let columns = columns(firms);
    let members = &membership(std::slice::from_ref(evaluation), &columns).unwrap().members[0];
    let benchmarks = reduce(evaluation, population(evaluation, &columns, members, Year::Judged));
    judge_by(evaluation, &columns, members, &benchmarks, cuts)
}

fn judge_by(
    evaluation: &Evaluation,
    columns: &Columns,
    members: &Members,
    benchmarks: &Benchmarks,
    cuts: Option<Cuts>,
) -> Outcome {
    let scores = score(evaluation, columns, members, benchmarks).unwrap();
    let grading = grade(evaluation, columns, members, &scores, cuts).unwrap();
    Outcome { scores, grading }
}

/// Firms of which all is known; few values, so that totals tie.
fn known() -> impl Strategy<Value = Firm> {
    ((-2_i64..12, 1_i64..4), 0_i64..4, 0_i64..6, 0_i64..8, any::<bool>(), 0_i64..2).prop_map(
        |((tax, land), rd, years, tenants, is_key, safety)| Firm {
            tax: (tax * 1_000_000, land * 1_000_000, Known::Exact),
            rd: (rd, 100, Known::Exact),
            years: Some(years),
            tenants: Some(tenants),
            is_key: Some(is_key),
            safety: Some(safety),
        },
    )
}

/// The same firm, of which less is known.
fn lost(mut firm: Firm, what: u8, part: i64) -> Firm {
    match what {
        0 => firm.tax.2 = Known::Unknown,
        1 => firm.tax = (firm.tax.0 - part, firm.tax.1, Known::AtLeast),
        2 => firm.rd.2 = Known::Unknown,
        3 => firm.rd = (firm.rd.0 - part % 3, firm.rd.1, Known::AtLeast),
        4 => firm.years = None,
        5 => firm.tenants = None,
        6 => firm.is_key = None,
        _ => firm.safety = None,
    }
    firm
}

proptest! {
    #[test]
    fn more_tax_never_lowers_a_score(firm in known(), more in 0_i64..1_000_000_000) {
        let evaluation = strict("", "");
        let mut richer = firm.clone();
        richer.tax.0 += more;
        let (before, after) = (judge(&evaluation, &[firm], None), judge(&evaluation, &[richer], None));
        prop_assert!(before.scores.total[0].is_some() && after.scores.total[0] >= before.scores.total[0]);
    }

    /// Computed benchmarks and group means included, however the population was cut into parts.
    #[test]
    fn order_and_parts_do_not_matter(
        (firms, order) in prop::collection::vec((known(), 0_u8..20, 0_i64..9), 1..24).prop_flat_map(|firms| {
            let order: Vec<usize> = (0..firms.len()).collect();
            (Just(firms), Just(order).prop_shuffle())
        }),
        cut in 0_usize..24,
        statistic in prop::sample::select(vec!["mean = true", "simple_mean = true", "quantile = \"0.5\""]),
    ) {
        let evaluation = strict("{ value = \"24\", unit = \"wan_yuan/mu\" }", &format!("{{ {statistic} }}\nmissing = \"group_mean\""));
        let firms: Vec<Firm> = firms.into_iter().map(|(firm, what, part)| if what < 8 { lost(firm, what, part) } else { firm }).collect();
        let shuffled: Vec<Firm> = order.iter().map(|at| firms[*at].clone()).collect();
        let straight = judge(&evaluation, &firms, None);
        let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
        let parts = [right, left].map(|part| {
            let columns = columns(part);
            let members = &membership(std::slice::from_ref(&evaluation), &columns).unwrap().members[0];
            population(&evaluation, &columns, members, Year::Judged)
        });
        let benchmarks = reduce(&evaluation, parts.into_iter().flatten());
        let columns = columns(&shuffled);
        let members = &membership(std::slice::from_ref(&evaluation), &columns).unwrap().members[0];
        let mixed = judge_by(&evaluation, &columns, members, &benchmarks, None);
        prop_assert_eq!(straight.grading.cuts, mixed.grading.cuts);
        for (at, from) in order.iter().enumerate() {
            prop_assert_eq!(straight.scores.total[*from], mixed.scores.total[at]);
            prop_assert_eq!(straight.grading.rank[*from], mixed.grading.rank[at]);
            prop_assert_eq!(straight.grading.grade[*from], mixed.grading.grade[at]);
        }
    }

    /// The first places of each share have a grade as good, and nobody else has but by a tie.
    #[test]
    fn shares_hold_but_for_ties(firms in prop::collection::vec(known(), 1..60)) {
        let evaluation = strict("", "");
        let Outcome { scores, grading } = judge(&evaluation, &firms, None);
        let ranked: Vec<_> = (0..firms.len()).filter(|at| grading.rank[*at].is_some()).collect();
        prop_assert_eq!(ranked.len(), grading.ranked);
        for (grade, percent) in [(Grade::A, 20), (Grade::B, 80), (Grade::C, 95), (Grade::D, 100)] {
            // Rounded half up.
            let place = (2 * ranked.len() * percent + 100) / 200;
            let as_good: Vec<_> = ranked.iter().filter(|at| grading.by_total[**at].unwrap() <= grade).collect();
            prop_assert!(as_good.len() >= place);
            let least = as_good.iter().filter_map(|at| scores.total[**at]).min();
            let above = ranked.iter().filter(|at| scores.total[**at] > least).count();
            prop_assert!(as_good.is_empty() || above < place, "{grade}: {above} above of {place}");
        }
    }

    /// With benchmarks and cuts fixed, losing what is known of a firm gives it no worse grade, and no other total.
    #[test]
    fn what_is_lost_never_worsens_a_grade(firms in prop::collection::vec(known(), 1..12), who in 0_usize..12, what in 0_u8..8, part in 0_i64..2_000_000) {
        let evaluation = strict("", "");
        let who = who % firms.len();
        let before = judge(&evaluation, &firms, None);
        let mut less = firms.clone();
        less[who] = lost(less[who].clone(), what, part);
        let after = judge(&evaluation, &less, Some(before.grading.cuts));
        for at in 0..firms.len() {
            if at == who {
                prop_assert!(after.grading.grade[at].is_none() || after.grading.grade[at] == before.grading.grade[at]);
                prop_assert!(after.scores.total[at].is_none() || after.scores.total[at] == before.scores.total[at]);
            } else {
                prop_assert_eq!(after.grading.grade[at], before.grading.grade[at]);
            }
        }
    }
}
