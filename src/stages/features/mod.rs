//! What parcels and zones have in common: features with a shape, read one by one and settled by county.

mod read;
mod settle;
mod shape;

pub use read::{Feature, Read, Reader};
pub use settle::{Features, Kept, Settling, settled};
pub use shape::Shape;
pub(super) use shape::append_shape;
