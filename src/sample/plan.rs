//! What the sample will be, before any parcel is drawn: counties, districts and where they stand, who visits
//! whom, and in which form each county delivers. All of it is small and follows from the parameters alone.

use std::collections::{BTreeMap, BTreeSet};

use geo::Coord;

use super::SampleError;
use super::blocks::{self, Due};
use super::cells::{Cell, Cells};
use super::draw::{Draw, apportion};
use super::form::Form;
use super::parameters::Parameters;
use super::province::{self, County};
use super::stray::{self, Stray};

/// So many enterprises of a county own a parcel in another, at most: its first ones.
const VISITORS_MOST: u32 = 2;

/// A district's largest size over the mean one, and how much room over its parcels' area it may need.
pub const LARGEST: f64 = 1.6;
const ROOM: f64 = 1.45;
/// The same where the province is too full for that: the largest districts then shrink a little.
const TIGHT: f64 = 1.15;
/// Space between two districts, and between a district and an outline it does not straddle.
pub const GAP_M: f64 = 120.0;
const MARGIN_M: f64 = 300.0;
/// Where one 3-degree zone ends and the next begins.
const ZONE_BORDERS: [f64; 2] = [118.5, 121.5];

/// The whole sample.
#[derive(Debug)]
pub struct Plan {
    /// Those that take part, sorted by code.
    pub counties: Vec<CountyPlan>,
    /// All districts; a county names those it has a part in.
    pub districts: Vec<DistrictPlan>,
}

/// One county's part.
#[derive(Debug)]
pub struct CountyPlan {
    /// The county.
    pub county: County,
    /// How many parcels its own districts have (those that lie over the border count with their host).
    pub parcels: usize,
    /// Indices into [`Plan::districts`]; the position tells the cadastral district and sub-district in parcel codes.
    pub districts: Vec<usize>,
    /// Enterprises of other counties that own a parcel here.
    pub visitors: Vec<Visitor>,
    /// Its own enterprises that own a parcel elsewhere.
    pub abroad: Vec<Visitor>,
    /// Enterprises of other counties that pay here though they hold nothing here.
    pub strays: Vec<Stray>,
    /// Its own enterprises that pay where they hold nothing, by number.
    pub astray: Vec<Stray>,
    /// How it delivers.
    pub form: Form,
}

/// An enterprise with a parcel in a county that is not its home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// Index of its home county.
    pub home: usize,
    /// Its number there.
    pub serial: u32,
    /// Whether an amount of its tax in the other county cannot be read, in the last year: what nobody knows there
    /// marks its parcels at home too.
    pub is_marked: bool,
}

/// One industrial district.
#[derive(Debug, Clone, Default)]
pub struct DistrictPlan {
    /// Its centre in degrees.
    pub centre: Coord,
    /// No parcel lies further from the centre, in metres.
    pub radius_m: f64,
    /// How many parcels it has.
    pub parcels: usize,
    /// Index of the county it belongs to.
    pub host: usize,
    /// Index of the county on the other side, where it straddles a border.
    pub guest: Option<usize>,
    /// To draw by: the host's code and the district's number there.
    pub stream: (u64, u64),
    /// Blocks that are laid out in it.
    pub due: Vec<Due>,
    /// Whether it was made for one of these, on more room than others have.
    pub is_large: bool,
}

impl DistrictPlan {
    /// The widths of its lanes, m.
    #[must_use]
    pub fn lanes(&self, parameters: &Parameters) -> (f64, f64) {
        let (districts, blocks) = (&parameters.districts, &parameters.blocks);
        let is_wide = self.due.iter().all(|due| due.members as u64 <= blocks.compact);
        let most = if is_wide { districts.lane_most_m } else { districts.lane_most_m.min(blocks.lane_most_m) };
        (districts.lane_least_m.min(most), most)
    }
}

impl Plan {
    /// Plans the sample.
    ///
    /// # Errors
    /// Impossible parameters; more districts than the counties have room for.
    pub fn new(parameters: &Parameters) -> Result<Self, SampleError> {
        parameters.check()?;
        match Self::with_room(parameters, ROOM) {
            Err(SampleError::Room { .. }) => Self::with_room(parameters, TIGHT),
            done => done,
        }
    }

    fn with_room(parameters: &Parameters, room: f64) -> Result<Self, SampleError> {
        let province = province::counties()?;
        let count = parameters.counties();
        let per_county = parameters.province.parcels as f64 / count as f64;
        // Larger samples have larger districts: some hundreds in a county.
        let mean = (parameters.districts.parcels as f64).max(per_county / 300.0);
        let radius_m = (LARGEST * mean * parameters.parcels.mean_m2() * room / 2.0).sqrt();
        let cells = Cells::new(&province, 2.0 * radius_m + GAP_M, MARGIN_M);
        let inside: Vec<Vec<Cell>> = province.iter().map(|county| cells.inside(county)).collect();
        let mut draw = Draw::of(parameters.province.seed, "plan", 0, 0);

        let chosen = choose(&province, &inside, count, &mut draw);
        let sizes = sizes(parameters, &chosen, &inside, mean, &mut draw)?;
        // A county without room for a district delivers nothing, not an empty file.
        let (chosen, sizes): (Vec<usize>, Vec<usize>) =
            chosen.into_iter().zip(sizes).filter(|(_, parcels)| *parcels > 0).unzip();
        let most = sizes.iter().max().and_then(|most| sizes.iter().position(|size| size == most));
        let mut plan = Self { counties: Vec::with_capacity(count), districts: Vec::new() };
        for (at, (index, parcels)) in chosen.iter().zip(sizes).enumerate() {
            let county = province[*index].clone();
            let mut spots = spots(&cells, inside[*index].clone(), &mut draw);
            let mut of_blocks = Draw::of(parameters.province.seed, "blocks", county.number(), 0);
            let due = blocks::due(parameters, parcels, most == Some(at), &mut of_blocks);
            let (large, due) = blocks::large(due, &mut spots, &cells, (parcels, mean, radius_m));
            let usual = parcels - large.iter().map(|district| district.parcels).sum::<usize>();
            let weights: Vec<f64> = (0..districts_for(usual, mean)).map(|_| draw.between(0.6, 1.4)).collect();
            let district = |(parcels, cell)| {
                let centre = cells.point(cell, 0.5, 0.5);
                DistrictPlan { centre, radius_m, parcels, ..DistrictPlan::default() }
            };
            let mut districts: Vec<DistrictPlan> =
                apportion(usual, &weights).into_iter().zip(spots).map(district).collect();
            blocks::spread(due, &mut districts, &mut of_blocks);
            // Behind the first, which may stand on a zone border.
            districts.splice(1..1, large);
            let own = (plan.districts.len()..).take(districts.len()).collect();
            plan.districts.extend(districts.into_iter().zip(0..).map(|(district, serial)| DistrictPlan {
                host: at,
                stream: (county.number(), serial),
                ..district
            }));
            let form = Form::of(&parameters.delivery, at, county.zone());
            plan.counties.push(CountyPlan {
                county,
                parcels,
                districts: own,
                visitors: Vec::new(),
                abroad: Vec::new(),
                strays: Vec::new(),
                astray: Vec::new(),
                form,
            });
        }
        plan.straddle(&cells, &cells.straddling(&province), &chosen, &mut draw);
        plan.visit(&mut draw);
        let counties: Vec<_> = plan.counties.iter().map(|plan| (plan.county.number(), plan.parcels)).collect();
        for (host, stray) in stray::choose(&counties, VISITORS_MOST, parameters) {
            plan.counties[stray.home].astray.push(stray);
            plan.counties[host].strays.push(stray);
        }
        Ok(plan)
    }

    /// Moves one district of a county onto each border with another county of the sample, where there is room
    /// and while it keeps half of its districts for itself.
    fn straddle(
        &mut self,
        cells: &Cells,
        borders: &BTreeMap<(usize, usize), Vec<Cell>>,
        chosen: &[usize],
        draw: &mut Draw,
    ) {
        let at_of = |index: &usize| chosen.iter().position(|other| other == index);
        let mut pairs: Vec<(usize, usize, &Vec<Cell>)> = borders
            .iter()
            .filter_map(|((a, b), spots)| Some((at_of(a)?, at_of(b)?, spots)))
            .map(|(a, b, spots)| {
                let a_is_larger = self.counties[a].districts.len() >= self.counties[b].districts.len();
                if a_is_larger { (a, b, spots) } else { (b, a, spots) }
            })
            .collect();
        // Borders between zones first.
        pairs.sort_by_key(|(a, b, _)| self.counties[*a].county.zone() == self.counties[*b].county.zone());
        let mut moved = vec![0; self.counties.len()];
        for (host, guest, spots) in pairs {
            let own = self.counties[host].districts.iter().filter(|at| self.districts[**at].host == host).count();
            // The first ones stay: one of them may stand on a zone border, and large ones have their room.
            let large = self.counties[host].districts.iter().filter(|at| self.districts[**at].is_large).count();
            if moved[host] + (1 + large).max(2) >= own || moved[host] * 2 >= own {
                continue;
            }
            moved[host] += 1;
            let which = self.counties[host].districts[own - moved[host]];
            let district = &mut self.districts[which];
            district.centre = cells.point(spots[draw.index(spots.len())], 0.5, 0.5);
            district.guest = Some(guest);
            self.counties[guest].districts.push(which);
        }
    }

    /// Lets an enterprise or two of every other county own a parcel in the county before it.
    fn visit(&mut self, draw: &mut Draw) {
        for home in (1..self.counties.len()).step_by(2) {
            if self.counties[home].parcels.min(self.counties[home - 1].parcels) >= 120 {
                for serial in 0..draw.whole(1, VISITORS_MOST) {
                    let visitor = Visitor { home, serial, is_marked: draw.chance(0.3) };
                    self.counties[home - 1].visitors.push(visitor);
                    self.counties[home].abroad.push(visitor);
                }
            }
        }
    }
}

fn districts_for(parcels: usize, mean: f64) -> usize {
    (parcels as f64 / mean).ceil().max(1.0) as usize
}

/// The counties that take part, as ascending indices: one of zone 39, one of zone 41, then neighbours of those
/// already in, so that there are borders to straddle.
fn choose(province: &[County], inside: &[Vec<Cell>], count: usize, draw: &mut Draw) -> Vec<usize> {
    let neighbours = province::neighbours(province);
    let has_room = |at: &usize| inside[*at].len() >= 4;
    let mut chosen = BTreeSet::new();
    let mut newest = Vec::new();
    for zone in [39, 41] {
        let fits = |at: &usize| province[*at].zone() == zone && has_room(at) && !neighbours[*at].is_empty();
        let candidates: Vec<usize> = (0..province.len()).filter(fits).collect();
        if chosen.len() < count && !candidates.is_empty() {
            let anchor = candidates[draw.index(candidates.len())];
            chosen.insert(anchor);
            newest.push(vec![anchor]);
        }
    }
    let mut turn = 0;
    while chosen.len() < count.min(province.len()) {
        let front: &[usize] = newest.get(turn % newest.len().max(1)).map_or(&[], Vec::as_slice);
        let beside = front.iter().flat_map(|at| neighbours[*at].iter().copied());
        let mut candidates: Vec<usize> = beside.filter(|at| !chosen.contains(at) && has_room(at)).collect();
        if candidates.is_empty() {
            candidates = (0..province.len()).filter(|at| !chosen.contains(at) && has_room(at)).collect();
        }
        if candidates.is_empty() {
            candidates = (0..province.len()).filter(|at| !chosen.contains(at)).collect();
        }
        let next = candidates[draw.index(candidates.len())];
        chosen.insert(next);
        let fronts = newest.len().max(1);
        match newest.get_mut(turn % fronts) {
            Some(front) => front.push(next),
            None => newest.push(vec![next]),
        }
        turn += 1;
    }
    chosen.into_iter().collect()
}

/// How many parcels each chosen county has: by its room, unevenly, never more than it has room for.
fn sizes(
    parameters: &Parameters,
    chosen: &[usize],
    inside: &[Vec<Cell>],
    mean: f64,
    draw: &mut Draw,
) -> Result<Vec<usize>, SampleError> {
    let total = parameters.province.parcels as usize;
    let room: Vec<usize> = chosen.iter().map(|at| (inside[*at].len() as f64 * mean) as usize).collect();
    let most: usize = room.iter().sum();
    if most < total {
        return Err(SampleError::Room { parcels: total, most });
    }
    let weights: Vec<f64> = room.iter().map(|room| draw.lognormal((*room as f64).sqrt(), 0.35)).collect();
    let mut sizes: Vec<usize> =
        apportion(total, &weights).into_iter().zip(&room).map(|(n, most)| n.min(*most)).collect();
    // What did not fit goes where room is left, in proportion to it.
    let left = total - sizes.iter().sum::<usize>();
    let free: Vec<f64> = room.iter().zip(&sizes).map(|(room, size)| (room - size) as f64).collect();
    for (size, more) in sizes.iter_mut().zip(apportion(left, &free)) {
        *size += more;
    }
    Ok(sizes)
}

/// The county's cells in random order, one on a zone border first if there is one.
fn spots(cells: &Cells, mut inside: Vec<Cell>, draw: &mut Draw) -> Vec<Cell> {
    draw.shuffle(&mut inside);
    let on_border = |cell: &Cell| ZONE_BORDERS.iter().any(|longitude| cells.is_on_meridian(*cell, *longitude));
    if let Some(at) = inside.iter().position(on_border) {
        inside.swap(0, at);
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(parcels: u64, seed: u64) -> Plan {
        Plan::new(&Parameters::of(parcels, seed)).unwrap()
    }

    #[test]
    fn every_size_has_its_parcels_and_the_larger_ones_all_zones() {
        for (parcels, seed) in [(1, 1), (100, 1), (600, 2), (2_000, 3), (20_000, 1), (100_000, 5), (300_000, 6)] {
            let plan = plan(parcels, seed);
            assert_eq!(plan.districts.iter().map(|district| district.parcels as u64).sum::<u64>(), parcels);
            let zones: BTreeSet<u32> = plan.counties.iter().map(|county| county.county.zone()).collect();
            assert_eq!(zones.len(), plan.counties.len().min(3), "{parcels}");
        }
    }

    #[test]
    fn districts_keep_apart_and_some_straddle() {
        let plan = plan(100_000, 1);
        for (at, a) in plan.districts.iter().enumerate() {
            for b in &plan.districts[..at] {
                let (east, north) = super::super::area::metres_per_degree(a.centre.y.max(b.centre.y));
                let between = ((a.centre.x - b.centre.x) * east).hypot((a.centre.y - b.centre.y) * north);
                assert!(between > a.radius_m + b.radius_m + GAP_M / 2.0, "{between}");
            }
        }
        assert!(plan.districts.iter().filter(|district| district.guest.is_some()).count() >= 10);
        let on_border = |district: &&DistrictPlan| {
            ZONE_BORDERS.iter().any(|longitude| (district.centre.x - longitude).abs() * 95_000.0 < district.radius_m)
        };
        assert!(plan.districts.iter().filter(on_border).count() >= 3);
        assert!(plan.counties.iter().all(|county| county.districts.len() < 1_000));
    }

    #[test]
    fn the_demo_has_what_it_is_to_show() {
        let plan = plan(20_000, 1);
        let straddling = plan.districts.iter().filter(|district| district.guest.is_some()).count();
        let zones = |district: &DistrictPlan| {
            district.guest.is_some_and(|guest| plan.counties[guest].form.epsg != plan.counties[district.host].form.epsg)
        };
        assert!(straddling >= 4, "{straddling}");
        assert!(plan.districts.iter().any(zones), "no district is delivered in two coordinate systems");
        assert!(plan.counties.iter().any(|county| county.form.epsg == 4490));
        let delivery = Parameters::default().delivery;
        let shown = |has: &dyn Fn(&Form) -> bool| plan.counties.iter().any(|county| has(&county.form));
        assert!(delivery.vectors.iter().all(|vector| shown(&|form| form.vector == *vector)));
        assert!(delivery.ledgers.iter().all(|ledger| shown(&|form| form.ledger == *ledger)));
        assert!(delivery.names.iter().all(|names| shown(&|form| form.names == *names)));
        assert!(delivery.tax_periods.iter().all(|grain| shown(&|form| form.tax_grain == *grain)));
        assert!(delivery.energy_periods.iter().all(|grain| shown(&|form| form.energy_grain == *grain)));
        assert!(shown(&|form| form.is_tax_twice));
        assert!(plan.counties.iter().any(|county| !county.visitors.is_empty()));
        let most = Parameters::default().blocks.most as usize;
        let has_most = |district: &&DistrictPlan| district.due.iter().any(|due| due.members == most);
        let large = plan.districts.iter().find(has_most).unwrap();
        assert!(large.is_large && large.guest.is_none() && large.parcels > most);
    }

    #[test]
    fn more_than_the_province_holds_is_refused() {
        let mut parameters = Parameters::of(10_000_000, 1);
        assert!(matches!(Plan::new(&parameters), Err(SampleError::Room { .. })));
        parameters.parcels.median_mu = 2.0;
        assert!(Plan::new(&parameters).is_ok());
    }
}
