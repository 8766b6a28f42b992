//! A `[[source]]` of a pipeline file.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;

use crate::document::{Document, DocumentError, Faults, complete, nearest};
use crate::domain::{Decimal, DivisionCode};
use crate::table::delivery::Delivered;

/// The keys of `[[source]]`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    id: Spanned<String>,
    table: Spanned<String>,
    path: Spanned<String>,
    mapping: Spanned<String>,
    format: Option<Spanned<String>>,
    layer: Option<String>,
    sheet: Option<Spanned<String>>,
    header_row: Option<Spanned<u32>>,
    encoding: Option<Spanned<String>>,
    crs: Option<Spanned<String>>,
    county: Option<Spanned<String>>,
    county_field: Option<Spanned<String>>,
    delivered: Option<Spanned<String>>,
    mode: Option<Spanned<String>>,
    absent: Option<Spanned<String>>,
    on_failure: Option<Spanned<String>>,
    max_age_days: Option<u32>,
    warn: Option<Bound>,
    stop: Option<Bound>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound {
    rejected_share: Spanned<toml::Value>,
}

/// A file format that is read today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `GeoPackage`.
    Gpkg,
    /// ESRI Shapefile.
    Shapefile,
    /// `FlatGeobuf`.
    FlatGeobuf,
    /// `GeoJSON`.
    GeoJson,
    /// Comma-separated text.
    Csv,
    /// Parquet, for ledgers.
    Parquet,
}

impl Format {
    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gpkg => "GeoPackage",
            Self::Shapefile => "Shapefile",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoJson => "GeoJSON",
            Self::Csv => "csv",
            Self::Parquet => "Parquet",
        }
    }

    /// Whether it carries shapes.
    #[must_use]
    pub const fn is_vector(self) -> bool {
        !matches!(self, Self::Csv | Self::Parquet)
    }
}

/// How the text of a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As the file says; UTF-8 where it says nothing and that fits.
    Auto,
    /// UTF-8.
    Utf8,
    /// GB 18030, which holds GBK and GB 2312.
    Gb18030,
}

/// Where a row's county comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountyOf {
    /// The whole source is one county's.
    Source(DivisionCode),
    /// A field of each row.
    Field(String),
}

/// A source, checked.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// Unique id.
    pub id: String,
    /// The table it delivers.
    pub table: Delivered,
    /// Pattern of its files.
    pub path: PathBuf,
    /// The folder where the pattern begins: files are named relative to it.
    pub folder: PathBuf,
    /// Its mapping file, absolute.
    pub mapping: PathBuf,
    /// Format.
    pub format: Format,
    /// Layer of a vector file.
    pub layer: Option<String>,
    /// Encoding.
    pub encoding: Encoding,
    /// `declared`, an EPSG code, or a PROJ pipeline.
    pub crs: String,
    /// County.
    pub county: CountyOf,
    /// Date of delivery; none is the oldest.
    pub delivered: Option<NaiveDate>,
    /// Whether an absent row means zero.
    pub absent_is_zero: bool,
    /// Bound on the delivery's age, in days.
    pub max_age_days: Option<u32>,
    /// Share of rejected rows above which the run warns.
    pub warn_rejected_share: Option<Decimal>,
    /// Share of rejected rows above which the source fails.
    pub stop_rejected_share: Option<Decimal>,
}

const ID_RULE: &str = "a source id is made of a-z, 0-9 and -";

impl SourceEntry {
    /// Its id, and where it stands.
    #[must_use]
    pub const fn id(&self) -> &Spanned<String> {
        &self.id
    }

    /// Checks the entry; relative paths start at the document's folder.
    ///
    /// # Errors
    /// With all mistakes, each with line, key and way out.
    pub fn check(&self, document: &Document) -> Result<SourceConfig, Faults> {
        let mut faults = Faults::default();
        faults.keep(self.refuse_later_features(document));
        let table = faults.keep(self.table(document));
        let (path, folder) = faults.keep(self.path(document)).unzip();
        let config = faults.keep(complete!(SourceConfig {
            id: self.checked_id(document),
            table: table.ok_or_else(Faults::default),
            path: path.ok_or_else(Faults::default),
            folder: folder.ok_or_else(Faults::default),
            mapping: self.mapping(document),
            format: self.format(document, table),
            layer: Ok::<_, Faults>(self.layer.clone()),
            encoding: one_of(
                document,
                "encoding",
                self.encoding.as_ref(),
                Encoding::Auto,
                &[("auto", Encoding::Auto), ("utf-8", Encoding::Utf8), ("gb18030", Encoding::Gb18030)],
            ),
            crs: self.crs(document),
            county: self.county(document),
            delivered: self.delivered(document),
            absent_is_zero: one_of(
                document,
                "absent",
                self.absent.as_ref(),
                false,
                &[("unknown", false), ("zero", true)],
            ),
            max_age_days: Ok::<_, Faults>(self.max_age_days),
            warn_rejected_share: share(document, self.warn.as_ref()),
            stop_rejected_share: share(document, self.stop.as_ref()),
        }));
        faults.or(config)
    }

    fn refuse_later_features(&self, document: &Document) -> Result<(), Faults> {
        let mut faults = Faults::default();
        let not_yet = |span, what: &str| document.error(span, format!("{what} is not supported yet"));
        if let Some(sheet) = &self.sheet {
            faults.add(not_yet(sheet.span(), "`sheet` (xlsx)"));
        }
        if let Some(row) = &self.header_row {
            faults.add(not_yet(row.span(), "`header_row` (xlsx)"));
        }
        for (key, value, now, then) in [
            ("mode", &self.mode, "full", &["delta"][..]),
            ("on_failure", &self.on_failure, "stop", &["last_good", "leave_out"]),
        ] {
            match value {
                Some(way) if then.contains(&way.get_ref().as_str()) => {
                    faults.add(not_yet(way.span(), &format!("{key} = \"{}\"", way.get_ref())));
                }
                way => drop(faults.keep(one_of(document, key, way.as_ref(), (), &[(now, ())]))),
            }
        }
        faults.or(())
    }

    fn checked_id(&self, document: &Document) -> Result<String, DocumentError> {
        let id = self.id.get_ref();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(document.error(self.id.span(), format!("id = \"{id}\": {ID_RULE}")));
        }
        Ok(id.clone())
    }

    fn delivered(&self, document: &Document) -> Result<Option<NaiveDate>, DocumentError> {
        let Some(text) = &self.delivered else { return Ok(None) };
        let told = || format!("delivered = \"{}\" is not a date as 2025-01-15", text.get_ref());
        text.get_ref().parse().map(Some).map_err(|_| document.error(text.span(), told()))
    }

    fn mapping(&self, document: &Document) -> Result<PathBuf, DocumentError> {
        let folder = document.path().parent().map(PathBuf::from).unwrap_or_default();
        let mapping = folder.join(self.mapping.get_ref());
        if mapping.is_file() {
            return Ok(mapping);
        }
        let message = format!("mapping = \"{}\": there is no such file", self.mapping.get_ref());
        Err(document.error(self.mapping.span(), message))
    }

    fn table(&self, document: &Document) -> Result<Delivered, DocumentError> {
        const LATER: &[&str] = &[
            "project",
            "land_supply",
            "fund",
            "remediation",
            "decision",
            "parcel_lineage",
            "enterprise_link",
            "division_outline",
        ];
        let name = self.table.get_ref();
        Delivered::named(name).ok_or_else(|| {
            if LATER.contains(&name.as_str()) {
                return document.error(self.table.span(), format!("table = \"{name}\" is not supported yet"));
            }
            let known = Delivered::ALL.iter().map(|table| table.name());
            let error = document.error(self.table.span(), format!("table = \"{name}\": there is no such table"));
            match nearest(name, known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    fn path(&self, document: &Document) -> Result<(PathBuf, PathBuf), DocumentError> {
        let text = self.path.get_ref();
        if text.contains("://") || text.starts_with("/vsi") {
            return Err(document.error(self.path.span(), format!("path = \"{text}\": only plain files are read")));
        }
        let folder = document.path().parent().map(PathBuf::from).unwrap_or_default();
        let path = folder.join(text);
        let fixed: PathBuf =
            path.components().take_while(|part| !is_pattern(&part.as_os_str().to_string_lossy())).collect();
        let holder = if fixed == path { path.parent().map(PathBuf::from).unwrap_or_default() } else { fixed };
        if holder.is_dir() {
            Ok((path, holder))
        } else {
            let message = format!("path = \"{text}\": the folder {} does not exist", holder.display());
            Err(document.error(self.path.span(), message))
        }
    }

    fn format(&self, document: &Document, table: Option<Delivered>) -> Result<Format, DocumentError> {
        let (name, span) = if let Some(format) = &self.format {
            (format.get_ref().clone(), format.span())
        } else {
            let extension = Path::new(self.path.get_ref()).extension().unwrap_or_default();
            let extension = extension.to_string_lossy().to_lowercase();
            (extension, self.path.span())
        };
        let format = match name.as_str() {
            "gpkg" => Format::Gpkg,
            "shp" => Format::Shapefile,
            "fgb" => Format::FlatGeobuf,
            "geojson" => Format::GeoJson,
            "csv" => Format::Csv,
            "parquet" => Format::Parquet,
            "gdb" | "geoparquet" | "xlsx" => {
                return Err(document.error(span, format!("format `{name}` is not supported yet")));
            }
            _ => {
                let known = "gpkg shp fgb geojson csv parquet";
                return Err(document
                    .error(span, format!("`{name}` is no known format"))
                    .hint(format!("write format = one of {known}")));
            }
        };
        let Some(table) = table else { return Ok(format) };
        match (table.has_shapes(), format.is_vector()) {
            (true, false) => Err(document.error(span, format!("{}s need a vector format, not {name}", table.name()))),
            (false, true) => {
                Err(document.error(span, format!("{} is a ledger and needs csv or parquet, not {name}", table.name())))
            }
            _ => Ok(format),
        }
    }

    fn crs(&self, document: &Document) -> Result<String, DocumentError> {
        let Some(crs) = &self.crs else { return Ok("declared".to_owned()) };
        let text = crs.get_ref();
        let is_code = text.strip_prefix("EPSG:").is_some_and(|code| code.parse::<u32>().is_ok());
        if text == "declared" || is_code || text.starts_with("+proj=pipeline") {
            return Ok(text.clone());
        }
        Err(document
            .error(crs.span(), format!("crs = \"{text}\" is unknown"))
            .hint("write declared, EPSG:4528 or the like, or a PROJ pipeline (+proj=pipeline …)"))
    }

    fn county(&self, document: &Document) -> Result<CountyOf, DocumentError> {
        match (&self.county, &self.county_field) {
            (Some(_), Some(field)) => Err(document.error(field.span(), "give `county` or `county_field`, not both")),
            (Some(code), None) => match code.get_ref().parse() {
                Ok(code) => Ok(CountyOf::Source(code)),
                Err(error) => Err(document.error(code.span(), format!("county: {error}"))),
            },
            (None, Some(field)) => Ok(CountyOf::Field(field.get_ref().clone())),
            (None, None) => Err(document
                .error(self.id.span(), format!("source {}: give `county` or `county_field`", self.id.get_ref()))
                .hint("telling a parcel's county from its place (`division_outline`) is not supported yet")),
        }
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The meaning of a key's value among the known ones.
fn one_of<T: Copy>(
    document: &Document,
    key: &str,
    value: Option<&Spanned<String>>,
    default: T,
    known: &[(&str, T)],
) -> Result<T, DocumentError> {
    let Some(value) = value else { return Ok(default) };
    let found = known.iter().find(|(name, _)| name == value.get_ref());
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        document
            .error(value.span(), format!("{key} = \"{}\" is unknown", value.get_ref()))
            .hint(format!("write one of: {}", names.join(", ")))
    })
}

/// A share between 0 and 1, written as a TOML number or text.
fn share(document: &Document, bound: Option<&Bound>) -> Result<Option<Decimal>, DocumentError> {
    let Some(bound) = bound else { return Ok(None) };
    let span = bound.rejected_share.span();
    let text = document.text().get(span.clone()).unwrap_or_default().trim_matches('"');
    let share: Option<Decimal> = text.parse().ok();
    share
        .filter(|share| share.ratio() >= Decimal::new(0, 0).ratio() && share.ratio() <= Decimal::new(1, 0).ratio())
        .map(Some)
        .ok_or_else(|| document.error(span, format!("rejected_share = {text}: must be a number from 0 to 1")))
}
