//! Every number of the sample: one file of parameters, a table and a source file for each concern.
//!
//! `pipelines/sample.toml` shows all of them with their defaults, units and bounds; it is written from the
//! declarations here. A file of one's own gives what differs.

pub mod blocks;
pub mod defects;
pub mod delivery;
pub mod districts;
pub mod emission;
pub mod energy;
pub mod enterprise_link;
pub mod enterprise_scale;
pub mod enterprises;
pub mod occupancy;
pub mod output;
pub mod parcels;
pub mod pipeline;
pub mod project;
pub mod province;
pub mod section;
pub mod tag;
pub mod tax;
pub mod violation;
pub mod zones;

use std::path::Path;

use serde::Deserialize;

pub use blocks::Blocks;
pub use defects::Defects;
pub use delivery::Delivery;
pub use districts::Districts;
pub use emission::Emission;
pub use energy::Energy;
pub use enterprise_link::EnterpriseLink;
pub use enterprise_scale::EnterpriseScale;
pub use enterprises::Enterprises;
pub use occupancy::Occupancy;
pub use output::Output;
pub use parcels::Parcels;
pub use pipeline::Pipeline;
pub use project::Project;
pub use province::Province;
pub use tag::Tag;
pub use tax::Tax;
pub use violation::Violation;
pub use zones::Zones;

use super::SampleError;
use crate::document::Document;

/// What `mujun sample` makes.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Size.
    pub province: Province,
    /// Pipeline file.
    pub pipeline: Pipeline,
    /// Where parcels lie together.
    pub districts: Districts,
    /// Blocks laid out on purpose.
    pub blocks: Blocks,
    /// How parcels look.
    pub parcels: Parcels,
    /// What enterprises do.
    pub enterprises: Enterprises,
    /// Who occupies what.
    pub occupancy: Occupancy,
    /// What they pay.
    pub tax: Tax,
    /// What they use.
    pub energy: Energy,
    /// What they make.
    pub output: Output,
    /// Who is above scale.
    pub enterprise_scale: EnterpriseScale,
    /// What they violate.
    pub violation: Violation,
    /// Which lists they stand on.
    pub tag: Tag,
    /// What they emit.
    pub emission: Emission,
    /// Who belongs to whom.
    pub enterprise_link: EnterpriseLink,
    /// What lies over the districts.
    pub zones: Zones,
    /// What they promised.
    pub project: Project,
    /// What is wrong.
    pub defects: Defects,
    /// In which forms counties deliver.
    pub delivery: Delivery,
}

impl Parameters {
    /// The parameters of a file; what it does not give is as by default.
    ///
    /// # Errors
    /// [`SampleError::Document`] with line and nearest name, [`SampleError::Parameter`] with key, bounds and value.
    pub fn read(path: &Path) -> Result<Self, SampleError> {
        let parameters: Self = Document::read(path)?.parse()?;
        parameters.check()?;
        Ok(parameters)
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// [`SampleError::Parameter`] with the key, its bounds and the value.
    pub fn check(&self) -> Result<(), SampleError> {
        section::check(&self.province)?;
        self.pipeline.check()?;
        self.districts.check()?;
        self.blocks.check()?;
        self.parcels.check()?;
        self.enterprises.check()?;
        self.occupancy.check()?;
        self.tax.check()?;
        self.energy.check()?;
        section::check(&self.output)?;
        section::check(&self.enterprise_scale)?;
        section::check(&self.violation)?;
        section::check(&self.tag)?;
        self.emission.check()?;
        section::check(&self.enterprise_link)?;
        section::check(&self.zones)?;
        section::check(&self.project)?;
        section::check(&self.defects)?;
        self.delivery.check()
    }

    /// The file that shows them all.
    ///
    /// # Errors
    /// [`SampleError::Embedded`] where TOML cannot write a value.
    pub fn text(&self) -> Result<String, SampleError> {
        let sections = [
            section::text(&self.province)?,
            section::text(&self.pipeline)?,
            section::text(&self.districts)?,
            section::text(&self.blocks)?,
            section::text(&self.parcels)?,
            section::text(&self.enterprises)?,
            section::text(&self.occupancy)?,
            section::text(&self.tax)?,
            section::text(&self.energy)?,
            section::text(&self.output)?,
            section::text(&self.enterprise_scale)?,
            section::text(&self.violation)?,
            section::text(&self.tag)?,
            section::text(&self.emission)?,
            section::text(&self.enterprise_link)?,
            section::text(&self.zones)?,
            section::text(&self.project)?,
            section::text(&self.defects)?,
            section::text(&self.delivery)?,
        ];
        let head = "# What `mujun sample` makes when nothing else is said. `mujun sample OUT --parameters FILE` reads a file of\n\
                    # these keys; those it does not give are as here. --parcels and --seed go before the file.\n\n";
        Ok(format!("{head}{}\n", sections.join("\n\n")))
    }

    /// How many counties take part: one per [`Province::parcels_per_county`], at least 8 from 2,000 parcels on,
    /// at most all 90; below 2,000 one per 250, so that two zones occur early.
    #[must_use]
    pub fn counties(&self) -> usize {
        let parcels = self.province.parcels;
        let by_size = (parcels / self.province.parcels_per_county) as usize;
        if parcels >= 2_000 { by_size.clamp(8, 90) } else { ((parcels / 250) as usize).clamp(1, 8) }
    }

    /// The default ones with so many parcels and that seed.
    #[must_use]
    pub fn of(parcels: u64, seed: u64) -> Self {
        let mut parameters = Self::default();
        parameters.province.parcels = parcels;
        parameters.province.seed = seed;
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let document = Document::new(Path::new("own.toml"), text.to_owned());
        match document.parse::<Parameters>() {
            Err(error) => error.to_string(),
            Ok(parameters) => parameters.check().unwrap_err().to_string(),
        }
    }

    #[test]
    fn impossible_values_are_told_with_key_bound_and_value() {
        assert!(Parameters::default().check().is_ok());
        assert_eq!(told("[occupancy]\nlet_share = 1.5"), "occupancy.let_share must be 0 to 1, not 1.5");
        assert_eq!(told("[province]\nparcels = 0"), "province.parcels must be 1 to 20000000, not 0");
        assert_eq!(told("[tax]\nsigma = nan"), "tax.sigma must be 0 to 3, not nan");
        assert_eq!(told("[parcels]\nmost_mu = 2"), "parcels.most_mu must be at least median_mu (10), not 2");
        assert!(told("[tax]\nkinds = []").contains("tax.kinds must be at least one"));
        assert!(told("[pipeline]\nperiods = [\"2024Q1\"]").contains("ascending years"));
        assert!(told("[delivery]\nuses = []").contains("delivery.uses must be one of survey, planning"));
    }

    #[test]
    fn unknown_keys_are_told_with_line_and_nearest_name() {
        let message = told("[tax]\nyears = 1\nmedian_wan_per_mo = 3.0\n");
        assert!(message.starts_with("own.toml:3: unknown field `median_wan_per_mo`"), "{message}");
        assert!(message.ends_with("did you mean `median_wan_per_mu`?"), "{message}");
        assert!(told("[taxes]\n").contains("did you mean `tax`?"));
        assert!(told("[delivery]\nvectors = [\"gpk\"]").contains("did you mean `gpkg`?"));
    }

    fn file() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/sample.toml")
    }

    /// When this fails, `cargo test --release write_the_parameters -- --ignored` writes the file anew.
    #[test]
    fn the_committed_file_shows_the_defaults() {
        assert!(std::fs::read_to_string(file()).unwrap() == Parameters::default().text().unwrap());
        assert_eq!(Parameters::read(&file()).unwrap(), Parameters::default());
    }

    #[test]
    #[ignore = "writes into the repository"]
    fn write_the_parameters() {
        std::fs::write(file(), Parameters::default().text().unwrap()).unwrap();
    }

    #[test]
    fn counties_grow_with_the_parcels() {
        let of = |parcels| Parameters::of(parcels, 1).counties();
        assert_eq!([of(10), of(600), of(2_000), of(20_000), of(100_000), of(10_000_000)], [1, 2, 8, 10, 50, 90]);
    }
}
