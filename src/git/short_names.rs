//! Short names of commits, as git abbreviates them.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use git2::Config;

use crate::files;
use crate::model::Oid;

use super::ids;
use super::opener::Opener;

/// How many digits an id has.
const ALL: usize = 40;
/// The minimum that `core.abbrev` accepts.
const FEWEST: i64 = 4;
/// The minimum where it is not set.
const USUAL: usize = 7;
/// Object stores that stores refer to, one after the other.
const DEEPEST: usize = 5;

/// `core.abbrev`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// By the number of objects.
    #[default]
    Auto,
    /// So many digits, or more where these are not unique.
    Digits(usize),
}

impl Abbreviation {
    /// Reads it. Where git would stop at the value, it counts as not set.
    pub(super) fn of(config: &Config) -> Abbreviation {
        let Ok(text) = config.get_string("core.abbrev") else { return Abbreviation::Auto };
        match (text.to_ascii_lowercase().as_str(), config.get_i64("core.abbrev")) {
            ("auto", _) => Abbreviation::Auto,
            ("" | "no" | "off" | "false", _) => Abbreviation::Digits(ALL),
            (_, Ok(digits)) if digits >= FEWEST => {
                Abbreviation::Digits(usize::try_from(digits).map_or(ALL, |digits| digits.min(ALL)))
            }
            _ => Abbreviation::Auto,
        }
    }
}

/// Short names of commits, as git puts them next to conflict markers.
pub(super) struct Abbreviator {
    opener: Opener,
    objects: PathBuf,
    abbreviation: Abbreviation,
    known: Mutex<HashMap<Oid, String>>,
}

impl Abbreviator {
    /// The names of objects that the repository with this git folder has.
    pub(super) fn new(opener: Opener, common_dir: &Path, abbreviation: Abbreviation) -> Abbreviator {
        Abbreviator { opener, objects: common_dir.join("objects"), abbreviation, known: Mutex::default() }
    }

    /// The shortest name that no other object has, of so many digits at least.
    pub(super) fn name(&self, id: Oid) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(id).or_insert_with(|| self.unique(id)).clone()
    }

    fn unique(&self, id: Oid) -> String {
        let least = match self.abbreviation {
            Abbreviation::Auto => usual_length(packed_objects(&self.objects, DEEPEST)),
            Abbreviation::Digits(digits) => digits,
        };
        let mut text = id.to_string();
        let repo = self.opener.common();
        let store = repo.as_ref().ok().and_then(|repo| repo.odb().ok());
        let is_ambiguous = |digits: &usize| {
            let found = store.as_ref().map(|store| store.exists_prefix(ids::to_git2(id), *digits));
            matches!(found, Some(Err(error)) if error.code() == git2::ErrorCode::Ambiguous)
        };
        let digits = (least..ALL).find(|digits| !is_ambiguous(digits)).unwrap_or(ALL);
        text.truncate(digits);
        text
    }
}

/// How many digits git uses for this many packed objects: half as many as the number has bits.
fn usual_length(objects: u64) -> usize {
    let bits = u64::BITS - objects.leading_zeros();
    USUAL.max(bits.div_ceil(2) as usize)
}

/// The objects in all packs, those of the stores that this one refers to among them. Loose ones do
/// not count, for git. Objects in several packs count several times, which git's index of many packs
/// counts better.
fn packed_objects(store: &Path, depth: usize) -> u64 {
    let packs = fs::read_dir(store.join("pack")).into_iter().flatten().flatten().map(|entry| entry.path());
    let indexes = packs.filter(|path| path.extension().is_some_and(|kind| kind == "idx"));
    let own: u64 = indexes.filter_map(|path| objects_of(&path)).map(u64::from).sum();
    let others = files::read_text(&store.join("info/alternates"), files::MOST_OF_GIT).unwrap_or_default();
    let others = others.lines().filter(|line| depth > 0 && !line.is_empty() && !line.starts_with('#'));
    own + others.map(|line| packed_objects(&store.join(line), depth - 1)).sum::<u64>()
}

/// The number of objects in the index of a pack: the last of 256 sums, which follow a magic number and
/// the version from version 2 on.
fn objects_of(index: &Path) -> Option<u32> {
    let mut file = files::open(index).ok()?;
    let mut number = [0; 4];
    file.read_exact(&mut number).ok()?;
    let start = if number == *b"\xfftOc" { 8 } else { 0 };
    file.seek(SeekFrom::Start(start + 255 * 4)).ok()?;
    file.read_exact(&mut number).ok()?;
    Some(u32::from_be_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_grow_as_git_makes_them_grow() {
        let lengths = [0, 9, 16_383, 16_384, 65_535, 65_536, 131_072].map(usual_length);
        assert_eq!(lengths, [7, 7, 7, 8, 8, 9, 9]);
    }
}
