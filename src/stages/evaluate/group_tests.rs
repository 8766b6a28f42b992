//! What is summed of enterprises that are evaluated together, by hand and whatever they are.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use proptest::prelude::*;

use super::super::order::{take, text, value};
use super::groups::{Tenancies, together};
use super::links::Belongs;
use crate::table::{enterprise_figure, enterprise_group};

/// An enterprise's land, tax and its completeness, whether it is above scale, safety violations.
#[derive(Debug, Clone)]
struct Firm {
    id: String,
    land: i64,
    tax: (Option<i64>, &'static str),
    is_above: Option<bool>,
    violations: Option<i32>,
    more: More,
}

/// Its platform; obligations due, met and missed; land under construction; years in production.
type More = (Option<&'static str>, Option<[i32; 3]>, i64, Option<i32>);

fn firm(
    id: &str,
    land: i64,
    tax: (Option<i64>, &'static str),
    is_above: Option<bool>,
    violations: Option<i32>,
) -> Firm {
    Firm { id: id.to_owned(), land, tax, is_above, violations, more: (None, None, 0, None) }
}

fn figures(firms: &[Firm]) -> RecordBatch {
    let mut out = enterprise_figure::Builder::default();
    for firm in firms {
        out.uscc.append_value(&firm.id);
        out.county_code.append_value("330106");
        out.period.append_value("2024");
        out.industry_code.append_option(None::<&str>);
        out.land_cm2.append_value(firm.land);
        out.is_land_doubtful.append_value(false);
        let (platform, promised, construction, years) = firm.more;
        out.platform_id.append_option(platform);
        out.micro_park_id.append_option(None::<&str>);
        out.construction_cm2.append_value(construction);
        out.is_under_construction.append_option(promised.map(|_| construction > 0 && firm.land == 0));
        out.obligations_due.append_option(promised.map(|[due, ..]| due));
        out.obligations_met.append_option(promised.map(|[_, met, _]| met));
        out.obligations_missed.append_option(promised.map(|[.., missed]| missed));
        let known =
            promised.map_or("none", |[due, met, missed]| if due == met + missed { "complete" } else { "lower_bound" });
        out.obligations_completeness.append_value(known);
        out.years_in_production.append_option(years);
        out.owns_land.append_value(firm.land > 0);
        out.tenants.append_value(0);
        out.lessor_uscc.append_option(None::<&str>);
        out.tax_fen.append_option(firm.tax.0);
        out.tax_completeness.append_value(firm.tax.1);
        out.electricity_wh.append_option(None);
        for amounts in [
            &mut out.energy_equivalent_g,
            &mut out.revenue_fen,
            &mut out.value_added_fen,
            &mut out.rd_fen,
            &mut out.staff,
            &mut out.emission_g,
        ] {
            amounts.append_option(None);
        }
        for known in [
            &mut out.energy_completeness,
            &mut out.revenue_completeness,
            &mut out.value_added_completeness,
            &mut out.rd_completeness,
            &mut out.staff_completeness,
            &mut out.emission_completeness,
        ] {
            known.append_value("none");
        }
        out.is_above_scale.append_option(firm.is_above);
        for flag in [&mut out.is_high_tech, &mut out.is_specialised, &mut out.is_key] {
            flag.append_option(None);
        }
        out.safety_violations.append_option(firm.violations);
        for count in [&mut out.environment_violations, &mut out.tax_violations, &mut out.wage_violations] {
            count.append_option(Some(0));
        }
        out.are_violations_whole.append_value(firm.violations.is_some());
        out.is_register_lost.append_value(false);
        out.group_uscc.append_option(None::<&str>);
        out.link_standing.append_option(None::<&str>);
        out.delivered.append_option(None);
    }
    out.finish().unwrap()
}

/// Enterprise, whom it is evaluated with, why it is not evaluated by itself, land, tax and its completeness, whether it is
/// above scale, violations and whether they are all, tenants.
type Row = (String, Option<String>, Option<String>, i64, (Option<i64>, String), Option<bool>, (Option<i32>, bool), i32);

fn told(batch: &RecordBatch) -> Vec<Row> {
    let rows = enterprise_figure::View::of(batch).unwrap();
    let told = |row| {
        (
            rows.uscc.value(row).to_owned(),
            text(rows.group_uscc, row).map(str::to_owned),
            rows.link_standing.get(row).map(str::to_owned),
            rows.land_cm2.value(row),
            (value(rows.tax_fen, row), rows.tax_completeness.value(row).to_owned()),
            rows.is_above_scale.is_valid(row).then(|| rows.is_above_scale.value(row)),
            (value(rows.safety_violations, row), rows.are_violations_whole.value(row)),
            rows.tenants.value(row),
        )
    };
    (0..batch.num_rows()).map(told).collect()
}

/// Land, platform, obligations and their completeness, whether all land is under construction, years.
type Promised = (i64, Option<String>, [Option<i32>; 3], String, Option<bool>, Option<i32>);

/// What a group of these comes to.
fn group(of: &[(i64, More)]) -> Promised {
    let ids = ["a", "b", "c"];
    let firms: Vec<Firm> = ids
        .iter()
        .zip(of)
        .map(|(id, (land, more))| Firm { more: *more, ..firm(id, *land, (None, "none"), None, None) })
        .collect();
    let belonging = ids.map(|id| (id, Belongs::To("a"))).into();
    let found = together(&figures(&firms), &belonging, &Tenancies::new(), |_| None).unwrap().figures;
    let rows = enterprise_figure::View::of(&found).unwrap();
    let counts = [rows.obligations_due, rows.obligations_met, rows.obligations_missed];
    let is_built_on = rows.is_under_construction.is_valid(0).then(|| rows.is_under_construction.value(0));
    (
        rows.construction_cm2.value(0),
        rows.platform_id.get(0).map(str::to_owned),
        counts.map(|counts| value(counts, 0)),
        rows.obligations_completeness.value(0).to_owned(),
        is_built_on,
        value(rows.years_in_production, 0),
    )
}

#[test]
fn a_group_belongs_where_most_of_its_land_does_and_promises_what_its_members_do() {
    let platform = |id: &str| Some(id.to_owned());
    // 6 of 10 in p, of which 1 + 2 obligations are due, 1 + 1 met; 3 and 8 years in production.
    let found =
        group(&[(6, (Some("p"), Some([1, 1, 0]), 4, Some(3))), (4, (Some("none"), Some([2, 1, 1]), 0, Some(8)))]);
    assert_eq!(found, (4, platform("p"), [Some(3), Some(2), Some(1)], "complete".to_owned(), Some(false), Some(8)));
    // Of 3 it is not known where they are: 4 + 3 could lie in q, 6 in p.
    let found = group(&[
        (6, (Some("p"), Some([1, 0, 0]), 0, None)),
        (4, (Some("q"), Some([0; 3]), 0, None)),
        (3, (None, Some([0; 3]), 0, None)),
    ]);
    assert_eq!(found, (0, None, [Some(1), Some(0), Some(0)], "lower_bound".to_owned(), Some(false), None));
    // What is being built on counts, as for an enterprise: 1 + 9 in q, 6 in p.
    let found = group(&[(6, (Some("p"), None, 0, None)), (1, (Some("q"), None, 9, None))]);
    assert_eq!((found.0, found.1), (9, platform("q")));
    // Nothing is told of one of them; all land that they have is being built on.
    let found = group(&[(0, (None, Some([0; 3]), 5, None)), (0, (None, None, 0, None))]);
    assert_eq!(found, (5, None, [Some(0), Some(0), Some(0)], "none".to_owned(), Some(true), None));
}

#[test]
fn a_group_is_the_sum_of_its_enterprises() {
    let complete = |fen| (Some(fen), "complete");
    let firms = [
        firm("a", 10, complete(100), Some(false), Some(1)),
        firm("b", 0, (None, "none"), None, None),
        firm("c", 5, (Some(7), "lower_bound"), Some(true), Some(2)),
        // Its head has no figures here: one with nobody else is evaluated by itself.
        firm("d", 1, complete(1), None, Some(0)),
        firm("e", 2, complete(2), Some(false), Some(0)),
        firm("f", 3, complete(3), Some(false), Some(0)),
        firm("g", 4, complete(4), None, None),
    ];
    let heads = [("a", "a"), ("b", "a"), ("c", "a"), ("d", "x"), ("e", "y"), ("f", "y")];
    let mut belonging: BTreeMap<&str, Belongs<'_>> =
        heads.into_iter().map(|(one, head)| (one, Belongs::To(head))).collect();
    belonging.insert("g", Belongs::Cycle);
    // d leases from two of the group, c from its own head; e leases from d and outside.
    let tenancies: Tenancies<'_> = [("a", "d"), ("c", "d"), ("a", "c"), ("d", "e")].into();
    let found = together(&figures(&firms), &belonging, &tenancies, |head| (head == "y").then_some("1762")).unwrap();
    let row = |uscc: &str,
               group: Option<&str>,
               standing: Option<&str>,
               land,
               tax: (Option<i64>, &str),
               above,
               of,
               tenants| {
        (
            uscc.to_owned(),
            group.map(str::to_owned),
            standing.map(str::to_owned),
            land,
            (tax.0, tax.1.to_owned()),
            above,
            of,
            tenants,
        )
    };
    let expected = [
        // 10 + 0 + 5; 100 + 7 of what is known; one is above scale; 1 + 2 violations, perhaps more.
        row("a", Some("a"), None, 15, (Some(107), "lower_bound"), Some(true), (Some(3), false), 1),
        row("b", Some("a"), Some("member"), 0, (None, "none"), None, (None, false), 0),
        row("c", Some("a"), Some("member"), 5, (Some(7), "lower_bound"), Some(true), (Some(2), true), 0),
        row("d", None, None, 1, (Some(1), "complete"), None, (Some(0), true), 0),
        row("e", Some("y"), Some("member"), 2, (Some(2), "complete"), Some(false), (Some(0), true), 0),
        row("f", Some("y"), Some("member"), 3, (Some(3), "complete"), Some(false), (Some(0), true), 0),
        row("g", None, Some("links_cycle"), 4, (Some(4), "complete"), None, (None, false), 0),
        row("y", Some("y"), None, 5, (Some(5), "complete"), Some(false), (Some(0), true), 0),
    ];
    assert_eq!(told(&found.figures), expected);
    let rows = enterprise_figure::View::of(&found.figures).unwrap();
    assert_eq!((text(rows.lessor_uscc, 7), rows.industry_code.get(7)), (Some("d"), Some("1762")));
    // What each adds, the head's own figures too.
    let shares = enterprise_group::View::of(&found.shares).unwrap();
    let shares: Vec<_> = (0..found.shares.num_rows())
        .map(|row| (shares.group_uscc.value(row), shares.uscc.value(row), value(shares.tax_yuan, row)))
        .collect();
    assert_eq!(
        shares,
        [("a", "a", Some(100)), ("a", "b", None), ("a", "c", Some(7)), ("y", "e", Some(2)), ("y", "f", Some(3))]
    );
}

/// Firms, and for each its head among a few, some of them without figures.
fn cases() -> impl Strategy<Value = (Vec<Firm>, Vec<usize>, u64)> {
    let one = (
        0_i64..100,
        prop_oneof![
            (0_i64..1000).prop_map(|fen| (Some(fen), "complete")),
            (0_i64..1000).prop_map(|fen| (Some(fen), "lower_bound")),
            Just((None, "none")),
        ],
    );
    (proptest::collection::vec((one, 0_usize..6), 1..9), any::<u64>()).prop_map(|(all, seed)| {
        let heads = all.iter().map(|(_, head)| *head).collect();
        let all = all.into_iter().enumerate();
        let firms = all.map(|(at, ((land, tax), _))| firm(&format!("f{at}"), land, tax, None, None)).collect();
        (firms, heads, seed)
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_or_counted_twice_in_whatever_order((firms, heads, seed) in cases()) {
        // Heads 3 to 5 have no figures of their own; 0 to 2 head themselves, where they are.
        let names: Vec<String> =
            (0..6).map(|head| if head < 3 { format!("f{head}") } else { format!("x{head}") }).collect();
        let of = |at: usize| if at < 3 { names[at].as_str() } else { names[heads[at]].as_str() };
        let belonging: BTreeMap<&str, Belongs<'_>> =
            firms.iter().enumerate().map(|(at, firm)| (firm.id.as_str(), Belongs::To(of(at)))).collect();
        let batch = figures(&firms);
        let found = together(&batch, &belonging, &Tenancies::new(), |_| None).unwrap();
        let rows = told(&found.figures);
        let counted = || rows.iter().filter(|row| row.2.is_none());
        prop_assert_eq!(counted().map(|row| row.3).sum::<i64>(), firms.iter().map(|firm| firm.land).sum::<i64>());
        let tax = |amounts: Vec<Option<i64>>| amounts.into_iter().flatten().sum::<i64>();
        prop_assert_eq!(
            tax(counted().map(|row| row.4.0).collect()),
            tax(firms.iter().map(|firm| firm.tax.0).collect())
        );
        for group in counted() {
            let members = || firms.iter().enumerate().filter(|(at, firm)| match &group.1 {
                Some(head) => of(*at) == head,
                None => firm.id == group.0,
            });
            let is_whole = members().all(|(_, firm)| firm.tax.1 == "complete");
            let is_nothing = members().all(|(_, firm)| firm.tax.1 == "none");
            let expected = if is_whole { "complete" } else if is_nothing { "none" } else { "lower_bound" };
            prop_assert_eq!(group.4.1.as_str(), expected);
        }
        // Rows in another order.
        let mut order: Vec<usize> = (0..firms.len()).collect();
        order.sort_by_key(|at| (seed >> (at * 7)) & 127);
        let again = together(&take(&batch, &order).unwrap(), &belonging, &Tenancies::new(), |_| None).unwrap();
        prop_assert_eq!(told(&again.figures), rows);
        prop_assert_eq!(again.shares.num_rows(), found.shares.num_rows());
    }
}
