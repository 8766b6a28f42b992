//! Full-width forms (Ａ, １, －), which people type among Chinese characters and mean as plain ones.

/// The plain form of a full-width character; any other is itself.
#[must_use]
pub fn plain(character: char) -> char {
    match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(character),
        0x3000 => ' ',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_forms_become_plain() {
        assert_eq!("ＧＢ０１－ａ　宗".chars().map(plain).collect::<String>(), "GB01-a 宗");
    }
}
