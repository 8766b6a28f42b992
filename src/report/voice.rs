//! In which language things are told, and whether amounts are.

use std::fmt::Display;

use serde_json::Value;

use crate::policy::{ENTERPRISE, PARCEL, PLATFORM};

/// What stands for an amount that is not shown.
pub const HIDDEN: &str = "***";

/// The reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

/// How a report speaks.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// The language.
    pub language: Language,
    /// Whether amounts, values per mu and other enterprises' codes are shown.
    pub shows_amounts: bool,
}

impl Voice {
    /// One of the two.
    pub(super) const fn say<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// The amount, or what stands for it.
    pub(super) fn amount(self, amount: impl Display) -> String {
        if self.shows_amounts { amount.to_string() } else { HIDDEN.to_owned() }
    }

    /// The amount for programs.
    pub(super) fn amount_value(self, amount: impl Into<Value>) -> Value {
        let amount = amount.into();
        if self.shows_amounts || amount.is_null() { amount } else { HIDDEN.into() }
    }

    pub(super) fn yes_no(self, yes: bool) -> &'static str {
        if yes { self.say("是", "yes") } else { self.say("否", "no") }
    }

    /// A column: its label before its name, in Chinese.
    pub(super) fn column(self, name: &str) -> String {
        let column = ENTERPRISE.find(name).or_else(|| PARCEL.find(name)).or_else(|| PLATFORM.find(name));
        match (self.language, column) {
            (Language::Chinese, Some(column)) => format!("{} {name}", column.label),
            _ => name.to_owned(),
        }
    }

    /// A unit, with a space before it; nothing for a pure number.
    pub(super) fn unit(self, unit: &str) -> String {
        if matches!(unit, "" | "ratio") {
            return String::new();
        }
        let chinese = |base: &str| {
            match base {
                "yuan" => "元",
                "wan_yuan" => "万元",
                "yi_yuan" => "亿元",
                "mu" => "亩",
                "tce" => "吨标煤",
                "kwh" => "千瓦时",
                "t" => "吨",
                "person" => "人",
                _ => "",
            }
            .to_owned()
        };
        let text = match self.language {
            Language::Chinese => unit.split('/').map(chinese).collect::<Vec<_>>().join("/"),
            Language::English => unit.to_owned(),
        };
        format!(" {text}")
    }

    /// How complete a figure is.
    pub(super) fn completeness(self, word: &str) -> &str {
        match word {
            "complete" => self.say("完整", "complete"),
            "lower_bound" => self.say("下限：部分数据缺失", "a lower bound: a part is missing"),
            "none" => self.say("未知", "not known"),
            other => other,
        }
    }

    /// How little is known of a figure that is not complete.
    pub(super) fn unknown(self, completeness: &str) -> &'static str {
        if completeness == "lower_bound" {
            self.say("仅知部分", "is known in part only")
        } else {
            self.say("未知", "is not known")
        }
    }

    /// A measure of parcels.
    pub(super) fn measure(self, name: &'static str) -> &'static str {
        let chinese = match name {
            "tax" => "税收",
            "energy" => "能耗",
            "revenue" => "营业收入",
            "value_added" => "工业增加值",
            other => other,
        };
        self.say(chinese, name)
    }

    /// How a benchmark was computed.
    pub(super) fn method(self, method: &str) -> String {
        let (name, number) = method.split_once(' ').unwrap_or((method, ""));
        let chinese = match name {
            "mean" => "均值（总和之比）",
            "simple_mean" => "简单平均",
            "quantile" => "分位数",
            "share_of_mean" => "均值的倍数",
            "multiple_of_last_mean" => "上年均值的倍数",
            other => other,
        };
        match self.language {
            Language::Chinese => format!("{chinese} {number}").trim_end().to_owned(),
            Language::English => method.to_owned(),
        }
    }

    /// A code, its label before it in Chinese.
    pub(super) fn code(self, code: &str, label: Option<&str>) -> String {
        match (self.language, label) {
            (Language::Chinese, Some(label)) => format!("{label} {code}"),
            _ => code.to_owned(),
        }
    }

    /// A word of a closed list, its label before it in Chinese.
    pub(super) fn word(self, word: &str) -> String {
        let label = match word {
            "low_efficiency" => "低效用地",
            "high_consumption" => "高耗低效",
            "idle" => "疑似闲置",
            "violation" => "违法违规",
            "obligation" => "履约义务",
            "notice" => "提示",
            "registered" => "登记面积",
            "ellipsoidal" => "椭球面积",
            "occupied" => "占用面积",
            "target" => "低效宗地",
            "sliver" => "边角地",
            "retained" => "原地保留",
            "enclave" => "夹心地",
            _ => return word.to_owned(),
        };
        self.code(word, Some(label))
    }

    /// What stands at the end of what comes from an example.
    pub(super) const fn illustrative(self, is_illustrative: bool) -> &'static str {
        match (is_illustrative, self.language) {
            (false, _) => "",
            (true, Language::Chinese) => "；示例标准，非正式文件",
            (true, Language::English) => "; an example (示例标准), nobody's law",
        }
    }
}
