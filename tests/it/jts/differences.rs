//! Where we differ from JTS's verdict or from the area that GEOS's repair leaves, and why.

const COLLECTION: &str = "the polygons of a collection may overlap there; here they are parts of one multipolygon";
const EMPTY: &str = "an empty ring or part is dropped, and said so";
const SLIVER: &str = "thinner than a billionth of its length: nothing is left on the grid";
const TWICE: &str = "by the odd-even rule what is delivered twice cancels; GEOS takes each line once";
const TOO_FEW: &str = "GEOS takes the line of two points for the missing side of the square that the others surround";

/// Case and geometry, what we make of it, and why.
pub const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("general/TestCentroid.xml #22 a", "repaired 38400, not 38400", COLLECTION),
    ("general/TestCentroid.xml #34 a", "repaired 6400, not 9600", COLLECTION),
    ("general/TestCentroid.xml #37 a", "GeometryCollapsed 0, not 0", SLIVER),
    ("general/TestCentroid.xml #38 a", "GeometryCollapsed 0, not 0", SLIVER),
    ("general/TestUnaryUnion.xml #8 a", "repaired 16300, not 18100", COLLECTION),
    ("general/TestUnaryUnionFloating.xml #1 a", "repaired 18362, not 648006", COLLECTION),
    ("general/TestUnaryUnionFloating.xml #2 a", "repaired 388179, not 614392", COLLECTION),
    ("general/TestValid.xml #15 a", "repaired 20000, not 20000", EMPTY),
    ("general/TestValid.xml #51 a", "repaired 19200, not 25600", TOO_FEW),
    ("general/TestValid.xml #68 a", "GeometryCollapsed 0, not 19200", TWICE),
    ("general/TestValid.xml #73 a", "repaired 10000, not 6400", TWICE),
    ("general/TestValid.xml #83 a", "GeometryCollapsed 0, not 43200", TWICE),
    ("general/TestValid2-big.xml #1 a", "GeometryCollapsed 0, not 4999999999999500", SLIVER),
    ("general/TestValid2.xml #750 a", "repaired 15800, not 15800", EMPTY),
    ("general/TestValid2.xml #751 a", "repaired 15800, not 15800", EMPTY),
    ("general/TestValid2.xml #752 a", "repaired 175, not 175", EMPTY),
    ("validate/TestRelateAA-big.xml #1 b", "GeometryCollapsed 0, not 4999999999999500", SLIVER),
    ("validate/TestRelateAA-big.xml #2 b", "GeometryCollapsed 0, not 4999999999999500", SLIVER),
];

/// Case, geometry and place where a touch that is exact in 512ths of a degree is none in decimals, and what it becomes.
pub const LOST_TOUCHES: &[(&str, &str)] = &[
    ("general/TestValid2.xml #22 a at 120 30", "valid"),
    ("general/TestValid2.xml #22 a at 122.123456 30.7", "valid"),
];
