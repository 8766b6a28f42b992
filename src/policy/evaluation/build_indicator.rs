//! From `[[evaluation.indicator]]` to a typed indicator.

use toml::Spanned;

use super::super::condition::{BenchmarkOf, Constant, Statistic};
use super::super::measure::{Catalogue, Column};
use super::super::names::{choice, name};
use super::super::number::{has_decimals, within};
use super::super::terms::{by, column, quantile, unit};
use super::super::value::Frozen;
use super::file::{BenchmarkFile, EvaluationFile, IndicatorFile};
use super::model::{Indicator, Measure, Missing};
use super::points::Points;
use crate::document::{Document, DocumentError, Faults, complete};
use crate::domain::{Decimal, Ratio};

/// The weight of an indicator.
///
/// # Errors
/// When it is out of its range.
pub fn weight(document: &Document, file: &IndicatorFile) -> Result<Decimal, DocumentError> {
    within(document, "weight", &file.weight, "above 0 and at most 100, of 3 decimals", |x| {
        x.numerator() > 0 && x <= Ratio::whole(100) && has_decimals(x, 3)
    })
}

/// The indicator at `place` of its group.
///
/// # Errors
/// On an unknown column, one that is no number, a benchmark of zero or of an unlike unit, a number out of its range.
pub fn indicator(
    document: &Document,
    catalogue: &'static Catalogue,
    place: usize,
    file: &IndicatorFile,
    group: &EvaluationFile,
) -> Result<Indicator, Faults> {
    let mut faults = Faults::default();
    let column = faults.keep(column(document, catalogue, &file.column));
    if let Some(column) = column.filter(|column| column.unit().is_none()) {
        let message = format!("`{}` is no number, and cannot be scored", column.name);
        faults.add(document.error(file.column.span(), message));
    }
    let weight = faults.keep(weight(document, file));
    let mut multiple = |key, own: &Option<_>, of_group: &Option<_>| {
        let number = own.as_ref().or(of_group.as_ref()).ok_or_else(|| {
            let error = document.error(file.id.span(), format!("indicator `{}` has no `{key}`", file.id.get_ref()));
            error.hint(format!("give it a `{key}` as a multiple of its weight, or the whole group one"))
        });
        faults.keep(number.and_then(|number| {
            within(document, key, number, "at most 100 either way, of 6 decimals", |x| {
                x <= Ratio::whole(100) && x >= Ratio::whole(-100) && has_decimals(x, 6)
            })
        }))
    };
    let (cap, floor) = (multiple("cap", &file.cap, &group.cap), multiple("floor", &file.floor, &group.floor));
    if let (Some(cap), Some(floor)) = (cap, floor)
        && cap.ratio() <= floor.ratio()
    {
        let place = file.cap.as_ref().or(file.floor.as_ref()).map_or(file.id.span(), Spanned::span);
        faults.add(document.error(place, format!("`cap` {cap} is not above `floor` {floor}")));
    }
    let points = |multiple: Option<Decimal>| {
        let points = multiple.zip(weight).map(|(multiple, weight)| Points::of(multiple.ratio().times(weight.ratio())));
        points.ok_or_else(Faults::default)
    };
    let numeric = column.filter(|column| column.unit().is_some());
    let indicator = faults.keep(complete!(Indicator {
        id: name(document, "id", &file.id),
        column: column.ok_or_else(Faults::default),
        benchmark: numeric.ok_or_else(Faults::default).and_then(|of| measure(
            document,
            catalogue,
            of,
            place,
            &file.benchmark
        )),
        cap: points(cap),
        floor: points(floor),
        weight: weight.ok_or_else(Faults::default),
        missing: choice(document, "missing", file.missing.as_ref(), &Missing::ALL, Missing::as_str),
    }));
    faults.or(indicator)
}

fn measure(
    document: &Document,
    catalogue: &'static Catalogue,
    column: &'static Column,
    ordinal: usize,
    file: &Spanned<BenchmarkFile>,
) -> Result<Measure, Faults> {
    let of = file.get_ref();
    let refuse = |span, message: &str| Err(document.error(span, message).into());
    if let Some(number) = &of.value {
        if is_computed(of) || !of.by.is_empty() {
            return refuse(file.span(), "a benchmark is a `value`, or a statistic with its `by`, not both");
        }
        let mut faults = Faults::default();
        let unit = faults.keep(unit(document, column, number, of.unit.as_ref()));
        let number =
            faults.keep(within(document, "value", number, "above 0 and at most 1000000000, of 9 decimals", |x| {
                x.numerator() > 0 && x <= Ratio::whole(1_000_000_000) && has_decimals(x, 9)
            }));
        return faults.or(number.zip(unit).map(|(number, unit)| Measure::Given(Constant::new(number, unit))));
    }
    if let Some(unit) = &of.unit {
        return refuse(unit.span(), "`unit` belongs to `value`");
    }
    let factor = |key, number| {
        within(document, key, number, "above 0 and at most 1000, of 3 decimals", |x| {
            x.numerator() > 0 && x <= Ratio::whole(1000) && has_decimals(x, 3)
        })
    };
    let is_true = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| *flag.get_ref());
    let statistics = [
        of.quantile.as_ref().map(|share| quantile(document, share)),
        is_true(&of.mean).then_some(Ok(Statistic::Mean)),
        is_true(&of.simple_mean).then_some(Ok(Statistic::SimpleMean)),
        of.share_of_mean.as_ref().map(|x| factor("share_of_mean", x).map(Statistic::ShareOfMean)),
        of.multiple_of_last_mean
            .as_ref()
            .map(|x| factor("multiple_of_last_mean", x).map(Statistic::MultipleOfLastMean)),
    ];
    let mut given = statistics.into_iter().flatten();
    let (Some(statistic), None) = (given.next(), given.next()) else {
        return refuse(
            file.span(),
            "a benchmark is one of `value` (with `unit`), `mean = true`, `simple_mean = true`, `quantile`, `share_of_mean` \
             and `multiple_of_last_mean`",
        );
    };
    complete!(BenchmarkOf {
        ordinal: Ok::<_, Faults>(ordinal),
        statistic: statistic,
        by: by(document, catalogue, &of.by),
        frozen: Ok::<_, Faults>(Frozen::new()),
    })
    .map(Measure::Computed)
}

const fn is_computed(of: &BenchmarkFile) -> bool {
    of.quantile.is_some()
        || of.mean.is_some()
        || of.simple_mean.is_some()
        || of.share_of_mean.is_some()
        || of.multiple_of_last_mean.is_some()
}
