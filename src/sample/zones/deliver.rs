//! A county's zones as a vector file.

use std::path::Path;

use super::Feature;
use crate::sample::SampleError;
use crate::sample::form::Form;
use crate::sample::parameters::delivery::Names;
use crate::sample::vector::{DATE, File, date};

const WIDTHS: [i32; 7] = [16, 30, 60, 30, DATE, DATE, DATE];

/// Names of the fields: number, kind, name, class, day of building, first and last day.
#[must_use]
pub const fn fields(names: Names) -> [&'static str; 7] {
    match names {
        Names::Standard => ["QYBH", "QYLX", "QYMC", "FLDM", "JCRQ", "SXRQ", "ZZRQ"],
        Names::Local => ["BH", "LB", "MC", "FL", "JCSJ", "QSRQ", "JZRQ"],
    }
}

/// What a zone is called.
#[must_use]
pub fn name(feature: &Feature) -> String {
    format!("示例{}{}", feature.zone.kind.names().0, feature.number)
}

/// Writes a zone file; a file of that name is replaced.
///
/// # Errors
/// [`SampleError::Vector`] if GDAL refuses, [`SampleError::Io`] if an old file cannot be removed.
pub fn write(path: &Path, form: &Form, delivered: &str, features: &[Feature]) -> Result<(), SampleError> {
    let fields: Vec<(&str, i32)> = fields(form.names).into_iter().zip(WIDTHS).collect();
    let shapes: Vec<_> = features.iter().map(|feature| feature.rings.iter().collect()).collect();
    let file = File { form, delivered, layer: "QY", fields: &fields };
    file.write(path, &shapes, |at, out| {
        let feature = &features[at];
        let zone = &feature.zone;
        out.set_field_string(0, &feature.number)?;
        out.set_field_string(1, feature.kind)?;
        out.set_field_string(2, &name(feature))?;
        let days = [zone.built, zone.from, zone.to].map(|day| day.map(|day| date(form.vector, day)));
        let told = std::iter::once(zone.class.map(str::to_owned)).chain(days);
        (3..).zip(told).try_for_each(|(field, told)| match told {
            Some(text) => out.set_field_string(field, &text),
            // Said, not left out: a GeoJSON file has the fields that some feature names.
            None => out.set_field_null(field),
        })
    })
}
