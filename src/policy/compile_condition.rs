//! From the condition of a rule's file to the typed tree, with constants in smallest units.

use toml::Spanned;

use super::condition::{BenchmarkOf, Condition, Constant, Operator, Right, Statistic, Test};
use super::file::{ConditionFile, StatisticFile};
use super::measure::{Catalogue, Column, ColumnKind};
use super::number::{Scalar, decimal, within};
use super::terms::{by, column, quantile, unit};
use super::value::Frozen;
use crate::document::{Document, DocumentError, Faults, complete};
use crate::domain::{Decimal, Ratio};

/// The typed form of a `when` over columns of `catalogue`.
///
/// # Errors
/// On an unknown column, operator or unit, a value that does not fit its column, and what is not supported.
pub fn condition(
    document: &Document,
    catalogue: &'static Catalogue,
    when: &Spanned<ConditionFile>,
) -> Result<Condition, Faults> {
    Compiler { document, catalogue, benchmarks: 0 }.condition(when, true)
}

struct Compiler<'a> {
    document: &'a Document,
    catalogue: &'static Catalogue,
    /// How many `value_of` tests were met so far.
    benchmarks: usize,
}

impl Compiler<'_> {
    /// `in_all`: whether nothing but `all` stands above, where alone a `value_of` has a population.
    fn condition(&mut self, file: &Spanned<ConditionFile>, in_all: bool) -> Result<Condition, Faults> {
        let when = file.get_ref();
        let mut faults = Faults::default();
        let is_test = when.column.is_some()
            || when.op.is_some()
            || when.value.is_some()
            || when.unit.is_some()
            || when.value_of.is_some()
            || when.other_column.is_some();
        let condition = faults.keep(match (&when.all, &when.any, &when.not, is_test) {
            (Some(parts), None, None, false) => self.parts(file, parts, in_all).map(Condition::All),
            (None, Some(parts), None, false) => self.parts(file, parts, false).map(Condition::Any),
            (None, None, Some(part), false) => self.condition(part, false).map(|part| Condition::Not(Box::new(part))),
            (None, None, None, true) => self.test(file, in_all).map(Condition::Test),
            _ => {
                let fault = self.document.error(
                    file.span(),
                    "a condition is one of { all = […] }, { any = […] }, { not = … } and { column = …, op = …, value = … }",
                );
                Err(fault.into())
            }
        });
        faults.or(condition)
    }

    fn parts(
        &mut self,
        file: &Spanned<ConditionFile>,
        parts: &[Spanned<ConditionFile>],
        in_all: bool,
    ) -> Result<Vec<Condition>, Faults> {
        if parts.is_empty() {
            return Err(self.document.error(file.span(), "an empty list of conditions").into());
        }
        Faults::all(parts.iter().map(|part| self.condition(part, in_all)))
    }

    fn test(&mut self, file: &Spanned<ConditionFile>, in_all: bool) -> Result<Test, Faults> {
        let missing = |key: &str| self.document.error(file.span(), format!("the test has no `{key}`"));
        let test = file.get_ref();
        let mut faults = Faults::default();
        let name = test.column.as_ref().ok_or_else(|| missing("column"));
        let column = faults.keep(name.and_then(|name| column(self.document, self.catalogue, name)));
        let operator =
            faults.keep(test.op.as_ref().ok_or_else(|| missing("op")).and_then(|op| self.operator(op, column)));
        if let (None, Some(unit)) = (&test.value, &test.unit) {
            faults.add(self.document.error(unit.span(), "`unit` belongs to `value`"));
        }
        let sides = [test.value.is_some(), test.value_of.is_some(), test.other_column.is_some()];
        if sides.into_iter().filter(|is_given| *is_given).count() != 1 {
            let message = "the right side is one of `value`, `value_of` and `other_column`";
            faults.add(self.document.error(file.span(), message));
        }
        let (Some(column), Some(operator)) = (column, operator) else { return Err(faults) };
        let right = match (&test.value, &test.value_of, &test.other_column) {
            (Some(value), None, None) => self.value(column, operator, value, test.unit.as_ref()),
            (None, Some(statistic), None) => self.statistic(column, operator, statistic, in_all),
            (None, None, Some(other)) => self.other_column(column, operator, other).map_err(Faults::from),
            _ => return Err(faults),
        };
        let right = faults.keep(right);
        faults.or(right.map(|right| Test { column, operator, right }))
    }

    fn operator(&self, op: &Spanned<String>, column: Option<&Column>) -> Result<Operator, DocumentError> {
        let refuse = |message| Err(self.document.error(op.span(), message));
        match (Operator::find(op.get_ref()), column) {
            (Some(operator), Some(column)) if column.unit().is_none() && operator.is_ordering() => {
                refuse(format!("`{}` is no number: compare it with `=`, `!=` or `in`", column.name))
            }
            (Some(operator), _) => Ok(operator),
            (None, _) => {
                let known: Vec<_> = Operator::ALL.iter().map(|operator| operator.as_str()).collect();
                refuse(format!("unknown op `{}`; ops are {}", op.get_ref(), known.join(" ")))
            }
        }
    }

    fn value(
        &self,
        column: &'static Column,
        operator: Operator,
        value: &Spanned<Scalar>,
        unit: Option<&Spanned<String>>,
    ) -> Result<Right, Faults> {
        let name = column.name;
        let refuse = |span, message: String| Err(self.document.error(span, message).into());
        let items = match (value.get_ref(), operator) {
            (Scalar::List(items), Operator::In) if !items.is_empty() => items.iter().collect(),
            (_, Operator::In) => return refuse(value.span(), "`in` needs a list of values".to_owned()),
            (Scalar::List(_), _) => return refuse(value.span(), "a list of values needs `in`".to_owned()),
            _ => vec![value],
        };
        match column.kind {
            ColumnKind::Bool => match (value.get_ref(), unit) {
                (Scalar::Bool(flag), None) => Ok(Right::Flag(*flag)),
                (_, Some(unit)) => refuse(unit.span(), format!("`{name}` has no unit")),
                _ => refuse(value.span(), format!("`{name}` is yes or no: compare it with true or false")),
            },
            ColumnKind::Text => {
                if let Some(unit) = unit {
                    return refuse(unit.span(), format!("`{name}` has no unit"));
                }
                let text = |item: &Spanned<Scalar>| match item.get_ref() {
                    Scalar::Text(text) => Ok(text.clone()),
                    _ => Err(self.document.error(item.span(), format!("`{name}` is text: quote the value"))),
                };
                Faults::all(items.into_iter().map(text)).map(Right::Texts)
            }
            ColumnKind::Quantity(_) | ColumnKind::Quotient(_) => {
                let mut faults = Faults::default();
                let unit = faults.keep(self::unit(self.document, column, value, unit));
                let numbers = items.into_iter().map(|item| decimal(self.document, "value", item));
                let numbers = faults.keep(Faults::all(numbers));
                let constants = |(unit, numbers): (_, Vec<_>)| {
                    Right::Constants(numbers.into_iter().map(|number| Constant::new(number, unit)).collect())
                };
                faults.or(unit.zip(numbers).map(constants))
            }
        }
    }

    fn other_column(
        &self,
        column: &'static Column,
        operator: Operator,
        name: &Spanned<String>,
    ) -> Result<Right, DocumentError> {
        let other = self::column(self.document, self.catalogue, name)?;
        let refuse = |message: String| Err(self.document.error(name.span(), message));
        match (column.unit(), other.unit()) {
            _ if operator == Operator::In => refuse("`in` needs a list of values".to_owned()),
            (Some(left), Some(right)) if left.is_like(right) => Ok(Right::Column(other)),
            (Some(left), Some(right)) => {
                refuse(format!("`{}` is in {left}, `{}` in {right}: not alike", column.name, other.name))
            }
            _ => refuse("only numbers are compared with another column".to_owned()),
        }
    }

    fn statistic(
        &mut self,
        column: &'static Column,
        operator: Operator,
        file: &Spanned<StatisticFile>,
        in_all: bool,
    ) -> Result<Right, Faults> {
        let mut faults = Faults::default();
        let value_of = file.get_ref();
        if column.unit().is_none() || operator == Operator::In {
            let message = "`value_of` is a number: compare a number with it, and not by `in`";
            faults.add(self.document.error(file.span(), message));
        }
        if !in_all {
            let message = "`value_of` under `any` or `not` has no population: put it into the outer `all`";
            faults.add(self.document.error(file.span(), message));
        }
        let ordinal = self.benchmarks;
        self.benchmarks += 1;
        let benchmark = faults.keep(complete!(BenchmarkOf {
            ordinal: Ok::<_, Faults>(ordinal),
            statistic: match (&value_of.quantile, &value_of.mean, &value_of.share_of_mean) {
                (Some(share), None, None) => quantile(self.document, share),
                (None, Some(mean), None) if *mean.get_ref() => Ok(Statistic::Mean),
                (None, None, Some(share)) => self.share_of_mean(share).map(Statistic::ShareOfMean),
                _ => {
                    let message = "`value_of` is one of `quantile`, `mean = true` and `share_of_mean`";
                    Err(self.document.error(file.span(), message))
                }
            },
            by: by(self.document, self.catalogue, &value_of.by),
            frozen: Ok::<_, Faults>(Frozen::new()),
        }));
        faults.or(benchmark.map(Right::Benchmark))
    }

    /// A factor of a mean, short enough for the product with any sum of 64-bit values to fit.
    fn share_of_mean(&self, share: &Spanned<Scalar>) -> Result<Decimal, DocumentError> {
        const LIMIT: i128 = 1_000_000_000;
        let is_short = |ratio: Ratio| (1..=LIMIT).contains(&ratio.numerator()) && ratio.denominator() <= LIMIT;
        within(self.document, "share_of_mean", share, "above 0, of at most 9 digits", is_short)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, line_of, rule, rule_text, told};
    use super::*;

    #[test]
    fn constants_come_to_smallest_units_exactly() {
        let rule = rule("{ column = \"tax_wan_per_mu\", op = \"<\", value = 10, unit = \"wan_yuan/mu\" }");
        let [test] = rule.condition.tests()[..] else { panic!() };
        // 10 wan_yuan/mu = 10,000,000 fen over 20,000,000/3 cm².
        assert_eq!(test.right, Right::Constants(vec![Constant::new(Decimal::new(150, 0), "yuan/m2".parse().unwrap())]));
        let Right::Constants(constants) = &test.right else { panic!() };
        assert_eq!(constants[0].smallest, crate::domain::Ratio::new(3, 2));
        assert_eq!(rule.inputs().into_iter().collect::<Vec<_>>(), ["tax"]);
    }

    #[test]
    fn a_rule_names_all_its_inputs_columns_and_benchmarks() {
        let rule = rule(
            r#"{ all = [
                { not = { column = "use_code", op = "in", value = ["0602"] } },
                { column = "tax_wan_per_mu", op = "<", value_of = { share_of_mean = 0.5, by = ["county_code"] } },
                { column = "energy_tce_per_mu", op = ">", value_of = { mean = true } },
            ] }"#,
        );
        assert_eq!(rule.inputs().into_iter().collect::<Vec<_>>(), ["energy", "tax"]);
        let columns = ["county_code", "energy_tce_per_mu", "tax_wan_per_mu", "use_code"];
        assert_eq!(rule.columns().into_iter().collect::<Vec<_>>(), columns);
        let methods: Vec<_> = rule.benchmark_tests().iter().map(|test| test.benchmark().unwrap().clone()).collect();
        assert_eq!(methods[0].statistic.to_string(), "share_of_mean 0.5");
        assert_eq!((methods[1].ordinal, methods[1].statistic.to_string().as_str()), (1, "mean"));
    }

    /// Each refusal names the line of the part that is wrong, and the way out.
    #[test]
    fn every_misfit_is_refused_on_its_line() {
        for (when, part, expected) in [
            (
                r#"{ column = "tax_per_mu", op = "<", value = 1 }"#,
                "\"tax_per_mu\"",
                "unknown column `tax_per_mu`\n  hint: did you mean `tax_wan_per_mu`?",
            ),
            (
                r#"{ column = "is_industral", op = "=", value = true }"#,
                "\"is_ind",
                "unknown column `is_industral`\n  hint: did you mean `is_industrial`?",
            ),
            (
                r#"{ column = "tax_wan_per_mu", op = "<", value = 1, unit = "tce/mu" }"#,
                "\"tce",
                "`tax_wan_per_mu` is in wan_yuan/mu, which `tce/mu` is not like",
            ),
            (
                r#"{ column = "tax_yuan", op = "<", value = 1, unit = "wan_yaun" }"#,
                "\"wan_",
                "did you mean `wan_yuan`?",
            ),
            (
                r#"{ column = "tax_yuan", op = "<", value = 1 }"#,
                "value = 1",
                "the value of `tax_yuan` needs a unit, as unit = \"yuan\"",
            ),
            (r#"{ column = "is_industrial", op = "=", value = 1 }"#, "value = 1", "`is_industrial` is yes or no"),
            (r#"{ column = "use_code", op = "=", value = 601 }"#, "value = 601", "`use_code` is text: quote the value"),
            (r#"{ column = "enterprises", op = "=", value = "two" }"#, "value = ", "`value`: not a decimal number"),
            (r#"{ column = "use_code", op = "<", value = "0601" }"#, "\"<\"", "`use_code` is no number"),
            (
                r#"{ column = "enterprises", op = "=<", value = 1 }"#,
                "\"=<\"",
                "unknown op `=<`; ops are = != < <= > >= in",
            ),
            (r#"{ column = "enterprises", op = "in", value = 1 }"#, "value = 1", "`in` needs a list"),
            (r#"{ column = "enterprises", op = "<", value = [1] }"#, "value = [", "a list of values needs `in`"),
            (
                r#"{ column = "area_mu", op = "<", other_column = "tax_yuan" }"#,
                "\"tax",
                "`area_mu` is in mu, `tax_yuan` in yuan: not alike",
            ),
            (
                r#"{ column = "area_mu", op = "<" }"#,
                "{ column",
                "the right side is one of `value`, `value_of` and `other_column`",
            ),
            (
                r#"{ column = "area_mu", op = "<", value_of = { quantile = 0.2 }, unit = "mu" }"#,
                "\"mu\"",
                "`unit` belongs to `value`",
            ),
            (
                r#"{ column = "area_mu", op = "<", value_of = { quantile = 0 } }"#,
                "0 }",
                "`quantile` is above 0 and at most 1",
            ),
            (
                r#"{ column = "area_mu", op = "<", value_of = { quantile = "1.01" } }"#,
                "\"1.01",
                "`quantile` is above 0 and at most 1",
            ),
            (
                r#"{ column = "area_mu", op = "<", value_of = { mean = true, by = ["tax_yuan"] } }"#,
                "\"tax",
                "`by` needs text columns",
            ),
            (
                r#"{ column = "area_mu", op = "<", value_of = { mean = false } }"#,
                "{ mean",
                "`value_of` is one of `quantile`, `mean = true`",
            ),
            (
                r#"{ not = { column = "area_mu", op = "<", value_of = { mean = true } } }"#,
                "{ mean",
                "has no population",
            ),
            (r#"{ column = "area_mu", op = "<", value = 1, unti = "mu" }"#, "unti", "unknown field `unti`"),
            (r"{ all = [] }", "{ all", "an empty list of conditions"),
            (r"{ all = [{ }] }", "{ }", "a condition is one of"),
        ] {
            let text = format!("{BASE}{}", rule_text(&when.replace(", ", ",\n")));
            let part = part.replace(", ", ",\n");
            let rule_start = text.find("[[rule]]").unwrap();
            let line = line_of(&text[rule_start..], &part) + line_of(&text, "[[rule]]") - 1;
            let message = told(&text);
            assert!(message.starts_with(&format!("p.toml:{line}: ")), "{when}: line {line}, but {message}");
            assert!(message.contains(expected), "{when}: {message}");
        }
    }
}
