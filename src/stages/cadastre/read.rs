//! What a parcel says besides its shape.

use arrow::array::RecordBatch;

use super::super::delivered::{ALWAYS, DeliveredRows, Fault, SourceFacts, fault};
use super::super::features::{Feature, Shape, append_shape};
use crate::domain::parcel_id::external_id;
use crate::domain::{DivisionCode, ParcelId, ParcelLayer, RejectCode, SquareMetres};
use crate::table::delivery::Ids;
use crate::table::{Table, TableError, parcel_read};

/// The attributes of a delivered parcel.
pub struct Attributes<'a> {
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

/// A parcel's id, and the layer that it tells.
fn parcel_id(
    facts: &SourceFacts,
    rows: &DeliveredRows<'_>,
    at: usize,
    county: Option<DivisionCode>,
) -> Result<(String, ParcelLayer), Fault> {
    let text = rows.raw("parcel_id", at).unwrap_or_default();
    let id = match (facts.rules.ids, county) {
        (Ids::Official, _) => ParcelId::parse(text).map(|id| {
            let layer = id.layer();
            (id.into(), layer)
        }),
        (Ids::External, Some(county)) => external_id(county.as_str(), text).map(|id| (id, ParcelLayer::Surface)),
        (Ids::External, None) => Err(RejectCode::IdMissing),
    };
    id.map_err(|code| {
        let code = if code == RejectCode::IdMissing { RejectCode::ParcelIdMissing } else { code };
        fault(code, "parcel_id")
    })
}

impl Feature for parcel_read::Builder {
    const TABLE: &'static Table = &parcel_read::TABLE;

    type Attributes<'b> = Attributes<'b>;

    fn attributes<'b>(
        facts: &SourceFacts,
        rows: &'b DeliveredRows<'_>,
        at: usize,
        county: DivisionCode,
    ) -> Result<Attributes<'b>, Fault> {
        let (parcel_id, layer) = parcel_id(facts, rows, at, Some(county))?;
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

    fn parcel(
        facts: &SourceFacts,
        rows: &DeliveredRows<'_>,
        at: usize,
        county: Option<DivisionCode>,
    ) -> Option<String> {
        parcel_id(facts, rows, at, county).ok().map(|(id, _)| id)
    }

    fn append(&mut self, attributes: &Attributes<'_>, shape: &Shape<'_>, origin: (&str, i64)) {
        self.parcel_id.append_value(&attributes.parcel_id);
        self.valid_from.append_value(attributes.valid_from);
        self.valid_to.append_option(attributes.valid_to);
        self.county_code.append_value(attributes.county.as_str());
        self.layer.append_value(attributes.layer.as_str());
        self.use_code.append_option(attributes.use_code);
        self.right_kind.append_option(attributes.right_kind);
        self.holder_name.append_option(attributes.holder_name);
        self.address.append_option(attributes.address);
        self.registered_cm2.append_option(attributes.registered.map(SquareMetres::cm2));
        self.floor_cm2.append_option(attributes.floor.map(SquareMetres::cm2));
        self.rounded.append_value(attributes.is_rounded);
        append_shape!(self, shape, origin);
    }

    fn rows(&mut self) -> Result<RecordBatch, TableError> {
        self.finish()
    }
}
