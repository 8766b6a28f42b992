//! The pipeline file and the mappings that read the sample.

use std::fmt::Write as _;

use super::deliver::DELIVERED;
use super::ledger::{CARRIERS, KINDS, PERIODS};
use super::parameters::Parameters;
use super::plan::{CountyPlan, Plan};

const PARCEL: &str = r#"format = 1
duplicates = "reject"

[fields]
parcel_id          = { from = "ZDDM" }
registered_area_m2 = { from = "ZDMJ", unit = "m2" }
floor_area_m2      = { from = "JZMJ", unit = "m2" }
use_code           = { from = "TDYT" }
right_kind         = { from = "QLXZ" }
holder_name        = { from = "QLRMC" }
address            = { from = "ZL" }
valid_from         = { from = "SYQSSJ" }
"#;

const ENTERPRISE: &str = r#"format = 1

[fields]
uscc          = { from = "统一社会信用代码" }
name          = { from = "企业名称" }
industry_code = { from = "行业代码" }
established   = { from = "成立日期" }
status        = { from = "经营状态", values = { "存续" = "active", "停业" = "suspended", "注销" = "closed" }, otherwise = "reject" }
address       = { from = "住所" }
"#;

const OCCUPANCY: &str = r#"format = 1

[fields]
parcel_id   = { from = "宗地代码" }
uscc        = { from = "统一社会信用代码" }
right       = { from = "占用方式", values = { "自有" = "owned", "租赁" = "leased" }, otherwise = "reject" }
basis       = { from = "计量方式", values = { "土地" = "land", "建筑" = "floor" }, otherwise = "reject" }
lessor_uscc = { from = "出租方代码" }
amount_m2   = { from = "面积", unit = "m2" }
valid_from  = { from = "起始日期" }
valid_to    = { from = "终止日期" }
"#;

/// The mappings: file name and text.
#[must_use]
pub fn mappings() -> Vec<(&'static str, String)> {
    vec![
        ("parcel.toml", PARCEL.to_owned()),
        ("enterprise.toml", ENTERPRISE.to_owned()),
        ("occupancy.toml", OCCUPANCY.to_owned()),
        ("tax-yuan.toml", tax("yuan")),
        ("tax-wan-yuan.toml", tax("wan_yuan")),
        ("energy-kwh.toml", energy("kwh")),
        ("energy-wan-kwh.toml", energy("wan_kwh")),
    ]
}

/// Entries of an inline table.
fn entries<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs.into_iter().map(|(from, to)| format!("\"{from}\" = \"{to}\"")).collect::<Vec<_>>().join(", ")
}

fn tax(unit: &str) -> String {
    let kinds = entries(KINDS.map(|(name, kind, ..)| (name, kind)));
    format!(
        r#"format = 1
duplicates = "sum"

[fields]
uscc     = {{ from = "统一社会信用代码" }}
period   = {{ from = "所属期" }}
kind     = {{ from = "税种", values = {{ {kinds} }}, otherwise = "reject" }}
tax_yuan = {{ from = "入库税额", unit = "{unit}" }}
"#
    )
}

fn energy(electricity: &str) -> String {
    let carriers = entries(CARRIERS.map(|(name, carrier, ..)| (name, carrier)));
    let units = entries(CARRIERS.map(|(name, carrier, ..)| match carrier {
        "electricity" => (name, electricity),
        "natural_gas" => (name, "m3"),
        _ => (name, "t"),
    }));
    format!(
        r#"format = 1
duplicates = "reject"

[fields]
uscc     = {{ from = "统一社会信用代码" }}
period   = {{ from = "所属期" }}
carrier  = {{ from = "能源品种", values = {{ {carriers} }}, otherwise = "reject" }}
quantity = {{ from = "消费量", unit_by = {{ column = "能源品种", values = {{ {units} }} }} }}
"#
    )
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The pipeline file; `inputs` is the folder of the deliveries, relative to it.
#[must_use]
pub fn text(plan: &Plan, parameters: &Parameters, inputs: &str) -> String {
    // Above what is planted: at most nine kinds take a share each, some of them two rows.
    let warn = (15.0 * parameters.defect_share).clamp(0.05, 0.5);
    let bounds = format!(
        "warn = {{ rejected_share = {warn:.2} }}\nstop = {{ rejected_share = {:.2} }}\n",
        (2.0 * warn).max(0.2)
    );
    let mut text = format!(
        "# Written by `mujun sample --parcels {} --seed {}`.\nformat = 1\nname = {}\nstore = {}\nperiods = [{}]\n\
         as_of = \"2025-01-31\"\npolicy = [{}]\n",
        parameters.parcels,
        parameters.seed,
        quoted(&parameters.name),
        quoted(&parameters.store),
        PERIODS.map(|period| format!("\"{period}\"")).join(", "),
        quoted(&parameters.policy),
    );
    let mut source = |id: &str, table: &str, path: &str, mapping: &str, more: &str| {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n[[source]]\nid = \"{id}\"\ntable = \"{table}\"\npath = \"{inputs}/{path}\"\n\
             mapping = \"sources/{mapping}\"\n{more}delivered = \"{DELIVERED}\"\n{bounds}"
        );
    };
    let by_field = "county_field = \"区划代码\"\n";
    source("enterprise", "enterprise", "enterprise.csv", "enterprise.toml", by_field);
    source("occupancy", "occupancy", "occupancy.csv", "occupancy.toml", by_field);
    for CountyPlan { county, form, .. } in &plan.counties {
        let code = county.code;
        let county = format!("county = \"{code}\"\n");
        let path = |name: &str| format!("{code}/{name}");
        source(&format!("parcel-{code}"), "parcel", &path(form.parcel_file()), "parcel.toml", &county);
        let encoding = if form.ledgers_in_gb18030 { "encoding = \"gb18030\"\n" } else { "" };
        let more = format!("{encoding}{county}");
        let tax = if form.tax_in_wan { "tax-wan-yuan.toml" } else { "tax-yuan.toml" };
        source(&format!("tax-{code}"), "tax", &path("tax.csv"), tax, &more);
        let energy = if form.electricity_in_wan { "energy-wan-kwh.toml" } else { "energy-kwh.toml" };
        source(&format!("energy-{code}"), "energy", &path("energy.csv"), energy, &more);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")
    }

    fn demo() -> String {
        let parameters =
            Parameters { name: "demo".to_owned(), store: "../out/demo".to_owned(), ..Parameters::default() };
        text(&Plan::new(&parameters).unwrap(), &parameters, "../out/sample/in")
    }

    /// `mujun run pipelines/demo.toml` reads what `mujun sample --parcels 20000 --seed 1 out/sample` writes.
    /// When this fails, `cargo test --release write_the_demo -- --ignored` writes both anew.
    #[test]
    fn the_committed_demo_reads_the_sample() {
        let committed = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        assert_eq!(committed(folder().join("demo.toml")), demo());
        for (name, text) in mappings() {
            assert_eq!(committed(folder().join("sources").join(name)), text, "{name}");
        }
    }

    #[test]
    #[ignore = "writes into the repository"]
    fn write_the_demo() {
        std::fs::create_dir_all(folder().join("sources")).unwrap();
        std::fs::write(folder().join("demo.toml"), demo()).unwrap();
        for (name, text) in mappings() {
            std::fs::write(folder().join("sources").join(name), text).unwrap();
        }
    }

    #[test]
    fn all_of_it_is_toml() {
        let odd = Parameters { store: r#"C:\store "a""#.to_owned(), parcels: 1, ..Parameters::default() };
        let odd: toml::Table = text(&Plan::new(&odd).unwrap(), &odd, "in").parse().unwrap();
        assert_eq!(odd["store"].as_str(), Some(r#"C:\store "a""#));
        let demo: toml::Table = demo().parse().unwrap();
        assert_eq!(demo["source"].as_array().unwrap().len(), 2 + 3 * 10);
        for (_, text) in mappings() {
            assert!(text.parse::<toml::Table>().unwrap()["fields"].is_table());
        }
    }
}
