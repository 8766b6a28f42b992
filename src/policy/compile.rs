//! From the rules of a file to typed rules: every mistake is told with its line, before any data is read.

use toml::Spanned;

use super::condition::{BenchmarkOf, Condition, Constant, Operator, Right, Statistic, Test};
use super::file::{ConditionFile, RuleFile, StatisticFile};
use super::measure::{Column, ColumnKind};
use super::number::{Scalar, decimal};
use super::rule::{Rule, RuleKind};
use crate::document::{Document, DocumentError, nearest};
use crate::domain::{Decimal, Unit};

/// The typed form of `file`, stated by the set `stated_by`.
///
/// # Errors
/// On an unknown kind, column, operator or unit, a value that does not fit its column, and what is not supported.
pub fn rule(document: &Document, stated_by: &str, file: &RuleFile) -> Result<Rule, DocumentError> {
    let id = file.id.get_ref();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(document.error(file.id.span(), format!("rule id `{id}` is not of a-z, 0-9 and _")));
    }
    refuse_frozen(document, file.frozen.as_ref())?;
    let kind = file.kind.get_ref();
    let kind = RuleKind::find(kind).ok_or_else(|| {
        let known: Vec<_> = RuleKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let message = format!("unknown kind `{kind}`; kinds are {}", known.join(" "));
        with_nearest(document.error(file.kind.span(), message), nearest(kind, known))
    })?;
    let severity = u8::try_from(*file.severity.get_ref()).ok().filter(|severity| (1..=9).contains(severity));
    let severity = severity.ok_or_else(|| document.error(file.severity.span(), "`severity` is 1 to 9"))?;
    let mut compiler = Compiler { document, benchmarks: 0 };
    Ok(Rule {
        id: id.clone(),
        stated_by: stated_by.to_owned(),
        clause: filled(document, "clause", &file.clause)?,
        basis: file.basis.as_ref().map(|basis| filled(document, "basis", basis)).transpose()?,
        kind,
        severity,
        measure: file.measure.as_ref().map(|measure| filled(document, "measure", measure)).transpose()?,
        condition: compiler.condition(&file.when, true)?,
    })
}

fn filled(document: &Document, key: &str, text: &Spanned<String>) -> Result<String, DocumentError> {
    match text.get_ref().trim() {
        "" => Err(document.error(text.span(), format!("`{key}` is empty"))),
        trimmed => Ok(trimmed.to_owned()),
    }
}

fn refuse_frozen(document: &Document, frozen: Option<&Spanned<String>>) -> Result<(), DocumentError> {
    match frozen {
        Some(frozen) => Err(document.error(frozen.span(), "`frozen` is not supported yet")),
        None => Ok(()),
    }
}

pub(super) fn with_nearest(error: DocumentError, near: Option<&str>) -> DocumentError {
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

struct Compiler<'a> {
    document: &'a Document,
    /// How many `value_of` tests were met so far.
    benchmarks: usize,
}

impl Compiler<'_> {
    /// `in_all`: whether nothing but `all` stands above, where alone a `value_of` has a population.
    fn condition(&mut self, file: &Spanned<ConditionFile>, in_all: bool) -> Result<Condition, DocumentError> {
        let when = file.get_ref();
        refuse_frozen(self.document, when.frozen.as_ref())?;
        let is_test = when.column.is_some()
            || when.op.is_some()
            || when.value.is_some()
            || when.unit.is_some()
            || when.value_of.is_some()
            || when.other_column.is_some();
        match (&when.all, &when.any, &when.not, is_test) {
            (Some(parts), None, None, false) => Ok(Condition::All(self.parts(file, parts, in_all)?)),
            (None, Some(parts), None, false) => Ok(Condition::Any(self.parts(file, parts, false)?)),
            (None, None, Some(part), false) => Ok(Condition::Not(Box::new(self.condition(part, false)?))),
            (None, None, None, true) => self.test(file, in_all).map(Condition::Test),
            _ => Err(self.document.error(
                file.span(),
                "a condition is one of { all = […] }, { any = […] }, { not = … } and { column = …, op = …, value = … }",
            )),
        }
    }

    fn parts(
        &mut self,
        file: &Spanned<ConditionFile>,
        parts: &[Spanned<ConditionFile>],
        in_all: bool,
    ) -> Result<Vec<Condition>, DocumentError> {
        if parts.is_empty() {
            return Err(self.document.error(file.span(), "an empty list of conditions"));
        }
        parts.iter().map(|part| self.condition(part, in_all)).collect()
    }

    fn test(&mut self, file: &Spanned<ConditionFile>, in_all: bool) -> Result<Test, DocumentError> {
        let missing = |key: &str| self.document.error(file.span(), format!("the test has no `{key}`"));
        let test = file.get_ref();
        let column = self.column(test.column.as_ref().ok_or_else(|| missing("column"))?)?;
        let op = test.op.as_ref().ok_or_else(|| missing("op"))?;
        let operator = Operator::find(op.get_ref()).ok_or_else(|| {
            let known: Vec<_> = Operator::ALL.iter().map(|operator| operator.as_str()).collect();
            self.document.error(op.span(), format!("unknown op `{}`; ops are {}", op.get_ref(), known.join(" ")))
        })?;
        if column.unit().is_none() && operator.is_ordering() {
            let message = format!("`{}` is no number: compare it with `=`, `!=` or `in`", column.name);
            return Err(self.document.error(op.span(), message));
        }
        if let (None, Some(unit)) = (&test.value, &test.unit) {
            return Err(self.document.error(unit.span(), "`unit` belongs to `value`"));
        }
        let right = match (&test.value, &test.value_of, &test.other_column) {
            (Some(value), None, None) => self.value(column, operator, value, test.unit.as_ref())?,
            (None, Some(statistic), None) => self.statistic(column, operator, statistic, in_all)?,
            (None, None, Some(other)) => self.other_column(column, operator, other)?,
            _ => {
                let message = "the right side is one of `value`, `value_of` and `other_column`";
                return Err(self.document.error(file.span(), message));
            }
        };
        Ok(Test { column, operator, right })
    }

    fn column(&self, name: &Spanned<String>) -> Result<&'static Column, DocumentError> {
        Column::find(name.get_ref()).ok_or_else(|| {
            let error = self.document.error(name.span(), format!("unknown column `{}`", name.get_ref()));
            with_nearest(error, Column::nearest(name.get_ref()))
        })
    }

    fn value(
        &self,
        column: &'static Column,
        operator: Operator,
        value: &Spanned<Scalar>,
        unit: Option<&Spanned<String>>,
    ) -> Result<Right, DocumentError> {
        let name = column.name;
        let refuse = |span, message: String| Err(self.document.error(span, message));
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
                items.into_iter().map(text).collect::<Result<_, _>>().map(Right::Texts)
            }
            ColumnKind::Quantity(published) | ColumnKind::Quotient(published) => {
                let unit = self.unit(column, published, value, unit)?;
                let constant = |item| Ok(Constant::new(decimal(self.document, "value", item)?, unit));
                items.into_iter().map(constant).collect::<Result<_, _>>().map(Right::Constants)
            }
        }
    }

    /// The unit of a constant, like the column's; only pure numbers may leave it out.
    fn unit(
        &self,
        column: &'static Column,
        published: &str,
        value: &Spanned<Scalar>,
        unit: Option<&Spanned<String>>,
    ) -> Result<Unit, DocumentError> {
        let Some(unit) = unit else {
            let message = format!("the value of `{}` needs a unit, as unit = \"{published}\"", column.name);
            return match column.unit() {
                Some(unit) if published == "ratio" => Ok(unit),
                _ => Err(self.document.error(value.span(), message)),
            };
        };
        let text = unit.get_ref();
        let known: Unit = text.parse().map_err(|error: crate::domain::unit::UnknownUnit| {
            let error = self.document.error(unit.span(), error.to_string());
            with_nearest(error, nearest(text, Unit::list().split(' ')))
        })?;
        if column.unit().is_some_and(|own| own.is_like(known)) {
            return Ok(known);
        }
        let message = format!("`{}` is in {published}, which `{text}` is not like", column.name);
        Err(self.document.error(unit.span(), message))
    }

    fn other_column(
        &self,
        column: &'static Column,
        operator: Operator,
        name: &Spanned<String>,
    ) -> Result<Right, DocumentError> {
        let other = self.column(name)?;
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
    ) -> Result<Right, DocumentError> {
        let refuse = |span, message: &str| Err(self.document.error(span, message));
        let value_of = file.get_ref();
        refuse_frozen(self.document, value_of.frozen.as_ref())?;
        if column.unit().is_none() || operator == Operator::In {
            return refuse(file.span(), "`value_of` is a number: compare a number with it, and not by `in`");
        }
        if !in_all {
            return refuse(
                file.span(),
                "`value_of` under `any` or `not` has no population: put it into the outer `all`",
            );
        }
        let statistic = match (&value_of.quantile, &value_of.mean, &value_of.share_of_mean) {
            (Some(share), None, None) => {
                let number = decimal(self.document, "quantile", share)?;
                let ratio = number.ratio();
                if ratio.numerator() <= 0 || ratio.numerator() > ratio.denominator() {
                    return refuse(share.span(), "`quantile` is above 0 and at most 1");
                }
                Statistic::Quantile(number)
            }
            (None, Some(mean), None) if *mean.get_ref() => Statistic::Mean,
            (None, None, Some(share)) => Statistic::ShareOfMean(self.share_of_mean(share)?),
            _ => return refuse(file.span(), "`value_of` is one of `quantile`, `mean = true` and `share_of_mean`"),
        };
        let by = |name: &Spanned<String>| match self.column(name)? {
            column if column.kind == ColumnKind::Text => Ok(column),
            _ => {
                Err(self.document.error(name.span(), format!("`by` needs text columns; `{}` is none", name.get_ref())))
            }
        };
        let by = value_of.by.iter().map(by).collect::<Result<_, _>>()?;
        let ordinal = self.benchmarks;
        self.benchmarks += 1;
        Ok(Right::Benchmark(BenchmarkOf { ordinal, statistic, by }))
    }

    /// A factor of a mean, short enough for the product with any sum of 64-bit values to fit.
    fn share_of_mean(&self, share: &Spanned<Scalar>) -> Result<Decimal, DocumentError> {
        const LIMIT: i128 = 1_000_000_000;
        let number = decimal(self.document, "share_of_mean", share)?;
        let ratio = number.ratio();
        if ratio.numerator() > 0 && ratio.numerator() <= LIMIT && ratio.denominator() <= LIMIT {
            return Ok(number);
        }
        Err(self.document.error(share.span(), "`share_of_mean` is above 0, of at most 9 digits"))
    }
}
