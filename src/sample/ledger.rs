//! What the enterprises pay and use: tax by kind, energy by carrier, one row each in a county's yearly ledgers.

use super::draw::Draw;
use super::form::Form;
use super::occupancy::Member;
use super::parameters::Parameters;

/// The periods of the sample.
pub const PERIODS: [&str; 2] = ["2023", "2024"];

/// Name in the ledger, name in the canonical table, share of an enterprise's tax, how many pay it.
pub const KINDS: [(&str, &str, f64, f64); 7] = [
    ("增值税", "vat", 0.55, 1.0),
    ("企业所得税", "income", 0.25, 0.8),
    ("城建税", "urban_construction", 0.04, 0.95),
    ("房产税", "property", 0.06, 0.6),
    ("城镇土地使用税", "land_use", 0.06, 0.6),
    ("印花税", "stamp", 0.02, 0.5),
    ("环境保护税", "environment", 0.02, 0.1),
];

/// Name in the ledger, name in the canonical table, median use per mu and year, how many use it.
/// Units: 10,000 kWh (or kWh), m³, t.
pub const CARRIERS: [(&str, &str, f64, f64); 3] =
    [("电力", "electricity", 5.0, 1.0), ("天然气", "natural_gas", 1_800.0, 0.2), ("原煤", "raw_coal", 6.0, 0.05)];

/// One row of a tax or energy ledger.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose it is; none for one outside the register.
    pub member: Option<usize>,
    /// The identifier as written.
    pub id: String,
    /// Index into [`PERIODS`].
    pub period: usize,
    /// Tax kind or energy carrier as written.
    pub kind: &'static str,
    /// The amount as written, in the county's unit.
    pub amount: String,
}

/// A county's tax rows: yearly payments by kind, some in two instalments, some refunds.
#[must_use]
pub fn tax(members: &[Member], form: &Form, parameters: &Parameters, draw: &mut Draw) -> Vec<Row> {
    let mut rows = Vec::with_capacity(members.len() * 10);
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty()) {
        let mu = member.land_m2 * 3.0 / 2000.0;
        let median = parameters.tax_median_wan_per_mu * 1e4 * mu * libm::exp(member.level);
        let pays = KINDS.map(|(_, _, share, payers)| if draw.chance(payers) { share } else { 0.0 });
        let paid: f64 = pays.iter().sum();
        for period in 0..PERIODS.len() {
            let year = median * draw.lognormal(1.0, 0.2) * if draw.chance(0.02) { 0.1 } else { 1.0 };
            for ((kind, ..), share) in KINDS.iter().zip(pays) {
                if share == 0.0 {
                    continue;
                }
                let fen = (year * share / paid * 100.0).round() as i64;
                let mut push = |fen| rows.push(row(member, at, period, kind, money(fen, form.tax_in_wan)));
                if *kind == "增值税" && draw.chance(0.1) {
                    push(fen / 3);
                    push(fen - fen / 3);
                } else {
                    push(fen);
                }
            }
            if draw.chance(parameters.refund_share) {
                let fen = -(year * draw.between(10.0, 60.0)).round() as i64;
                rows.push(row(member, at, period, "增值税", money(fen, form.tax_in_wan)));
            }
        }
    }
    rows
}

/// A county's energy rows: one a carrier and year.
#[must_use]
pub fn energy(members: &[Member], form: &Form, draw: &mut Draw) -> Vec<Row> {
    let mut rows = Vec::with_capacity(members.len() * 3);
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty()) {
        let mu = member.land_m2 * 3.0 / 2000.0;
        for (carrier, name, per_mu, users) in CARRIERS {
            if !draw.chance(users) {
                continue;
            }
            let usual = mu * draw.lognormal(per_mu, 0.8);
            for period in 0..PERIODS.len() {
                let used = usual * draw.lognormal(1.0, 0.15);
                let amount = match name {
                    "electricity" if form.electricity_in_wan => decimal((used * 1e4).round() as i64, 4),
                    "electricity" => ((used * 1e4).round() as i64).to_string(),
                    "natural_gas" => (used.round() as i64).to_string(),
                    _ => decimal((used * 100.0).round() as i64, 2),
                };
                rows.push(row(member, at, period, carrier, amount));
            }
        }
    }
    rows
}

fn row(member: &Member, at: usize, period: usize, kind: &'static str, amount: String) -> Row {
    Row { member: Some(at), id: member.enterprise.uscc.clone(), period, kind, amount }
}

/// Money as a county writes it: yuan with 2 decimals, or 10,000 yuan with 4 (then whole yuan).
#[must_use]
pub fn money(fen: i64, in_wan: bool) -> String {
    if in_wan { decimal(fen / 100, 4) } else { decimal(fen, 2) }
}

/// `count` units of the last of those decimals, as decimal text.
#[must_use]
pub fn decimal(count: i64, decimals: u32) -> String {
    let unit = 10_u64.pow(decimals);
    let sign = if count < 0 { "-" } else { "" };
    let (whole, part) = (count.unsigned_abs() / unit, count.unsigned_abs() % unit);
    format!("{sign}{whole}.{part:0width$}", width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_exactly() {
        assert_eq!(money(123_456, false), "1234.56");
        assert_eq!(money(-5, false), "-0.05");
        assert_eq!(money(1_234_567_800, true), "1234.5678");
    }
}
