//! 亩均效益综合评价: enterprises of a county and period scored, ranked and graded, group by group.
//!
//! # Format
//! A set's `[[evaluation]]` tables, inherited by id: a child's group takes the place of its parent's of that id whole, and
//! of those that it names in `replaces`. Conditions are those of rules, over [`ENTERPRISE`](super::ENTERPRISE)
//! or [`PLATFORM`](super::PLATFORM).
//!
//! ```toml
//! together = ["branch", "group"]          # of the set: kinds of links whose enterprises are evaluated as one; default: none
//!
//! [[evaluation]]
//! id = "above_scale"
//! subject = "enterprise"                  # default; or "platform": platforms and micro-parks, by the sums of their enterprises
//! label = "规上工业企业"
//! basis = "某区…〔2023〕…号"              # what sets the figures; a set without it is illustrative
//! when = { column = "is_above_scale", op = "=", value = true }
//! cap = 2                                 # most points of an item, as a multiple of its weight; an item may have its own
//! floor = 0                               # least points, likewise: a negative value costs no points
//! replaces = ["other"]                    # groups of the parent that it also takes the place of
//!
//! [[evaluation.exclude]]                  # not ranked; the first that holds
//! id = "new"
//! label = "投产不满两年"
//! when = { column = "years_in_production", op = "<", value = 2 }
//! graded = "apart"                        # apart (T) | owner (as the owner of its land) | A | B | C | D
//! missing = "not_judged"                  # where `when` is unknown: not_judged (default) | not_met; likewise below
//!
//! [[evaluation.indicator]]                # value / benchmark × weight, between floor and cap
//! id = "tax_per_mu"
//! column = "tax_wan_per_mu"
//! weight = 30                             # together 100
//! benchmark = { value = "24.097", unit = "wan_yuan/mu" }
//! # or a statistic of the ranked members, by text columns: { mean = true, by = ["industry_division"] }
//! #    mean (Σ / Σ) | simple_mean | quantile = "0.5" (nearest rank) | share_of_mean = "0.8" | multiple_of_last_mean = 2
//! missing = "not_judged"                  # default: no total | zero | group_mean | spread
//!
//! [[evaluation.coefficient]]              # all that hold, in order
//! id = "high_tech"
//! label = "高新技术企业"                  # optional, likewise of adjust: what explanations and tables call it
//! factor = "1.1"
//! of = "tax_per_mu"                       # before its cap and floor; default: the sum of the items
//! when = { column = "is_high_tech", op = "=", value = true }
//!
//! [[evaluation.adjust]]                   # bonus and penalty, after coefficients
//! id = "tenants"
//! points = -5
//! per = { column = "tenants", above = 1 } # for each beyond 1; default: once
//! when = { … }
//! least = -20
//! most = 0
//!
//! [[evaluation.veto]]
//! id = "safety"
//! label = "发生较大以上安全生产事故"
//! best = "D"                              # the best grade that is left: "B" bars A
//! when = { column = "safety_violations", op = ">", value = 0 }
//!
//! [evaluation.grades]
//! shares = { A = "0.20", B = "0.60", C = "0.15", D = "0.05" }   # of those ranked, cumulative, rounded half up
//! # or scores = { A = 90, B = 60, C = 40 }                      # least totals
//! ```
//!
//! # Evaluation
//! 1. [`membership`] parts a county's rows into groups, and tells who is excluded.
//! 2. [`population`] (map) and [`reduce`] make the computed benchmarks; a county's, or those of several.
//! 3. [`score`] gives the points of every item and the total; 4. [`grade`] ranks the totals of a county.
//!
//! Every number is exact: [`Points`] are integers, each item is rounded to them once, and nothing depends on the order of rows.
//! What is unknown leaves the total or grade out, unless it could not change it; a part of a value that is known counts
//! as unknown unless it gives the most points already.

mod benchmark;
mod build;
mod build_indicator;
pub mod cases;
mod classes;
mod file;
mod grade;
mod json;
mod members;
pub mod model;
mod points;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
mod score;

pub use benchmark::{Year, of_last_mean, plain_mean, population, reduce};
pub(super) use build::evaluations;
pub use build::overlaps;
pub(super) use file::EvaluationFile;
pub use grade::{Cuts, Grading, grade};
pub(super) use json::evaluation_json;
pub use members::{Group, Members, Membership, Standing, membership};
pub use model::{Evaluation, Grade, Graded, Indicator, Missing, Subject, Unknown};
pub use points::Points;
pub use score::{Item, Origin, Scores, score};
