//! A province small enough to read: what a property draws, and what shrinks when it fails.

use std::collections::BTreeSet;
use std::fmt;

use mujun::domain::Uscc;
use proptest::prelude::*;

use super::entries::{Entry, Flaw, Span, anchors, entry, flaw, thousandths};

/// Three counties about the seam of two 3-degree zones.
pub const COUNTIES: [&str; 3] = ["330203", "330205", "330212"];

/// The years that are judged.
pub const YEARS: [u16; 2] = [2023, 2024];

/// A county delivers at most so often: the second replaces the first, the third the second by its id alone.
pub const DELIVERED: [&str; 3] = ["2024-06-01", "2025-01-15", "2025-01-15"];

/// The register's number of a county's anchor: a firm with a parcel and taxes of its own, so that no source is empty.
pub const ANCHOR: u32 = 7;

/// All rows of all deliveries.
#[derive(Clone)]
pub struct Small {
    pub plots: Vec<Plot>,
    pub firms: Vec<Firm>,
    pub rights: Vec<Right>,
    pub taxes: Vec<Entry>,
    pub energies: Vec<Entry>,
    pub outputs: Vec<Entry>,
}

impl fmt::Debug for Small {
    /// A line a row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plots.iter().try_for_each(|row| write!(f, "\n  {row:?}"))?;
        self.firms.iter().try_for_each(|row| write!(f, "\n  {row:?}"))?;
        self.rights.iter().try_for_each(|row| write!(f, "\n  {row:?}"))?;
        self.taxes.iter().try_for_each(|row| write!(f, "\n  tax {row:?}"))?;
        self.energies.iter().try_for_each(|row| write!(f, "\n  energy {row:?}"))?;
        self.outputs.iter().try_for_each(|row| write!(f, "\n  output {row:?}"))
    }
}

/// A parcel row: a rectangle on a lattice of 18 m.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    pub county: usize,
    pub delivery: usize,
    pub id: String,
    /// West, south, width, height in steps of the lattice.
    pub at: [i64; 4],
    pub shape: Shape,
    pub is_industrial: bool,
    /// In m².
    pub registered: Option<i64>,
    /// In m².
    pub floor: Option<i64>,
}

/// What a parcel's rectangle is delivered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Sound,
    /// Without its closing point.
    Unclosed,
    /// Two corners swapped: repaired to two triangles.
    Twisted,
    /// All corners on one line.
    Collapsed,
    /// No geometry.
    Absent,
}

impl Shape {
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Sound | Self::Unclosed | Self::Twisted)
    }
}

/// A row of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Firm {
    pub number: u32,
    pub county: usize,
    pub flaw: Flaw,
}

/// A row of the occupancy list.
#[derive(Debug, Clone, PartialEq)]
pub struct Right {
    pub county: usize,
    pub parcel: String,
    pub firm: u32,
    pub is_owned: bool,
    pub is_floor: bool,
    /// In m².
    pub amount: Option<i64>,
    pub lessor: Option<u32>,
    pub flaw: Flaw,
}

/// An enterprise's code by its number; no two are near each other.
pub fn code(number: u32) -> String {
    let first = format!("91330200MA{:07}", 1_111_111 * number);
    Uscc::with_check(first.as_bytes().try_into().unwrap()).unwrap().to_string()
}

fn parcel_id(county: usize, number: usize) -> String {
    format!("{}001001GB{number:05}", COUNTIES[county])
}

/// A plot, before it has an id.
#[derive(Debug)]
struct Drawn {
    plot: Plot,
    /// Whether it carries the id of the plot before it.
    is_again: bool,
    /// A firm that owns all of it.
    owner: Option<u32>,
}

fn plot() -> impl Strategy<Value = Drawn> {
    let at = (0_i64..8, 0_i64..5, 1_i64..4, 1_i64..4);
    let shape = prop_oneof![
        24 => Just(Shape::Sound), 2 => Just(Shape::Unclosed), 1 => Just(Shape::Twisted),
        1 => Just(Shape::Collapsed), 1 => Just(Shape::Absent)
    ];
    let registered = prop_oneof![5 => Just(Some(100)), 1 => Just(None), 1 => Just(Some(120))];
    let delivery = prop_oneof![5 => Just(1_usize), 1 => Just(0)];
    let row = (0_usize..3, delivery, at, shape, prop::bool::weighted(0.85));
    let more = (registered, prop::option::of(100_i64..4_000), prop::bool::weighted(0.1));
    (row, more, prop::option::weighted(0.8, 1_u32..ANCHOR)).prop_map(
        |((county, delivery, at, shape, is_industrial), (percent, floor, is_again), owner)| {
            let at = at.into();
            let [_, _, width, height] = at;
            let registered = percent.map(|percent| width * height * 324 * percent / 100);
            Drawn {
                plot: Plot { county, delivery, id: String::new(), at, shape, is_industrial, registered, floor },
                is_again,
                owner,
            }
        },
    )
}

fn firm() -> impl Strategy<Value = Firm> {
    (1_u32..ANCHOR, 0_usize..3, flaw(&[Flaw::Code(0), Flaw::NoCode])).prop_map(|(number, county, flaw)| Firm {
        number,
        county,
        flaw,
    })
}

/// A right, and the plot it is about.
fn right() -> impl Strategy<Value = (Right, prop::sample::Index)> {
    let flaws: &[Flaw] = &[Flaw::Amount, Flaw::Code(0), Flaw::Parcel(0), Flaw::Both(0), Flaw::NoCode, Flaw::Extra];
    let amount = prop_oneof![2 => Just(None), 3 => (50_i64..1_500).prop_map(Some)];
    let firms = (1_u32..ANCHOR, prop::option::weighted(0.4, 1_u32..ANCHOR));
    (any::<prop::sample::Index>(), firms, prop::bool::weighted(0.6), prop::bool::weighted(0.2), amount, flaw(flaws))
        .prop_map(|(plot, (firm, lessor), is_owned, is_floor, amount, flaw)| {
            let lessor = lessor.filter(|lessor| !is_owned && *lessor != firm);
            let amount = amount.or((!is_owned).then_some(300));
            (Right { county: 0, parcel: String::new(), firm, is_owned, is_floor, amount, lessor, flaw }, plot)
        })
}

/// Any small province.
pub fn small() -> impl Strategy<Value = Small> {
    let vec = prop::collection::vec::<BoxedStrategy<Entry>>;
    let delivery = prop_oneof![12 => Just(1_usize), 2 => Just(0), 1 => Just(2)];
    let plots = prop::collection::vec(plot(), 1..10);
    // What each owner pays in each county in which it owns: two kinds, so that one may be lost.
    let paid = prop::collection::vec((thousandths(), thousandths()), ANCHOR as usize);
    let (firms, rights) = (prop::collection::vec(firm(), 0..6), prop::collection::vec(right(), 0..8));
    let (taxes, outputs) = (vec(entry(delivery.clone()).boxed(), 0..12), vec(entry(delivery).boxed(), 0..8));
    let energies = vec(entry(Just(0)).boxed(), 0..8);
    let ledgers = (taxes, energies, outputs);
    (plots, paid, firms, rights, ledgers).prop_map(|(drawn, paid, firms, rights, ledgers)| {
        let (mut taxes, energies, mut outputs) = ledgers;
        let (mut plots, mut owned): (Vec<Plot>, Vec<Right>) = (Vec::new(), Vec::new());
        for (at, Drawn { mut plot, is_again, owner }) in drawn.into_iter().enumerate() {
            plot.id = match plots.last() {
                Some(last) if is_again => last.id.clone(),
                _ => parcel_id(plot.county, at + 1),
            };
            owned.extend(owner.map(|firm| Right::whole(&plot, firm)));
            plots.push(plot);
        }
        let owners: BTreeSet<(usize, u32)> = owned.iter().map(|right| (right.county, right.firm)).collect();
        for (county, firm) in owners {
            let (vat, income) = paid[firm as usize];
            taxes.extend([(0, vat), (1, income)].map(|(kind, thousandths)| Entry {
                county,
                delivery: 1,
                firm,
                span: Span::Year(2024),
                kind,
                thousandths,
                flaw: Flaw::None,
            }));
            outputs.push(Entry { kind: 0, ..taxes[taxes.len() - 1].clone() });
        }
        let about = |(right, plot): (Right, prop::sample::Index)| {
            let Plot { county, id, .. } = plot.get(&plots).clone();
            Right { county, parcel: id, ..right }
        };
        let rights = owned.into_iter().chain(rights.into_iter().map(about)).collect();
        let mut small = Small { plots, firms, rights, taxes, energies, outputs };
        small.anchor();
        small
    })
}

impl Right {
    /// A firm that owns all of a plot.
    fn whole(plot: &Plot, firm: u32) -> Self {
        let (county, parcel) = (plot.county, plot.id.clone());
        Self { county, parcel, firm, is_owned: true, is_floor: false, amount: None, lessor: None, flaw: Flaw::None }
    }
}

impl Small {
    /// Gives every source a row that is accepted, in every year: a firm on a plot of its own.
    fn anchor(&mut self) {
        for county in 0..COUNTIES.len() {
            let number = ANCHOR + u32::try_from(county).unwrap();
            if county == 0 {
                self.firms.push(Firm { number, county, flaw: Flaw::None });
            }
            let of = |entries: &[Entry]| -> BTreeSet<usize> {
                entries.iter().filter(|entry| entry.county == county).map(|entry| entry.delivery).collect()
            };
            let mut deliveries = of(&self.taxes);
            if county == 0 && deliveries.is_empty() {
                deliveries.insert(1);
            }
            self.taxes.extend(anchors(county, number, &deliveries));
            let deliveries = of(&self.energies);
            self.energies.extend(anchors(county, number, &deliveries));
            let deliveries = of(&self.outputs);
            self.outputs.extend(anchors(county, number, &deliveries));
            let own = self.plots.iter().filter(|plot| plot.county == county);
            let deliveries: BTreeSet<usize> = own.map(|plot| plot.delivery).collect();
            let west = 40 + 4 * i64::try_from(county).unwrap();
            let plots = deliveries.into_iter().map(|delivery| Plot {
                county,
                delivery,
                id: parcel_id(county, 90),
                at: [west, 0, 2, 2],
                shape: Shape::Sound,
                is_industrial: true,
                registered: Some(4 * 324),
                floor: None,
            });
            let plots: Vec<Plot> = plots.collect();
            self.rights.extend(plots.first().map(|plot| Right::whole(plot, number)));
            self.plots.extend(plots);
        }
    }
}
