//! Numbers as they are printed: with so many digits that a pocket calculator comes from the printed ones to the printed result.

use std::fmt;

/// The fewest digits behind the point.
pub const FEWEST: u32 = 2;

/// Points are whole numbers of 1e-12.
pub const MOST: u32 = 12;

/// A number with a fixed count of digits behind the point. Those of one count are in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Printed {
    mantissa: i128,
    digits: u32,
}

impl Printed {
    /// The whole number 100.
    pub const HUNDRED: Self = Self { mantissa: 100, digits: 0 };

    /// The double with so many digits.
    pub fn of(value: f64, digits: u32) -> Self {
        let text = format!("{value:.places$}", places = digits as usize);
        // No figure comes near the end of 128 bits: amounts are counted in 64.
        Self { mantissa: text.replace('.', "").parse().unwrap_or(i128::MAX), digits }
    }

    /// The shortest number that is read as this double: a decimal of a policy as it was written.
    pub fn shortest(value: f64) -> Self {
        let digits = value.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len());
        Self::of(value, u32::try_from(digits).unwrap_or(0))
    }

    /// As it was written, if that takes no more digits, else with so many.
    fn brief(value: f64, digits: u32) -> Self {
        let shortest = Self::shortest(value);
        if shortest.digits <= digits { shortest } else { Self::of(value, digits) }
    }

    /// So many hundredths, as fen of a yuan.
    pub const fn hundredths(count: i128) -> Self {
        Self { mantissa: count, digits: 2 }
    }

    /// Points, exactly.
    pub fn points(value: f64) -> Self {
        Self::of(value, MOST)
    }

    /// With so many digits, halves away from zero.
    pub fn rounded(self, digits: u32) -> Self {
        product(&[self], &[], digits).unwrap_or(self)
    }

    /// Divided by ten thousand, exactly.
    pub const fn in_wan(self) -> Self {
        Self { mantissa: self.mantissa, digits: self.digits + 4 }
    }

    /// Without zeros at the end.
    pub fn trimmed(mut self) -> Self {
        while self.digits > 0 && self.mantissa % 10 == 0 {
            (self.mantissa, self.digits) = (self.mantissa / 10, self.digits - 1);
        }
        self
    }

    /// Without its sign.
    pub const fn size(self) -> Self {
        Self { mantissa: self.mantissa.abs(), digits: self.digits }
    }

    /// Times minus one.
    pub const fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, digits: self.digits }
    }

    /// How many digits stand behind the point.
    pub const fn digits(self) -> u32 {
        self.digits
    }

    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.digits as usize;
        let digits = format!("{:0>width$}", self.mantissa.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.is_negative() { "-" } else { "" };
        if places == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

/// Exactly the sum.
pub fn total(terms: &[Printed]) -> Printed {
    let digits = terms.iter().map(|term| term.digits).max().unwrap_or(0);
    let mantissa = terms.iter().map(|term| term.mantissa.saturating_mul(10_i128.pow(digits - term.digits))).sum();
    Printed { mantissa, digits }
}

/// `above… / below…` with so many digits, halves away from zero; none where it cannot be told in 128 bits.
pub fn product(above: &[Printed], below: &[Printed], digits: u32) -> Option<Printed> {
    let part = |factors: &[Printed]| -> Option<(i128, u32)> {
        factors.iter().try_fold((1_i128, 0), |(mantissa, digits), one| {
            Some((mantissa.checked_mul(one.mantissa)?, digits + one.digits))
        })
    };
    let ((numerator, numerator_digits), (denominator, denominator_digits)) = (part(above)?, part(below)?);
    let (up, down) = (digits + denominator_digits, numerator_digits);
    let power = |digits: u32| 10_i128.checked_pow(digits);
    let numerator = numerator.checked_mul(power(up.saturating_sub(down))?)?;
    let denominator = denominator.checked_mul(power(down.saturating_sub(up))?)?;
    let (quotient, rest) = (numerator.checked_div(denominator)?, numerator.checked_rem(denominator)?);
    let is_half = rest.unsigned_abs() >= denominator.unsigned_abs() - rest.unsigned_abs();
    let away = if is_half { numerator.signum() * denominator.signum() } else { 0 };
    Some(Printed { mantissa: quotient + away, digits })
}

/// `value / below × factors = result`, as printed.
pub struct Quotient {
    pub value: Printed,
    pub below: Printed,
    pub result: Printed,
}

impl Quotient {
    /// With the fewest digits that come out right; the result has at least so many as asked for.
    pub fn of(value: f64, below: f64, factors: &[Printed], result: Printed, digits: u32) -> Self {
        for digits in digits..=MOST {
            let result = result.rounded(digits);
            for places in FEWEST..=MOST {
                let (value, below) = (Printed::of(value, places), Printed::brief(below, places));
                let above: Vec<Printed> = std::iter::once(value).chain(factors.iter().copied()).collect();
                if product(&above, &[below], digits) == Some(result) {
                    return Self { value, below, result };
                }
            }
        }
        Self { value: Printed::shortest(value), below: Printed::shortest(below), result }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_halves_away_and_keeps_its_digits() {
        let printed = |value: f64, digits| Printed::of(value, 12).rounded(digits).to_string();
        assert_eq!([printed(0.125, 2), printed(-0.125, 2), printed(27.8, 2)], ["0.13", "-0.13", "27.80"]);
        assert_eq!([printed(0.5, 0), printed(-0.004, 2), printed(0.0, 2)], ["1", "0.00", "0.00"]);
        assert_eq!(Printed::shortest(12.5).to_string(), "12.5");
        assert_eq!(Printed::points(1.05).trimmed().to_string(), "1.05");
        assert_eq!(Printed::hundredths(123_456).in_wan().to_string(), "0.123456");
    }

    #[test]
    fn prints_as_many_digits_as_the_result_needs() {
        // 24.1 / 26.01 × 30 = 27.797001…, and two digits of each will do.
        let weight = [Printed::shortest(30.0)];
        let one = Quotient::of(24.1, 26.01, &weight, Printed::points(24.1 / 26.01 * 30.0), 2);
        assert_eq!(format!("{} / {} = {}", one.value, one.below, one.result), "24.10 / 26.01 = 27.80");
        // 0.0117 / 0.0235 needs more than "0.01 / 0.02".
        let one = Quotient::of(0.0117, 0.0235, &weight, Printed::points(0.0117 / 0.0235 * 30.0), 2);
        assert_eq!(format!("{} / {} = {}", one.value, one.below, one.result), "0.0117 / 0.0235 = 14.94");
    }

    #[test]
    fn sums_are_exact() {
        let sum = total(&[Printed::hundredths(1), Printed::shortest(0.005), Printed::HUNDRED.negated()]);
        assert_eq!(sum.to_string(), "-99.985");
    }
}
