//! Map over sources: each feature becomes a parcel row, valid by itself, or a reject.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};

use super::super::StageError;
use super::super::delivered::{ALWAYS, DeliveredRows, Fault, SourceFacts, fault};
use super::super::quality::{Outcome, Quality};
use crate::domain::parcel_id::external_id;
use crate::domain::{DivisionCode, ParcelId, ParcelLayer, RejectCode, SquareMetres};
use crate::geometry::adjacency::Bounds;
use crate::geometry::validity::{Settled, settle};
use crate::geometry::{Projection, area, hilbert, interior, wkb};
use crate::table::delivery::Ids;
use crate::table::parcel_read;

/// What reading one source leaves.
pub struct Read {
    /// Parcel rows by county.
    pub parcels: Vec<(String, RecordBatch)>,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Reads the batches of one source.
pub struct Reader<'a> {
    facts: &'a SourceFacts,
    quality: Quality<'a>,
    counties: BTreeMap<DivisionCode, parcel_read::Builder>,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    x: Vec<f64>,
    y: Vec<f64>,
    wkb: Vec<u8>,
}

/// What a feature says besides its shape.
struct Attributes<'a> {
    county: DivisionCode,
    parcel_id: String,
    layer: ParcelLayer,
    valid_from: i32,
    valid_to: Option<i32>,
    registered: Option<SquareMetres>,
    floor: Option<SquareMetres>,
    use_code: Option<&'a str>,
    right_kind: Option<&'a str>,
    holder_name: Option<&'a str>,
    address: Option<&'a str>,
    is_rounded: bool,
}

impl<'a> Reader<'a> {
    /// A reader for the source.
    #[must_use]
    pub fn new(facts: &'a SourceFacts) -> Self {
        Self { facts, quality: Quality::new(facts, ""), counties: BTreeMap::new(), scratch: Scratch::default() }
    }

    /// Reads one delivered batch of `file`.
    pub fn read(&mut self, file: &'a str, batch: &RecordBatch, projection: &dyn Projection) {
        self.quality.file = file;
        let schema = batch.schema();
        let rows = DeliveredRows::of(self.facts, batch, &schema);
        for at in 0..rows.count() {
            self.quality.row(None, Outcome::Read);
            if let Err(fault) = self.feature(&rows, at, projection) {
                self.quality.row(None, Outcome::Rejected);
                let county = rows.county(at).ok();
                let id = self.parcel_id(&rows, at, county).ok();
                self.quality.reject(rows.row(at), county.as_ref().map(DivisionCode::as_str), id.as_deref(), fault);
            }
        }
    }

    /// The tables of the source.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(self) -> Result<Read, StageError> {
        let mut parcels = Vec::with_capacity(self.counties.len());
        for (county, mut rows) in self.counties {
            parcels.push((county.to_string(), rows.finish()?));
        }
        Ok(Read {
            parcels,
            tallies: self.quality.tallies().finish()?,
            rejects: self.quality.rejects.finish()?,
            issues: self.quality.issues.finish()?,
        })
    }

    fn parcel_id(&self, rows: &DeliveredRows<'_>, at: usize, county: Option<DivisionCode>) -> Result<String, Fault> {
        let text = rows.raw("parcel_id", at).unwrap_or_default();
        let id = match (self.facts.rules.ids, county) {
            (Ids::Official, _) => ParcelId::parse(text).map(String::from),
            (Ids::External, Some(county)) => external_id(county.as_str(), text),
            (Ids::External, None) => Err(RejectCode::IdMissing),
        };
        id.map_err(|code| {
            let code = if code == RejectCode::IdMissing { RejectCode::ParcelIdMissing } else { code };
            fault(code, "parcel_id")
        })
    }

    fn feature(&mut self, rows: &DeliveredRows<'_>, at: usize, projection: &dyn Projection) -> Result<(), Fault> {
        rows.fault(at)?;
        let attributes = self.attributes(rows, at)?;
        let bytes = rows.geometry.filter(|all| all.is_valid(at)).map(|all| all.value(at));
        let bytes = bytes.ok_or(fault(RejectCode::GeometryMissing, "geometry"))?;
        let settled = self.shape(bytes, projection).map_err(|code| fault(code, "geometry"))?;
        let file = self.quality.file;
        let builder = self.counties.entry(attributes.county).or_default();
        append(builder, &attributes, &settled, &mut self.scratch.wkb, (file, rows.row(at)))
            .map_err(|code| fault(code, "geometry"))
    }

    fn attributes<'b>(&self, rows: &'b DeliveredRows<'_>, at: usize) -> Result<Attributes<'b>, Fault> {
        let county = rows.county(at)?;
        let parcel_id = self.parcel_id(rows, at, Some(county))?;
        let layer = match self.facts.rules.ids {
            Ids::Official => ParcelId::parse(&parcel_id).map_or(ParcelLayer::Surface, |id| id.layer()),
            Ids::External => ParcelLayer::Surface,
        };
        let mut is_rounded = false;
        let mut area_of = |column| match rows.amount(column, at, None)? {
            Some(amount) => {
                is_rounded |= amount.is_rounded;
                let area = SquareMetres::from_cm2(amount.not_negative(column)?.count);
                // A registered area of nothing is an empty field filled with zero.
                Ok::<_, Fault>((area > SquareMetres::ZERO).then_some(area))
            }
            None => Ok(None),
        };
        let registered = area_of("registered_area_m2")?;
        let floor = area_of("floor_area_m2")?;
        Ok(Attributes {
            county,
            layer,
            valid_from: rows.date("valid_from", at)?.unwrap_or(ALWAYS),
            valid_to: rows.date("valid_to", at)?,
            registered,
            floor,
            use_code: rows.text("use_code", at)?,
            right_kind: rows.text("right_kind", at)?,
            holder_name: rows.text("holder_name", at)?,
            address: rows.text("address", at)?,
            parcel_id,
            is_rounded,
        })
    }

    /// The delivered shape in lon/lat, valid on the grid.
    fn shape(&mut self, bytes: &[u8], projection: &dyn Projection) -> Result<Settled, RejectCode> {
        let mut raw = wkb::decode(bytes)?;
        let Scratch { x, y, .. } = &mut self.scratch;
        x.clear();
        y.clear();
        for coord in raw.0.iter().flatten().flatten() {
            if !(coord.x.is_finite() && coord.y.is_finite()) {
                return Err(RejectCode::GeometryNotFinite);
            }
            x.push(coord.x);
            y.push(coord.y);
        }
        if !projection.to_lon_lat(x, y) {
            return Err(RejectCode::CoordinatesOutside);
        }
        let transformed = x.iter().zip(y.iter());
        for (coord, (lon, lat)) in raw.0.iter_mut().flatten().flatten().zip(transformed) {
            (coord.x, coord.y) = (*lon, *lat);
        }
        settle(raw)
    }
}

fn append(
    rows: &mut parcel_read::Builder,
    attributes: &Attributes<'_>,
    settled: &Settled,
    scratch: &mut Vec<u8>,
    (file, row): (&str, i64),
) -> Result<(), RejectCode> {
    let geometry = &settled.geometry;
    let bounds = Bounds::of(geometry).ok_or(RejectCode::GeometryCollapsed)?;
    let area = area::area(geometry);
    if area <= SquareMetres::ZERO {
        return Err(RejectCode::GeometryCollapsed);
    }
    let centre = bounds.centre();
    let inside = interior::interior_point(geometry);
    rows.parcel_id.append_value(&attributes.parcel_id);
    rows.valid_from.append_value(attributes.valid_from);
    rows.valid_to.append_option(attributes.valid_to);
    rows.county_code.append_value(attributes.county.as_str());
    rows.layer.append_value(attributes.layer.as_str());
    rows.use_code.append_option(attributes.use_code);
    rows.right_kind.append_option(attributes.right_kind);
    rows.holder_name.append_option(attributes.holder_name);
    rows.address.append_option(attributes.address);
    rows.registered_cm2.append_option(attributes.registered.map(SquareMetres::cm2));
    rows.floor_cm2.append_option(attributes.floor.map(SquareMetres::cm2));
    rows.area_cm2.append_value(area.cm2());
    rows.hilbert.append_value(i64::from(hilbert::index(centre.x, centre.y)));
    rows.min_lon.append_value(bounds.min_lon);
    rows.min_lat.append_value(bounds.min_lat);
    rows.max_lon.append_value(bounds.max_lon);
    rows.max_lat.append_value(bounds.max_lat);
    rows.lon.append_value(inside.x);
    rows.lat.append_value(inside.y);
    scratch.clear();
    wkb::encode(geometry, scratch);
    rows.geometry.append_value(&*scratch);
    rows.ring_closed.append_value(settled.ring_closed);
    rows.repaired.append_value(settled.repaired);
    rows.rounded.append_value(attributes.is_rounded);
    rows.file.append_value(file);
    rows.row.append_value(row);
    Ok(())
}
