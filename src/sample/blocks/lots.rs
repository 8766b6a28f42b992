//! On which lots of a district its blocks lie.

use std::collections::VecDeque;

use super::{Due, Hang, Part};
use crate::sample::draw::Draw;

/// How many lots are tried as the one by which a block hangs.
const TRIES: usize = 40;

/// Chooses lots for the blocks that are due, the largest first: of `is_free` lots, of which `near` says which lie
/// together. Gives what each lot is to a block. Where there is no room, a block is smaller or whole.
#[must_use]
pub fn choose(due: &[Due], is_free: Vec<bool>, near: &[(usize, usize)], draw: &mut Draw) -> Vec<Option<Part>> {
    if due.is_empty() {
        return vec![None; is_free.len()];
    }
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); is_free.len()];
    for (a, b) in near {
        beside[*a].push(*b);
        beside[*b].push(*a);
    }
    let parts = vec![None; is_free.len()];
    let mut site = Site { beside, is_free, parts, blocks: 0 };
    let mut due = due.to_vec();
    due.sort_by_key(|due| std::cmp::Reverse(due.members));
    for due in due {
        site.block(due, draw);
    }
    site.parts
}

/// The district while lots are chosen.
struct Site {
    beside: Vec<Vec<usize>>,
    is_free: Vec<bool>,
    parts: Vec<Option<Part>>,
    blocks: usize,
}

impl Site {
    fn block(&mut self, due: Due, draw: &mut Draw) {
        let chain = if due.hang == Hang::Whole { None } else { self.chain(due.members, draw) };
        if let Some((link, [first, second])) = chain {
            self.take(&first);
            if due.hang == Hang::Chain {
                self.parts[link] = Some(Part::Link(self.blocks));
            } else {
                self.parts[link] = Some(Part::Between(self.blocks));
                self.blocks += 1;
            }
            self.take(&second);
            self.close(first.into_iter().chain(second).chain([link]));
        } else if let Some(start) = self.start(due.members, draw) {
            let lots = self.grown(start, due.members, |_| true);
            self.take(&lots);
            self.close(lots);
        }
        self.blocks += 1;
    }

    fn take(&mut self, lots: &[usize]) {
        for lot in lots {
            self.parts[*lot] = Some(Part::Member(self.blocks));
        }
    }

    /// A free lot from which so many can be reached, or from which most can.
    fn start(&self, members: usize, draw: &mut Draw) -> Option<usize> {
        let mut reach = vec![0; self.is_free.len()];
        for lot in 0..reach.len() {
            if self.is_free[lot] && reach[lot] == 0 {
                let all = self.grown(lot, usize::MAX, |_| true);
                for lot in &all {
                    reach[*lot] = all.len();
                }
            }
        }
        let enough = reach.iter().copied().max()?.min(members).max(2);
        let starts: Vec<usize> = (0..reach.len()).filter(|lot| reach[*lot] >= enough).collect();
        starts.get(draw.index(starts.len())).copied()
    }

    /// Free lots that lie together, nearest first from `start`, until there are so many.
    fn grown(&self, start: usize, members: usize, fits: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut is_seen = vec![false; self.is_free.len()];
        is_seen[start] = true;
        let (mut todo, mut found) = (VecDeque::from([start]), Vec::new());
        while let Some(lot) = todo.pop_front() {
            found.push(lot);
            if found.len() == members {
                break;
            }
            for next in self.beside[lot].iter().copied() {
                if !is_seen[next] && self.is_free[next] && fits(next) {
                    is_seen[next] = true;
                    todo.push_back(next);
                }
            }
        }
        found
    }

    /// A lot and two groups, no lot of one near to one of the other, and each with a lot near to that one: as many
    /// members as asked for, the lot among them.
    fn chain(&self, members: usize, draw: &mut Draw) -> Option<(usize, [Vec<usize>; 2])> {
        let free: Vec<usize> = (0..self.is_free.len()).filter(|lot| self.is_free[*lot]).collect();
        let sizes = [(members - 1) / 2, members - 1 - (members - 1) / 2];
        for _ in 0..TRIES {
            let link = *free.get(draw.index(free.len()))?;
            let ends: Vec<usize> = self.beside[link].iter().copied().filter(|lot| self.is_free[*lot]).collect();
            let (a, b) = (*ends.get(draw.index(ends.len()))?, *ends.get(draw.index(ends.len()))?);
            if a == b || self.beside[a].contains(&b) {
                continue;
            }
            let first = self.grown(a, sizes[0], |lot| lot != link && lot != b && !self.beside[b].contains(&lot));
            let is_near = |lot: usize| first.contains(&lot) || self.beside[lot].iter().any(|lot| first.contains(lot));
            let second = self.grown(b, sizes[1], |lot| lot != link && !is_near(lot));
            if first.len() == sizes[0] && second.len() == sizes[1] {
                return Some((link, [first, second]));
            }
        }
        None
    }

    /// Closes lots to other blocks, and keeps the ones near to them from ever being low.
    fn close(&mut self, lots: impl IntoIterator<Item = usize>) {
        for lot in lots {
            self.is_free[lot] = false;
            for near in self.beside[lot].iter().copied() {
                self.is_free[near] = false;
                self.parts[near].get_or_insert(Part::Beside);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 24;

    /// Lots in a square, each near to those beside, above and below it.
    fn square() -> Vec<(usize, usize)> {
        let lot = |column: usize, row: usize| row * SIDE + column;
        let beside = (0..SIDE - 1).flat_map(|a| (0..SIDE).map(move |b| (lot(a, b), lot(a + 1, b))));
        let below = (0..SIDE - 1).flat_map(|a| (0..SIDE).map(move |b| (lot(b, a), lot(b, a + 1))));
        beside.chain(below).collect()
    }

    /// The lots of each component of those that fit.
    fn components(fits: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let pairs = square().into_iter().filter(|(a, b)| fits(*a) && fits(*b));
        let roots = crate::sample::truth::blocks::joined(SIDE * SIDE, pairs);
        let of = |root: usize| (0..SIDE * SIDE).filter(|lot| roots[*lot] == root && fits(*lot)).collect::<Vec<_>>();
        (0..SIDE * SIDE).map(of).filter(|lots| !lots.is_empty()).collect()
    }

    #[test]
    fn blocks_are_as_large_as_they_are_due_and_touch_no_other() {
        let due: Vec<Due> =
            [(3, Hang::Chain), (9, Hang::Chain), (60, Hang::Whole), (2, Hang::Whole), (12, Hang::Broken)]
                .map(|(members, hang)| Due { members, hang })
                .to_vec();
        for seed in 0..20 {
            let parts = choose(&due, vec![true; SIDE * SIDE], &square(), &mut Draw::of(seed, "block", 0, 0));
            let is_low = |lot: usize| parts[lot].is_some_and(Part::is_low);
            let mut sizes: Vec<usize> = components(is_low).iter().map(Vec::len).collect();
            sizes.sort_unstable();
            assert_eq!(sizes, [2, 3, 5, 6, 9, 60]);
            // Without its link, or with the lot between, a block is another one.
            let links = parts.iter().filter(|part| matches!(part, Some(Part::Link(_)))).count();
            assert_eq!(links, 2);
            let is_link = |lot: usize| matches!(parts[lot], Some(Part::Link(_)));
            assert_eq!(components(|lot| is_low(lot) && !is_link(lot)).len(), 6 + links);
            let is_between = |lot: usize| matches!(parts[lot], Some(Part::Between(_)));
            assert_eq!(components(|lot| is_low(lot) || is_between(lot)).len(), 5);
        }
    }

    #[test]
    fn without_room_a_block_is_smaller() {
        let due = [Due { members: SIDE * SIDE * 2, hang: Hang::Whole }];
        let is_free = (0..SIDE * SIDE).map(|lot| lot % SIDE < 5).collect();
        let parts = choose(&due, is_free, &square(), &mut Draw::of(1, "block", 0, 0));
        assert_eq!(parts.iter().flatten().filter(|part| part.is_low()).count(), 5 * SIDE);
        assert_eq!(parts.iter().flatten().filter(|part| **part == Part::Beside).count(), SIDE);
    }
}
