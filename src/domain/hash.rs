//! Hash tables of identifiers: quick to ask, and the same in every run.

use foldhash::fast::FixedState;

/// A map by a hash that is quick for short texts.
pub type Map<K, V> = std::collections::HashMap<K, V, FixedState>;

/// A set by the same.
pub type Set<K> = std::collections::HashSet<K, FixedState>;
