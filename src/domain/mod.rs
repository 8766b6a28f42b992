//! Units, identifiers, divisions, periods and codes: the words every other layer speaks.

pub mod apportion;
pub mod code;
pub mod decimal;
pub mod division;
pub mod enterprise_id;
pub mod hash;
pub mod industry;
pub mod parcel_id;
pub mod period;
pub mod quantity;
pub mod ratio;
pub mod scaled;
pub mod unit;
pub mod width;

pub use apportion::apportion;
pub use code::{IssueCode, RejectCode};
pub use decimal::Decimal;
pub use division::{DivisionCode, Divisions};
pub use enterprise_id::Uscc;
pub use hash::{Map, Set};
pub use industry::{Industries, industry_division};
pub use parcel_id::{ParcelId, ParcelLayer};
pub use period::Period;
pub use quantity::{Fen, Mu, SquareMetres, Tce, per_mu};
pub use ratio::Ratio;
pub use scaled::scaled;
pub use unit::Unit;
