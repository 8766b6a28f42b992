//! Enterprises that do not exist: each follows from the seed, its county and its number there, so that a
//! neighbouring county can name it without asking.

use chrono::{Days, NaiveDate};

use super::draw::Draw;
use super::parameters::Parameters;
use super::province::County;
use crate::domain::Uscc;

/// The register's entry of one enterprise.
#[derive(Debug, Clone)]
pub struct Enterprise {
    /// A valid identifier that contains the county's code.
    pub uscc: String,
    /// Fictitious, and says so (示例).
    pub name: String,
    /// Division of GB/T 4754-2017, two digits.
    pub industry: String,
    /// Before the first period that is judged.
    pub established: NaiveDate,
    /// First day in production, where the register tells it.
    pub production_since: Option<NaiveDate>,
    /// 存续, 停业 or 注销.
    pub status: &'static str,
    /// In the county.
    pub address: String,
}

const FIRST: &str = "晟禾铭嘉瑞恒泰鼎卓越凯欣宏远博朗德盛华信永利金源天成新航科创";
const SECOND: &str = "丰泽润达昌隆翔宇峰林海川洋辉煌腾飞驰远志诚和顺安康宁平福祥";
const ROADS: [&str; 10] =
    ["工业大道", "创业路", "兴业街", "振兴路", "富强路", "科技路", "永安路", "滨江路", "园区一路", "园区二路"];

impl Enterprise {
    /// The enterprise of that number in the county.
    #[must_use]
    pub fn of(parameters: &Parameters, county: &County, serial: u32) -> Self {
        let mut draw = Draw::of(parameters.province.seed, "enterprise", county.number(), u64::from(serial));
        let trades = &parameters.enterprises.trades;
        let trade = &trades[draw.weighted(&trades.iter().map(|trade| trade.weight).collect::<Vec<_>>())];
        let form = if draw.chance(0.06) { "股份有限公司" } else { "有限公司" };
        let brand = [letter(FIRST, &mut draw), letter(SECOND, &mut draw)].concat();
        // Every name says that it is an example: a real firm must never find itself in a list of low yields.
        let name = format!("{}{brand}{}（示例）{form}", county.short_name(), trade.name);
        let status = match draw.unit() {
            x if x < 0.975 => "存续",
            x if x < 0.99 => "停业",
            _ => "注销",
        };
        let address = address(county, &mut draw);
        let established = date(&mut draw, 1992, 2022);
        // A stream of its own: what was drawn before it came stays.
        let mut draw = Draw::of(parameters.province.seed, "production", county.number(), u64::from(serial));
        let is_told = draw.chance(parameters.enterprises.production_told_share);
        let production_since =
            is_told.then(|| established + Days::new(draw.whole(0, parameters.enterprises.production_days).into()));
        Self {
            uscc: uscc(county, serial),
            name,
            industry: trade.code.clone(),
            established,
            production_since,
            status,
            address,
        }
    }
}

fn letter<'a>(letters: &'a str, draw: &mut Draw) -> &'a str {
    let at = draw.index(letters.chars().count());
    letters.char_indices().nth(at).map_or("", |(start, letter)| &letters[start..start + letter.len_utf8()])
}

/// An address in the county; some have a comma, as real ones do.
pub fn address(county: &County, draw: &mut Draw) -> String {
    let (road, number) = (draw.pick(&ROADS), draw.whole(1, 999));
    if draw.chance(0.1) {
        format!("{}{}{road}{number}号,{}幢", county.city, county.name, draw.whole(1, 12))
    } else {
        format!("{}{}{road}{number}号", county.city, county.name)
    }
}

/// A day of those years.
pub fn date(draw: &mut Draw, first: i32, last: i32) -> NaiveDate {
    let year = first + draw.whole(0, last.abs_diff(first)) as i32;
    NaiveDate::from_yo_opt(year, draw.whole(1, 365)).unwrap_or_default()
}

/// Authority 9 (market regulation), kind 1 (enterprise), the county, an organisation code with its own check
/// (GB 11714), and the check character. Different numbers of one county never give the same code.
fn uscc(county: &County, serial: u32) -> String {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // 31^6 codes; the multiplier has no factor 31, so it only mixes them.
    const CODES: u64 = 887_503_681;
    let mut code = (u64::from(serial) * 612_345_679 + county.number() * 7_919) % CODES;
    let mut first = *b"91330000MA0000000";
    first[2..8].copy_from_slice(county.code.as_str().as_bytes());
    for place in (10..16).rev() {
        first[place] = LETTERS[(code % 31) as usize];
        code /= 31;
    }
    first[16] = organisation_check(&first[8..16]);
    Uscc::with_check(&first).map(|uscc| uscc.as_str().to_owned()).unwrap_or_default()
}

/// GB 11714: letters count from A = 10; 11 − Σ mod 11, where 10 is written X and 11 is written 0.
fn organisation_check(code: &[u8]) -> u8 {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |letter: u8| if letter.is_ascii_digit() { letter - b'0' } else { letter - b'A' + 10 };
    let sum: u32 = code.iter().zip(WEIGHTS).map(|(letter, weight)| u32::from(value(*letter)) * weight).sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sample::province;

    #[test]
    fn identifiers_are_valid_and_all_different() {
        let counties = province::counties().unwrap();
        let parameters = Parameters::default();
        let mut seen = BTreeSet::new();
        for county in &counties[..5] {
            for serial in 0..2_000 {
                let enterprise = Enterprise::of(&parameters, county, serial);
                assert_eq!(Uscc::parse(&enterprise.uscc).map(|uscc| uscc.to_string()), Ok(enterprise.uscc.clone()));
                assert!(enterprise.name.contains("示例"));
                assert!(seen.insert(enterprise.uscc));
            }
        }
    }

    #[test]
    fn organisation_codes_check() {
        // The example of GB 11714-1997: D2143569-X.
        assert_eq!(organisation_check(b"D2143569"), b'X');
    }
}
