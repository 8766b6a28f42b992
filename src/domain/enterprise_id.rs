//! Unified social credit codes (统一社会信用代码, GB 32100).

use std::fmt;

use super::code::RejectCode;
use super::width::plain;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Of the organisation code, characters 9 to 16 (GB 11714).
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// An enterprise's identifier: a checked USCC of 18 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

impl Uscc {
    /// Reads a USCC; spaces and full-width forms are folded, lower case is raised, nothing else is mended.
    ///
    /// # Errors
    /// [`RejectCode::IdMissing`] for an empty text, [`RejectCode::IdNotUscc`] for a 15-digit
    /// registration number, [`RejectCode::UsccMalformed`] for a wrong length or character,
    /// [`RejectCode::UsccBadCheck`] for a wrong check character.
    pub fn parse(text: &str) -> Result<Self, RejectCode> {
        // As most are written; any other is left to the full reading.
        if let Ok(characters) = text.as_bytes().try_into()
            && check_character(&characters) == Some(characters[17])
        {
            return Ok(Self(characters));
        }
        let mut characters = [0_u8; 18];
        let mut length = 0;
        for character in text.chars().filter(|character| !character.is_whitespace()) {
            let byte = fold(character).ok_or(RejectCode::UsccMalformed)?;
            *characters.get_mut(length).ok_or(RejectCode::UsccMalformed)? = byte;
            length += 1;
        }
        match length {
            0 => Err(RejectCode::IdMissing),
            15 if characters[..15].iter().all(u8::is_ascii_digit) => Err(RejectCode::IdNotUscc),
            18 => match check_character(&characters) {
                None => Err(RejectCode::UsccMalformed),
                Some(check) if check != characters[17] => Err(RejectCode::UsccBadCheck),
                Some(_) if value(characters[17]).is_none() => Err(RejectCode::UsccMalformed),
                Some(_) => Ok(Self(characters)),
            },
            _ => Err(RejectCode::UsccMalformed),
        }
    }

    /// The code whose first 17 characters are given, with its check character added;
    /// none if one of them is not of the alphabet.
    #[must_use]
    pub fn with_check(first: &[u8; 17]) -> Option<Self> {
        let mut characters = [0_u8; 18];
        characters[..17].copy_from_slice(first);
        characters[17] = check_character(&characters)?;
        Some(Self(characters))
    }

    /// Whether the organisation code inside keeps its own check (GB 11714). Old codes break it,
    /// so a failure is a remark, never a rejection.
    #[must_use]
    pub fn has_sound_organisation(&self) -> bool {
        let sum: u32 = self.0[8..16]
            .iter()
            .zip(ORGANISATION_WEIGHTS)
            .map(|(character, weight)| char::from(*character).to_digit(36).unwrap_or(0) * weight)
            .sum();
        let check = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + u8::try_from(digit).unwrap_or(0),
        };
        self.0[16] == check
    }

    /// Whether a text has these characters, written as they should be.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0 == *text.as_bytes()
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The plain upper-case byte of a character, full-width forms folded.
fn fold(character: char) -> Option<u8> {
    u8::try_from(plain(character)).ok().filter(u8::is_ascii_graphic).map(|byte| byte.to_ascii_uppercase())
}

/// The value of each byte as a character of the code; [`NONE`] if it is none.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        // Below 31.
        #[expect(clippy::cast_possible_truncation)]
        let value = at as u8;
        values[ALPHABET[at] as usize] = value;
        at += 1;
    }
    values
};
const NONE: u8 = u8::MAX;

fn value(character: u8) -> Option<u32> {
    let value = VALUES[usize::from(character)];
    (value != NONE).then(|| u32::from(value))
}

fn check_character(characters: &[u8; 18]) -> Option<u8> {
    let (mut sum, mut all) = (0, 0);
    for (character, weight) in characters.iter().zip(WEIGHTS) {
        let value = VALUES[usize::from(*character)];
        all |= value;
        sum += u32::from(value) * weight;
    }
    // Values are below 32, and all bits of what is none are set.
    (all != NONE).then(|| ALPHABET[((31 - sum % 31) % 31) as usize])
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_valid_codes_as_people_type_them() {
        for text in ["91330106MAH9QPYM2R", "91330782MAC1DD2W0U", " 91331002MA5D30B20Q ", "９１３３１００２ma5d30b20q"]
        {
            let uscc = Uscc::parse(text).unwrap();
            assert_eq!(uscc.as_str().len(), 18);
        }
    }

    #[test]
    fn every_single_wrong_character_is_found() {
        let good = "91330106MAH9QPYM2R";
        for at in 0..18 {
            for other in ALPHABET {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[at] == *other {
                    continue;
                }
                bytes[at] = *other;
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(Uscc::parse(&text), Err(RejectCode::UsccBadCheck), "{text}");
            }
        }
    }

    #[test]
    fn organisation_codes_have_a_check_of_their_own() {
        for sound in ["91330106MAH9QPYM2R", "91330782MAC1DD2W0U", "91331002MA5D30B20Q"] {
            assert!(Uscc::parse(sound).unwrap().has_sound_organisation(), "{sound}");
        }
        let broken = Uscc::with_check(b"91330106MAH9QPYM3").unwrap();
        assert!(!broken.has_sound_organisation());
    }

    #[test]
    fn tells_bad_from_foreign() {
        assert_eq!(Uscc::parse("330106600012345"), Err(RejectCode::IdNotUscc));
        assert_eq!(Uscc::parse(""), Err(RejectCode::IdMissing));
        assert_eq!(Uscc::parse("9133O106MAH9QPYM2R"), Err(RejectCode::UsccMalformed));
        assert_eq!(Uscc::parse("91330106"), Err(RejectCode::UsccMalformed));
    }
}
