//! Who belongs to whom: the ledger of links, and enterprises that are evaluated together, worked out by hand.

use std::collections::BTreeSet;
use std::fs;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use crate::evaluate::{FIRMS, county, ranked, source, told};
use crate::province::{Province, Snapshot, integers, mujun, texts};

/// Tax of 10, 20, 1 and 50 wan yuan a mu on 15 mu each, revenue of 100, 60, 20 and 60.
const TAXES: [u32; 4] = [150, 300, 15, 750];
const REVENUES: [u32; 4] = [1500, 900, 300, 900];

/// The small county, its lines of links with `0` to `3` for its firms, and what the set evaluates together.
fn linked(links: &[&str], together: &str) -> Province {
    let of = |amounts: [u32; 4]| {
        FIRMS.iter().zip(amounts).map(|(firm, amount)| format!("{firm},{amount}\n")).collect::<Vec<_>>().concat()
    };
    let province = county(&of(TAXES), &of(REVENUES));
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    write("enterprise_link.csv", &lines(links));
    write(
        "enterprise_link.toml",
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nrelated_uscc = { from = \"related\" }\nkind = { from = \"kind\" }\n\
         valid_from = { from = \"from\" }\nvalid_to = { from = \"to\" }\n",
    );
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let links = source("enterprise_link", "enterprise_link.csv") + "delivered = \"2025-01-10\"\nabsent = \"zero\"\n";
    write("pipeline.toml", &(pipeline + &links));
    province.edit("own.toml", "id = \"own\"", &format!("id = \"own\"\ntogether = [{together}]"));
    province
}

fn lines(links: &[&str]) -> String {
    let firm = |text: &str| {
        text.parse::<usize>().ok().and_then(|at| FIRMS.get(at)).map_or(text.to_owned(), |firm| (*firm).to_owned())
    };
    let line = |line: &&str| line.split(',').map(firm).collect::<Vec<_>>().join(",");
    format!("uscc,related,kind,from,to\n{}\n", links.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Standing and grade of each firm.
fn standings(snapshot: &Snapshot) -> Vec<(String, String)> {
    told(snapshot).into_iter().map(|(standing, _, _, grade)| (standing, grade)).collect()
}

fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected.map(|(one, other)| (one.to_owned(), other.to_owned())).to_vec()
}

#[test]
fn links_are_taken_refused_balanced_and_published() {
    let province = linked(
        &[
            "0,1,branch,2020-01-01,2030-12-31",
            "0,1,branch,2020-01-01,2030-12-31",
            // Of one key, but they differ.
            "2,3,group,,",
            "2,3,group,2021-01-01,",
            "1,3,owner,,",
            "3,,branch,,",
            "3,330106123456789,branch,,",
            "0,2,successor,2020-13-01,",
        ],
        "",
    );
    let snapshot = province.run("store");
    let links = snapshot.table("bi/enterprise_link.parquet");
    let columns = ["uscc", "county_code", "related_uscc", "kind"].map(|column| texts(&links, column).join(" "));
    assert_eq!(columns, [FIRMS[0], "330106", FIRMS[1], "branch"]);
    assert!(links.column_by_name("source_id").is_none());
    let lineage = snapshot.table("lineage/enterprise_link.parquet");
    assert_eq!((texts(&lineage, "uscc"), integers(&lineage, "row")), (vec![FIRMS[0].to_owned()], vec![Some(2)]));
    let rejects = snapshot.table("quality/rejects.parquet");
    let codes: Vec<_> = integers(&rejects, "row").into_iter().flatten().zip(texts(&rejects, "code")).collect();
    let expected = [
        (4, "duplicate_key"),
        (5, "duplicate_key"),
        (6, "value_unknown"),
        (7, "id_missing"),
        (8, "id_not_uscc"),
        (9, "date_unreadable"),
    ];
    assert_eq!(codes, expected.map(|(row, code)| (row, code.to_owned())));
    assert_eq!(balance(&snapshot, "enterprise-link"), [8, 1, 6, 1]);
    // A newer delivery takes its place whole; what cannot be read stays refused.
    let newer = source("enterprise_link", "newer.csv").replace("\"enterprise-link\"", "\"newer\"");
    fs::write(province.path("newer.csv"), lines(&["1,0,branch,,"])).unwrap();
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    fs::write(province.path("pipeline.toml"), format!("{pipeline}{newer}delivered = \"2025-01-20\"\n")).unwrap();
    let snapshot = province.run("store");
    assert_eq!(texts(&snapshot.table("bi/enterprise_link.parquet"), "uscc"), [FIRMS[1]]);
    assert_eq!(balance(&snapshot, "enterprise-link"), [8, 0, 4, 4]);
}

/// Rows read, accepted, rejected and superseded.
fn balance(snapshot: &Snapshot, source: &str) -> [i64; 4] {
    let sums = snapshot.table("quality/reconciliation.parquet");
    let at = texts(&sums, "source_id").iter().position(|id| id == source).unwrap();
    ["read", "accepted", "rejected", "superseded"].map(|column| integers(&sums, column)[at].unwrap())
}

#[test]
fn a_group_with_branches_is_evaluated_once() {
    // The third is a branch of the first, which lets half of its land to the second.
    let province = linked(&["2,0,branch,,"], "\"branch\"");
    let snapshot = province.run("store");
    let found = told(&snapshot);
    // (150 + 15) / (15 + 15) = 5.5 of tax, so 5.5 / 10 × 60 = 33. Revenue (1500 + 300) / 30 = 60, and so is the mean of those
    // ranked, the group and the fourth: (1800 + 900) / 45. Less 5 for the tenant: 33 + 40 − 5 = 68.
    assert_eq!(found[0], ranked(68.0, 2, "B"));
    assert_eq!(found[3], ranked(160.0, 1, "A"));
    assert_eq!(found[2], ("member".to_owned(), None, None, "B".to_owned()));
    // The tenant is graded as its lessor.
    assert_eq!((found[1].0.as_str(), found[1].3.as_str()), ("excluded", "B"));
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let ranked_among = rows.column_by_name("ranked").unwrap().as_primitive::<Int64Type>().clone();
    let heads = texts(&rows, "group_uscc");
    for (row, uscc) in texts(&rows, "uscc").iter().enumerate() {
        let is_of_group = [FIRMS[0], FIRMS[2]].contains(&uscc.as_str());
        assert_eq!(heads[row], if is_of_group { FIRMS[0] } else { "" });
        assert_eq!(ranked_among.value(row), if uscc == FIRMS[2] { 0 } else { 2 });
    }
    let shares = snapshot.table("bi/enterprise_group.parquet");
    let mut expected = vec![(FIRMS[0], 150_000_000), (FIRMS[2], 15_000_000)];
    expected.sort_unstable();
    let fen = crate::province::decimals(&shares, "tax_yuan").into_iter().flatten();
    assert_eq!(texts(&shares, "uscc").iter().map(String::as_str).zip(fen).collect::<Vec<_>>(), expected);

    // Who lets within the group lets to nobody: (150 + 300 + 15) / 45 = 10.333…, × 6 = 62, and 40 for the mean's revenue.
    let found = told(&linked(&["2,1,group,,", "1,0,branch,,"], "\"branch\", \"group\"").run("store"));
    assert_eq!(found[0], ranked(102.0, 2, "B"));
    assert_eq!([&found[1].0, &found[2].0], ["member"; 2]);
}

#[test]
fn only_links_in_force_of_the_kinds_that_the_set_names_count() {
    // 10/10 × 60 + 100/60 × 40 − 5, as if there were no links; the tenant has its lessor's grade, A.
    let alone = pairs([("ranked", "A"), ("excluded", "A"), ("ranked", "D"), ("ranked", "A")]);
    for (link, together) in [
        ("2,0,branch,,", "\"group\", \"successor\""),
        ("2,0,branch,,", ""),
        ("2,0,branch,2025-01-01,", "\"branch\""),
        ("2,0,branch,2020-01-01,2024-12-30", "\"branch\""),
        ("2,2,branch,,", "\"branch\""),
    ] {
        assert_eq!(standings(&linked(&[link], together).run("store")), alone, "{link} {together}");
    }
    let together = pairs([("ranked", "B"), ("excluded", "B"), ("member", "B"), ("ranked", "A")]);
    for link in ["2,0,successor,2020-01-01,2024-12-31", "2,0,successor,2024-12-31,"] {
        assert_eq!(standings(&linked(&[link], "\"successor\"").run("store")), together, "{link}");
    }
}

#[test]
fn what_is_not_known_of_links_judges_nobody() {
    let lost = pairs([("links_unknown", ""), ("excluded", ""), ("links_unknown", ""), ("ranked", "A")]);
    // A row of a kind that is none, and one whose head is misspelt, leave both ends in doubt.
    for link in ["2,0,owner,,", "2,91330106MAH9QPYM2O,branch,,"] {
        let province = linked(&["3,3,group,,", link], "\"branch\", \"group\"");
        assert_eq!(standings(&province.run("store")), lost, "{link}");
    }
    // Whoever is linked to one in doubt is in doubt as well.
    let province = linked(&["3,0,branch,,", "2,0,owner,,"], "\"branch\"");
    assert_eq!(standings(&province.run("store"))[3].0, "links_unknown");
    // A list that may be incomplete tells nothing of who is not on it, nor of who else belongs to those who are.
    let province = linked(&["2,0,branch,,"], "\"branch\"");
    province.edit("pipeline.toml", "absent = \"zero\"\n", "");
    assert!(standings(&province.run("store")).iter().all(|(standing, _)| standing == "links_unknown"));
    // Circles and several heads are told as issues.
    for (links, standing, code) in [
        (["2,0,branch,,", "0,2,branch,,"], "links_cycle", "link_cycle"),
        (["2,0,branch,,", "2,3,branch,,"], "links_several", "link_heads"),
    ] {
        let province = linked(&links, "\"branch\"");
        let snapshot = province.run("store");
        let found = standings(&snapshot);
        assert_eq!((found[0].0.as_str(), found[2].0.as_str()), (standing, standing));
        assert!(texts(&snapshot.table("quality/issues.parquet"), "code").iter().any(|one| one == code));
        // The remark says where to look: both rows are found by who stands there.
        let rows = snapshot.table("bi/enterprise_evaluation.parquet");
        let stands = texts(&rows, "uscc").into_iter().zip(texts(&rows, "standing"));
        let stands: BTreeSet<String> = stands.filter(|(_, one)| one == standing).map(|(uscc, _)| uscc).collect();
        let origins = snapshot.table("lineage/enterprise_link.parquet");
        let lines = texts(&origins, "uscc").into_iter().zip(integers(&origins, "row"));
        let lines: BTreeSet<_> = lines.filter(|(uscc, _)| stands.contains(uscc)).map(|(_, line)| line).collect();
        assert_eq!(lines, [Some(2), Some(3)].into());
    }
}

#[test]
fn what_is_missing_of_a_member_leaves_the_group_unjudged() {
    let province = linked(&["2,0,branch,,"], "\"branch\"");
    province.edit("tax.csv", &format!("{},15\n", FIRMS[2]), &format!("{},1S\n", FIRMS[2]));
    let expected = pairs([("not_judged", ""), ("excluded", ""), ("member", ""), ("ranked", "A")]);
    assert_eq!(standings(&province.run("store")), expected);
    // Also where nothing else places the member in the county: its lost row may have.
    let province = linked(&["91330108MA2A0101X8,0,branch,,"], "\"branch\"");
    let last = format!("{},750\n", FIRMS[3]);
    province.edit("tax.csv", &last, &format!("{last}91330108MA2A0101X8,5O\n"));
    let expected = pairs([("not_judged", ""), ("excluded", ""), ("ranked", "D"), ("ranked", "A")]);
    assert_eq!(standings(&province.run("store")), expected);
}

#[test]
fn members_in_another_county_do_not_join() {
    // A branch that has land nowhere, and pays in another county, which tells the same links.
    let branch = "91330108MA2A0101X8";
    let province = linked(&["2,0,branch,,", &format!("{branch},0,branch,,")], "\"branch\"");
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    write("other.csv", &format!("uscc,wan\n{branch},999\n"));
    let of_other = |table: &str, file: &str, more: &str| {
        let source = source(table, file).replace("county = \"330106\"", "county = \"330782\"");
        source.replacen("id = \"", "id = \"other-", 1) + more
    };
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let more =
        of_other("tax", "other.csv", "") + &of_other("enterprise_link", "enterprise_link.csv", "absent = \"zero\"\n");
    write("pipeline.toml", &(pipeline + &more));
    let snapshot = province.run("store");
    assert_eq!(told(&snapshot)[0], ranked(68.0, 2, "B"));
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let keys = texts(&rows, "county_code")
        .into_iter()
        .zip(texts(&rows, "standing").into_iter().zip(texts(&rows, "group_uscc")));
    let there: Vec<_> = keys.filter(|(county, _)| county == "330782").map(|(_, told)| told).collect();
    assert_eq!(there, pairs([("group_none", "")]));
}

#[test]
fn an_explanation_tells_who_is_evaluated_together() {
    let province = linked(&["2,0,branch,,"], "\"branch\"");
    province.run("store");
    let explained = |uscc: &str, more: &[&str]| {
        let mut command = mujun();
        command.args(["explain", uscc, "--lang", "en", "--store"]).arg(province.path("store")).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let [head, member] = [FIRMS[0], FIRMS[2]];
    let of_member = explained(member, &[]);
    for line in [
        "standing: a member: its figures count at the head, whose grade it has",
        "enterprise 1 (head): land 15.0000 mu, tax *** wan_yuan (complete)",
        &format!("{member}: land 15.0000 mu, tax *** wan_yuan (complete)"),
        "together: land 30.0000 mu, tax *** wan_yuan (complete)",
    ] {
        assert!(of_member.contains(line), "{line}\n{of_member}");
    }
    assert!(!of_member.contains(head), "{of_member}");
    let of_head = explained(head, &["--show-amounts"]);
    for line in [
        format!("{head} (head): land 15.0000 mu, tax 150 wan_yuan (complete)"),
        format!("{member}: land 15.0000 mu, tax 15 wan_yuan (complete)"),
        "together: land 30.0000 mu, tax 165 wan_yuan (complete)".to_owned(),
    ] {
        assert!(of_head.contains(&line), "{line}\n{of_head}");
    }
}
