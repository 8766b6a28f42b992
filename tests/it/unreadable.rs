//! DESIGN's property: making a row unreadable, or losing an enterprise's ledgers, never turns a parcel low.

use std::fs;
use std::path::PathBuf;

use crate::province::Province;

/// Leaves only the rule with a fixed figure: benchmarks are then fixed.
fn fixed_rule_only(province: &Province) {
    let text = fs::read_to_string(province.path("policy/zhejiang.toml")).unwrap();
    let mut rules = text.split("[[rule]]");
    let (head, first) = (rules.next().unwrap(), rules.next().unwrap());
    assert!(first.contains("tax_per_mu_low"));
    fs::write(province.path("policy/zhejiang.toml"), format!("{head}[[rule]]{first}")).unwrap();
}

/// Some UTF-8 ledger of the province.
fn ledgers(province: &Province, name: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = vec![province.path("in")];
    let entries = fs::read_dir(province.path("in")).unwrap().flatten().map(|entry| entry.path());
    folders.extend(entries.filter(|path| path.is_dir()));
    let mut files: Vec<PathBuf> = folders.into_iter().map(|folder| folder.join(name)).collect();
    files.retain(|path| fs::read_to_string(path).is_ok());
    files.sort();
    files
}

/// The lines of a file with one changed.
fn change(path: &PathBuf, at: usize, how: impl Fn(Vec<String>) -> Vec<String>) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = 1 + at % (lines.len() - 1);
    let fields = lines[line].split(',').map(str::to_owned).collect();
    lines[line] = how(fields).join(",");
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// Another character in the middle of a code, such that no record has it.
fn misspelt(code: &str) -> String {
    let mut characters: Vec<char> = code.chars().collect();
    let at = characters.len() / 2;
    characters[at] = if characters[at] == 'Q' { 'W' } else { 'Q' };
    characters.into_iter().collect()
}

#[test]
fn an_unreadable_row_never_turns_a_parcel_low() {
    let province = Province::new(600, 4);
    fixed_rule_only(&province);
    let low = province.run("store").low();
    assert!(low.len() > 20);
    let mut lowered = 0;
    for trial in 0..32_usize {
        let name = ["tax.csv", "tax.csv", "occupancy.csv", "energy.csv"][trial % 4];
        let files = ledgers(&province, name);
        let file = &files[trial % files.len()];
        let before = fs::read_to_string(file).unwrap();
        let header: Vec<&str> = before.lines().next().unwrap().split(',').collect();
        let column = |name: &str| header.iter().position(|field| field.trim_start_matches('\u{feff}').contains(name));
        let id = column("统一社会信用代码").or(column("占用人代码")).or(column("信用代码")).unwrap();
        let amount = column("税额").or(column("消费量")).or(column("面积")).unwrap();
        let parcel = column("宗地代码");
        change(file, 7919 * (trial + 1), |mut fields| {
            match (trial / 4) % 4 {
                0 => fields[amount] = "?".to_owned(),
                1 => fields[id] = misspelt(&fields[id]),
                2 => {
                    // Two faults in one row.
                    fields[amount] = "?".to_owned();
                    let code = parcel.unwrap_or(id);
                    fields[code] = misspelt(&fields[code]);
                }
                _ => match parcel {
                    Some(parcel) => fields[parcel] = misspelt(&fields[parcel]),
                    None => fields[id] = "9".to_owned(),
                },
            }
            fields
        });
        let after = province.run("store").low();
        let turned: Vec<_> = after.difference(&low).collect();
        assert!(turned.is_empty(), "trial {trial} in {}: {turned:?}", file.display());
        lowered += usize::from(after != low);
        fs::write(file, before).unwrap();
    }
    // The property is not empty: some rows did matter.
    assert!(lowered > 0, "no trial changed anything");
}

#[test]
fn losing_all_rows_of_an_enterprise_never_turns_a_parcel_low() {
    let province = Province::new(600, 4);
    fixed_rule_only(&province);
    let low = province.run("store").low();
    for (trial, file) in ledgers(&province, "tax.csv").iter().enumerate().take(3) {
        let before = fs::read_to_string(file).unwrap();
        let lines: Vec<&str> = before.lines().collect();
        let lost = lines[1 + (31 * trial + 5) % (lines.len() - 1)].split(',').next().unwrap();
        let kept: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with(lost)).collect();
        assert!(kept.len() < lines.len());
        fs::write(file, kept.join("\n") + "\n").unwrap();
        let after = province.run("store").low();
        assert!(after.is_subset(&low), "{:?}", after.difference(&low).collect::<Vec<_>>());
        fs::write(file, before).unwrap();
    }
}
