//! Whether a condition can hold at all, told from its constants before any data is read.
//!
//! It errs on one side: a condition that is said never to hold never holds.

use std::collections::BTreeMap;

use super::condition::{Condition, Right, Test};
use crate::domain::Ratio;

/// Alternatives beyond which nothing is told: the condition is taken to be able to hold.
const MOST_ALTERNATIVES: usize = 512;

/// A test, and whether it must hold or must not.
type Literal<'a> = (&'a Test, bool);

/// Whether some values could meet all of the conditions that must hold, and none of those that must not.
pub fn can_hold(must: &[&Condition], must_not: &[&Condition]) -> bool {
    let parts = must.iter().map(|condition| alternatives(condition, true));
    let parts = parts.chain(must_not.iter().map(|condition| alternatives(condition, false)));
    all_of(parts).is_none_or(|ways| ways.iter().any(|literals| are_consistent(literals)))
}

/// The condition (or its opposite) as alternatives, each of tests that must all be met; none if they are too many.
fn alternatives(condition: &Condition, is_wanted: bool) -> Option<Vec<Vec<Literal<'_>>>> {
    match (condition, is_wanted) {
        (Condition::All(list), true) | (Condition::Any(list), false) => all_of(each(list, is_wanted)),
        (Condition::Any(list), true) | (Condition::All(list), false) => {
            let ways: Vec<_> = each(list, is_wanted).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
            (ways.len() <= MOST_ALTERNATIVES).then_some(ways)
        }
        (Condition::Not(part), _) => alternatives(part, !is_wanted),
        (Condition::Test(test), _) => Some(vec![vec![(test, is_wanted)]]),
    }
}

fn each(parts: &[Condition], is_wanted: bool) -> impl Iterator<Item = Option<Vec<Vec<Literal<'_>>>>> {
    parts.iter().map(move |part| alternatives(part, is_wanted))
}

/// The alternatives of parts that must all be met.
fn all_of<'a>(parts: impl IntoIterator<Item = Option<Vec<Vec<Literal<'a>>>>>) -> Option<Vec<Vec<Literal<'a>>>> {
    parts.into_iter().try_fold(vec![Vec::new()], |ways, part| {
        let part = part?;
        if ways.len() * part.len() > MOST_ALTERNATIVES {
            return None;
        }
        Some(ways.iter().flat_map(|way| part.iter().map(|more| [way.as_slice(), more].concat())).collect())
    })
}

/// Whether each column has a value that meets all its tests. A test against another column or a statistic is met by some.
fn are_consistent(literals: &[Literal<'_>]) -> bool {
    let mut columns: BTreeMap<&str, Vec<Literal<'_>>> = BTreeMap::new();
    for literal in literals {
        columns.entry(literal.0.column.name).or_default().push(*literal);
    }
    columns.values().all(|tests| {
        candidates(tests).iter().any(|value| {
            tests.iter().all(|(test, is_wanted)| value.meets(test).is_none_or(|is_met| is_met == *is_wanted))
        })
    })
}

/// A value that a column could have.
enum Value<'a> {
    Flag(bool),
    Text(&'a str),
    Number(Ratio),
}

impl Value<'_> {
    /// Whether a test against constants is met; none for any other.
    fn meets(&self, test: &Test) -> Option<bool> {
        let is_negated = test.operator == super::Operator::NotEqual;
        match (self, &test.right) {
            (Self::Flag(value), Right::Flag(flag)) => Some((value == flag) != is_negated),
            (Self::Text(value), Right::Texts(texts)) => Some(texts.iter().any(|text| text == value) != is_negated),
            (Self::Number(value), Right::Constants(constants)) => {
                Some(constants.iter().any(|one| test.operator.holds(value.cmp(&one.smallest))))
            }
            _ => None,
        }
    }
}

/// A text that no condition names.
const NO_TEXT: &str = "\0";

/// Values of which one meets the tests, if any value does: those they name, one between each two of them, and one beyond.
fn candidates<'a>(tests: &[Literal<'a>]) -> Vec<Value<'a>> {
    let mut words = vec![NO_TEXT];
    let mut numbers = Vec::new();
    for (test, _) in tests {
        match &test.right {
            Right::Flag(_) => return vec![Value::Flag(true), Value::Flag(false)],
            Right::Texts(named) => words.extend(named.iter().map(String::as_str)),
            Right::Constants(constants) => numbers.extend(constants.iter().map(|one| one.smallest)),
            Right::Column(_) | Right::Benchmark(_) => {}
        }
    }
    numbers.sort_unstable();
    // The sum of the parts lies between two fractions, and one whole beyond the outermost.
    let between = |left: Ratio, right: Ratio| {
        Ratio::new(left.numerator() + right.numerator(), left.denominator() + right.denominator())
    };
    let beyond =
        |from: Ratio, whole: i128| Ratio::new(from.numerator() + whole * from.denominator(), from.denominator());
    let mut values: Vec<_> = numbers.windows(2).map(|pair| between(pair[0], pair[1])).collect();
    values.extend(numbers.first().map(|least| beyond(*least, -1)));
    values.extend(numbers.last().map(|most| beyond(*most, 1)));
    values.extend(numbers);
    if values.is_empty() {
        return words.into_iter().map(Value::Text).collect();
    }
    values.into_iter().map(Value::Number).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::rule;
    use super::*;

    fn holds(when: &str) -> bool {
        can_hold(&[&rule(when).condition], &[])
    }

    #[test]
    fn what_contradicts_itself_never_holds() {
        let flag = |value: &str| format!("{{ column = \"is_industrial\", op = \"=\", value = {value} }}");
        let code = |op: &str, value: &str| format!("{{ column = \"use_code\", op = \"{op}\", value = {value} }}");
        let land =
            |op: &str, mu: u32| format!("{{ column = \"land_mu\", op = \"{op}\", value = {mu}, unit = \"mu\" }}");
        for (parts, expected) in [
            (vec![flag("true"), flag("false")], false),
            (vec![flag("true"), land("<", 3)], true),
            (vec![code("=", "\"0601\""), code("!=", "\"0601\"")], false),
            (vec![code("in", "[\"0601\", \"1001\"]"), code("!=", "\"0601\"")], true),
            (vec![code("!=", "\"0601\"")], true),
            (vec![land("<", 3), land(">=", 3)], false),
            (vec![land("<=", 3), land(">=", 3)], true),
            (vec![land("<=", 3), land(">=", 3), land("!=", 3)], false),
            (vec![land(">", 3), land("<", 4)], true),
            (vec![land(">", 5), land("<", 4)], false),
            (vec![format!("{{ not = {} }}", land("<", 3)), land("<", 2)], false),
            (vec![format!("{{ any = [{}, {}] }}", land("<", 1), land("<", 2)), land(">", 2)], false),
        ] {
            assert_eq!(holds(&format!("{{ all = [{}] }}", parts.join(", "))), expected, "{parts:?}");
        }
    }

    #[test]
    fn equal_conditions_are_told_however_written() {
        let below = rule(r#"{ column = "land_mu", op = "<", value = 3, unit = "mu" }"#).condition;
        let not_above = rule(r#"{ not = { column = "land_mu", op = ">=", value = 2000, unit = "m2" } }"#).condition;
        assert!(!can_hold(&[&below], &[&not_above]) && !can_hold(&[&not_above], &[&below]));
    }
}
