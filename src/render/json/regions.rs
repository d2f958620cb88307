//! The regions of a conflict: what git would write between markers.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::ConflictRegion;

/// The regions of a conflict, with the keys of its two sides.
pub(super) struct RegionsJson<'a> {
    regions: &'a [ConflictRegion],
    sides: [&'static str; 2],
    /// Whether it is told what is certain.
    certainty: bool,
}

/// `None` where there are no regions.
pub(super) fn regions_json<'a>(
    regions: &'a [ConflictRegion],
    sides: [&'static str; 2],
) -> Option<RegionsJson<'a>> {
    (!regions.is_empty()).then_some(RegionsJson { regions, sides, certainty: true })
}

impl RegionsJson<'_> {
    /// Without what is certain: of a merge that was asked for, not of two terminals.
    pub(super) fn without_certainty(self) -> Self {
        Self { certainty: false, ..self }
    }
}

impl Serialize for RegionsJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let of = |region| RegionJson { region, within: self };
        serializer.collect_seq(self.regions.iter().map(of))
    }
}

struct RegionJson<'a> {
    region: &'a ConflictRegion,
    within: &'a RegionsJson<'a>,
}

impl Serialize for RegionJson<'_> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (at, name) in self.within.sides.iter().enumerate() {
            let lines = self.region.sides.map(|sides| [sides[at].start, sides[at].end]);
            map.serialize_entry(name, &lines)?;
        }
        if self.within.certainty {
            map.serialize_entry("certain", &self.region.certain)?;
        }
        map.end()
    }
}
