//! The zones of a district, by lines along and across its lanes.

use chrono::NaiveDate;
use geo::Coord;

use super::{Kind, Zone};
use crate::sample::district::Plane;
use crate::sample::draw::Draw;
use crate::sample::enterprise::date;
use crate::sample::parameters::Parameters;
use crate::sample::plan::DistrictPlan;

/// Uses of the plan: industry, commerce, housing, warehouses.
const USES: [&str; 6] = ["1001", "1001", "1001", "0901", "0701", "1101"];
/// Classes of control lines, platforms and barriers.
const CONTROL: [&str; 2] = ["一级控制线", "二级控制线"];
const PLATFORMS: [&str; 3] = ["开发区", "高新区", "特色小镇"];
const BARRIERS: [&str; 3] = ["河流", "公路", "铁路"];
/// Lines nearer to each other than this are one.
const LEAST_M: f64 = 5.0;

/// An axis of the plane.
#[derive(Clone, Copy)]
enum Axis {
    X,
    Y,
}

/// A box on the plane.
#[derive(Clone, Copy)]
struct Rect {
    low: Coord,
    high: Coord,
}

impl Rect {
    fn new(west: f64, south: f64, east: f64, north: f64) -> Self {
        Self { low: Coord { x: west, y: south }, high: Coord { x: east, y: north } }
    }

    fn of(points: &[Coord]) -> Self {
        let first = points.first().copied().unwrap_or_default();
        points.iter().fold(Self { low: first, high: first }, |rect, point| Self {
            low: Coord { x: rect.low.x.min(point.x), y: rect.low.y.min(point.y) },
            high: Coord { x: rect.high.x.max(point.x), y: rect.high.y.max(point.y) },
        })
    }

    fn middle(&self) -> Coord {
        (self.low + self.high) / 2.0
    }

    /// From where to where along an axis.
    fn range(&self, axis: Axis) -> (f64, f64) {
        match axis {
            Axis::X => (self.low.x, self.high.x),
            Axis::Y => (self.low.y, self.high.y),
        }
    }

    /// Whether each side is long enough.
    fn is_wide(&self) -> bool {
        self.high.x - self.low.x >= LEAST_M && self.high.y - self.low.y >= LEAST_M
    }

    fn holds(&self, other: &Self) -> bool {
        let (low, high) = (other.low - self.low, self.high - other.high);
        low.x.min(low.y).min(high.x).min(high.y) > 1.0
    }

    /// Its ring, counter-clockwise, with so many points on each side.
    fn ring(&self, points: u64) -> Vec<Coord> {
        let (low, high) = (self.low, self.high);
        let corners = [low, Coord { x: high.x, y: low.y }, high, Coord { x: low.x, y: high.y }];
        let side = |at: usize| {
            let (a, b) = (corners[at], corners[(at + 1) % 4]);
            // From the lesser end, so that zones on both sides of a line have the same points.
            let is_forth = (a.x, a.y) < (b.x, b.y);
            let (start, end) = if is_forth { (a, b) } else { (b, a) };
            (0..=points).map(move |step| {
                let step = if is_forth { step } else { (points + 1) - step };
                start + (end - start) * (step as f64 / (points + 1) as f64)
            })
        };
        (0..4).flat_map(side).collect()
    }
}

/// A district while its zones are drawn.
struct Site<'a> {
    plane: &'a Plane,
    parameters: &'a Parameters,
    draw: Draw,
    /// Boxes of the usual lots.
    lots: Vec<Rect>,
    /// The district.
    frame: Rect,
    zones: Vec<Zone>,
    number: usize,
}

/// The zones of a district: a function of the plan, the parameters and the seed. None reaches beyond the district's circle,
/// and so into another district.
#[must_use]
pub fn lay_out(plan: &DistrictPlan, plane: &Plane, parameters: &Parameters) -> Vec<Zone> {
    let mut draw = Draw::of(parameters.province.seed, "zones", plan.stream.0, plan.stream.1);
    let section = &parameters.zones;
    // The first one of a county has some: it does not deliver an empty file.
    let is_wanted = section.are_delivered() && (draw.chance(section.share) || plan.stream.1 == 0);
    if !is_wanted {
        return Vec::new();
    }
    let lots: Vec<Rect> = plane.lots.iter().map(|ring| Rect::of(ring)).collect();
    let around = Rect::of(&lots.iter().flat_map(|lot| [lot.low, lot.high]).collect::<Vec<_>>());
    let reach = [around.low, around.high].iter().map(|corner| corner.x.hypot(corner.y)).fold(1.0, f64::max);
    let grown = Coord { x: section.margin_m, y: section.margin_m };
    let scale = (plan.radius_m / (reach + 2.0 * section.margin_m)).min(1.0);
    let frame = Rect { low: (around.low - grown) * scale, high: (around.high + grown) * scale };
    let mut site = Site { plane, parameters, draw, lots, frame, zones: Vec::new(), number: 0 };
    site.plan_uses();
    site.control_line();
    site.urban_boundary();
    site.farmland();
    let platform = site.platforms();
    for turn in 0..section.micro_parks {
        site.micro_park(platform.as_ref(), turn);
    }
    site.barrier();
    site.zones
}

impl Site<'_> {
    /// A line across an axis, through a lot between two parts of the district's extent.
    fn line(&mut self, axis: Axis, least: f64, most: f64) -> f64 {
        let (start, end) = self.frame.range(axis);
        let (least, most) = (start + (end - start) * least, start + (end - start) * most);
        let ranges = self.lots.iter().map(|lot| lot.range(axis));
        let between: Vec<(f64, f64)> =
            ranges.filter(|(low, high)| (least..most).contains(&f64::midpoint(*low, *high))).collect();
        let cuts = &self.parameters.zones.cuts;
        let (lot, cut) = (self.draw.index(between.len()), self.draw.index(cuts.len()));
        let (low, high) = between.get(lot).copied().unwrap_or((least, most));
        // Within the district, whatever the lot.
        (low + (high - low) * cuts[cut]).clamp(start + 1.0, end - 1.0)
    }

    /// A box between four lines, each between two parts of the district's extent.
    fn rect(&mut self, west: (f64, f64), south: (f64, f64), east: (f64, f64), north: (f64, f64)) -> Rect {
        let mut line = |axis, (least, most)| self.line(axis, least, most);
        Rect::new(line(Axis::X, west), line(Axis::Y, south), line(Axis::X, east), line(Axis::Y, north))
    }

    /// Adds a zone and gives its place.
    fn add(&mut self, kind: Kind, class: Option<&'static str>, rings: &[Vec<Coord>]) -> usize {
        let place = |ring: &Vec<Coord>| ring.iter().map(|point| self.plane.on_earth.place(*point)).collect();
        self.zones.push(Zone {
            kind,
            number: self.number,
            class,
            built: None,
            from: None,
            to: None,
            rings: rings.iter().map(place).collect(),
            is_overlapped: false,
        });
        self.number += 1;
        self.zones.len() - 1
    }

    /// Adds a box, if there is room for one.
    fn add_rect(&mut self, kind: Kind, class: Option<&'static str>, rect: &Rect) -> Option<usize> {
        let ring = rect.ring(self.parameters.zones.points);
        rect.is_wide().then(|| self.add(kind, class, &[ring]))
    }

    /// Lines that cut an axis of the district into so many pieces, or fewer where they would be too narrow.
    fn lines(&mut self, axis: Axis, pieces: u64) -> Vec<f64> {
        let (start, end) = self.frame.range(axis);
        let mut lines = vec![start];
        lines.extend((1..pieces).map(|_| self.line(axis, 0.1, 0.9)));
        lines.sort_by(f64::total_cmp);
        lines.dedup_by(|next, line| *next - *line < LEAST_M);
        lines.retain(|line| end - line >= LEAST_M);
        lines.push(end);
        lines
    }

    fn plan_uses(&mut self) {
        let section = &self.parameters.zones;
        let (columns, rows) = (self.lines(Axis::X, section.plan_columns), self.lines(Axis::Y, section.plan_rows));
        for x in columns.windows(2) {
            for y in rows.windows(2) {
                let class = self.draw.pick(&USES);
                self.add_rect(Kind::PlanUse, Some(class), &Rect::new(x[0], y[0], x[1], y[1]));
            }
        }
    }

    fn control_line(&mut self) {
        let section = &self.parameters.zones;
        let outer = self.rect((0.0, 0.3), (0.0, 0.3), (0.7, 1.0), (0.7, 1.0));
        let inner = self.rect((0.3, 0.45), (0.3, 0.45), (0.55, 0.7), (0.55, 0.7));
        let class = self.draw.pick(&CONTROL);
        let (is_there, has_hole) = (self.draw.chance(section.control_line_share), self.draw.chance(section.hole_share));
        if !is_there || !outer.is_wide() {
            return;
        }
        let mut rings = vec![outer.ring(section.points)];
        if has_hole && inner.is_wide() && outer.holds(&inner) {
            rings.push(inner.ring(section.points).into_iter().rev().collect());
        }
        self.add(Kind::ControlLine, Some(class), &rings);
    }

    /// Over the district's east, and further west in each version.
    fn urban_boundary(&mut self) {
        let section = &self.parameters.zones;
        let west = [(0.4, 0.6), (0.2, 0.4), (0.0, 0.2)].map(|(least, most)| self.line(Axis::X, least, most));
        let (is_there, is_redrawn) =
            (self.draw.chance(section.urban_boundary_share), self.draw.chance(section.version_share));
        if !is_there {
            return;
        }
        let Rect { low, high } = self.frame;
        let version = |west| Rect::new(west, low.y, high.x, high.y);
        let Some(at) = self.add_rect(Kind::UrbanBoundary, None, &version(west[1])) else { return };
        if !is_redrawn {
            return;
        }
        let year = i32::from(self.parameters.pipeline.last_year());
        let day = |year: i32, month, day| NaiveDate::from_ymd_opt(year, month, day);
        self.zones[at].from = day(year - 2, 1, 1);
        self.zones[at].to = day(year + 1, 6, 30);
        for (west, from, to) in [(west[0], None, day(year - 3, 12, 31)), (west[2], day(year + 1, 7, 1), None)] {
            if let Some(other) = self.add_rect(Kind::UrbanBoundary, None, &version(west)) {
                let number = self.zones[at].number;
                self.zones[other] = Zone { number, from, to, ..self.zones[other].clone() };
            }
        }
    }

    /// Along the southern edge.
    fn farmland(&mut self) {
        let (east, north) = (self.line(Axis::X, 0.3, 0.9), self.line(Axis::Y, 0.0, 0.2));
        let Rect { low, .. } = self.frame;
        if self.draw.chance(self.parameters.zones.farmland_share) {
            self.add_rect(Kind::Farmland, None, &Rect::new(low.x, low.y, east, north));
        }
    }

    /// A platform, and one of another class over a part of it; gives the first one's box.
    fn platforms(&mut self) -> Option<Rect> {
        let section = &self.parameters.zones;
        let first = self.rect((0.0, 0.3), (0.0, 0.3), (0.6, 0.9), (0.6, 0.9));
        let second = self.rect((0.35, 0.55), (0.35, 0.55), (0.9, 1.0), (0.9, 1.0));
        let (class, next) = (self.draw.index(PLATFORMS.len()), 1 + self.draw.index(PLATFORMS.len() - 1));
        let other = (class + next) % PLATFORMS.len();
        let (is_there, has_second) =
            (self.draw.chance(section.platform_share), self.draw.chance(section.overlap_share));
        if !is_there {
            return None;
        }
        let at = self.add_rect(Kind::Platform, Some(PLATFORMS[class]), &first)?;
        let shared = Rect {
            low: Coord { x: first.low.x.max(second.low.x), y: first.low.y.max(second.low.y) },
            high: Coord { x: first.high.x.min(second.high.x), y: first.high.y.min(second.high.y) },
        };
        if has_second && shared.is_wide() {
            let second = self.add_rect(Kind::Platform, Some(PLATFORMS[other]), &second);
            for zone in [Some(at), second].into_iter().flatten() {
                self.zones[zone].is_overlapped = true;
            }
        }
        Some(first)
    }

    /// A park inside a box, by turns: a part of a lot; a lot as it is; a lot and what is beside it.
    fn micro_park(&mut self, within: Option<&Rect>, turn: u64) {
        let is_within = |lot: usize| within.is_none_or(|rect| rect.holds(&self.lots[lot]));
        let lots: Vec<usize> = (0..self.lots.len()).filter(|lot| is_within(*lot)).collect();
        let built = date(&mut self.draw, 2012, self.parameters.pipeline.last_year().into());
        let (lot, part) = (self.draw.index(lots.len()), self.draw.between(0.5, 0.9));
        let Some(lot) = lots.get(lot).copied() else { return };
        let Rect { low, high } = self.lots[lot];
        let (middle, size) = (self.lots[lot].middle(), (high - low) / 2.0);
        let ring = match turn % 3 {
            0 => Rect { low: middle - size * part, high: middle + size * part }.ring(0),
            1 => self.plane.lots[lot].clone(),
            _ => Rect { low, high: Coord { x: (high.x + size.x).min(self.frame.high.x), ..high } }.ring(0),
        };
        let at = self.add(Kind::MicroPark, None, &[ring]);
        self.zones[at].built = Some(built);
    }

    /// Across the district, from south to north.
    fn barrier(&mut self) {
        let west = self.line(Axis::X, 0.2, 0.8);
        let class = self.draw.pick(&BARRIERS);
        let Rect { low, high } = self.frame;
        if self.draw.chance(self.parameters.zones.barrier_share) {
            let east = (west + self.parameters.zones.barrier_m).min(high.x);
            let strip = Rect::new(west, low.y, east, high.y);
            self.add(Kind::Barrier, Some(class), &[strip.ring(0)]);
        }
    }
}
