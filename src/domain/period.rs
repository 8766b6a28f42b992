//! Periods of account: years, quarters and months.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate};

/// A year (`2024`), quarter (`2024Q3`) or month (`2024-07`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A calendar year.
    Year(u16),
    /// Year and quarter 1–4.
    Quarter(u16, u8),
    /// Year and month 1–12.
    Month(u16, u8),
}

/// The text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a period; write 2024, 2024Q3 or 2024-07")]
pub struct NotAPeriod(pub String);

impl Period {
    /// The year it lies in.
    #[must_use]
    pub const fn year(self) -> u16 {
        match self {
            Self::Year(year) | Self::Quarter(year, _) | Self::Month(year, _) => year,
        }
    }

    /// The last day of it.
    #[must_use]
    pub fn end(self) -> NaiveDate {
        let last_month = match self {
            Self::Year(_) => 12,
            Self::Quarter(_, quarter) => u32::from(quarter) * 3,
            Self::Month(_, month) => u32::from(month),
        };
        NaiveDate::from_ymd_opt(i32::from(self.year()), last_month, 1)
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .and_then(|next| next.pred_opt())
            .unwrap_or(NaiveDate::MAX)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let bad = || NotAPeriod(text.to_owned());
        let year = |digits: &str| match digits.parse::<u16>() {
            Ok(year) if digits.len() == 4 && (1900..=2999).contains(&year) => Ok(year),
            _ => Err(bad()),
        };
        if let Some((left, right)) = text.split_once('Q') {
            return match right {
                "1" | "2" | "3" | "4" => Ok(Self::Quarter(year(left)?, right.as_bytes()[0] - b'0')),
                _ => Err(bad()),
            };
        }
        if let Some((left, right)) = text.split_once('-') {
            return match right.parse::<u8>() {
                Ok(month) if right.len() == 2 && (1..=12).contains(&month) => Ok(Self::Month(year(left)?, month)),
                _ => Err(bad()),
            };
        }
        Ok(Self::Year(year(text)?))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year}"),
            Self::Quarter(year, quarter) => write!(f, "{year}Q{quarter}"),
            Self::Month(year, month) => write!(f, "{year}-{month:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_and_ends_right() {
        for (text, end) in [("2024", "2024-12-31"), ("2024Q1", "2024-03-31"), ("2024-02", "2024-02-29")] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.end().to_string(), end);
        }
        for text in ["24", "2024Q5", "2024-13", "2024-7", "2024年", "", "+024"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
