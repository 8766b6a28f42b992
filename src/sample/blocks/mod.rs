//! Blocks of low-efficiency parcels that are laid out on purpose: how large they are, which districts have room for them,
//! and on which lots they lie.

mod lots;
mod room;

pub use lots::choose;
pub use room::{due, large, spread};

/// A block that a district is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// How many members.
    pub members: usize,
    /// How they hang together.
    pub hang: Hang,
}

/// How a block hangs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hang {
    /// Grown from one lot.
    Whole,
    /// Two groups, joined by one lot alone.
    Chain,
    /// The same, but the lot between is not low: two blocks.
    Broken,
}

/// What a lot is to a block of its district, by the block's number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One of it.
    Member(usize),
    /// One of it, without which it would fall into two.
    Link(usize),
    /// Not low; if it were, it would join the block to the next.
    Between(usize),
    /// Near to it, and not low.
    Beside,
}

impl Part {
    /// Whether the lot must be low.
    #[must_use]
    pub const fn is_low(self) -> bool {
        matches!(self, Self::Member(_) | Self::Link(_))
    }
}
