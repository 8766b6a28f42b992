//! Mapping files: which delivered field is which canonical column, in which unit, under which names.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::document::{Document, DocumentError, Faults, Mended, nearest};
use crate::domain::Unit;
use crate::table::delivery::{AmountUnit, ColumnRule, Deliverable, Delivered, DeliveryRules, Duplicates, Ids, Reading};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    format: Spanned<u32>,
    duplicates: Option<Spanned<DuplicatesEntry>>,
    ids: Option<Spanned<String>>,
    fields: BTreeMap<Spanned<String>, Spanned<FieldEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DuplicatesEntry {
    Name(String),
    Keep(KeepEntry),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepEntry {
    keep: String,
    of: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    from: Option<String>,
    #[serde(rename = "const")]
    constant: Option<String>,
    unit: Option<Spanned<String>>,
    unit_by: Option<UnitByEntry>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    otherwise: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitByEntry {
    column: Spanned<String>,
    values: BTreeMap<String, Spanned<String>>,
}

/// Where a canonical column's text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// A field of the file.
    Field(String),
    /// The same text for every row.
    Constant(String),
}

/// A mapping, checked against the table's columns.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// By canonical column.
    pub from: BTreeMap<String, From>,
    /// What it says of values.
    pub rules: DeliveryRules,
    /// Its text, for fingerprints.
    pub text: String,
}

impl Mapping {
    /// Reads the mapping at `path` for `table`.
    ///
    /// # Errors
    /// With all mistakes, each with file, line, key and nearest known name.
    pub fn read(path: &Path, table: Delivered) -> Result<Self, Faults> {
        let document = Document::read(path)?;
        let Mended { value, mut faults, stand_ins } = document.parse_mending();
        let mapping = value.map(|file| Self::check(&document, table, &file));
        let mapping = mapping.and_then(|found| faults.keep(found.map_err(|found| found.except(&document, &stand_ins))));
        faults.or(mapping)
    }

    fn check(document: &Document, table: Delivered, file: &MappingFile) -> Result<Self, Faults> {
        if *file.format.get_ref() != 1 {
            return Err(document.error(file.format.span(), "format: this version reads mapping format 1").into());
        }
        let mut faults = Faults::default();
        let ids = faults.keep(check_ids(document, table, file.ids.as_ref()));
        let (mut from, mut columns) = (BTreeMap::new(), BTreeMap::new());
        let kind = table.declared().kind;
        let kind = file.fields.iter().find(|(name, _)| Some(name.get_ref().as_str()) == kind);
        let kind = kind.and_then(|(_, entry)| entry.get_ref().from.as_deref());
        for (name, entry) in &file.fields {
            if let Some((place, rule)) = faults.keep(check_field(document, table, kind, name, entry)) {
                from.insert(name.get_ref().clone(), place);
                columns.insert(name.get_ref().clone(), rule);
            }
        }
        let fields = document.text().find("[fields").unwrap_or(0)..0;
        let is_given = |name: &str| file.fields.keys().any(|given| given.get_ref() == name);
        for column in table.columns().iter().filter(|column| column.is_required && !is_given(column.name)) {
            let message = format!("[fields] lacks `{}`, which {} needs", column.name, table.name());
            faults.add(document.error(fields.clone(), message));
        }
        let amounts: Vec<&str> = table.amounts().iter().map(|amount| amount.name).collect();
        if !amounts.is_empty() && !amounts.iter().any(|amount| is_given(amount)) {
            let message = format!("[fields] gives no amount, and {} needs one at least", table.name());
            let fault = document.error(fields, message);
            faults.add(fault.hint(format!("give one or more of {}", amounts.join(", "))));
        }
        let duplicates = faults.keep(check_duplicates(document, table, &file.fields, file.duplicates.as_ref()));
        let rules = ids.zip(duplicates).map(|(ids, duplicates)| DeliveryRules { columns, duplicates, ids });
        faults.or(rules.map(|rules| Self { from, rules, text: document.text().to_owned() }))
    }
}

fn check_ids(document: &Document, table: Delivered, entry: Option<&Spanned<String>>) -> Result<Ids, DocumentError> {
    let is_zone = table == Delivered::Zone;
    let Some(entry) = entry else { return Ok(if is_zone { Ids::External } else { Ids::Official }) };
    match entry.get_ref().as_str() {
        "official" if is_zone => Err(document
            .error(entry.span(), "ids = \"official\": zones have no official codes")
            .hint("leave it out: a zone's ids are its register's own")),
        "official" => Ok(Ids::Official),
        "external" => Ok(Ids::External),
        other => {
            let error = document.error(entry.span(), format!("ids = \"{other}\" is unknown"));
            Err(error.hint("write official or external"))
        }
    }
}

fn check_field(
    document: &Document,
    table: Delivered,
    kind: Option<&str>,
    name: &Spanned<String>,
    entry: &Spanned<FieldEntry>,
) -> Result<(From, ColumnRule), Faults> {
    let field = entry.get_ref();
    let Some(column) = table.columns().iter().find(|column| column.name == name.get_ref()) else {
        let error = document.error(name.span(), format!("{} has no column `{}`", table.name(), name.get_ref()));
        let known = table.columns().iter().map(|column| column.name);
        return Err(error.did_you_mean(nearest(name.get_ref(), known)).into());
    };
    let mut faults = Faults::default();
    let place = faults.keep(match (&field.from, &field.constant) {
        (Some(from), None) => Ok(From::Field(from.clone())),
        (None, Some(constant)) => Ok(From::Constant(constant.clone())),
        _ => Err(document.error(entry.span(), format!("`{}` needs either `from` or `const`", column.name))),
    });
    if let Reading::OneOf(known) = column.reading {
        let targets =
            field.values.values().chain(field.otherwise.as_ref().map(Spanned::get_ref)).chain(&field.constant);
        let is_unknown = |target: &&String| *target != "reject" && !known.contains(&target.as_str());
        for target in targets.filter(is_unknown) {
            let message = format!("`{}` has no value `{target}`; values are {}", column.name, known.join(", "));
            let fault = document.error(entry.span(), message);
            faults.add(fault.did_you_mean(nearest(target, known.iter().copied())));
        }
    }
    let unit = faults.keep(check_unit(document, (table, kind), column, entry));
    let otherwise = match &field.otherwise {
        Some(text) if text.get_ref() != "reject" => Some(text.get_ref().clone()),
        _ => None,
    };
    let rule = unit.map(|unit| ColumnRule { unit, values: field.values.clone(), otherwise });
    faults.or(place.zip(rule))
}

fn check_unit(
    document: &Document,
    (table, kind): (Delivered, Option<&str>),
    column: &Deliverable,
    entry: &Spanned<FieldEntry>,
) -> Result<Option<AmountUnit>, DocumentError> {
    let field = entry.get_ref();
    let name = column.name;
    let Reading::Amount(dimensions) = column.reading else {
        return match (&field.unit, &field.unit_by) {
            (None, None) => Ok(None),
            _ => Err(document.error(entry.span(), format!("`{name}` is no amount and has no unit"))),
        };
    };
    let parse = |text: &Spanned<String>| -> Result<Unit, DocumentError> {
        let unit: Unit = text.get_ref().parse().map_err(|error| document.error(text.span(), format!("{error}")))?;
        match unit.dimensions() {
            (dimension, None) if dimensions.contains(&dimension) => Ok(unit),
            _ => Err(document.error(text.span(), format!("`{name}` cannot be measured in {unit}"))),
        }
    };
    match (&field.unit, &field.unit_by) {
        (Some(unit), None) => Ok(Some(AmountUnit::One(parse(unit)?))),
        (None, Some(by)) => {
            let column = by.column.get_ref();
            if kind != Some(column) {
                let decides = match table.declared().kind {
                    Some(kind) => format!("only the field mapped as `{kind}` decides a unit"),
                    None => format!("no field of {} decides a unit", table.name()),
                };
                let message = format!("unit_by.column = \"{column}\": {decides}");
                return Err(document.error(by.column.span(), message));
            }
            let units: Result<BTreeMap<_, _>, _> =
                by.values.iter().map(|(value, unit)| Ok((value.clone(), parse(unit)?))).collect();
            Ok(Some(AmountUnit::By(units?)))
        }
        (None, None) => {
            Err(document.error(entry.span(), format!("`{name}` is an amount and needs a `unit`: {}", Unit::list())))
        }
        (Some(_), Some(_)) => Err(document.error(entry.span(), "give `unit` or `unit_by`, not both")),
    }
}

fn check_duplicates(
    document: &Document,
    table: Delivered,
    fields: &BTreeMap<Spanned<String>, Spanned<FieldEntry>>,
    entry: Option<&Spanned<DuplicatesEntry>>,
) -> Result<Duplicates, DocumentError> {
    let Some(entry) = entry else { return Ok(Duplicates::Reject) };
    let refuse = |message: String| Err(document.error(entry.span(), message));
    match entry.get_ref() {
        DuplicatesEntry::Name(name) => match (name.as_str(), table) {
            ("reject", _) => Ok(Duplicates::Reject),
            ("sum", table) if !table.amounts().is_empty() => Ok(Duplicates::Sum),
            ("merge", Delivered::Parcel | Delivered::Zone) => Ok(Duplicates::Merge),
            ("sum", _) => refuse("duplicates = \"sum\" is for ledgers of amounts".into()),
            ("merge", _) => refuse("duplicates = \"merge\" is for parcels and zones".into()),
            _ => refuse(format!(
                "duplicates = \"{name}\" is unknown; write reject, sum, merge or {{ keep = …, of = … }}"
            )),
        },
        DuplicatesEntry::Keep(KeepEntry { keep, of }) => {
            let is_meant = |name: &Spanned<String>, entry: &Spanned<FieldEntry>| {
                name.get_ref() == of || entry.get_ref().from.as_ref() == Some(of)
            };
            let column = fields.iter().find(|(name, entry)| is_meant(name, entry));
            let Some((column, _)) = column else {
                return refuse(format!("duplicates.of = \"{of}\" is no mapped field"));
            };
            let column = column.get_ref().clone();
            match keep.as_str() {
                "highest" => Ok(Duplicates::KeepHighest(column)),
                "lowest" => Ok(Duplicates::KeepLowest(column)),
                _ => refuse(format!("duplicates.keep = \"{keep}\" is unknown; write highest or lowest")),
            }
        }
    }
}
