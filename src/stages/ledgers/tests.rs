//! The output ledger of one county, from text to settled years.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::delivered::{CountyRows, SourceFacts};
use super::super::order::value;
use super::{Reader, Settled, refused_years, settle};
use crate::domain::Period;
use crate::table::delivery::{AmountUnit, Cell, ColumnRule, Delivered, DeliveryRules, Duplicates, Sheet, Stride};
use crate::table::{coverage, mark, output, reject, tally};

const FIRM: &str = "91330106MAH9QPYM2R";

fn facts(duplicates: Duplicates) -> SourceFacts {
    let unit = |text: &str| ColumnRule { unit: text.parse().ok().map(AmountUnit::One), ..ColumnRule::default() };
    let columns = ["revenue_yuan", "value_added_yuan", "rd_yuan"].map(|name| (name.to_owned(), unit("wan_yuan")));
    let columns = columns.into_iter().chain([("staff".to_owned(), unit("person"))]).collect();
    SourceFacts {
        id: "output".to_owned(),
        table: Delivered::Output,
        delivered: Some(20_000),
        county: "330106".parse().ok(),
        rules: DeliveryRules { columns, duplicates, ..DeliveryRules::default() },
        periods: vec![Period::Year(2024)],
        absent_is_zero: false,
    }
}

/// Lines of period, revenue, value added, R&D and staff of one firm; an empty text is an empty cell.
fn settled(duplicates: Duplicates, lines: &[[&str; 5]]) -> Settled {
    let facts = facts(duplicates);
    let names = ["uscc", "period", "revenue_yuan", "value_added_yuan", "rd_yuan", "staff"].map(str::to_owned);
    let places = (0..names.len()).map(|first| Stride { first, step: names.len() }).collect();
    let mut sheet = Sheet { names: &names, places, ..Sheet::default() };
    for (at, line) in lines.iter().enumerate() {
        for text in [FIRM].iter().chain(line) {
            let from = sheet.text.len();
            sheet.text.to_mut().push_str(text);
            sheet.cells.push(Cell { from, to: sheet.text.len() });
        }
        sheet.rows.push(2 + i64::try_from(at).unwrap());
        sheet.faults.push(None);
    }
    let mut reader = Reader::new(&facts);
    reader.read("output.csv", &sheet);
    let read = reader.finish().unwrap();
    let refused_years = refused_years(&read.marks, "330106").unwrap();
    let batch = read.rows.into_iter().next().map(|(_, batch)| batch);
    let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(output::TABLE.schema()));
    let mut settled =
        settle(Delivered::Output, "330106", &[CountyRows { facts: &facts, batch, refused_years }]).unwrap();
    settled.marks = mark::TABLE.concat(&[read.marks, settled.marks]).unwrap();
    settled.rejects = reject::TABLE.concat(&[read.rejects, settled.rejects]).unwrap();
    settled.tallies = tally::TABLE.concat(&[read.tallies, settled.tallies]).unwrap();
    settled
}

/// Revenue, value added, R&D and staff of the only year.
fn year(settled: &Settled) -> [Option<i64>; 4] {
    let rows = output::View::of(&settled.rows).unwrap();
    assert_eq!((settled.rows.num_rows(), rows.period.value(0)), (1, "2024"));
    [rows.revenue_fen, rows.value_added_fen, rows.rd_fen, rows.staff].map(|amounts| value(amounts, 0))
}

/// What was accepted, by measure.
fn accepted(settled: &Settled) -> BTreeMap<String, i64> {
    let rows = tally::View::of(&settled.tallies).unwrap();
    let of = (0..settled.tallies.num_rows()).filter(|row| rows.outcome.value(*row) == "accepted");
    of.map(|row| (rows.measure.value(row).to_owned(), rows.value.value(row))).collect()
}

#[test]
fn an_empty_cell_is_missing_and_a_loss_is_negative() {
    let told = settled(Duplicates::Reject, &[["2024", "1.5", "-0.25", "", "12"]]);
    assert_eq!(year(&told), [Some(1_500_000), Some(-250_000), None, Some(12)]);
    assert_eq!(told.marks.num_rows(), 0);
    let sums = [("revenue_fen", 1_500_000), ("rows", 1), ("staff", 12), ("value_added_fen", -250_000)];
    assert_eq!(accepted(&told), sums.map(|(measure, sum)| (measure.to_owned(), sum)).into());
    let covered = coverage::View::of(&told.coverage).unwrap();
    let inputs: Vec<_> = covered.input.iter().flatten().collect();
    assert_eq!(inputs, ["output.revenue_yuan", "output.value_added_yuan", "output.staff"]);
}

#[test]
fn a_row_is_refused_for_any_cell_and_marks_its_enterprise() {
    for (line, code, column) in [
        (["2024", "1", "?", "", ""], "amount_unreadable", "value_added_yuan"),
        (["2024", "-1", "2", "", ""], "amount_out_of_range", "revenue_yuan"),
        (["2024", "1", "2", "", "-3"], "amount_out_of_range", "staff"),
        (["2024", "", "", "", ""], "amount_missing", ""),
    ] {
        let told = settled(Duplicates::Reject, &[line]);
        let rejects = reject::View::of(&told.rejects).unwrap();
        assert_eq!((told.rows.num_rows(), rejects.code.value(0)), (0, code), "{line:?}");
        assert_eq!(rejects.column.iter().next().flatten().unwrap_or_default(), column);
        let marks = mark::View::of(&told.marks).unwrap();
        assert_eq!((marks.table.value(0), marks.uscc.value(0), marks.period.value(0)), ("output", FIRM, "2024"));
    }
}

#[test]
fn quarters_add_up_but_heads_do_not() {
    let quarter = |period, value_added| [period, "1", value_added, "0.5", "10"];
    let whole = [quarter("2024Q1", "1"), quarter("2024Q2", "-2"), quarter("2024Q3", "3"), quarter("2024Q4", "4")];
    let told = settled(Duplicates::Reject, &whole);
    assert_eq!(year(&told), [Some(4_000_000), Some(6_000_000), Some(2_000_000), None]);
    assert_eq!(told.marks.num_rows(), 0);
    // The heads are balanced all the same.
    assert_eq!(accepted(&told)["staff"], 40);
    // A quarter that does not tell a measure leaves the year open.
    let mut part = whole;
    part[1] = quarter("2024Q2", "");
    let told = settled(Duplicates::Reject, &part);
    assert_eq!(year(&told)[1], Some(8_000_000));
    assert_eq!(mark::View::of(&told.marks).unwrap().uscc.value(0), FIRM);
    // What no quarter tells is missing, and says nothing of the others.
    let told =
        settled(Duplicates::Reject, &whole.map(|[period, revenue, _, rd, staff]| [period, revenue, "", rd, staff]));
    assert_eq!((year(&told)[1], told.marks.num_rows()), (None, 0));
    let told = settled(Duplicates::Reject, &whole[..3]);
    assert_eq!((year(&told)[0], told.marks.num_rows()), (Some(3_000_000), 1));
}

#[test]
fn rows_of_one_key_are_added_up_where_the_mapping_says_so() {
    let lines = [["2024", "1", "2", "", "3"], ["2024", "10", "", "", "30"]];
    let told = settled(Duplicates::Sum, &lines);
    assert_eq!(year(&told), [Some(11_000_000), Some(2_000_000), None, Some(33)]);
    assert_eq!(told.marks.num_rows(), 1, "one of them tells no value added");
    assert_eq!(settled(Duplicates::Reject, &lines).rows.num_rows(), 0);
    let told = settled(Duplicates::KeepHighest("revenue_yuan".to_owned()), &lines);
    assert_eq!(year(&told), [Some(10_000_000), None, None, Some(30)]);
}

#[test]
fn a_row_is_its_own_origin_only_as_it_was_delivered() {
    assert!(settled(Duplicates::Reject, &[["2024", "1", "", "", ""]]).origins.is_none());
    // One row stands behind the year, but the year was not delivered.
    for lines in [&[["2024Q3", "1", "", "", ""]][..], &[["2024Q3", "1", "", "", ""], ["2024Q4", "1", "", "", ""]]] {
        let origins = settled(Duplicates::Reject, lines).origins.unwrap();
        let periods = output::View::of(&origins).unwrap().period;
        let told: Vec<&str> = (0..periods.len()).map(|row| periods.value(row)).collect();
        assert_eq!(told, lines.iter().map(|line| line[0]).collect::<Vec<_>>());
    }
    let summed = settled(Duplicates::Sum, &[["2024", "1", "", "", ""], ["2024", "2", "", "", ""]]);
    assert_eq!(summed.origins.unwrap().num_rows(), 2);
}
