//! What enterprises do.

use serde::{Deserialize, Serialize};

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;

/// An industry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// Division of GB/T 4754-2017, two digits.
    pub code: String,
    /// What its firms call themselves.
    pub name: String,
    /// How common it is.
    pub weight: f64,
}

section! {
    /// What enterprises do.
    Enterprises = "enterprises" {
        /// Industries: division of GB/T 4754-2017, what its firms call themselves, how common it is.
        trades: Vec<Trade> = trades(), "", Bounds::Words("codes of two digits, weights of 0 or more");
        /// Share of the enterprises whose first day in production the register tells.
        production_told_share: f64 = 0.8, "ratio", SHARE;
        /// The most days between the day on which one was established and its first day in production.
        production_days: u32 = 730, "days", Bounds::Of(0.0, 3650.0);
    }
}

fn trades() -> Vec<Trade> {
    const TRADES: [(&str, &str, f64); 26] = [
        // Section B, mining.
        ("10", "矿业", 0.5),
        // Section C, manufacturing.
        ("13", "食品", 2.0),
        ("17", "纺织", 9.0),
        ("18", "服饰", 5.0),
        ("19", "鞋业", 3.0),
        ("21", "家具", 3.0),
        ("22", "纸业", 2.0),
        ("23", "印务", 2.0),
        ("24", "文体用品", 3.0),
        ("26", "化工", 4.0),
        ("27", "药业", 2.0),
        ("28", "化纤", 2.0),
        ("29", "塑业", 7.0),
        ("30", "建材", 4.0),
        ("31", "钢铁", 1.0),
        ("32", "铜业", 1.0),
        ("33", "金属制品", 9.0),
        ("34", "机械", 11.0),
        ("35", "装备", 7.0),
        ("36", "汽车部件", 6.0),
        ("38", "电器", 10.0),
        ("39", "电子", 5.0),
        ("40", "仪表", 3.0),
        // Section D, electricity, heat, gas and water.
        ("44", "热电", 0.5),
        ("45", "燃气", 0.3),
        ("46", "水务", 0.3),
    ];
    let trade =
        |(code, name, weight): (&str, &str, f64)| Trade { code: code.to_owned(), name: name.to_owned(), weight };
    TRADES.map(trade).to_vec()
}

impl Enterprises {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        let is_sound = |trade: &&Trade| {
            trade.code.len() == 2 && trade.code.bytes().all(|digit| digit.is_ascii_digit()) && trade.weight >= 0.0
        };
        if let Some(trade) = self.trades.iter().find(|trade| !is_sound(trade)) {
            let value = format!("{} with weight {}", trade.code, trade.weight);
            return Err(refused::<Self>("trades", "codes of two digits, weights of 0 or more", &value));
        }
        if self.trades.iter().map(|trade| trade.weight).sum::<f64>() <= 0.0 {
            return Err(refused::<Self>("trades", "of some weight", &0));
        }
        Ok(())
    }
}
