//! Which lots of a district lie within 20 m of each other, on the plane on which the district is laid out.

use geo::Coord;

/// How near parcels must be to lie together: the demo policy's `[blocks] gap_m`.
pub const GAP_M: f64 = 20.0;
/// A gap so close to [`GAP_M`] is nobody's to call: the plane is not the Earth.
const MARGIN_M: f64 = 0.3;

/// What the plane says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Near {
    /// Pairs that lie together, the smaller first.
    pub pairs: Vec<(usize, usize)>,
    /// Pairs of which that cannot be said.
    pub doubtful: Vec<(usize, usize)>,
}

/// Compares lots, given as rings in metres, the outer one first.
#[must_use]
pub fn near(lots: &[&[Vec<Coord>]]) -> Near {
    let boxes: Vec<Frame> =
        lots.iter().map(|rings| rings.first().map_or(Frame::of(&[]), |ring| Frame::of(ring))).collect();
    let mut order: Vec<usize> = (0..lots.len()).collect();
    order.sort_by(|a, b| boxes[*a].low.x.total_cmp(&boxes[*b].low.x));
    let reach = GAP_M + MARGIN_M;
    let mut near = Near::default();
    for (place, a) in order.iter().copied().enumerate() {
        for b in order[place + 1..].iter().copied() {
            if boxes[b].low.x > boxes[a].high.x + reach {
                break;
            }
            if boxes[a].apart2(&boxes[b]) > reach * reach {
                continue;
            }
            let gap = gap2(lots[a], &boxes[a], lots[b], &boxes[b]).sqrt();
            let pair = (a.min(b), a.max(b));
            if (gap - GAP_M).abs() < MARGIN_M {
                near.doubtful.push(pair);
            } else if gap < GAP_M {
                near.pairs.push(pair);
            }
        }
    }
    near.pairs.sort_unstable();
    near.doubtful.sort_unstable();
    near
}

/// The box round some points.
#[derive(Clone, Copy)]
struct Frame {
    low: Coord,
    high: Coord,
}

impl Frame {
    fn of(points: &[Coord]) -> Self {
        let first = points.first().copied().unwrap_or_default();
        points.iter().fold(Self { low: first, high: first }, |frame, point| Self {
            low: Coord { x: frame.low.x.min(point.x), y: frame.low.y.min(point.y) },
            high: Coord { x: frame.high.x.max(point.x), y: frame.high.y.max(point.y) },
        })
    }

    /// The square of how far apart they lie.
    fn apart2(&self, other: &Self) -> f64 {
        let x = (self.low.x - other.high.x).max(other.low.x - self.high.x).max(0.0);
        let y = (self.low.y - other.high.y).max(other.low.y - self.high.y).max(0.0);
        x * x + y * y
    }
}

/// The square of the distance of two lots.
fn gap2(a: &[Vec<Coord>], frame_a: &Frame, b: &[Vec<Coord>], frame_b: &Frame) -> f64 {
    let reach2 = (GAP_M + MARGIN_M) * (GAP_M + MARGIN_M);
    let mut least = f64::INFINITY;
    // Only sides that come near the other lot's box can matter.
    let near_a: Vec<[Coord; 2]> = sides(a).filter(|side| Frame::of(side).apart2(frame_b) <= reach2).collect();
    let near_b: Vec<[Coord; 2]> = sides(b).filter(|side| Frame::of(side).apart2(frame_a) <= reach2).collect();
    for side in &near_a {
        for other in &near_b {
            if crosses(*side, *other) {
                return 0.0;
            }
            for (point, line) in [(side[0], other), (side[1], other), (other[0], side), (other[1], side)] {
                least = least.min(distance2(point, *line));
            }
        }
    }
    let overlaps = frame_a.apart2(frame_b) == 0.0 && (holds(a, b) || holds(b, a));
    if overlaps { 0.0 } else { least }
}

/// Whether the first corner of `inner` lies in `outer`: an odd number of sides lies to the east of it.
fn holds(outer: &[Vec<Coord>], inner: &[Vec<Coord>]) -> bool {
    let Some(point) = inner.first().and_then(|ring| ring.first()) else { return false };
    let is_east = |[start, end]: &[Coord; 2]| {
        (start.y > point.y) != (end.y > point.y)
            && point.x < start.x + (end.x - start.x) * (point.y - start.y) / (end.y - start.y)
    };
    sides(outer).filter(is_east).count() % 2 == 1
}

fn sides(rings: &[Vec<Coord>]) -> impl Iterator<Item = [Coord; 2]> + '_ {
    rings.iter().flat_map(|ring| (0..ring.len()).map(|at| [ring[at], ring[(at + 1) % ring.len()]]))
}

fn cross(a: Coord, b: Coord) -> f64 {
    a.x * b.y - a.y * b.x
}

fn crosses(a: [Coord; 2], b: [Coord; 2]) -> bool {
    let side = |line: [Coord; 2], point: Coord| cross(line[1] - line[0], point - line[0]);
    side(a, b[0]) * side(a, b[1]) < 0.0 && side(b, a[0]) * side(b, a[1]) < 0.0
}

/// The square of the distance of a point from a segment.
fn distance2(point: Coord, [start, end]: [Coord; 2]) -> f64 {
    let (along, to) = (end - start, point - start);
    let length2 = along.x * along.x + along.y * along.y;
    let part = if length2 > 0.0 { ((to.x * along.x + to.y * along.y) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let off = to - along * part;
    off.x * off.x + off.y * off.y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64) -> Vec<Coord> {
        [(0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0)].map(|(dx, dy)| Coord { x: x + dx, y: y + dy }).to_vec()
    }

    #[test]
    fn pairs_are_near_apart_or_doubtful() {
        let lots = [square(0.0, 0.0), square(50.0, 25.0), square(119.0, 0.0), square(189.2, 0.0), square(0.0, 71.0)];
        let lots = lots.map(|ring| vec![ring]);
        let found = near(&lots.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(found.pairs, [(0, 1), (1, 2), (1, 4)]);
        assert_eq!(found.doubtful, [(2, 3)]);
    }

    #[test]
    fn a_lot_lies_in_another_but_not_in_its_hole() {
        let scaled = |size: f64| [(-size, -size), (size, -size), (size, size), (-size, size)].map(Coord::from).to_vec();
        let (lot, inner) = (vec![scaled(200.0)], vec![scaled(10.0)]);
        let with_hole = vec![scaled(200.0), scaled(100.0)];
        assert_eq!(near(&[&lot, &inner]).pairs, [(0, 1)]);
        assert_eq!(near(&[&with_hole, &inner]), Near::default());
    }
}
