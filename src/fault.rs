//! Deliberate faults: `scripts/mutations` switches them on one by one and shows which test catches each.
//!
//! Only with the cargo feature `faults` can one be on, chosen by the environment variable [`VARIABLE`]; without it
//! [`is_on`] is constantly false, and nothing is left of them.

/// Names the fault that is on.
pub const VARIABLE: &str = "MUJUN_FAULT";

/// Declares the faults: name in the environment, and what goes wrong.
macro_rules! faults {
    ($($variant:ident $name:literal $meaning:literal),+ $(,)?) => {
        /// What can be made to go wrong, each in one place of the program.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault {
            $(#[doc = $meaning] $variant),+
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the environment.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What goes wrong.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

faults! {
    // source
    SwappedAxis "swapped_axis" "Delivered coordinates are read as north, east.",
    RowOffByOne "row_off_by_one" "Lines of a ledger are counted from zero.",
    // geometry
    DroppedVertex "dropped_vertex" "The last corner of every ring is lost.",
    GapAtEquator "gap_at_equator" "A degree of longitude has its metres at the equator.",
    // domain
    RoundTowardsZero "round_towards_zero" "What is finer than the smallest unit is cut off.",
    RemainderByPosition "remainder_by_position" "The odd fen go to the first shares, not to the largest remainders.",
    // policy
    QuantileRank "quantile_rank" "A quantile is the value one rank too high.",
    // stages
    SupersededWins "superseded_wins" "The older of two deliveries is in force.",
    DuplicateByPosition "duplicate_by_position" "Of differing rows of one key, the first is kept.",
    FloatSum "float_sum" "A parcel's sums are kept as yuan in doubles.",
    LowerBoundComplete "lower_bound_complete" "A sum of which a part is known is taken for all of it.",
    MarkLost "mark_lost" "A row with an unreadable code marks nobody.",
    BorderIgnored "border_ignored" "Parcels of two counties are never adjacent.",
    CodeTold "code_told" "A reject tells the enterprise's code.",
    // store and run
    BatchesShow "batches_show" "A file's pages follow the batches that it was written from.",
    LostCounty "lost_county" "A published table lacks the last part.",
    SettingsForgotten "settings_forgotten" "A fingerprint leaves out the settings, policy among them.",
}

/// Whether the environment switched this fault on, which is read once.
#[cfg(feature = "faults")]
#[must_use]
pub fn is_on(fault: Fault) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| std::env::var(VARIABLE).ok());
    CHOSEN.as_deref() == Some(fault.name())
}

/// Whether this fault is on: never without the feature `faults`.
#[cfg(not(feature = "faults"))]
#[must_use]
pub const fn is_on(_: Fault) -> bool {
    false
}

/// Fen as they come back from yuan in a double, cut off.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the fault itself")]
#[must_use]
pub fn through_float(fen: i64) -> i64 {
    (fen as f64 / 100.0 * 100.0) as i64
}
