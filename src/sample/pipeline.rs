//! The pipeline file and the mappings that read the sample.

use std::fmt::Write as _;

use super::parameters::delivery::{Electricity, Ledger, Money};
use super::parameters::{Energy, Parameters, Tax};
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

/// The mappings that the counties' forms need: file name and text.
#[must_use]
pub fn mappings(parameters: &Parameters) -> Vec<(&'static str, String)> {
    let mut mappings = vec![
        ("parcel.toml", PARCEL.to_owned()),
        ("enterprise.toml", ENTERPRISE.to_owned()),
        ("occupancy.toml", OCCUPANCY.to_owned()),
    ];
    for (unit, name) in [(Money::Yuan, "yuan"), (Money::WanYuan, "wan_yuan")] {
        if parameters.delivery.tax_units.contains(&unit) {
            mappings.push((tax_mapping(unit), tax(&parameters.tax, name)));
        }
    }
    for (unit, name) in [(Electricity::Kwh, "kwh"), (Electricity::WanKwh, "wan_kwh")] {
        if parameters.delivery.electricity_units.contains(&unit) {
            mappings.push((energy_mapping(unit), energy(&parameters.energy, name)));
        }
    }
    mappings
}

const fn tax_mapping(unit: Money) -> &'static str {
    match unit {
        Money::Yuan => "tax-yuan.toml",
        Money::WanYuan => "tax-wan-yuan.toml",
    }
}

const fn energy_mapping(unit: Electricity) -> &'static str {
    match unit {
        Electricity::Kwh => "energy-kwh.toml",
        Electricity::WanKwh => "energy-wan-kwh.toml",
    }
}

/// The rule set that the pipeline reads: file and text.
#[must_use]
pub fn policy(parameters: &Parameters) -> (&'static str, &'static str) {
    match parameters.pipeline.policy.as_str() {
        "bench" => ("policy/bench.toml", include_str!("../../pipelines/policy/bench.toml")),
        _ => ("policy/zhejiang.toml", include_str!("../../pipelines/policy/zhejiang.toml")),
    }
}

/// Entries of an inline table.
fn entries<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs.into_iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to))).collect::<Vec<_>>().join(", ")
}

fn tax(section: &Tax, unit: &str) -> String {
    let kinds = entries(section.kinds.iter().map(|kind| (kind.name.as_str(), kind.kind.as_str())));
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

fn energy(section: &Energy, electricity: &str) -> String {
    let carriers = entries(section.carriers.iter().map(|carrier| (carrier.name.as_str(), carrier.carrier.as_str())));
    let units = entries(section.carriers.iter().map(|carrier| match carrier.unit.as_str() {
        "kwh" => (carrier.name.as_str(), electricity),
        other => (carrier.name.as_str(), other),
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
    let warn = (15.0 * parameters.defects.share).clamp(0.05, 0.5);
    let bounds = format!(
        "warn = {{ rejected_share = {warn:.2} }}\nstop = {{ rejected_share = {:.2} }}\n",
        (2.0 * warn).max(0.2)
    );
    let pipeline = &parameters.pipeline;
    let mut text = format!(
        "# Written by `mujun sample` for {} parcels and seed {}.\nformat = 1\nname = {}\nstore = {}\nperiods = [{}]\n\
         as_of = \"{}\"\npolicy = [\"{}\"]\n",
        parameters.province.parcels,
        parameters.province.seed,
        quoted(&pipeline.name),
        quoted(&pipeline.store),
        pipeline.periods.iter().map(|period| quoted(period)).collect::<Vec<_>>().join(", "),
        pipeline.as_of,
        policy(parameters).0,
    );
    let delivered = &parameters.delivery.delivered;
    let mut source = |id: &str, table: &str, path: &str, mapping: &str, more: &str| {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n[[source]]\nid = \"{id}\"\ntable = \"{table}\"\npath = \"{inputs}/{path}\"\n\
             mapping = \"sources/{mapping}\"\n{more}delivered = \"{delivered}\"\n{bounds}"
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
        let encoding = if form.ledger == Ledger::CsvGb18030 { "encoding = \"gb18030\"\n" } else { "" };
        let more = format!("{encoding}{county}");
        source(&format!("tax-{code}"), "tax", &path("tax.csv"), tax_mapping(form.tax_unit), &more);
        source(&format!("energy-{code}"), "energy", &path("energy.csv"), energy_mapping(form.electricity_unit), &more);
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

    /// A committed pipeline file: its name, its text, the parameters it is for.
    fn committed() -> [(&'static str, String, Parameters); 2] {
        let mut demo = Parameters::default();
        demo.pipeline.name = "demo".to_owned();
        demo.pipeline.store = "../out/demo".to_owned();
        let mut bench = Parameters::read(&folder().join("../scripts/bench/sample.toml")).unwrap();
        bench.pipeline.store = "../out/bench".to_owned();
        let files = [("demo.toml", "../out/sample/in", demo), ("bench.toml", "../out/bench-sample/in", bench)];
        files.map(|(name, inputs, parameters)| {
            (name, text(&Plan::new(&parameters).unwrap(), &parameters, inputs), parameters)
        })
    }

    /// `mujun run pipelines/demo.toml` reads what `mujun sample out/sample` writes, and `pipelines/bench.toml` what
    /// `mujun sample --parameters scripts/bench/sample.toml out/bench-sample` does.
    /// When this fails, `cargo test --release write_the_pipelines -- --ignored` writes all of it anew.
    #[test]
    fn the_committed_pipelines_read_the_samples() {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        for (name, text, parameters) in committed() {
            assert!(read(folder().join(name)) == text, "{name} is not what the generator writes");
            for (mapping, text) in mappings(&parameters) {
                assert!(read(folder().join("sources").join(mapping)) == text, "{mapping} of {name}");
            }
        }
    }

    #[test]
    #[ignore = "writes into the repository"]
    fn write_the_pipelines() {
        for (name, text, parameters) in committed() {
            std::fs::write(folder().join(name), text).unwrap();
            for (mapping, text) in mappings(&parameters) {
                std::fs::write(folder().join("sources").join(mapping), text).unwrap();
            }
        }
    }

    #[test]
    fn all_of_it_is_toml() {
        let mut odd = Parameters::of(1, 1);
        odd.pipeline.store = r#"C:\store "a""#.to_owned();
        odd.tax.kinds[0].name = r#"增值"税""#.to_owned();
        let text: toml::Table = text(&Plan::new(&odd).unwrap(), &odd, "in").parse().unwrap();
        assert_eq!(text["store"].as_str(), Some(r#"C:\store "a""#));
        for (_, text) in mappings(&odd) {
            assert!(text.parse::<toml::Table>().unwrap()["fields"].is_table());
        }
    }
}
