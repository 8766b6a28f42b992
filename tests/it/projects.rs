//! What enterprises promised of their plots, in the small county whose evaluations are worked out by hand.

use std::fs;

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;

use crate::evaluate::{FIRMS, county, ranked, source, told};
use crate::province::{Province, Snapshot, mujun, texts};

const HEADER: &str = "uscc,project,parcel,obligation,due,met,met_on,granted";

/// The first holds 30 mu, the third two plots of 15 mu, the others nothing. Each pays 300; the two make so much.
fn firms(revenues: (u32, u32)) -> Province {
    let [first, _, third, _] = FIRMS;
    let outputs = format!("{first},{}\n{third},{}\n", revenues.0, revenues.1);
    let province = county(&FIRMS.map(|firm| format!("{firm},300\n")).concat(), &outputs);
    let rows = [(1, first), (2, third), (3, third)]
        .map(|(plot, firm)| format!("330106001001GB0000{plot},{firm},owned,,\n"))
        .concat();
    fs::write(province.path("occupancy.csv"), format!("parcel_id,uscc,right,lessor,m2\n{rows}")).unwrap();
    let mapping = "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nproject_id = { from = \"project\" }\n\
                   parcel_id = { from = \"parcel\" }\nobligation = { from = \"obligation\" }\ndue_date = { from = \"due\" }\n\
                   met = { from = \"met\" }\nmet_on = { from = \"met_on\" }\ngranted = { from = \"granted\" }\n";
    fs::write(province.path("project.toml"), mapping).unwrap();
    let sources = fs::read_to_string(province.path("pipeline.toml")).unwrap() + &source("project", "project.csv");
    fs::write(province.path("pipeline.toml"), sources).unwrap();
    province
}

fn run(province: &Province, projects: &[String]) -> Snapshot {
    fs::write(province.path("project.csv"), format!("{HEADER}\n{}\n", projects.join("\n"))).unwrap();
    province.run("store")
}

/// Its evaluated land and what is left out, in mu.
fn land(snapshot: &Snapshot, firm: &str) -> [String; 2] {
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let at = texts(&rows, "uscc").iter().position(|uscc| uscc == firm).unwrap();
    ["land_mu", "construction_mu"]
        .map(|column| rows.column_by_name(column).unwrap().as_primitive::<Float64Type>().value(at))
        .map(|mu| format!("{mu:.4}"))
}

#[test]
fn a_plot_under_construction_leaves_the_land_until_it_is_due_or_completed() {
    let [first, _, third, _] = FIRMS;
    let completion =
        |plot: &str, due: &str, met_on: &str| vec![format!("{third},P1,{plot},completion,{due},,{met_on},2023-06-01")];
    let plot = "330106001001GB00003";
    let province = firms((1800, 900));
    // Left out: tax 10 and 20 a mu, revenue 60 and 60: 60 + 40, and 120 + 40.
    let left_out = |snapshot: &Snapshot| {
        assert_eq!(land(snapshot, third), ["15.0000", "15.0000"]);
        let found = told(snapshot);
        assert_eq!((found[0].clone(), found[2].clone()), (ranked(100.0, 2, "B"), ranked(160.0, 1, "A")));
    };
    left_out(&run(&province, &completion(plot, "2025-06-30", "")));
    let output =
        mujun().args(["explain", third, "--lang", "en", "--store"]).arg(province.path("store")).output().unwrap();
    let told_of = String::from_utf8(output.stdout).unwrap();
    for line in [
        "land under construction: 15.0000 mu, in its construction period: left out of the land",
        "2024 P1 completion: due 2025-06-30: not yet due; 330106001001GB00003 is under construction",
    ] {
        assert!(told_of.contains(line), "{told_of}");
    }
    // Completed after the period's end, it was being built on at it.
    left_out(&run(&province, &completion(plot, "2025-06-30", "2025-01-02")));
    // Counted: tax 10 and 10, revenue 60 and 30 of a mean of 45: 60 + 53.33…, and 60 + 26.66….
    for (due, met_on) in [("2024-12-31", ""), ("2025-06-30", "2024-12-31")] {
        let snapshot = run(&province, &completion(plot, due, met_on));
        assert_eq!(land(&snapshot, third), ["30.0000", "0.0000"]);
        let found = told(&snapshot);
        assert!((found[0].1.unwrap() - (60.0 + 160.0 / 3.0)).abs() < 1e-9);
        assert!((found[2].1.unwrap() - (60.0 + 80.0 / 3.0)).abs() < 1e-9);
    }
    // Which plot is being built on is not told, or a row is lost: nothing is judged by its land.
    let sound = format!("{first},P2,,start,2023-01-01,,2022-12-31,");
    let lost = vec![format!("{}X,P1,{plot},completion,2025-06-30,,,", &third[..17]), sound];
    for rows in [completion("", "2025-06-30", ""), lost] {
        let found = told(&run(&province, &rows));
        assert_eq!((found[2].0.as_str(), found[2].1), ("group_unknown", None));
        assert_eq!(found[0].1, Some(100.0));
    }
    // An extension that is delivered later replaces what was agreed before.
    let early = [HEADER.to_owned()].into_iter().chain(completion(plot, "2024-06-30", "")).collect::<Vec<_>>();
    fs::write(province.path("early.csv"), early.join("\n")).unwrap();
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let early =
        source("project", "early.csv").replace("id = \"project\"", "id = \"early\"") + "delivered = \"2024-07-01\"\n";
    fs::write(province.path("pipeline.toml"), pipeline + "delivered = \"2025-01-15\"\n" + &early).unwrap();
    left_out(&run(&province, &completion(plot, "2025-06-30", "")));
}

#[test]
fn a_grant_after_what_it_obliges_to_is_remarked_on() {
    let (province, third) = (firms((1800, 900)), FIRMS[2]);
    let row = |project: &str, due: &str| format!("{third},{project},,completion,{due},,,2025-01-02");
    // Granted on the very day is odd, but not out of order.
    let snapshot = run(&province, &[row("P1", "2024-06-30"), row("P2", "2025-01-01"), row("P3", "2025-01-02")]);
    let issues = snapshot.table("quality/issues.parquet");
    let of_projects = texts(&issues, "code").into_iter().zip(texts(&issues, "table")).zip(texts(&issues, "id"));
    let told: Vec<_> =
        of_projects.filter(|((_, table), _)| table == "project").map(|((code, _), id)| (code, id)).collect();
    assert_eq!(
        told,
        [("granted_after_due", "P1"), ("granted_after_due", "P2")].map(|(code, id)| (code.to_owned(), id.to_owned()))
    );
    assert_eq!(snapshot.table("bi/project.parquet").num_rows(), 3);
}

#[test]
fn who_builds_on_all_its_land_can_be_left_aside() {
    let [first, _, third, _] = FIRMS;
    let province = firms((1800, 900));
    province.edit(
        "own.toml",
        "when = { column = \"land_mu\", op = \">\", value = 0, unit = \"mu\" }",
        "when = { column = \"owns_land\", op = \"=\", value = true }",
    );
    let exclusion = "id = \"building\"\nlabel = \"建设期\"\n\
                     when = { column = \"is_under_construction\", op = \"=\", value = true }\ngraded = \"apart\"";
    province.edit("own.toml", "id = \"tenant\"\nlabel = \"无自有用地\"\nwhen = { column = \"owns_land\", op = \"=\", value = false }\ngraded = \"owner\"", exclusion);
    let rows = [format!("{first},P1,330106001001GB00001,completion,2026-01-01,,,")];
    let found = told(&run(&province, &rows));
    assert_eq!((found[0].0.as_str(), found[0].3.as_str()), ("excluded", "T"));
    // The list may lack others, unless its sender says that it is complete.
    assert_eq!(found[2].0, "exclusion_unknown");
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    fs::write(province.path("pipeline.toml"), pipeline + "absent = \"zero\"\n").unwrap();
    let snapshot = run(&province, &rows);
    assert_eq!(land(&snapshot, third), ["30.0000", "0.0000"]);
    // Alone in the mean: 60 + 40.
    assert_eq!(told(&snapshot)[2], ranked(100.0, 1, "B"));
}

#[test]
fn obligations_count_when_they_are_due_and_known() {
    let [first, _, third, _] = FIRMS;
    let province = firms((1800, 900));
    province.edit(
        "own.toml",
        "column = \"revenue_wan_per_mu\"\nweight = 40\nbenchmark = { mean = true, by = [\"county_code\"] }",
        "column = \"obligations_met_share\"\nweight = 40\nbenchmark = { value = \"1\" }",
    );
    province.edit(
        "own.toml",
        "points = -5\nper = { column = \"tenants\", above = 0 }",
        "points = -3\nper = { column = \"obligations_missed\", above = 0 }",
    );
    let mut rows = vec![
        format!("{first},P1,,investment,2024-12-31,yes,,"),
        format!("{third},P2,,start,2022-03-01,,2022-03-01,"),
        format!("{third},P2,,completion,2023-09-01,,2023-08-15,"),
        format!("{third},P2,,investment,2024-03-01,yes,,"),
        // Met, but late; and due after the period.
        format!("{third},P2,,production,2024-03-01,yes,2024-05-01,"),
        format!("{third},P2,,tax,2025-12-31,no,,"),
    ];
    let snapshot = run(&province, &rows);
    let found = told(&snapshot);
    // 10 a mu both: 60 + 1/1 × 40, and 60 + 3/4 × 40 − 3.
    assert_eq!((found[0].clone(), found[2].clone()), (ranked(100.0, 1, "B"), ranked(87.0, 2, "B")));
    let states = snapshot.table("bi/project.parquet");
    let states: Vec<_> = texts(&states, "obligation").into_iter().zip(texts(&states, "state")).skip(1).collect();
    let expected = [
        ("completion", "met"),
        ("investment", "met"),
        ("production", "met_late"),
        ("start", "met"),
        ("tax", "not_due"),
    ];
    assert_eq!(states, expected.map(|(obligation, state)| (obligation.to_owned(), state.to_owned())));
    // Of one that was due nothing is told: 3/5 or 4/5, and one missed or two.
    rows.push(format!("{third},P2,,output,2024-06-01,,,"));
    let found = told(&run(&province, &rows));
    assert_eq!((found[2].0.as_str(), found[2].1), ("not_judged", None));
    assert_eq!(found[0], ranked(100.0, 1, "B"));
}

#[test]
fn years_in_production_are_the_registers_or_else_the_projects() {
    let [first, second, third, fourth] = FIRMS;
    let province = firms((1800, 900));
    province.edit(
        "own.toml",
        "when = { column = \"land_mu\", op = \">\", value = 0, unit = \"mu\" }",
        "when = { column = \"tenants\", op = \"=\", value = 0 }",
    );
    province.edit(
        "own.toml",
        "when = { column = \"owns_land\", op = \"=\", value = false }\ngraded = \"owner\"",
        "when = { column = \"years_in_production\", op = \"<\", value = 2 }\ngraded = \"apart\"",
    );
    let since = [(first, "2023-01-01"), (second, ""), (third, "2022-12-31"), (fourth, "")];
    let register = since.map(|(firm, day)| format!("{firm},{day}\n")).concat();
    fs::write(province.path("enterprise.csv"), format!("uscc,since\n{register}")).unwrap();
    fs::write(
        province.path("enterprise.toml"),
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nproduction_since = { from = \"since\" }",
    )
    .unwrap();
    let rows = [
        format!("{third},P1,,production,2024-12-01,,2024-11-01,"),
        format!("{fourth},P2,,production,2024-12-01,,2024-11-01,"),
    ];
    let found = told(&run(&province, &rows));
    let standings: Vec<(&str, &str)> = found.iter().map(|firm| (firm.0.as_str(), firm.3.as_str())).collect();
    // One whole year; nothing known; two; none yet, by the project alone.
    assert_eq!(standings, [("excluded", "T"), ("exclusion_unknown", ""), ("ranked", "B"), ("excluded", "T")]);
}
