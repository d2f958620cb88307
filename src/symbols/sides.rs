//! What one side of a merge did to sources, as far as it can matter to another side. First its definitions, from the parts
//! of its files that changed them; then, of what it mentions anew, the names that others lost. Most of what changed is
//! never parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::{Missing, Objects};
use crate::model::{Entry, Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::broken;
use super::delta::{self, SideDelta, SourcePart};
use super::facts::{Definition, Mention, Qualifier};
use super::language::{Family, Language};
use super::reader::{LARGEST_SOURCE, words};
use super::trees::{Library, SourceTable};

/// Where a side changed more source files of a family than this, the family is not looked at.
const MOST_FILES: usize = 3000;

/// Where more bytes of a side would have to be parsed than this, the family is not looked at.
const MOST_BYTES: usize = 16 << 20;

/// What one side did to sources.
#[derive(Default)]
pub struct SideSources {
    families: BTreeMap<Family, SideFamily>,
    /// What was not looked at, with the reason.
    pub skipped: BTreeMap<RepoPath, &'static str>,
}

/// What it did to those of one family.
#[derive(Default)]
struct SideFamily {
    files: Vec<ChangedParts>,
    delta: SideDelta,
    /// Names that a file imported, and does not any more.
    unimported: Vec<(RepoPath, u64)>,
    /// The old texts of functions and the like that it edited, and the names that it defines or imports anew, by file.
    edited: BTreeMap<RepoPath, HashSet<u64>>,
    /// The names of what it lost.
    lost: HashSet<u64>,
    /// Those of them that one file alone can see, with the file.
    local: Vec<(RepoPath, u64)>,
    /// The names of what it mentions anew.
    added: HashSet<u64>,
}

/// The parts in which two versions of a file differ.
struct ChangedParts {
    path: RepoPath,
    language: Language,
    versions: [Vec<OwnedPart>; 2],
}

/// A part of a file.
struct OwnedPart {
    text: Box<[u8]>,
    line: usize,
}

/// A source file of which a side has another version.
#[derive(Clone, Debug)]
pub struct SourceChange {
    path: RepoPath,
    language: Language,
    versions: [Option<Oid>; 2],
}

fn name_hash(name: &str) -> u64 {
    blocks::hash(name.as_bytes())
}

/// Which names each side has to be asked for: those that its counterparts lost.
pub fn names_asked(sides: &[SideSources], pairs: &[[usize; 2]]) -> Vec<AskedNames> {
    let mut asked: Vec<AskedNames> = sides.iter().map(|_| AskedNames::default()).collect();
    for &[a, b] in pairs {
        for [of, by] in [[a, b], [b, a]] {
            for (family, side) in &sides[by].families {
                if let Some(own) = sides[of].families.get(family) {
                    let here = side.local.iter().chain(&side.unimported);
                    let here = here.filter(|(path, _)| own.edited.contains_key(path)).map(|(_, name)| name);
                    asked[of].0.entry(*family).or_default().extend(side.lost.iter().chain(here));
                }
            }
        }
    }
    asked
}

/// Names by family.
#[derive(Default)]
pub struct AskedNames(BTreeMap<Family, HashSet<u64>>);

/// What a side mentions anew, by family.
#[derive(Default)]
pub struct AddedUses {
    uses: BTreeMap<Family, Vec<(RepoPath, Mention)>>,
    skipped: BTreeMap<RepoPath, &'static str>,
}

impl SideSources {
    /// Of these changes, what they did to definitions of these families.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(
        objects: &dyn Objects,
        table: &SourceTable,
        changes: &[SourceChange],
        families: &BTreeSet<Family>,
    ) -> Result<SideSources, Missing> {
        let library = Library::new(objects, table, BTreeSet::new());
        let mut found = SideSources::default();
        for family in families {
            let changes: Vec<&SourceChange> =
                changes.iter().filter(|change| change.family() == *family).collect();
            // of a part, what was moved elsewhere would seem lost
            if changes.len() > MOST_FILES {
                for change in changes {
                    library.skip(&change.path, "one side changed more than 3000 source files");
                }
            } else if let Some(side) = SideFamily::of(&library, *family, &changes)? {
                found.families.insert(*family, side);
            }
        }
        found.skipped = library.skipped.take();
        Ok(found)
    }

    /// What it mentions anew of these names.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn uses_of(
        &self,
        objects: &dyn Objects,
        table: &SourceTable,
        asked: &AskedNames,
    ) -> Result<AddedUses, Missing> {
        let library = Library::new(objects, table, BTreeSet::new());
        let mut found = AddedUses::default();
        for (family, side) in &self.families {
            if let Some(names) = asked.0.get(family).filter(|names| !names.is_empty()) {
                found.uses.insert(*family, side.uses_of(&library, names)?);
            }
        }
        found.skipped = library.skipped.take();
        Ok(found)
    }

    /// Keeps what it mentions anew.
    pub fn add(&mut self, AddedUses { uses, skipped }: AddedUses) {
        for (family, uses) in uses {
            if let Some(side) = self.families.get_mut(&family) {
                side.added = uses.iter().flat_map(|(_, mention)| names_in(mention)).collect();
                side.delta.added = uses;
            }
        }
        self.skipped.extend(skipped);
    }

    /// Whether two may break something of each other, by the names that they have in common.
    pub fn may_break(&self, other: &SideSources) -> bool {
        let mut both = self
            .families
            .iter()
            .filter_map(|(family, side)| Some((family, side, other.families.get(family)?)));
        both.any(|(family, one, other)| one.may_break(*family, other))
    }

    /// What both did, family by family, with the files in which they meet.
    pub(super) fn both<'s>(
        &'s self,
        other: &'s SideSources,
    ) -> impl Iterator<Item = (Family, [&'s SideDelta; 2], BTreeSet<RepoPath>)> {
        let both = self
            .families
            .iter()
            .filter_map(|(family, side)| Some((*family, side, other.families.get(family)?)));
        both.map(|(family, one, other)| (family, [&one.delta, &other.delta], one.meets(other)))
    }
}

impl SideFamily {
    /// `None` where nothing changed.
    fn of(
        library: &Library<'_>,
        family: Family,
        changes: &[&SourceChange],
    ) -> Result<Option<SideFamily>, Missing> {
        let mut side = SideFamily::default();
        let mut versions = [Vec::<SourcePart>::new(), Vec::new()];
        let mut bytes = 0;
        for &file in changes {
            let texts = file.texts(library)?;
            let [old, new] = texts.each_ref().map(|text| text.as_deref().unwrap_or_default());
            if old.len().max(new.len()) > LARGEST_SOURCE {
                library.skip(&file.path, "larger than 1 MiB");
                continue;
            }
            let differing = blocks::differing([old, new]);
            let parts = blocks::defining(family, [&differing[0], &differing[1]]);
            let edited = side.edited.entry(file.path.clone()).or_default();
            // the locals of C are not followed
            if family != Family::C {
                edited.extend(differing[0].iter().map(|block| blocks::hash(block.text)));
            }
            bytes += parts.iter().flatten().map(|block| block.text.len()).sum::<usize>();
            if bytes > MOST_BYTES {
                library.skip(&file.path, "one side changed more than 16 MiB of sources");
                return Ok(None);
            }
            let read = |part| source_part(library, &file.path, file.language, part);
            let both = parts.each_ref().map(|parts| parts.iter().map(read).collect::<Vec<_>>());
            let imported = |parts: &[SourcePart]| -> BTreeSet<u64> {
                let imports = parts.iter().flat_map(|part| &part.facts.imports);
                imports.map(|import| name_hash(&import.name)).collect()
            };
            let [was, is] = both.each_ref().map(|parts| imported(parts));
            side.unimported.extend(was.difference(&is).map(|name| (file.path.clone(), *name)));
            edited.extend(is.difference(&was));
            if file.versions[1].is_none() {
                side.delta.removed_files.push(file.path.clone());
            }
            versions.iter_mut().zip(both).for_each(|(versions, parts)| versions.extend(parts));
            let own = |block: &TextBlock<'_>| OwnedPart { text: block.text.into(), line: block.line };
            side.files.push(ChangedParts {
                path: file.path.clone(),
                language: file.language,
                versions: differing.map(|blocks| blocks.iter().map(own).collect()),
            });
        }
        let [before, after] = &versions;
        [side.delta.lost, side.delta.gained] = delta::definitions(family, [before, after]);
        for (path, gained) in &side.delta.gained {
            side.edited.entry(path.clone()).or_default().insert(name_hash(&gained.name));
        }
        let is_seen = |(path, one): &&(RepoPath, Definition)| !delta::is_local(family, path, one);
        let (seen, local): (Vec<_>, Vec<_>) = side.delta.lost.iter().partition(is_seen);
        side.lost = seen.iter().map(|(_, one)| name_hash(&one.name)).chain(side.names_of_files()).collect();
        side.local = local.iter().map(|(path, one)| (path.clone(), name_hash(&one.name))).collect();
        Ok((!side.files.is_empty()).then_some(side))
    }

    /// The names by which others import the files that it removed.
    fn names_of_files(&self) -> impl Iterator<Item = u64> {
        self.delta.removed_files.iter().flat_map(|path| {
            let name = path.file_name();
            let stem = name.split(|byte| *byte == b'.').next().unwrap_or(name);
            let folder = path.parent().unwrap_or_default();
            [blocks::words(stem), blocks::words(folder.file_name())].concat()
        })
    }

    fn uses_of(
        &self,
        library: &Library<'_>,
        asked: &HashSet<u64>,
    ) -> Result<Vec<(RepoPath, Mention)>, Missing> {
        let mut versions = [Vec::<SourcePart>::new(), Vec::new()];
        let holds = |block: &TextBlock<'_>| blocks::words(block.text).iter().any(|word| asked.contains(word));
        for file in &self.files {
            for (versions, parts) in versions.iter_mut().zip(&file.versions) {
                let block = |part: &'_ OwnedPart| -> Vec<SourcePart> {
                    let block = TextBlock { text: &part.text, line: part.line, end: "" };
                    let read = holds(&block).then(|| source_part(library, &file.path, file.language, &block));
                    read.into_iter().collect()
                };
                versions.extend(parts.iter().flat_map(block));
            }
        }
        let is_asked = |mention: &Mention| names_in(mention).any(|name| asked.contains(&name));
        let [before, after] = &versions;
        Ok(delta::uses([before, after], is_asked))
    }

    fn may_break(&self, family: Family, other: &SideFamily) -> bool {
        let misses = |one: &SideFamily, other: &SideFamily| {
            let mut local = one.local.iter().filter(|(path, _)| other.edited.contains_key(path));
            !one.lost.is_disjoint(&other.added) || local.any(|(_, name)| other.added.contains(name))
        };
        (misses(self, other) || misses(other, self)) && broken::is_asked(family, [&self.delta, &other.delta])
            || !self.meets(other).is_empty()
            || family == Family::Go && defines_again(&self.delta, &other.delta)
    }

    /// The files in which the two edited one function or the like, defined or imported one name, or one removed the import
    /// of what the other mentions.
    fn meets(&self, other: &SideFamily) -> BTreeSet<RepoPath> {
        let both =
            self.edited.iter().filter_map(|(path, edited)| Some((path, edited, other.edited.get(path)?)));
        let edited = both.filter(|(_, one, other)| !one.is_disjoint(other)).map(|(path, ..)| path);
        let unimported = [(self, other), (other, self)].into_iter().flat_map(|(one, user)| {
            let used =
                |(path, name): &&(RepoPath, u64)| user.edited.contains_key(path) && user.added.contains(name);
            one.unimported.iter().filter(used).map(|(path, _)| path)
        });
        edited.chain(unimported).cloned().collect()
    }
}

/// Whether both define a name in one folder, which is one scope in Go.
fn defines_again(one: &SideDelta, other: &SideDelta) -> bool {
    let places = |side: &SideDelta| -> HashSet<(u64, RepoPath)> {
        side.gained
            .iter()
            .map(|(path, one)| (name_hash(&one.name), path.parent().unwrap_or_default()))
            .collect()
    };
    !places(one).is_disjoint(&places(other))
}

/// The names by which a use can miss something.
fn names_in(mention: &Mention) -> impl Iterator<Item = u64> {
    let of_qualifier = match &mention.qualifier {
        Qualifier::Imported(from) => &**from,
        Qualifier::Name(name) => name,
        Qualifier::None | Qualifier::Own(_) | Qualifier::Value => "",
    };
    words(of_qualifier).map(name_hash).chain([name_hash(&mention.name)])
}

impl SourceChange {
    /// `None` where it is no source file, or has the same content.
    pub fn new(path: &RepoPath, old: Option<Entry>, new: Option<Entry>) -> Option<SourceChange> {
        let language = Language::of(path)?;
        let versions =
            [old, new].map(|entry| entry.filter(|entry| entry.kind.is_file()).map(|entry| entry.oid));
        (versions[0] != versions[1]).then(|| SourceChange { path: path.clone(), language, versions })
    }

    /// Where it is.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The family of its language.
    pub fn family(&self) -> Family {
        self.language.family()
    }

    /// Both versions, as far as they are there.
    fn texts(&self, library: &Library<'_>) -> Result<[Option<Arc<[u8]>>; 2], Missing> {
        let read = |oid: Option<Oid>| oid.map(|oid| library.objects().blob(oid)).transpose();
        Ok([read(self.versions[0])?, read(self.versions[1])?])
    }
}

/// What a part of a file says.
fn source_part(
    library: &Library<'_>,
    path: &RepoPath,
    language: Language,
    part: &TextBlock<'_>,
) -> SourcePart {
    SourcePart { path: path.clone(), line: part.line as u32, facts: library.part(path, part, language) }
}
