//! Parcel codes (宗地代码, the first 19 characters of a 不动产单元代码).

use std::fmt;

use super::code::RejectCode;
use super::width::plain;

/// A parcel's identifier: a 19-character 宗地代码, or an external id kept as `<county>:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParcelId(String);

/// Where a right lies: on, above or below the ground. Only `Surface` counts as land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParcelLayer {
    /// On the ground.
    Surface,
    /// Above the ground (feature code `?S`).
    Above,
    /// Below the ground (feature code `?X`).
    Below,
}

impl ParcelLayer {
    /// `surface`, `above` or `below`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Surface => "surface",
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

impl ParcelId {
    /// Reads a 19-character parcel code or the parcel part of a 28-character unit code; spaces and full-width forms
    /// are folded, lower case is raised, nothing else is mended.
    ///
    /// # Errors
    /// [`RejectCode::ParcelIdMissing`] for an empty text, [`RejectCode::ParcelIdMalformed`] for anything else
    /// that is not county 6, district 3 + 3, feature 2, number 5.
    pub fn parse(text: &str) -> Result<Self, RejectCode> {
        // As most are written; any other is left to the full reading.
        if is_code(text.as_bytes()) {
            return Ok(Self(text.to_owned()));
        }
        let text = text.chars().map(plain).filter(|character| !character.is_whitespace());
        let text: String = text.map(|character| character.to_ascii_uppercase()).collect();
        let bytes = text.as_bytes();
        let code = match bytes.len() {
            0 => return Err(RejectCode::ParcelIdMissing),
            19 | 28 => &bytes[..19],
            _ => return Err(RejectCode::ParcelIdMalformed),
        };
        if is_code(code) { Ok(Self(text[..19].to_owned())) } else { Err(RejectCode::ParcelIdMalformed) }
    }

    /// The layer by the second letter of the feature code; an external id is on the surface.
    #[must_use]
    pub fn layer(&self) -> ParcelLayer {
        match self.0.as_bytes().get(13) {
            Some(b'S') if !self.0.contains(':') => ParcelLayer::Above,
            Some(b'X') if !self.0.contains(':') => ParcelLayer::Below,
            _ => ParcelLayer::Surface,
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether bytes are a parcel code as it is kept.
fn is_code(bytes: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    bytes.len() == 19
        && digits(0..12)
        && matches!(bytes[12], b'G' | b'J' | b'Z')
        && bytes[13].is_ascii_uppercase()
        && digits(14..19)
}

impl fmt::Display for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id of another register (`ids = "external"`): `<county>:<id>`, the id at most 64 printable ASCII characters.
///
/// # Errors
/// [`RejectCode::IdMissing`] for an empty text, [`RejectCode::ExternalIdMalformed`] for one too long or not printable ASCII.
pub fn external_id(county: &str, text: &str) -> Result<String, RejectCode> {
    let text = text.trim();
    if text.is_empty() {
        return Err(RejectCode::IdMissing);
    }
    if text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(RejectCode::ExternalIdMalformed);
    }
    Ok(format!("{county}:{text}"))
}

impl From<ParcelId> for String {
    fn from(id: ParcelId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_codes_give_their_parcel() {
        let id = ParcelId::parse("330106001002GB00123F00010001").unwrap();
        assert_eq!(id.as_str(), "330106001002GB00123");
        assert_eq!(id.layer(), ParcelLayer::Surface);
        assert_eq!(ParcelId::parse(" ３３０１０６001002gb00123").unwrap(), id);
        assert_eq!(ParcelId::parse("330106001002GX00123").unwrap().layer(), ParcelLayer::Below);
    }

    #[test]
    fn refuses_by_code() {
        assert_eq!(ParcelId::parse(" "), Err(RejectCode::ParcelIdMissing));
        assert_eq!(ParcelId::parse("330106001002QB00123"), Err(RejectCode::ParcelIdMalformed));
        assert_eq!(ParcelId::parse("33010600100"), Err(RejectCode::ParcelIdMalformed));
        assert_eq!(ParcelId::parse("宗地330106001002GB00"), Err(RejectCode::ParcelIdMalformed));
    }
}
