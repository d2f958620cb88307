//! The regions of a conflict: what git would write between markers.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::ConflictRegion;

use super::written::{List, every};

/// The regions of a conflict, where it has any, with the keys of its two sides and whether to tell what is
/// certain.
pub(super) fn regions(
    regions: &[ConflictRegion],
    sides: [&'static str; 2],
    certainty: bool,
) -> Option<impl Serialize> {
    let of = move |region| RegionJson { region, sides, certainty };
    every(regions).map(|regions| List(move || regions.iter().map(of)))
}

struct RegionJson<'a> {
    region: &'a ConflictRegion,
    sides: [&'static str; 2],
    certainty: bool,
}

impl Serialize for RegionJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (at, name) in self.sides.iter().enumerate() {
            let lines = self.region.sides.map(|sides| [sides[at].start, sides[at].end]);
            map.serialize_entry(name, &lines)?;
        }
        if self.certainty {
            map.serialize_entry("certain", &self.region.certain)?;
        }
        map.end()
    }
}
