//! Conditions in words, as `rule.condition` publishes them.

use std::fmt;

use super::condition::{BenchmarkOf, Condition, Right, Test};

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => join(f, parts, " and "),
            Self::Any(parts) => join(f, parts, " or "),
            Self::Not(part) => write!(f, "not ({part})"),
            Self::Test(test) => write!(f, "{test}"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Condition], word: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        match part {
            Condition::All(_) | Condition::Any(_) => write!(f, "({part})")?,
            Condition::Not(_) | Condition::Test(_) => write!(f, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.column.name, self.operator.as_str())?;
        match &self.right {
            Right::Flag(flag) => write!(f, "{flag}"),
            Right::Texts(texts) => f.write_str(&texts.join("|")),
            Right::Constants(constants) => {
                let words: Vec<String> = constants.iter().map(|one| format!("{} {}", one.number, one.unit)).collect();
                f.write_str(&words.join("|"))
            }
            Right::Column(other) => f.write_str(other.name),
            Right::Benchmark(of) => write!(f, "{of}"),
        }
    }
}

impl fmt::Display for BenchmarkOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.statistic)?;
        if !self.by.is_empty() {
            let columns: Vec<&str> = self.by.iter().map(|column| column.name).collect();
            write!(f, " by {}", columns.join(","))?;
        }
        Ok(())
    }
}
