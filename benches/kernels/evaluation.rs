//! Enterprises scored, ranked and graded: a province's, six indicators.

use arrow::array::{Int64Array, StringArray};
use criterion::{Criterion, Throughput};
use mujun::policy::evaluation::{Year, grade, membership, population, reduce, score};
use mujun::policy::{ColumnData, Columns, ENTERPRISE, Known, PolicyBook};

/// With benchmarks that the set gives, and with the counties' means.
pub fn evaluate(criterion: &mut Criterion) {
    const ENTERPRISES: i64 = 300_000;
    let names = [
        "tax_wan_per_mu",
        "value_added_wan_per_mu",
        "value_added_wan_per_tce",
        "value_added_wan_per_emission_t",
        "value_added_wan_per_person",
        "rd_share",
    ];
    // By a congruence: any fixed numbers will do.
    let drawn = |seed: i64| (0..ENTERPRISES).map(move |i| (i * 7_919 + seed * 104_729) % 1_000_003 + 1);
    let count = usize::try_from(ENTERPRISES).unwrap();
    let mut columns = Columns::of(&ENTERPRISE, count);
    let known = || vec![Known::Exact; count];
    for (seed, name) in (0..).zip(names) {
        let above: Int64Array = drawn(seed).map(|x| x * 10_000).collect();
        let below: Int64Array = drawn(seed + 6).map(|x| x * 100).collect();
        columns.insert(name, ColumnData::Quotient { above, below, known: known() }).unwrap();
    }
    let counties: StringArray = (0..ENTERPRISES).map(|i| Some(format!("3301{:02}", i / 15_000))).collect();
    columns.insert("county_code", ColumnData::Text(counties)).unwrap();
    columns.insert("is_above_scale", ColumnData::Bool(vec![true; count].into())).unwrap();
    let years = Int64Array::from(vec![5; count]);
    columns.insert("years_in_production", ColumnData::Quantity { value: years, known: known() }).unwrap();
    let mut group = criterion.benchmark_group("evaluate enterprises");
    group.sample_size(10);
    group.throughput(Throughput::Elements(count as u64));
    for (name, file) in [("given", "huangyan-2022"), ("computed", "zhejiang")] {
        let book = PolicyBook::load(&[format!("pipelines/policy/{file}.toml")]).unwrap();
        let evaluation = book.sets().last().unwrap().evaluation("above_scale").unwrap();
        group.bench_function(format!("mujun: {name} benchmarks"), |b| {
            b.iter(|| {
                let members = &membership(std::slice::from_ref(evaluation), &columns).unwrap().members[0];
                let benchmarks = reduce(evaluation, population(evaluation, &columns, members, Year::Judged));
                let scores = score(evaluation, &columns, members, &benchmarks).unwrap();
                grade(evaluation, &columns, members, &scores, None).unwrap().ranked
            });
        });
    }
    group.finish();
}
