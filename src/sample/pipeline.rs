//! The pipeline file and the mappings that read the sample.

use std::fmt::Write as _;

use super::ledger::EARLY_TAX;
use super::lists::{self, FIELDS, LINKS, SOURCES, TAGS};
use super::parameters::delivery::{Electricity, Ledger, Money, Names, Vector};
use super::parameters::{Energy, Parameters, Tax};
use super::plan::{CountyPlan, Plan};
use super::projects::OBLIGATIONS;
use super::zones::{self, Kind};
use super::{deliver, tables};

const ENTERPRISE: &str = r#"format = 1

[fields]
uscc             = { from = "统一社会信用代码" }
name             = { from = "企业名称" }
industry_code    = { from = "行业代码" }
established      = { from = "成立日期" }
production_since = { from = "投产日期" }
status           = { from = "经营状态", values = { "存续" = "active", "停业" = "suspended", "注销" = "closed" }, otherwise = "reject" }
address          = { from = "住所" }
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

/// How the text of a pipeline begins.
pub const FIRST_LINE: &str = "# Written by `mujun sample`";

/// The mappings that the counties' forms need: file name and text.
#[must_use]
pub fn mappings(parameters: &Parameters) -> Vec<(String, String)> {
    let delivery = &parameters.delivery;
    let mut mappings = vec![
        ("enterprise.toml".to_owned(), ENTERPRISE.to_owned()),
        ("occupancy.toml".to_owned(), OCCUPANCY.to_owned()),
    ];
    for names in [Names::Standard, Names::Local].into_iter().filter(|names| delivery.names.contains(names)) {
        mappings.push((parcel_mapping(names), parcel(names)));
        if parameters.zones.are_delivered() {
            mappings.push((zone_mapping(names), zone(names)));
        }
        for unit in [Money::Yuan, Money::WanYuan].into_iter().filter(|unit| delivery.tax_units.contains(unit)) {
            mappings.push((tax_mapping(names, unit), tax(&parameters.tax, names, unit)));
        }
        for unit in [Electricity::Kwh, Electricity::WanKwh] {
            if delivery.electricity_units.contains(&unit) {
                mappings.push((energy_mapping(names, unit), energy(&parameters.energy, names, unit)));
            }
        }
        for unit in [Money::Yuan, Money::WanYuan] {
            if parameters.output.is_reported() && delivery.output_units.contains(&unit) {
                mappings.push((output_mapping(names, unit), output(names, unit)));
            }
        }
    }
    for source in SOURCES.iter().filter(|source| (source.is_made)(parameters)) {
        mappings.push((format!("{}.toml", source.name), listed(source, parameters)));
    }
    mappings
}

const fn suffix(names: Names) -> &'static str {
    match names {
        Names::Standard => "",
        Names::Local => "-local",
    }
}

fn parcel_mapping(names: Names) -> String {
    format!("parcel{}.toml", suffix(names))
}

fn zone_mapping(names: Names) -> String {
    format!("zone{}.toml", suffix(names))
}

fn tax_mapping(names: Names, unit: Money) -> String {
    let unit = if unit == Money::Yuan { "yuan" } else { "wan-yuan" };
    format!("tax-{unit}{}.toml", suffix(names))
}

fn energy_mapping(names: Names, unit: Electricity) -> String {
    let unit = if unit == Electricity::Kwh { "kwh" } else { "wan-kwh" };
    format!("energy-{unit}{}.toml", suffix(names))
}

fn output_mapping(names: Names, unit: Money) -> String {
    let unit = if unit == Money::Yuan { "yuan" } else { "wan-yuan" };
    format!("output-{unit}{}.toml", suffix(names))
}

fn parcel(names: Names) -> String {
    let [id, registered, floor, uses, holder, _, right, _, address, since] = deliver::fields(names);
    let unit = if names == Names::Standard { "m2" } else { "ha" };
    format!(
        r#"format = 1
duplicates = "reject"

[fields]
parcel_id          = {{ from = "{id}" }}
registered_area_m2 = {{ from = "{registered}", unit = "{unit}" }}
floor_area_m2      = {{ from = "{floor}", unit = "{unit}" }}
use_code           = {{ from = "{uses}" }}
right_kind         = {{ from = "{right}" }}
holder_name        = {{ from = "{holder}" }}
address            = {{ from = "{address}" }}
valid_from         = {{ from = "{since}" }}
"#
    )
}

fn zone(names: Names) -> String {
    let [id, kind, name, class, built, from, to] = zones::fields(names);
    let kinds = entries(Kind::ALL.iter().map(|kind| kind.names()));
    format!(
        r#"format = 1
duplicates = "reject"

[fields]
zone_id    = {{ from = "{id}" }}
kind       = {{ from = "{kind}", values = {{ {kinds} }}, otherwise = "reject" }}
name       = {{ from = "{name}" }}
class      = {{ from = "{class}" }}
built      = {{ from = "{built}" }}
valid_from = {{ from = "{from}" }}
valid_to   = {{ from = "{to}" }}
"#
    )
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

fn tax(section: &Tax, names: Names, unit: Money) -> String {
    let kinds = entries(section.kinds.iter().map(|kind| (kind.name.as_str(), kind.kind.as_str())));
    let [id, _, period, kind, amount] = tables::headers(names, false);
    let unit = if unit == Money::Yuan { "yuan" } else { "wan_yuan" };
    format!(
        r#"format = 1
duplicates = "sum"

[fields]
uscc     = {{ from = "{id}" }}
period   = {{ from = "{period}" }}
kind     = {{ from = "{kind}", values = {{ {kinds} }}, otherwise = "reject" }}
tax_yuan = {{ from = "{amount}", unit = "{unit}" }}
"#
    )
}

fn energy(section: &Energy, names: Names, electricity: Electricity) -> String {
    let carriers = entries(section.carriers.iter().map(|carrier| (carrier.name.as_str(), carrier.carrier.as_str())));
    let electricity = if electricity == Electricity::Kwh { "kwh" } else { "wan_kwh" };
    let units = entries(section.carriers.iter().map(|carrier| match carrier.unit.as_str() {
        "kwh" => (carrier.name.as_str(), electricity),
        other => (carrier.name.as_str(), other),
    }));
    let [id, _, period, carrier, amount] = tables::headers(names, true);
    format!(
        r#"format = 1
duplicates = "reject"

[fields]
uscc     = {{ from = "{id}" }}
period   = {{ from = "{period}" }}
carrier  = {{ from = "{carrier}", values = {{ {carriers} }}, otherwise = "reject" }}
quantity = {{ from = "{amount}", unit_by = {{ column = "{carrier}", values = {{ {units} }} }} }}
"#
    )
}

fn output(names: Names, unit: Money) -> String {
    let [id, _, period, revenue, value_added, rd, staff] = tables::output_header(names);
    let unit = if unit == Money::Yuan { "yuan" } else { "wan_yuan" };
    format!(
        r#"format = 1
duplicates = "reject"

[fields]
uscc             = {{ from = "{id}" }}
period           = {{ from = "{period}" }}
revenue_yuan     = {{ from = "{revenue}", unit = "{unit}" }}
value_added_yuan = {{ from = "{value_added}", unit = "{unit}" }}
rd_yuan          = {{ from = "{rd}", unit = "{unit}" }}
staff            = {{ from = "{staff}", unit = "person" }}
"#
    )
}

/// The mapping of a list or of emissions: one for all counties.
fn listed(source: &lists::Source, parameters: &Parameters) -> String {
    let [id, _, period, told @ ..] = source.header else { return String::new() };
    let (period, uscc) = (format!("period = {{ from = \"{period}\" }}\n"), format!("uscc = {{ from = \"{id}\" }}\n"));
    let one_of = |column: &str, from: &str, values: &[(&str, &str)]| {
        let values = entries(values.iter().copied());
        format!("{column} = {{ from = \"{from}\", values = {{ {values} }}, otherwise = \"reject\" }}\n")
    };
    let fields = match (source.table, told) {
        ("violation", [field, date, serious]) => {
            let serious = one_of("serious", serious, &[("是", "yes"), ("否", "no")]);
            format!("{}date = {{ from = \"{date}\" }}\n{serious}", one_of("field", field, &FIELDS))
        }
        ("project", [obligation, due, project, parcel, says, met_on, granted]) => {
            let from = |column: &str, field: &str| format!("{column} = {{ from = \"{field}\" }}\n");
            [
                from("project_id", project),
                from("parcel_id", parcel),
                one_of("obligation", obligation, &OBLIGATIONS),
                from("due_date", due),
                one_of("met", says, &[("是", "yes"), ("否", "no")]),
                from("met_on", met_on),
                from("granted", granted),
            ]
            .concat()
        }
        ("tag", [tag]) => period + &one_of("tag", tag, &TAGS),
        ("enterprise_link", [kind, related, from]) => format!(
            "related_uscc = {{ from = \"{related}\" }}\n{}valid_from = {{ from = \"{from}\" }}\n",
            one_of("kind", kind, &LINKS)
        ),
        ("emission", [pollutant, quantity]) => {
            let known = &parameters.emission.pollutants;
            let known: Vec<_> = known.iter().map(|one| (one.name.as_str(), one.pollutant.as_str())).collect();
            let quantity = format!("quantity = {{ from = \"{quantity}\", unit = \"kg\" }}\n");
            period + &one_of("pollutant", pollutant, &known) + &quantity
        }
        _ => period + "scale = { const = \"above\" }\n",
    };
    format!("format = 1\n\n[fields]\n{uscc}{fields}")
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The pipeline file; `inputs` is the folder of the deliveries, relative to it.
#[must_use]
pub fn text(plan: &Plan, parameters: &Parameters, inputs: &str) -> String {
    // Above what is planted: at most nine kinds take a share each, some of them two rows; a year that comes twice, by
    // months too, has thirteen.
    let defects = &parameters.defects;
    let keys = 13.0 * defects.period_overlap_share + 2.0 * defects.duplicate_key_share;
    let warn = (15.0 * defects.share + keys + defects.negative_occupancy_share).clamp(0.05, 0.5);
    let bounds = format!(
        "warn = {{ rejected_share = {warn:.2} }}\nstop = {{ rejected_share = {:.2} }}\n",
        (2.0 * warn).max(0.2)
    );
    let pipeline = &parameters.pipeline;
    let mut text = format!(
        "{FIRST_LINE} for {} parcels and seed {}.\nformat = 1\nname = {}\nstore = {}\nperiods = [{}]\n\
         as_of = \"{}\"\npolicy = [\"{}\"]\n",
        parameters.province.parcels,
        parameters.province.seed,
        quoted(&pipeline.name),
        quoted(&pipeline.store),
        pipeline.periods.iter().map(|period| quoted(period)).collect::<Vec<_>>().join(", "),
        pipeline.as_of,
        policy(parameters).0,
    );
    let (delivered, early) = (&parameters.delivery.delivered, &parameters.delivery.early);
    let mut source = |id: &str, table: &str, path: &str, mapping: &str, more: &str, delivered: &str| {
        // A county may have so few zones that one defect is a large share of them.
        let bounds = if table == "zone" { "" } else { &bounds };
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n[[source]]\nid = \"{id}\"\ntable = \"{table}\"\npath = \"{inputs}/{path}\"\n\
             mapping = \"sources/{mapping}\"\n{more}delivered = \"{delivered}\"\n{bounds}"
        );
    };
    let by_field = "county_field = \"区划代码\"\n";
    source("enterprise", "enterprise", "enterprise.csv", "enterprise.toml", by_field, delivered);
    source("occupancy", "occupancy", "occupancy.csv", "occupancy.toml", by_field, delivered);
    for CountyPlan { county, form, .. } in &plan.counties {
        let code = county.code;
        let encoded = |is_gb: bool| if is_gb { "encoding = \"gb18030\"\n" } else { "" };
        let more = format!("{}county = \"{code}\"\n", encoded(form.vector == Vector::ShpGbkBare));
        let mut vector = |table: &str, mapping: &str| {
            let file = format!("{code}/{}", form.vector_file(table));
            source(&format!("{table}-{code}"), table, &file, mapping, &more, delivered);
        };
        vector("parcel", &parcel_mapping(form.names));
        if parameters.zones.are_delivered() {
            vector("zone", &zone_mapping(form.names));
        }
        let more = format!("{}county = \"{code}\"\n", encoded(form.ledger == Ledger::CsvGb18030));
        let tax = tax_mapping(form.names, form.tax_unit);
        let energy = energy_mapping(form.names, form.electricity_unit);
        let mut ledger = |name: &str, table: &str, mapping: &str, more: &str, delivered: &str| {
            let file = format!("{code}/{}", form.ledger_file(name));
            source(&format!("{name}-{code}"), table, &file, mapping, more, delivered);
        };
        ledger("tax", "tax", &tax, &more, delivered);
        if form.is_tax_twice {
            ledger(EARLY_TAX, "tax", &tax, &more, early);
        }
        ledger("energy", "energy", &energy, &more, delivered);
        if parameters.output.is_reported() {
            ledger("output", "output", &output_mapping(form.names, form.output_unit), &more, delivered);
        }
        for list in SOURCES.iter().filter(|list| (list.is_made)(parameters)) {
            let more = format!("{more}{}", if list.is_complete { "absent = \"zero\"\n" } else { "" });
            ledger(list.name, list.table, &format!("{}.toml", list.name), &more, delivered);
        }
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
                assert!(read(folder().join("sources").join(&mapping)) == text, "{mapping} of {name}");
            }
        }
    }

    #[test]
    #[ignore = "writes into the repository"]
    fn write_the_pipelines() {
        for (name, text, parameters) in committed() {
            std::fs::write(folder().join(name), text).unwrap();
            for (mapping, text) in mappings(&parameters) {
                std::fs::write(folder().join("sources").join(&mapping), text).unwrap();
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
