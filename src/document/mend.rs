//! Reading on after a mistake: what is wrong is told, mended as far as the rest needs it, and read again.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::{Document, Faults, nearest_of_message};

/// What was read of a document, and what is wrong in it.
#[derive(Debug)]
pub struct Mended<T> {
    /// The whole, mended; none where that failed.
    pub value: Option<T>,
    /// Its unknown and missing keys, and values of a wrong type.
    pub faults: Faults,
    /// Where something stands that nobody wrote: what is found wrong with it is no mistake of the file.
    pub stand_ins: Vec<Range<usize>>,
}

/// What may stand in for a value.
const STAND_INS: &[&str] = &["\"\"", "0", "false", "2000-01-01", "[]", "{}"];

impl Document {
    /// The whole document as [`Self::parse`] reads it, with all mistakes instead of the first.
    #[must_use]
    pub fn parse_mending<T: DeserializeOwned>(&self) -> Mended<T> {
        let mut mended = Mended { value: None, faults: Faults::default(), stand_ins: Vec::new() };
        let mut root = match DeTable::parse(self.text()) {
            Ok(table) => Spanned::new(table.span(), DeValue::Table(table.into_inner())),
            Err(error) => return Mended { faults: self.told(&error).into(), ..mended },
        };
        loop {
            let error = match read(&root) {
                Ok(value) => return Mended { value: Some(value), ..mended },
                Err(error) => error,
            };
            mended.faults.add(self.told(&error));
            let fits = |(root, stand_in): &(_, Option<Range<usize>>)| {
                read::<T>(root).err().and_then(|error| error.span()).is_none_or(|span| Some(span) != *stand_in)
            };
            match (0..).map_while(|way| mend(&root, &error, way)).find(fits) {
                Some((better, stand_in)) => {
                    root = better;
                    mended.stand_ins.extend(stand_in);
                }
                None => return mended,
            }
        }
    }
}

fn read<T: DeserializeOwned>(root: &Spanned<DeValue<'_>>) -> Result<T, Error> {
    T::deserialize(ValueDeserializer::from(root.clone()))
}

/// The document mended in one of several ways, and the place of what stands in for what is missing or wrong; none if there is no
/// such way.
fn mend<'a>(
    root: &Spanned<DeValue<'a>>,
    error: &Error,
    way: usize,
) -> Option<(Spanned<DeValue<'a>>, Option<Range<usize>>)> {
    let (mut root, at) = (root.clone(), error.span()?);
    let name = || error.message().split('`').nth(1).map(ToOwned::to_owned);
    let stand_in = || STAND_INS.get(way).and_then(|text| DeValue::parse(text).ok()).map(Spanned::into_inner);
    if error.message().starts_with("unknown field") {
        // An unknown key was meant for the nearest known one, unless that is there.
        let near = nearest_of_message(error.message());
        let rename = |value: &mut Spanned<DeValue<'a>>| {
            let DeValue::Table(table) = value.get_mut() else { return false };
            let Some(key) = table.keys().find(|key| key.span() == at).cloned() else { return false };
            let value = table.remove(&key);
            if let (Some(value), Some(near)) = (value, near.clone()) {
                table.entry(Spanned::new(at.clone(), near.into())).or_insert(value);
            }
            true
        };
        return (way == 0 && find(&mut root, &rename)).then_some((root, None));
    }
    if error.message().starts_with("missing field") {
        let (name, stand_in, place) = (name()?, stand_in()?, at.start..at.start);
        let insert = |value: &mut Spanned<DeValue<'a>>| {
            let is_here = value.span() == at;
            if let (true, DeValue::Table(table)) = (is_here, value.get_mut()) {
                table.insert(
                    Spanned::new(place.clone(), name.clone().into()),
                    Spanned::new(place.clone(), stand_in.clone()),
                );
            }
            is_here
        };
        return find(&mut root, &insert).then_some((root, Some(place)));
    }
    let stand_in = stand_in()?;
    let replace = |value: &mut Spanned<DeValue<'a>>| {
        let is_here = value.span() == at;
        if is_here {
            *value.get_mut() = stand_in.clone();
        }
        is_here
    };
    find(&mut root, &replace).then_some((root, Some(at.clone())))
}

/// Whether `mend` found what it mends in a value, the innermost first.
fn find<'a>(value: &mut Spanned<DeValue<'a>>, mend: &impl Fn(&mut Spanned<DeValue<'a>>) -> bool) -> bool {
    let is_inside = match value.get_mut() {
        DeValue::Table(table) => table.iter_mut().any(|(_, inner)| find(inner, mend)),
        DeValue::Array(items) => items.iter_mut().any(|inner| find(inner, mend)),
        _ => false,
    };
    is_inside || mend(value)
}
