//! The pipeline file that reads the sample.

use super::section::{Bounds, check, refused, section};
use crate::domain::Period;
use crate::sample::SampleError;

section! {
    /// The pipeline file that reads the sample.
    Pipeline = "pipeline" {
        /// Its `name`.
        name: String = "sample".to_owned(), "", Bounds::Words("any text");
        /// Its `store`, relative to the file.
        store: String = "store".to_owned(), "", Bounds::Words("a path");
        /// The rule set that judges, written beside the file: `zhejiang` is the example of the whole province, `bench` its
        /// rule by quantile alone.
        policy: String = "zhejiang".to_owned(), "", Bounds::OneOf(&["zhejiang", "bench"]);
        /// The years that are judged.
        periods: Vec<String> = vec!["2023".to_owned(), "2024".to_owned()], "years", Bounds::Words("ascending years");
        /// Its `as_of`.
        as_of: String = "2025-01-31".to_owned(), "date", Bounds::Words("a date");
    }
}

impl Pipeline {
    /// The years that are judged, ascending.
    #[must_use]
    pub fn years(&self) -> Vec<u16> {
        let year = |text: &String| match text.parse() {
            Ok(Period::Year(year)) => Some(year),
            _ => None,
        };
        self.periods.iter().filter_map(year).collect()
    }

    /// The last year that is judged.
    #[must_use]
    pub fn last_year(&self) -> u16 {
        self.years().last().copied().unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        let years = self.years();
        let is_sound = !years.is_empty() && years.len() == self.periods.len() && years.is_sorted_by(|a, b| a < b);
        if !is_sound {
            return Err(refused::<Self>(
                "periods",
                "ascending years, as [\"2023\", \"2024\"]",
                &self.periods.join(", "),
            ));
        }
        match self.as_of.parse::<chrono::NaiveDate>() {
            Ok(_) => Ok(()),
            Err(_) => Err(refused::<Self>("as_of", "a date, as 2025-01-31", &self.as_of)),
        }
    }
}
