//! What is refused before any data is read, each with its line.

use super::super::testing::{BASE, EVALUATION, line_of, set, told};
use super::overlaps;

/// Each changes the test group and names the line of the part that is wrong.
fn refused(mistakes: &[(&str, &str, &str, &str)]) {
    for (from, to, part, expected) in mistakes {
        let changed = EVALUATION.replacen(from, to, 1);
        assert_ne!(changed, EVALUATION, "{from}");
        let message = told(&format!("{BASE}{changed}"));
        let line = line_of(&changed, part) + BASE.matches('\n').count();
        assert!(message.starts_with(&format!("p.toml:{line}: ")), "{to}: line {line}, but {message}");
        assert!(message.contains(expected), "{to}: {message}");
    }
}

#[test]
fn every_mistake_of_an_item_is_refused_on_its_line() {
    refused(&[
        (
            "weight = 40",
            "weight = 30",
            "weight = 30",
            "the weights of `firms` add up to 90, not 100\n  hint: tax_per_mu 60 + rd 30",
        ),
        ("weight = 40", "weight = \"40.0001\"", "\"40.0001\"", "`weight` is above 0 and at most 100, of 3 decimals"),
        ("value = \"24\"", "value = 0", "value = 0", "`value` is above 0"),
        (
            "wan_yuan/mu",
            "wan_yuan/tce",
            "\"wan_yuan/tce",
            "`tax_wan_per_mu` is in wan_yuan/mu, which `wan_yuan/tce` is not like",
        ),
        (", unit = \"wan_yuan/mu\"", "", "\"24\"", "the value of `tax_wan_per_mu` needs a unit"),
        (
            "\"tax_wan_per_mu\"",
            "\"tax_wan_per_mo\"",
            "\"tax_wan_per_mo\"",
            "unknown column `tax_wan_per_mo`\n  hint: did you mean `tax_wan_per_mu`?",
        ),
        ("\"rd_share\"", "\"is_key\"", "\"is_key\"", "`is_key` is no number, and cannot be scored"),
        (
            "\"rd_share\"",
            "\"tax_wan_per_mu\" # again",
            "\"tax_wan_per_mu\" # again",
            "`tax_wan_per_mu` is scored by `tax_per_mu` already",
        ),
        (
            "id = \"rd\"",
            "id = \"tax_per_mu\" # again",
            "\"tax_per_mu\" # again",
            "two indicators with the id `tax_per_mu`",
        ),
        ("{ value = \"0.03\" }", "{ mean = true, quantile = 1 }", "{ mean", "a benchmark is one of `value`"),
        ("{ value = \"0.03\" }", "{ value = 1, by = [\"county_code\"] }", "{ value = 1", "not both"),
        ("{ value = \"0.03\" }", "{ mean = true, by = [\"staff\"] }", "\"staff\"", "`by` needs text columns"),
        ("{ value = \"0.03\" }", "{ share_of_mean = 0 }", "0 }", "`share_of_mean` is above 0"),
        ("cap = 1", "cap = -1", "cap = -1", "`cap` -1 is not above `floor` 0"),
        ("cap = 2\n", "", "\"tax_per_mu\"", "indicator `tax_per_mu` has no `cap`\n  hint: give it a `cap`"),
        (
            "cap = 1",
            "missing = \"mean\"",
            "\"mean\"",
            "`missing` is one of not_judged zero group_mean spread, not `mean`",
        ),
    ]);
}

#[test]
fn every_mistake_of_a_group_is_refused_on_its_line() {
    refused(&[
        ("\"apart\"", "\"E\"", "\"E\"", "`graded` is apart, owner, A, B, C or D, not `E`"),
        ("factor = \"1.1\"", "factor = 0", "factor = 0", "`factor` is above 0"),
        (
            "factor = \"1.1\"",
            "factor = 2\nof = \"rdd\"",
            "\"rdd\"",
            "no indicator `rdd` in the group\n  hint: did you mean `rd`?",
        ),
        ("\"tenants\", above", "\"land_mu\", above", "\"land_mu\"", "`land_mu` counts nothing"),
        (
            "per = { column = \"tenants\", above = 1 }\n",
            "",
            "id = \"tenants\"",
            "an adjustment needs `when`, `per` or both",
        ),
        ("least = -20", "least = 2\nmost = 1", "least = 2", "`least` is above `most`"),
        ("best = \"D\"", "best = \"A\"", "\"A\"", "`best` is the best grade that is left: B, C or D, not `A`"),
        ("C = \"0.15\"", "C = \"0.1\"", "{ A", "the shares add up to 0.95, not 1"),
        (
            "shares = { A = \"0.2\", B = \"0.6\", C = \"0.15\", D = 0.05 }",
            "scores = { A = 60, B = 60, C = 1 }",
            "{ A",
            "the least scores fall from A to B to C",
        ),
        (
            "shares = {",
            "scores = { A = 3, B = 2, C = 1 }\nshares = {",
            "[evaluation.grades]",
            "grades are given by one of `shares` and `scores`",
        ),
        (
            "\"is_key\", op = \"=\", value = true",
            "\"is_above_scale\", op = \"=\", value = false",
            "{ column = \"is_above_scale\", op = \"=\", value = false",
            "contradicts the group's own",
        ),
        (
            "{ column = \"safety_violations\", op = \">\", value = 0 }",
            "{ column = \"safety_violations\", op = \">\", value_of = { mean = true } }",
            "{ column = \"safety",
            "`value_of` belongs to rules",
        ),
        (
            "{ column = \"safety_violations\", op = \">\", value = 0 }",
            "{ all = [{ column = \"staff\", op = \">\", value = 3, unit = \"person\" }, { column = \"staff\", op = \"<\", value = 3, unit = \"person\" }] }",
            "{ all",
            "no enterprise can meet this condition: it contradicts itself",
        ),
        ("label = \"规上工业企业\"", "label = \"\"", "label = \"\"", "`label` is empty"),
        (
            "label = \"规上工业企业\"",
            "replaces = [\"x\"]\nlabel = \"x\"",
            "\"x\"]",
            "the extended set has no evaluation `x`",
        ),
        ("id = \"firms\"", "id = \"Firms\"", "\"Firms\"", "id `Firms` is not of a-z, 0-9 and _"),
        ("graded = \"apart\"", "graded = \"apart\"\nreason = \"x\"", "reason", "unknown field `reason`"),
    ]);
}

#[test]
fn groups_of_one_id_or_of_the_same_members_are_refused() {
    let message = told(&format!("{BASE}{EVALUATION}{EVALUATION}"));
    assert!(message.contains("two evaluations with the id `firms`"), "{message}");
    let twin = EVALUATION
        .replace("\"firms\"", "\"twin\"")
        .replace("op = \"=\", value = true }\ncap", "op = \"!=\", value = false }\ncap");
    let message = told(&format!("{BASE}{EVALUATION}{twin}"));
    assert!(message.contains("evaluations `firms` and `twin` take in the same enterprises"), "{message}");
    // Whatever else is wrong with one of them.
    let message = told(&format!("{BASE}{}{twin}", EVALUATION.replace("weight = 40", "weight = 30")));
    assert!(message.contains("take in the same enterprises") && message.contains("add up to 90, not 100"), "{message}");
    let part = twin.replace("op = \"!=\", value = false }\ncap", "op = \"=\", value = true }\ncap");
    let part = part.replacen("\"is_above_scale\"", "\"is_micro_park\"", 1);
    let set = set(&format!("{BASE}{EVALUATION}{part}"), None).unwrap();
    let pairs: Vec<_> = overlaps(&set.evaluations).into_iter().map(|(left, right)| (&*left.id, &*right.id)).collect();
    assert_eq!(pairs, [("firms", "twin")]);
}

#[test]
fn a_child_replaces_groups_by_id_and_needs_a_basis() {
    let parent = set(&format!("{BASE}{EVALUATION}"), None).unwrap();
    let header = "format = 1\nid = \"child\"\n";
    let ids = |text: &str| {
        let child = set(&format!("{header}{text}"), Some(&parent)).unwrap();
        child.evaluations.iter().map(|one| format!("{} of {}", one.id, one.stated_by)).collect::<Vec<_>>()
    };
    assert_eq!(ids(""), ["firms of base"]);
    assert_eq!(ids(EVALUATION), ["firms of child"]);
    let other = EVALUATION.replace("\"firms\"", "\"other\"\nreplaces = [\"firms\"]");
    assert_eq!(ids(&other), ["other of child"]);
    let law = format!("{header}illustrative = false\n");
    let message = set(&law, Some(&parent)).unwrap_err().to_string();
    assert!(message.starts_with("p.toml:2: evaluation `firms`, inherited from `base`, has no `basis`"), "{message}");
    let own = EVALUATION.replace("label = \"规上", "basis = \"某政发〔2024〕1号\"\nlabel = \"规上");
    assert!(set(&format!("{law}{own}"), Some(&parent)).is_ok());
}
