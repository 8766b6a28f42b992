//! What a zone says besides its shape.

use arrow::array::RecordBatch;

use super::super::delivered::{ALWAYS, DeliveredRows, Fault, SourceFacts, fault};
use super::super::features::{Feature, Shape, append_shape};
use crate::domain::DivisionCode;
use crate::domain::parcel_id::external_id;
use crate::table::delivery::ZONE_KINDS;
use crate::table::{Table, TableError, zone_read};

/// The attributes of a delivered zone.
pub struct Attributes<'a> {
    county: DivisionCode,
    zone_id: String,
    kind: &'static str,
    name: Option<&'a str>,
    class: Option<&'a str>,
    built: Option<i32>,
    valid_from: i32,
    valid_to: Option<i32>,
}

impl Feature for zone_read::Builder {
    const TABLE: &'static Table = &zone_read::TABLE;

    type Attributes<'b> = Attributes<'b>;

    fn attributes<'b>(
        _: &SourceFacts,
        rows: &'b DeliveredRows<'_>,
        at: usize,
        county: DivisionCode,
    ) -> Result<Attributes<'b>, Fault> {
        let kind = rows.one_of("kind", at, ZONE_KINDS)?;
        // Each kind has a register of its own, and each register counts from one.
        let register = format!("{county}:{kind}");
        let zone_id = external_id(&register, rows.raw("zone_id", at).unwrap_or_default());
        Ok(Attributes {
            county,
            zone_id: zone_id.map_err(|code| fault(code, "zone_id"))?,
            kind,
            name: rows.text("name", at)?,
            class: rows.text("class", at)?,
            built: rows.date("built", at)?,
            valid_from: rows.date("valid_from", at)?.unwrap_or(ALWAYS),
            valid_to: rows.date("valid_to", at)?,
        })
    }

    fn append(&mut self, attributes: &Attributes<'_>, shape: &Shape<'_>, origin: (&str, i64)) {
        self.zone_id.append_value(&attributes.zone_id);
        self.valid_from.append_value(attributes.valid_from);
        self.valid_to.append_option(attributes.valid_to);
        self.county_code.append_value(attributes.county.as_str());
        self.kind.append_value(attributes.kind);
        self.name.append_option(attributes.name);
        self.class.append_option(attributes.class);
        self.built.append_option(attributes.built);
        append_shape!(self, shape, origin);
    }

    fn rows(&mut self) -> Result<RecordBatch, TableError> {
        self.finish()
    }
}
