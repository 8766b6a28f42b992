//! The closed list of units, each with its dimension and its exact size in that dimension's smallest unit.

use std::fmt;
use std::str::FromStr;

use super::ratio::Ratio;

/// What a unit measures. Values of one dimension are held as `i64` counts of its smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Smallest unit: fen.
    Money,
    /// Smallest unit: cm².
    Area,
    /// Smallest unit: Wh.
    Electricity,
    /// Smallest unit: g.
    Mass,
    /// Smallest unit: g of standard coal.
    StandardCoal,
    /// Smallest unit: dm³.
    Volume,
    /// Smallest unit: kJ.
    Heat,
    /// Smallest unit: a person.
    Persons,
    /// A pure number.
    Number,
}

/// A unit of the closed list, or a quotient of two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit {
    above: Base,
    below: Option<Base>,
}

/// Declares the list: text, dimension, size in smallest units as a ratio.
macro_rules! bases {
    ($($name:ident $text:literal $dimension:ident $numerator:literal / $denominator:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        enum Base { $($name),+ }

        impl Base {
            const ALL: &[Self] = &[$(Self::$name),+];

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            const fn dimension(self) -> Dimension {
                match self { $(Self::$name => Dimension::$dimension),+ }
            }

            fn size(self) -> Ratio {
                match self { $(Self::$name => Ratio::new($numerator, $denominator)),+ }
            }
        }
    };
}

bases! {
    Yuan "yuan" Money 100 / 1,
    WanYuan "wan_yuan" Money 1_000_000 / 1,
    YiYuan "yi_yuan" Money 10_000_000_000 / 1,
    SquareMetre "m2" Area 10_000 / 1,
    Mu "mu" Area 20_000_000 / 3,
    Hectare "ha" Area 100_000_000 / 1,
    KilowattHour "kwh" Electricity 1_000 / 1,
    WanKilowattHour "wan_kwh" Electricity 10_000_000 / 1,
    Tonne "t" Mass 1_000_000 / 1,
    Kilogram "kg" Mass 1_000 / 1,
    TonneOfStandardCoal "tce" StandardCoal 1_000_000 / 1,
    CubicMetre "m3" Volume 1_000 / 1,
    Gigajoule "gj" Heat 1_000_000 / 1,
    Megajoule "mj" Heat 1_000 / 1,
    Person "person" Persons 1 / 1,
    RatioOne "ratio" Number 1 / 1,
}

/// The text is no unit of the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown unit `{text}`; units are {list}, and quotients of two", list = Unit::list())]
pub struct UnknownUnit {
    /// What was written.
    pub text: String,
}

impl Unit {
    /// The names of the closed list, joined by spaces.
    #[must_use]
    pub fn list() -> String {
        Base::ALL.iter().map(|base| base.text()).collect::<Vec<_>>().join(" ")
    }

    /// Dimension above the line, and below it if the unit is a quotient.
    #[must_use]
    pub fn dimensions(self) -> (Dimension, Option<Dimension>) {
        (self.above.dimension(), self.below.map(Base::dimension))
    }

    /// Whether a value in this unit can be compared with one in `other`.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        self.dimensions() == other.dimensions()
    }

    /// How many smallest units (of a quotient: smallest above per smallest below) one of it is.
    #[must_use]
    pub fn size(self) -> Ratio {
        match self.below.and_then(|below| below.size().inverse()) {
            Some(inverse) => self.above.size().times(inverse),
            None => self.above.size(),
        }
    }
}

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        let base = |name: &str| {
            let found = Base::ALL.iter().copied().find(|base| base.text() == name);
            found.ok_or_else(|| UnknownUnit { text: text.to_owned() })
        };
        match text.split_once('/') {
            Some((above, below)) => Ok(Self { above: base(above)?, below: Some(base(below)?) }),
            None => Ok(Self { above: base(text)?, below: None }),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.below {
            Some(below) => write!(f, "{}/{}", self.above.text(), below.text()),
            None => write!(f, "{}", self.above.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_reads_back() {
        for base in Base::ALL {
            let unit: Unit = base.text().parse().unwrap();
            assert_eq!(unit.to_string(), base.text());
        }
        assert!("wan_yuan/mu".parse::<Unit>().unwrap().is_like("yuan/m2".parse().unwrap()));
        assert!(!"wan_yuan/mu".parse::<Unit>().unwrap().is_like("yuan/tce".parse().unwrap()));
        assert!("fen".parse::<Unit>().is_err());
    }

    #[test]
    fn ten_thousand_yuan_a_mu_is_fifteen_yuan_a_square_metre() {
        let yield_of_mu = "wan_yuan/mu".parse::<Unit>().unwrap().size();
        let metric = "yuan/m2".parse::<Unit>().unwrap().size();
        assert_eq!(yield_of_mu, metric.times(Ratio::new(15, 1)));
    }
}
