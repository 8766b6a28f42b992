//! Well-known binary. The reader is our own: the `wkb` crate reads ordinates with `unwrap`, is lazy about counts,
//! and its view through `geo-traits` closes rings silently, so a broken delivery would panic or pass unseen.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::adjacency::Bounds;
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

/// How many polygons WKB of our own making has, and the box of their outer rings; none if it is not, or has no point.
#[must_use]
pub fn extent(bytes: &[u8]) -> Option<(usize, Bounds)> {
    let mut reader = Reader { bytes, big_endian: false, vertices: 0 };
    let is_one = reader.header()? == POLYGON;
    let polygons = if is_one { 1 } else { reader.u32().ok()? as usize };
    let mut all: Option<Bounds> = None;
    for _ in 0..polygons {
        if !is_one {
            reader.header()?;
        }
        for ring in 0..reader.u32().ok()? {
            let size = (reader.u32().ok()? as usize).checked_mul(16)?;
            let (points, rest) = reader.bytes.split_at_checked(size)?;
            reader.bytes = rest;
            if ring == 0 {
                let points = points.as_chunks::<8>().0.as_chunks::<2>().0;
                let points = points.iter().map(|[x, y]| Coord { x: f64::from_le_bytes(*x), y: f64::from_le_bytes(*y) });
                all = all.into_iter().chain(Bounds::all(points)).reduce(Bounds::around);
            }
        }
    }
    Some((polygons, all?))
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
    /// The type of a geometry of our own making.
    fn header(&mut self) -> Option<u32> {
        let [1] = self.take().ok()? else { return None };
        self.u32().ok()
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;
    use proptest::prelude::*;

    /// A ring of points in little-endian WKB, `ordinates` doubles each.
    fn ring(points: &[(f64, f64)], ordinates: usize) -> Vec<u8> {
        let mut bytes = u32::try_from(points.len()).unwrap().to_le_bytes().to_vec();
        for (x, y) in points {
            for value in [*x, *y, 7.0, 8.0].iter().take(ordinates) {
                bytes.extend(value.to_le_bytes());
            }
        }
        bytes
    }

    fn polygon(code: u32, srid: bool, rings: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(code.to_le_bytes());
        if srid {
            bytes.extend(4490_u32.to_le_bytes());
        }
        bytes.extend(u32::try_from(rings.len()).unwrap().to_le_bytes());
        bytes.extend(rings.concat());
        bytes
    }

    const OPEN: [(f64, f64); 3] = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)];

    fn open() -> RawPolygons {
        RawPolygons(vec![vec![OPEN.map(|(x, y)| Coord { x, y }).to_vec()]])
    }

    #[test]
    fn own_geometries_read_back() {
        for geometry in [
            wkt!(MULTIPOLYGON(((0. 0.,1. 0.,1. 1.,0. 0.)))),
            wkt!(MULTIPOLYGON(((0. 0.,9. 0.,9. 9.,0. 0.),(2. 1.,3. 2.,3. 1.,2. 1.)),((20. 0.,21. 0.,21. 1.,20. 0.)))),
        ] {
            let mut bytes = Vec::new();
            encode(&geometry, &mut bytes);
            assert_eq!(read(&bytes).as_ref(), Some(&geometry));
            assert_eq!(extent(&bytes), Some((geometry.0.len(), Bounds::of(&geometry).unwrap())));
            assert_eq!(extent(&bytes[..bytes.len() - 1]), None);
            let kind = if geometry.0.len() == 1 { 3 } else { 6 };
            assert_eq!(bytes[..5], [1, kind, 0, 0, 0]);
            let gdal = gdal::vector::Geometry::from_wkb(&bytes).unwrap();
            assert_eq!(gdal.geometry_count(), if geometry.0.len() == 1 { 1 } else { 2 });
        }
    }

    #[test]
    fn unclosed_rings_stay_as_delivered_and_z_m_srid_are_dropped() {
        for (code, srid, ordinates) in [
            (3, false, 2),
            (1003, false, 3),
            (2003, false, 3),
            (3003, false, 4),
            (0x8000_0003, false, 3),
            (0x4000_0003, false, 3),
            (0xE000_0003, true, 4),
            (0x2000_0003, true, 2),
        ] {
            assert_eq!(decode(&polygon(code, srid, &[ring(&OPEN, ordinates)])), Ok(open()), "{code:x}");
        }
    }

    #[test]
    fn big_endian_and_collections_are_read_as_gdal_writes_them() {
        for text in ["POLYGON((0 0,1 0,0 1,0 0))", "MULTIPOLYGON(((0 0,1 0,0 1,0 0)))"] {
            let collection = format!("GEOMETRYCOLLECTION({text})");
            for text in [text, collection.as_str()] {
                let bytes = gdal::vector::Geometry::from_wkt(text).unwrap().wkb().unwrap();
                let decoded = decode(&bytes).unwrap();
                assert_eq!(decoded.0[0][0].len(), 4, "{text}");
            }
        }
        let mut big = vec![0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 3];
        big.extend(OPEN.iter().flat_map(|(x, y)| [x.to_be_bytes(), y.to_be_bytes()].concat()));
        assert_eq!(decode(&big), Ok(open()));
    }

    #[test]
    fn refusals_have_their_code() {
        let gdal = |text: &str| gdal::vector::Geometry::from_wkt(text).unwrap().wkb().unwrap();
        for (bytes, code) in [
            (Vec::new(), RejectCode::GeometryMissing),
            (gdal("POLYGON EMPTY"), RejectCode::GeometryMissing),
            (gdal("MULTIPOLYGON EMPTY"), RejectCode::GeometryMissing),
            (gdal("POINT(1 2)"), RejectCode::GeometryNotPolygon),
            (gdal("LINESTRING(0 0,1 1)"), RejectCode::GeometryNotPolygon),
            (gdal("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"), RejectCode::GeometryNotPolygon),
            (gdal("GEOMETRYCOLLECTION(POLYGON((0 0,1 0,0 1,0 0)),POINT(1 2))"), RejectCode::GeometryNotPolygon),
            (vec![1, 3, 0, 0, 0, 255, 255, 255, 255], RejectCode::GeometryUnreadable),
            (vec![9, 3, 0, 0, 0, 0, 0, 0, 0], RejectCode::GeometryUnreadable),
            ([polygon(3, false, &[ring(&OPEN, 2)]), vec![0]].concat(), RejectCode::GeometryUnreadable),
            (polygon(3, false, &[ring(&vec![(0.0, 0.0); MAX_VERTICES + 1], 2)]), RejectCode::GeometryTooLarge),
        ] {
            assert_eq!(decode(&bytes), Err(code));
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), steer in any::<bool>()) {
            if steer && bytes.len() > 5 {
                bytes[0] = 1;
                bytes[1] = [3, 6, 7][usize::from(bytes[1]) % 3];
                bytes[2..5].fill(0);
            }
            let _ = decode(&bytes);
        }

        #[test]
        fn cut_or_altered_bytes_never_panic(cut in 0_usize..150, at in 0_usize..150, byte in any::<u8>()) {
            let geometry = wkt!(MULTIPOLYGON(((0. 0.,1. 0.,1. 1.,0. 0.)),((2. 0.,3. 0.,3. 1.,2. 0.))));
            let mut bytes = Vec::new();
            encode(&geometry, &mut bytes);
            prop_assert!(decode(&bytes[..cut.min(bytes.len() - 1)]).is_err());
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = decode(&bytes);
        }
    }
}
