//! One county from plan to files: lots, enterprises, ledgers, defects, deliveries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::SampleError;
use super::blocks::Part;
use super::defect::{Feature, LedgerFile, Place, Planted, Planter};
use super::district::{self, District, Role};
use super::draw::Draw;
use super::enterprise::date;
use super::form::Form;
use super::ledger::made::Made;
use super::ledger::{EARLY_TAX, Row};
use super::occupancy::{self, Parcel, Register};
use super::oddity::Kind;
use super::parameters::Parameters;
use super::parameters::delivery::{Uses, Vector};
use super::plan::{CountyPlan, Plan};
use super::truth::{self, Truth};
use super::{deliver, ledger, lists, projects, tables, zones};

/// File of the enterprise register, relative to the output folder.
pub const ENTERPRISE_FILE: &str = "in/enterprise.csv";
/// File of the occupancy list, relative to the output folder.
pub const OCCUPANCY_FILE: &str = "in/occupancy.csv";
/// In how many pairs of counties both deliver the same parcel.
const TWO_COUNTIES: usize = 2;

/// What one county adds to the whole.
#[derive(Debug)]
pub struct Delivery {
    /// Its lines of the enterprise register.
    pub enterprises: Vec<u8>,
    /// How many.
    pub enterprise_rows: usize,
    /// Its lines of the occupancy list.
    pub occupancy: Vec<u8>,
    /// How many.
    pub occupancy_rows: usize,
    /// Its defects; those of occupancy rows are numbered from 0.
    pub planted: Vec<Planted>,
    /// What is true of it.
    pub truth: Truth,
    /// Pairs of lots that lie together in its own districts over a border, by district.
    pub near: BTreeMap<usize, Vec<(usize, usize)>>,
    /// Features in its parcel file.
    pub features: usize,
    /// Rows of its tax ledger.
    pub tax_rows: usize,
    /// Rows of its energy ledger.
    pub energy_rows: usize,
    /// Rows of its output ledger.
    pub output_rows: usize,
    /// Rows of its lists and of its emission ledger.
    pub listed_rows: usize,
    /// Features in its zone file.
    pub zones: usize,
}

/// The county's parcels and, by position, those that its neighbour delivers as well (`is_own`) or that it delivers
/// though they are its neighbour's; pairs of lots that lie together by district.
struct Land {
    parcels: Vec<Parcel>,
    shared: BTreeSet<usize>,
    foreign: Vec<Parcel>,
    near: BTreeMap<usize, Vec<(usize, usize)>>,
    /// Zones of its own districts.
    zones: Vec<zones::Feature>,
    /// Those of other counties' districts that it has a part in.
    foreign_zones: Vec<zones::Feature>,
}

/// Makes the county at that place of the plan and writes its own files below `out`.
///
/// # Errors
/// What the file system or GDAL refuse.
pub fn make(plan: &Plan, at: usize, parameters: &Parameters, out: &Path) -> Result<Delivery, SampleError> {
    let county = &plan.counties[at];
    let code = county.county.code.as_str();
    let folder = out.join("in").join(code);
    std::fs::create_dir_all(&folder).map_err(|source| SampleError::Io { path: folder.clone(), source })?;
    let draw = |purpose| Draw::of(parameters.province.seed, purpose, county.county.number(), 0);

    let Land { mut parcels, shared, foreign, near, zones: mut zone_features, foreign_zones } =
        land(plan, at, parameters);
    let mut register = occupancy::settle(plan, county, parameters, &mut parcels);
    let mut tax = ledger::tax(&register.members, &county.form, parameters, &mut draw("tax"));
    let mut energy = ledger::energy(&register.members, &county.form, parameters, &mut draw("energy"));
    let mut output = ledger::made::output(&register.members, &county.form, parameters, &mut draw("output"));
    let mut lists = lists::Lists::of(&register.members, &county.form, parameters, (&tax, &output), draw);

    let mut features: Vec<Feature> = parcels.iter().enumerate().map(|(at, parcel)| Feature::of(at, parcel)).collect();
    let (form, parcel_file) = (county.form, format!("in/{code}/{}", county.form.vector_file("parcel")));
    let file = Place {
        path: &parcel_file,
        keeps_unclosed: form.vector == Vector::Gpkg,
        // GDAL leaves such a feature out.
        keeps_shapeless: form.vector != Vector::Fgb,
        fid: &|position| form.fid(position),
    };
    let mut planter = Planter::new(parameters, code, (at, plan.counties.len()), draw("defect"));
    for parcel in &shared {
        planter.in_two_counties(&file, *parcel, &mut features[*parcel]);
    }
    let is_low = |parcel: &Parcel| parcel.lot.part.is_some_and(Part::is_low);
    let low = parcels.iter().enumerate().filter(|(_, parcel)| is_low(parcel)).map(|(at, _)| at);
    planter.parcels(&file, &parcels, &mut features, &shared.iter().copied().chain(low).collect());
    for parcel in foreign {
        let mut feature = Feature::of(parcels.len(), &parcel);
        planter.in_two_counties(&file, features.len(), &mut feature);
        features.push(feature);
        parcels.push(parcel);
    }
    planter.occupancy(OCCUPANCY_FILE, &parcels, &features, &mut register);
    let paths = ["tax", "energy", "output", "project"].map(|name| format!("in/{code}/{}", form.ledger_file(name)));
    let row = |position| form.ledger_row(position);
    planter.tax(&LedgerFile { table: "tax", path: &paths[0], row: &row }, &mut tax, &register);
    planter.energy(&LedgerFile { table: "energy", path: &paths[1], row: &row }, &mut energy, &register);
    if parameters.output.is_reported() {
        planter.output(&LedgerFile { table: "output", path: &paths[2], row: &row }, &mut output, &register);
    }
    let early = if form.is_tax_twice { ledger::early(&tax) } else { Vec::new() };
    let (mut defects, doubts) = planter.finish();
    let is_border = |district: usize| plan.districts[district].guest.is_some();
    let zone_file = format!("in/{code}/{}", form.vector_file("zone"));
    let mut planter = Planter::new(parameters, code, (at, plan.counties.len()), draw("zone-defect"));
    // What the neighbour sees as well is left alone.
    planter.zones(&zone_file, &|at| form.fid(at), &mut zone_features, |zone| !is_border(zone.district));
    defects.extend(planter.finish().0);
    lists.project = projects::promises(&register, &parcels, parameters, &mut draw("project"));
    // Drawn by itself: what is planted in output, or not, moves nothing here.
    let mut planter = Planter::new(parameters, code, (at, plan.counties.len()), draw("project-defect"));
    planter.projects(&LedgerFile { table: "project", path: &paths[3], row: &row }, &mut lists.project, &register);
    defects.extend(planter.finish().0);
    let truth = truth::county(&truth::County {
        parameters,
        plan: county,
        parcels: &parcels,
        features: &features,
        register: &register,
        tax: &tax,
        early: &early,
        energy: &energy,
        output: &output,
        lists: &lists,
        zones: (&zone_features, &foreign_zones),
        doubts: &doubts,
        near: &near,
        streams: &|district| plan.districts[district].stream,
        border: &is_border,
    })?;

    let path = folder.join(form.vector_file("parcel"));
    let delivery = deliver::ParcelFile {
        county,
        delivered: &parameters.delivery.delivered,
        parcels: &parcels,
        features: &features,
        register: &register,
    };
    deliver::parcels(&path, &delivery, &mut draw("deliver"))?;
    if parameters.zones.are_delivered() {
        zones::write(&out.join(&zone_file), &form, &parameters.delivery.delivered, &zone_features)?;
    }
    write_ledgers(&folder, &form, parameters, &register, [&tax, &early, &energy], (&output, &lists))?;
    let enterprises = tables::enterprises(&register, code);
    Ok(Delivery {
        enterprise_rows: register.members.iter().filter(|member| member.is_local).count(),
        enterprises: tables::csv(enterprises)?,
        occupancy_rows: register.rows.len(),
        occupancy: tables::csv(tables::occupancy(&register, code))?,
        planted: defects,
        truth,
        near: near.into_iter().filter(|(index, _)| is_border(*index) && plan.districts[*index].host == at).collect(),
        features: features.len(),
        tax_rows: tax.len() + early.len(),
        energy_rows: energy.len(),
        output_rows: output.len(),
        listed_rows: lists.len(),
        zones: zone_features.len(),
    })
}

/// Writes the ledgers and lists of a county: tax, its early delivery and energy; output and the lists.
fn write_ledgers(
    folder: &Path,
    form: &Form,
    parameters: &Parameters,
    register: &Register,
    [tax, early, energy]: [&[Row<'_>]; 3],
    (output, lists): (&[Row<'_, Made>], &lists::Lists<'_>),
) -> Result<(), SampleError> {
    let write = |name, bytes| {
        let path = folder.join(form.ledger_file(name));
        std::fs::write(&path, bytes).map_err(|source| SampleError::Io { path, source })
    };
    for (name, rows) in [("tax", tax), (EARLY_TAX, early), ("energy", energy)] {
        if rows.is_empty() && name == EARLY_TAX {
            continue;
        }
        let header = tables::headers(form.names, name == "energy");
        write(name, tables::ledger(rows, register, &header, form.ledger)?)?;
    }
    if parameters.output.is_reported() {
        write("output", tables::ledger(output, register, &tables::output_header(form.names), form.ledger)?)?;
    }
    for source in lists::SOURCES.iter().filter(|source| (source.is_made)(parameters)) {
        write(source.name, lists.file(source, register, form)?)?;
    }
    Ok(())
}

/// The lots of the county's districts, those over a border only where they lie in it.
fn land(plan: &Plan, at: usize, parameters: &Parameters) -> Land {
    let county = &plan.counties[at];
    let mut land = Land {
        parcels: Vec::with_capacity(county.parcels),
        shared: BTreeSet::new(),
        foreign: Vec::new(),
        near: BTreeMap::new(),
        zones: Vec::new(),
        foreign_zones: Vec::new(),
    };
    let mut draw = Draw::of(parameters.province.seed, "cadastre", county.county.number(), 0);
    let straddling = plan.districts.iter().enumerate().filter(|(_, district)| district.guest.is_some());
    let disputed: Vec<usize> = straddling.map(|(index, _)| index).take(TWO_COUNTIES).collect();
    for (position, index) in county.districts.iter().enumerate() {
        let district = &plan.districts[*index];
        let host = &plan.counties[district.host];
        let mut is_disputed = disputed.contains(index);
        let District { lots, near, plane } = district::district(district, parameters);
        land.near.insert(*index, near);
        let place = host.districts.iter().position(|other| other == index).unwrap_or_default();
        let features = zones::lay_out(district, &plane, parameters).into_iter();
        let features = features.map(|zone| zones::Feature::of(zone, host.county.code.as_str(), (*index, place)));
        let zones = if district.host == at { &mut land.zones } else { &mut land.foreign_zones };
        zones.extend(features);
        for (number, lot) in lots.into_iter().enumerate() {
            let is_hosts = district.guest.is_none() || host.county.holds(lot.centre);
            let is_own = is_hosts == (district.host == at);
            // The first empty lot on the host's side.
            let is_shared = is_disputed && is_hosts && !lot.role.is_occupied();
            is_disputed &= !is_shared;
            if !is_own && !is_shared {
                continue;
            }
            let (county, position) = if is_own { (county, position) } else { (host, place) };
            let built = match lot.role {
                Role::Vacant => 0.3,
                Role::Housing => 1.8,
                _ => 1.0,
            };
            let floor = lot.registered_m2 * built * draw.between(0.4, 2.2);
            let parcel = Parcel {
                id: parcel_id(county, position, lot.kind, number),
                floor_m2: (!draw.chance(parameters.parcels.floor_unknown_share))
                    .then_some((floor * 100.0).round() / 100.0),
                since: date(&mut draw, 1995, 2021),
                use_code: use_code(lot.role, county.form.uses, &mut draw),
                place: (*index, number),
                owner: None,
                lot,
            };
            if is_own {
                if is_shared {
                    land.shared.insert(land.parcels.len());
                }
                land.parcels.push(parcel);
            } else {
                land.foreign.push(parcel);
            }
        }
    }
    land
}

/// A parcel code: the county, district and sub-district by the industrial district's position in the county (999 of
/// these in each of those), state-owned land and the layer, the lot's number.
fn parcel_id(county: &CountyPlan, position: usize, kind: Kind, number: usize) -> String {
    let (district, sub) = (position / 999 + 1, position % 999 + 1);
    format!("{}{district:03}{sub:03}G{}{:05}", county.county.code, layer(kind), number + 1)
}

/// The letter of the layer in a parcel code.
const fn layer(kind: Kind) -> char {
    match kind {
        Kind::Above => 'S',
        Kind::Below => 'X',
        Kind::Usual | Kind::Sliver | Kind::Enclave | Kind::Double => 'B',
    }
}

/// The code of a use in the county's classification.
fn use_code(role: Role, uses: Uses, draw: &mut Draw) -> &'static str {
    match (role, uses) {
        (Role::Housing, _) => "0701",
        (Role::Warehouse, Uses::Survey) => "0508",
        (Role::Warehouse, Uses::Planning) => "1101",
        (_, Uses::Survey) => "0601",
        (_, Uses::Planning) => draw.pick(&["1001", "1001", "1001", "100101", "100102", "100103"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parcels_lie_in_their_county_and_none_is_lost_at_a_border() {
        let parameters = Parameters::of(20_000, 1);
        let plan = Plan::new(&parameters).unwrap();
        let mut ids = BTreeSet::new();
        for (at, county) in plan.counties.iter().enumerate() {
            for parcel in land(&plan, at, &parameters).parcels {
                assert!(county.county.holds(parcel.lot.centre), "{}", parcel.id);
                let district = &plan.districts[county.districts[parcel.id[9..12].parse::<usize>().unwrap() - 1]];
                let is_inside = parcel.lot.ring.iter().all(|corner| county.county.holds(*corner));
                assert!(is_inside || district.guest.is_some(), "{}", parcel.id);
                ids.insert(parcel.id);
            }
        }
        assert_eq!(ids.len(), 20_000);
    }
}
