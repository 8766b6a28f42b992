//! Who occupies what: owners, tenants on land or floor, former tenants, owners of several parcels.

use chrono::NaiveDate;

use super::district::{Lot, Role};
use super::draw::Draw;
use super::enterprise::{Enterprise, date};
use super::parameters::Parameters;
use super::plan::{CountyPlan, Plan, Visitor};
use super::stray::Stray;
use crate::domain::Period;

/// A parcel of one county: the lot with its code and the rest of its entry in the cadastre.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// 宗地代码, 19 characters.
    pub id: String,
    /// The land.
    pub lot: Lot,
    /// m² with 2 decimals, where known.
    pub floor_m2: Option<f64>,
    /// Start of the land-use right.
    pub since: NaiveDate,
    /// Code of its use.
    pub use_code: &'static str,
    /// Where it stands in the plan: its district, and the lot's number there.
    pub place: (usize, usize),
    /// Index of its owner among the members, where it has one.
    pub owner: Option<usize>,
}

/// An enterprise as one county sees it.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its entry in the register.
    pub enterprise: Enterprise,
    /// Whether this county keeps that entry (else it is a visitor).
    pub is_local: bool,
    /// What joins it to another county, if it has parcels there too.
    pub elsewhere: Option<Visitor>,
    /// Parcels it occupies here in the periods judged, as indices.
    pub parcels: Vec<usize>,
    /// Land it occupies here, m².
    pub land_m2: f64,
    /// Logarithm of its tax per mu over the province's median.
    pub level: f64,
    /// What it pays in the last year in a county where it holds nothing, fen: kept at home and there.
    pub astray_fen: Option<i64>,
    /// Whether what it pays is planned: exactly what its level says, in full, in every year.
    pub is_planned: bool,
}

impl Member {
    /// Whether its rows may be spoilt. Who is known elsewhere is left alone, since the doubt would reach the other county; and
    /// who is planned.
    #[must_use]
    pub const fn may_fail(&self) -> bool {
        self.elsewhere.is_none() && !self.is_planned
    }
}

/// One row of the occupancy list.
#[derive(Debug, Clone)]
pub struct Occupancy {
    /// Index of the parcel.
    pub parcel: usize,
    /// What the row calls it (a defect may name another).
    pub parcel_id: String,
    /// Index of the occupant.
    pub member: usize,
    /// Index of the lessor; none for an owner.
    pub lessor: Option<usize>,
    /// By floor (else by land).
    pub by_floor: bool,
    /// m² with 2 decimals; none: an owner's whole parcel.
    pub amount_m2: Option<f64>,
    /// From.
    pub from: NaiveDate,
    /// To, where it has ended.
    pub to: Option<NaiveDate>,
    /// Whether it will be rejected.
    pub is_lost: bool,
}

impl Occupancy {
    /// Whether it holds at the end of the year.
    #[must_use]
    pub fn holds_in(&self, year: u16) -> bool {
        let end = Period::Year(year).end();
        self.from <= end && self.to.is_none_or(|to| end <= to)
    }
}

/// The parcels' occupants in one county.
#[derive(Debug, Default)]
pub struct Register {
    /// Enterprises that have or had a parcel here.
    pub members: Vec<Member>,
    /// The occupancy list, by parcel.
    pub rows: Vec<Occupancy>,
}

struct Settling<'a> {
    register: Register,
    plan: &'a Plan,
    county: &'a CountyPlan,
    parameters: &'a Parameters,
    draw: Draw,
    locals: u32,
    planned: u32,
}

/// Settles enterprises on the county's parcels, in the parcels' order; sets their owners and floor areas.
#[must_use]
pub fn settle(plan: &Plan, county: &CountyPlan, parameters: &Parameters, parcels: &mut [Parcel]) -> Register {
    let draw = Draw::of(parameters.province.seed, "occupancy", county.county.number(), 0);
    let mut settling =
        Settling { register: Register::default(), plan, county, parameters, draw, locals: 0, planned: 0 };
    let mut visitors = county.visitors.iter();
    let mut last_owner = None;
    let mut last_tenant = None;
    for (at, parcel) in parcels.iter_mut().enumerate() {
        let level = parcel.lot.level;
        match parcel.lot.role {
            Role::Vacant | Role::Housing => {}
            Role::SameOwner if last_owner.is_some() => parcel.owner = last_owner,
            // A few parcels into the county, visitors get theirs.
            Role::Owned if at % 7 == 3 => {
                parcel.owner = Some(match visitors.next() {
                    Some(visitor) => settling.visitor(*visitor, level),
                    None => settling.local(level),
                });
            }
            Role::Owned | Role::SameOwner | Role::Warehouse => {
                let owner = settling.local(level);
                parcel.owner = Some(owner);
                last_owner = Some(owner);
            }
            Role::Planned => parcel.owner = Some(settling.alone(level)),
            Role::Let(_) => parcel.owner = Some(settling.local(level)),
        }
        let Some(owner) = parcel.owner else { continue };
        let let_m2 = match parcel.lot.role {
            Role::Let(tenants) => settling.tenants(at, parcel, owner, tenants, &mut last_tenant),
            _ => 0.0,
        };
        settling.owner(at, parcel, owner, let_m2);
        if settling.draw.chance(parameters.occupancy.former_tenant_share) {
            settling.former_tenant(at, parcel, owner);
        }
    }
    for stray in &county.strays {
        settling.stray(*stray);
    }
    settling.register
}

impl Settling<'_> {
    fn member(&mut self, enterprise: Enterprise, is_local: bool, elsewhere: Option<Visitor>, level: f64) -> usize {
        let level = level + self.parameters.tax.enterprise_sigma() * self.draw.normal();
        self.register.members.push(Member {
            enterprise,
            is_local,
            elsewhere,
            parcels: Vec::new(),
            land_m2: 0.0,
            level,
            astray_fen: None,
            is_planned: false,
        });
        self.register.members.len() - 1
    }

    fn local(&mut self, level: f64) -> usize {
        let enterprise = Enterprise::of(self.parameters, &self.county.county, self.locals);
        let serial = self.locals;
        let elsewhere = self.county.abroad.iter().copied().find(|visitor| visitor.serial == serial);
        self.locals += 1;
        let member = self.member(enterprise, true, elsewhere, level);
        let astray = &self.county.astray;
        let found = astray.binary_search_by_key(&serial, |stray| stray.serial).ok();
        self.register.members[member].astray_fen = found.map(|at| astray[at].fen);
        member
    }

    /// The owner of a planned lot. Its number is beyond those of others: no other county chooses it.
    fn alone(&mut self, level: f64) -> usize {
        const FIRST: u32 = 1 << 28;
        let enterprise = Enterprise::of(self.parameters, &self.county.county, FIRST + self.planned);
        self.planned += 1;
        let member = self.member(enterprise, true, None, level);
        let member_of = &mut self.register.members[member];
        (member_of.level, member_of.is_planned) = (level, true);
        member
    }

    /// Who pays here and holds nothing.
    fn stray(&mut self, stray: Stray) {
        let home = &self.plan.counties[stray.home].county;
        let enterprise = Enterprise::of(self.parameters, home, stray.serial);
        let visitor = Visitor { home: stray.home, serial: stray.serial, is_marked: false };
        let member = self.member(enterprise, false, Some(visitor), 0.0);
        self.register.members[member].astray_fen = Some(stray.fen);
    }

    fn visitor(&mut self, visitor: Visitor, level: f64) -> usize {
        let home = &self.plan.counties[visitor.home].county;
        let enterprise = Enterprise::of(self.parameters, home, visitor.serial);
        self.member(enterprise, false, Some(visitor), level)
    }

    fn take(&mut self, member: usize, parcel: usize, land_m2: f64) {
        let member = &mut self.register.members[member];
        member.land_m2 += land_m2;
        if member.parcels.last() != Some(&parcel) {
            member.parcels.push(parcel);
        }
    }

    fn owner(&mut self, at: usize, parcel: &Parcel, owner: usize, let_m2: f64) {
        let amount_m2 = self.draw.chance(self.parameters.occupancy.stated_share).then_some(parcel.lot.registered_m2);
        self.take(owner, at, parcel.lot.registered_m2 - let_m2);
        self.register.rows.push(Occupancy {
            parcel: at,
            parcel_id: parcel.id.clone(),
            member: owner,
            lessor: None,
            by_floor: false,
            amount_m2,
            from: parcel.since,
            to: None,
            is_lost: false,
        });
    }

    /// The tenants' rows; gives the land they hold together, in m².
    fn tenants(&mut self, at: usize, parcel: &mut Parcel, owner: usize, tenants: u32, last: &mut Option<usize>) -> f64 {
        let land = parcel.lot.registered_m2;
        let floor = *parcel.floor_m2.get_or_insert_with(|| cents(land * 1.1));
        let by_floor = self.draw.chance(self.parameters.occupancy.by_floor_share);
        let whole = if by_floor { floor } else { land };
        let let_share = self.draw.between(0.5, 0.95);
        let weights: Vec<f64> = (0..tenants).map(|_| self.draw.between(0.5, 1.5)).collect();
        let sum: f64 = weights.iter().sum();
        let mut let_m2 = 0.0;
        for (number, weight) in weights.into_iter().enumerate() {
            let share = let_share * weight / sum;
            let returns = number == 0 && self.draw.chance(self.parameters.occupancy.returning_tenant_share);
            let tenant = last.filter(|_| returns).unwrap_or_else(|| self.local(parcel.lot.level));
            *last = Some(tenant);
            self.take(tenant, at, land * share);
            let_m2 += land * share;
            let from = date(&mut self.draw, 2015, 2022);
            self.register.rows.push(Occupancy {
                parcel: at,
                parcel_id: parcel.id.clone(),
                member: tenant,
                lessor: Some(owner),
                by_floor,
                amount_m2: Some(cents(whole * share)),
                from: from.max(parcel.since),
                to: None,
                is_lost: false,
            });
        }
        let_m2
    }

    /// A tenant that left before the first period: in the register, without a ledger row.
    fn former_tenant(&mut self, at: usize, parcel: &Parcel, owner: usize) {
        let tenant = self.local(parcel.lot.level);
        let from = date(&mut self.draw, 2012, 2019).max(parcel.since);
        let to = date(&mut self.draw, 2020, 2022).max(from);
        self.register.rows.push(Occupancy {
            parcel: at,
            parcel_id: parcel.id.clone(),
            member: tenant,
            lessor: Some(owner),
            by_floor: false,
            amount_m2: Some(cents(parcel.lot.registered_m2 * 0.3)),
            from,
            to: Some(to),
            is_lost: false,
        });
    }
}

/// m² of 2 decimals in cm² (1e-4 m²).
#[must_use]
pub fn cm2(m2: f64) -> i64 {
    (m2 * 100.0).round() as i64 * 100
}

/// Rounded to 2 decimals.
#[must_use]
pub fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
