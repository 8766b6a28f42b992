//! Well-known binary. The reader is our own: the `wkb` crate reads ordinates with `unwrap`, is lazy about counts,
//! and its view through `geo-traits` closes rings silently, so a broken delivery would panic or pass unseen.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use crate::domain::RejectCode;

/// Most vertices that one parcel may have.
pub const MAX_VERTICES: usize = 1_000_000;

const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;
const COLLECTION: u32 = 7;
const SIZE_OF_HEADER: usize = 5;
const SIZE_OF_COUNT: usize = 4;

/// Polygons of rings as delivered, outer ring first; rings may be unclosed, repeat points or be empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawPolygons(pub Vec<Vec<Vec<Coord>>>);

/// Reads a polygon, a multipolygon or a collection of these, ISO or EWKB, either byte order; Z and M are dropped.
///
/// # Errors
/// `GeometryMissing` when empty, `GeometryNotPolygon` for any other known type, `GeometryTooLarge` above
/// [`MAX_VERTICES`], `GeometryUnreadable` for anything else. Allocates no more than the bytes hold.
pub fn decode(bytes: &[u8]) -> Result<RawPolygons, RejectCode> {
    if bytes.is_empty() {
        return Err(RejectCode::GeometryMissing);
    }
    let mut reader = Reader { bytes, big_endian: false, vertices: 0 };
    let mut polygons = Vec::new();
    reader.geometry(&mut polygons, &[POLYGON, MULTI_POLYGON, COLLECTION])?;
    if !reader.bytes.is_empty() {
        return Err(RejectCode::GeometryUnreadable);
    }
    if reader.vertices == 0 {
        return Err(RejectCode::GeometryMissing);
    }
    Ok(RawPolygons(polygons))
}

/// Reads WKB of our own making; none if it is not.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<MultiPolygon> {
    let polygon = |rings: Vec<Vec<Coord>>| {
        let mut rings = rings.into_iter().map(LineString);
        Some(Polygon::new(rings.next()?, rings.collect()))
    };
    decode(bytes).ok()?.0.into_iter().map(polygon).collect()
}

/// Appends the geometry as little-endian ISO WKB: a `Polygon` when it is one, else a `MultiPolygon`.
pub fn encode(geometry: &MultiPolygon, out: &mut Vec<u8>) {
    if let [polygon] = geometry.0.as_slice() {
        encode_polygon(polygon, out);
    } else {
        header(MULTI_POLYGON, geometry.0.len(), out);
        geometry.iter().for_each(|polygon| encode_polygon(polygon, out));
    }
}

fn encode_polygon(polygon: &Polygon, out: &mut Vec<u8>) {
    header(POLYGON, 1 + polygon.interiors().len(), out);
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        count(ring.0.len(), out);
        for coord in &ring.0 {
            out.extend_from_slice(&coord.x.to_le_bytes());
            out.extend_from_slice(&coord.y.to_le_bytes());
        }
    }
}

fn header(kind: u32, items: usize, out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
    count(items, out);
}

#[expect(clippy::cast_possible_truncation, reason = "vertices are capped at a million")]
fn count(items: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(items as u32).to_le_bytes());
}

/// What is left to read.
struct Reader<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    vertices: usize,
}

impl Reader<'_> {
    /// One geometry of an allowed type; its parts are allowed less, so nesting is bounded.
    fn geometry(&mut self, polygons: &mut Vec<Vec<Vec<Coord>>>, allowed: &[u32]) -> Result<(), RejectCode> {
        let [order] = self.take()?;
        self.big_endian = match order {
            0 => true,
            1 => false,
            _ => return Err(RejectCode::GeometryUnreadable),
        };
        let (kind, dimensions) = self.kind()?;
        if !allowed.contains(&kind) {
            return Err(RejectCode::GeometryNotPolygon);
        }
        if kind == POLYGON {
            let polygon = self.polygon(dimensions)?;
            polygons.push(polygon);
            return Ok(());
        }
        let parts = self.count(SIZE_OF_HEADER + SIZE_OF_COUNT)?;
        let allowed: &[u32] = if kind == COLLECTION { &[POLYGON, MULTI_POLYGON] } else { &[POLYGON] };
        (0..parts).try_for_each(|_| self.geometry(polygons, allowed))
    }

    /// The type without its flags, and the ordinates of a vertex.
    fn kind(&mut self) -> Result<(u32, usize), RejectCode> {
        const EWKB_Z: u32 = 0x8000_0000;
        const EWKB_M: u32 = 0x4000_0000;
        const EWKB_SRID: u32 = 0x2000_0000;
        let code = self.u32()?;
        if code & EWKB_SRID != 0 {
            self.u32()?;
        }
        let iso = code & !(EWKB_Z | EWKB_M | EWKB_SRID);
        let (kind, iso_dimensions) = (iso % 1000, iso / 1000);
        if !(1..=17).contains(&kind) || iso_dimensions > 3 {
            return Err(RejectCode::GeometryUnreadable);
        }
        let has_z = code & EWKB_Z != 0 || iso_dimensions & 1 != 0;
        let has_m = code & EWKB_M != 0 || iso_dimensions & 2 != 0;
        Ok((kind, 2 + usize::from(has_z) + usize::from(has_m)))
    }

    fn polygon(&mut self, dimensions: usize) -> Result<Vec<Vec<Coord>>, RejectCode> {
        let rings = self.count(SIZE_OF_COUNT)?;
        (0..rings).map(|_| self.ring(dimensions)).collect()
    }

    fn ring(&mut self, dimensions: usize) -> Result<Vec<Coord>, RejectCode> {
        let size = 8 * dimensions;
        let points = self.count(size)?;
        self.vertices += points;
        if self.vertices > MAX_VERTICES {
            return Err(RejectCode::GeometryTooLarge);
        }
        let (points, rest) = self.bytes.split_at(points * size);
        self.bytes = rest;
        let ordinate = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            if self.big_endian { f64::from_be_bytes(bytes) } else { f64::from_le_bytes(bytes) }
        };
        Ok(points.chunks_exact(size).map(|p| Coord { x: ordinate(&p[..8]), y: ordinate(&p[8..16]) }).collect())
    }

    /// A count of items of at least `size` bytes each, refused when the bytes left cannot hold them.
    fn count(&mut self, size: usize) -> Result<usize, RejectCode> {
        let count = self.u32()? as usize;
        if count > self.bytes.len() / size { Err(RejectCode::GeometryUnreadable) } else { Ok(count) }
    }

    fn u32(&mut self) -> Result<u32, RejectCode> {
        let bytes = self.take()?;
        Ok(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], RejectCode> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(RejectCode::GeometryUnreadable)?;
        self.bytes = rest;
        Ok(*taken)
    }
}
