//! What one side of a merge did to sources, as far as it can matter to another side. First its definitions, from the parts
//! of its files that changed them; then, of what it mentions anew, the names that others lost. Most of what changed is
//! never parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::{Missing, Objects};
use crate::model::{Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::changed::{ChangedParts, SourceChange};
use super::delta::{self, SideDelta, SourcePart};
use super::derived;
use super::facts::{Definition, Mention, Qualifier, Word};
use super::implementations;
use super::known::{SideFacts, SideKey};
use super::language::Family;
use super::nodes::words;
use super::parts::SoughtWords;
use super::passed;
use super::questions;
use super::same_file;
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
    pub skipped: BTreeMap<RepoPath, String>,
}

/// What it did to those of one family.
struct SideFamily {
    changes: Vec<SourceChange>,
    known: SideFacts,
    /// The parts that changed; `None` where they were not read.
    files: Option<Vec<ChangedParts>>,
    /// The names of what it mentions anew.
    added: HashSet<u64>,
}

/// Which names each side has to be asked for: those that its counterparts lost.
pub fn names_asked(sides: &[SideSources], pairs: &[[usize; 2]]) -> Vec<AskedNames> {
    let mut asked: Vec<AskedNames> = sides.iter().map(|_| AskedNames::default()).collect();
    for &[a, b] in pairs {
        for [of, by] in [[a, b], [b, a]] {
            for (family, side) in &sides[by].families {
                if let Some(own) = sides[of].families.get(family) {
                    let (side, own) = (&side.known, &own.known);
                    let here = side.local.iter().chain(&side.missing);
                    let here = here.filter(|(path, _)| own.edited.contains_key(path)).map(|(_, name)| name);
                    let names = side.lost.iter().chain(here).filter(|name| own.new_words.contains(name));
                    let entry = asked[of].0.entry(*family).or_default();
                    entry.extend(names);
                    entry.extend(made_as(&own.delta, &side.lost));
                    entry.extend(called_as(&own.delta, &side.lost));
                    entry.extend(named_for(&side.delta).filter(|name| own.new_words.contains(name)));
                }
            }
        }
    }
    asked
}

/// Finds the types of a tree that derive from what these sides changed, where they ask for more than before, and the other names
/// under which its modules pass on what they changed.
///
/// # Errors
/// A file that cannot be read.
pub fn derive(
    objects: &dyn Objects,
    table: &SourceTable,
    tree: Oid,
    sides: &mut [SideSources],
) -> Result<(), Missing> {
    let all = sides.iter().flat_map(|side| side.families.keys().copied());
    for family in all.collect::<BTreeSet<Family>>() {
        let by_side = |names: &dyn Fn(&SideDelta) -> HashSet<Word>| -> Vec<HashSet<Word>> {
            let deltas = sides.iter().map(|side| side.families.get(&family));
            deltas.map(|side| side.map_or_else(HashSet::default, |side| names(&side.known.delta))).collect()
        };
        let asking = by_side(&|delta| derived::asking_for_more(family, delta));
        let changed = by_side(&|delta| passed::changed(family, delta));
        let all = |names: &[HashSet<Word>]| -> HashSet<Word> { names.iter().flatten().cloned().collect() };
        let library = Library::new(objects, table, BTreeSet::new());
        let found = match all(&asking) {
            none if none.is_empty() => Vec::new(),
            of => derived::derived(&library, &*library.tree(tree, family)?, family, &of)?,
        };
        let passed = match all(&changed) {
            none if none.is_empty() => Vec::new(),
            of => passed::renamed(&library, &*library.tree(tree, family)?, family, &of)?,
        };
        for ((side, asking), changed) in sides.iter_mut().zip(&asking).zip(&changed) {
            if let Some(side) = side.families.get_mut(&family) {
                let own = found.iter().filter(|one| asking.contains(&one.of));
                side.known.delta.derived = own.cloned().collect();
                let own = passed.iter().filter(|(_, original)| changed.contains(original));
                side.known.delta.passed_as = own.cloned().collect();
            }
        }
    }
    Ok(())
}

/// Names by family.
#[derive(Default)]
pub struct AskedNames(BTreeMap<Family, HashSet<u64>>);

/// What a side mentions anew of the names that were asked for, by family.
#[derive(Default)]
pub struct AddedUses(BTreeMap<Family, AddedMentions>);

struct AddedMentions {
    uses: Vec<(RepoPath, Mention)>,
    skipped: BTreeMap<RepoPath, String>,
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
        let mut found = SideSources::default();
        for family in families {
            let changes: Vec<SourceChange> =
                changes.iter().filter(|change| change.family() == *family).cloned().collect();
            let library = Library::new(objects, table, BTreeSet::new());
            // of a part, what was moved elsewhere would seem lost
            if changes.len() > MOST_FILES {
                for change in changes {
                    library.skip(&change.path, "one side changed more than 3000 source files");
                }
            } else if let Some(side) = SideFamily::of(&library, *family, changes)? {
                found.skipped.extend(side.known.skipped.clone());
                found.families.insert(*family, side);
            }
            found.skipped.extend(library.skipped());
        }
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
        let mut found = AddedUses::default();
        for (family, side) in &self.families {
            let names = asked.0.get(family).into_iter().flatten();
            let names: HashSet<u64> =
                names.filter(|name| !side.known.asked.contains(name)).copied().collect();
            if !names.is_empty() {
                let library = Library::new(objects, table, BTreeSet::new());
                let uses = side.uses_of(&library, &names)?;
                found.0.insert(*family, AddedMentions { uses, skipped: library.skipped() });
            }
        }
        Ok(found)
    }

    /// Keeps what it mentions anew of these names.
    pub fn add(&mut self, table: &SourceTable, asked: &AskedNames, AddedUses(found): AddedUses) {
        for (family, AddedMentions { uses, skipped }) in found {
            if let Some(side) = self.families.get_mut(&family) {
                side.known.asked.extend(asked.0.get(&family).into_iter().flatten());
                side.known.delta.added.extend(uses);
                // what was not looked at is looked at again
                if skipped.is_empty() {
                    side.keep(table, family);
                }
            }
            self.skipped.extend(skipped);
        }
        for side in self.families.values_mut() {
            // whoever asks again reads them again
            side.files = None;
            side.added = side.known.delta.added.iter().flat_map(|(_, mention)| names_in(mention)).collect();
        }
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
        both.map(|(family, one, other)| (family, [&one.known.delta, &other.known.delta], one.meets(other)))
    }
}

impl SideFamily {
    /// `None` where nothing changed. From an earlier look where these changes were looked at.
    fn of(
        library: &Library<'_>,
        family: Family,
        changes: Vec<SourceChange>,
    ) -> Result<Option<SideFamily>, Missing> {
        let (files, added) = (None, HashSet::default());
        let known = SideFacts::default();
        let mut side = SideFamily { changes, known, files, added };
        match library.table().kept.sides.find(&side.key(family)) {
            Some(known) => side.known = SideFacts::clone(&known),
            None => {
                let mut files = Vec::new();
                let Some(known) = SideFacts::of(library, family, &side.changes, &mut files)? else {
                    return Ok(None);
                };
                (side.known, side.files) = (known, Some(files));
                side.known.skipped = library.skipped();
                side.keep(library.table(), family);
            }
        }
        Ok((!side.changes.is_empty()).then_some(side))
    }

    fn key(&self, family: Family) -> SideKey {
        (family, self.changes.iter().map(|change| (change.path.clone(), change.versions)).collect())
    }

    fn keep(&self, table: &SourceTable, family: Family) {
        table.kept.sides.keep(self.key(family), Arc::new(self.known.clone()));
    }

    /// What it mentions anew of these names.
    fn uses_of(
        &self,
        library: &Library<'_>,
        asked: &HashSet<u64>,
    ) -> Result<Vec<(RepoPath, Mention)>, Missing> {
        let read;
        let files = match &self.files {
            Some(files) => files,
            None => {
                let files: Result<Vec<_>, Missing> =
                    self.changes.iter().map(|change| ChangedParts::of(library, change)).collect();
                read = files?.into_iter().flatten().collect();
                &read
            }
        };
        let mut versions = [Vec::<SourcePart>::new(), Vec::new()];
        // what no line of a file that changed names, it mentions as often as before
        let mut changed: BTreeMap<&RepoPath, SoughtWords> = BTreeMap::new();
        for file in files {
            let here = SoughtWords::of(file.changed_words(asked));
            let holds = |block: &&TextBlock<'_>| here.are_in(block.text);
            for (versions, blocks) in versions.iter_mut().zip(file.blocks()) {
                versions.extend(blocks.iter().filter(holds).map(|block| file.read(library, block, &here)));
            }
            changed.insert(&file.path, here);
        }
        let is_known = |name: u64| self.known.asked.contains(&name);
        let is_asked = |path: &RepoPath, mention: &Mention| {
            let here = changed.get(path);
            names_in(mention).any(|name| here.is_some_and(|here| here.has(name)))
                && !names_in(mention).any(is_known)
        };
        let [before, after] = &versions;
        Ok(delta::uses([before, after], is_asked))
    }

    fn may_break(&self, family: Family, other: &SideFamily) -> bool {
        let (one, user) = (&self.known, &other.known);
        let misses = |side: &SideFamily, other: &SideFamily| {
            let (one, user) = (&side.known, &other.known);
            let mut local = one.local.iter().filter(|(path, _)| user.edited.contains_key(path));
            !one.lost.is_disjoint(&other.added)
                || local.any(|(_, name)| other.added.contains(name))
                || made_as(&user.delta, &one.lost).any(|name| other.added.contains(&name))
                || called_as(&user.delta, &one.lost).any(|name| other.added.contains(&name))
                || named_for(&one.delta).any(|name| other.added.contains(&name))
        };
        (misses(self, other) || misses(other, self)) && questions::is_asked(family, [&one.delta, &user.delta])
            || !self.meets(other).is_empty()
            || matches!(family, Family::Go | Family::CSharp) && defines_again(&one.delta, &user.delta)
            || family == Family::Rust && implementations::twice(&one.delta, &user.delta).next().is_some()
            || family == Family::C && same_file::links_again(&one.delta, &user.delta).next().is_some()
    }

    /// The files in which the two edited one function or the like, defined or imported one name, or one took out of it
    /// what the other mentions.
    fn meets(&self, other: &SideFamily) -> BTreeSet<RepoPath> {
        let (one, user) = (&self.known, &other.known);
        let both =
            one.edited.iter().filter_map(|(path, edited)| Some((path, edited, user.edited.get(path)?)));
        let edited = both.filter(|(_, one, other)| !one.is_disjoint(other)).map(|(path, ..)| path);
        let missing = [(self, other), (other, self)].into_iter().flat_map(|(one, user)| {
            let used = |(path, name): &&(RepoPath, u64)| {
                user.known.edited.contains_key(path) && user.added.contains(name)
            };
            one.known.missing.iter().filter(used).map(|(path, _)| path)
        });
        edited.chain(missing).cloned().collect()
    }
}

impl SideFacts {
    /// What these changes did to definitions, and their parts; `None` where that is too much.
    fn of(
        library: &Library<'_>,
        family: Family,
        changes: &[SourceChange],
        files: &mut Vec<ChangedParts>,
    ) -> Result<Option<SideFacts>, Missing> {
        let mut side = SideFacts::default();
        let mut versions = [Vec::<SourcePart>::new(), Vec::new()];
        let mut bytes = 0;
        for change in changes {
            let Some(file) = ChangedParts::of(library, change)? else { continue };
            let differing = file.blocks();
            let both = [&differing[0][..], &differing[1][..]];
            blocks::new_words(both, &mut side.new_words);
            blocks::with_unwritten(family, &mut side.new_words);
            let parts = blocks::defining(family, both);
            let edited = side.edited.entry(file.path.clone()).or_default();
            // the locals of C are not followed
            if family != Family::C {
                edited.extend(&file.edited);
            }
            bytes += parts.iter().flatten().map(|block| block.text.len()).sum::<usize>();
            if bytes > MOST_BYTES {
                library.skip(&file.path, "one side changed more than 16 MiB of sources");
                return Ok(None);
            }
            let both = parts.each_ref().map(|parts| parts.iter().map(|part| file.outlined(library, part)));
            let both = both.map(Iterator::collect::<Vec<SourcePart>>);
            let imported = |parts: &[SourcePart]| -> BTreeSet<u64> {
                let imports = parts.iter().flat_map(|part| &part.facts.imports);
                imports.map(|import| blocks::name_hash(&import.name)).collect()
            };
            let [was, is] = both.each_ref().map(|parts| imported(parts));
            if matches!(family, Family::Python | Family::Ecma | Family::Rust) {
                side.delta.aliases.extend(renaming(family, &both[1]).filter(|(_, name, _)| {
                    let hash = blocks::name_hash(name);
                    is.contains(&hash) && !was.contains(&hash)
                }));
            }
            let missing: BTreeSet<u64> = was.difference(&is).chain(&file.gone).copied().collect();
            side.missing.extend(missing.into_iter().map(|name| (file.path.clone(), name)));
            edited.extend(is.difference(&was));
            if file.takes_all {
                side.delta.takes_all.push(file.path.clone());
            }
            if change.versions[1].is_none() {
                side.delta.removed_files.push(file.path.clone());
            }
            versions.iter_mut().zip(both).for_each(|(versions, parts)| versions.extend(parts));
            files.push(file);
        }
        let [before, after] = &versions;
        [side.delta.lost, side.delta.gained] = delta::definitions(family, [before, after]);
        if matches!(family, Family::Python | Family::Ecma) {
            side.delta.lost.extend(delta::not_passed_on([before, after], &side.delta.removed_files));
        }
        for (path, gained) in &side.delta.gained {
            side.edited.entry(path.clone()).or_default().insert(blocks::name_hash(&gained.name));
        }
        let is_seen = |(path, one): &&(RepoPath, Definition)| !delta::is_local(family, path, one);
        let (seen, local): (Vec<_>, Vec<_>) = side.delta.lost.iter().partition(is_seen);
        side.lost =
            seen.iter().map(|(_, one)| blocks::name_hash(&one.name)).chain(side.names_of_files()).collect();
        side.local = local.iter().map(|(path, one)| (path.clone(), blocks::name_hash(&one.name))).collect();
        Ok(Some(side))
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
}

/// Whether both define a name in one folder, which is one scope in Go, and mostly one namespace in C#.
fn defines_again(one: &SideDelta, other: &SideDelta) -> bool {
    let places = |side: &SideDelta| -> HashSet<(u64, RepoPath)> {
        side.gained
            .iter()
            .map(|(path, one)| (blocks::name_hash(&one.name), path.parent().unwrap_or_default()))
            .collect()
    };
    !places(one).is_disjoint(&places(other))
}

/// What parts of a file import under another name than it has there.
fn renaming(family: Family, parts: &[SourcePart]) -> impl Iterator<Item = (RepoPath, Word, Word)> {
    let all = parts.iter().flat_map(|part| part.facts.imports.iter().map(move |import| (part, import)));
    all.filter_map(move |(part, import)| {
        let original = import.original.clone()?;
        // what JavaScript passes on has no name in its own file
        let is_here = family != Family::Ecma || !import.public;
        let is_other = original != import.name && is_here && &*original != "default";
        is_other.then(|| (part.path.clone(), import.name.clone(), original))
    })
}

/// The names of types that derive from what a side changed, and those under which modules pass that on.
fn named_for(delta: &SideDelta) -> impl Iterator<Item = u64> {
    let derived = delta.derived.iter().map(|one| &one.name);
    derived.chain(delta.passed_as.iter().map(|(name, _)| name)).map(|name| blocks::name_hash(name))
}

/// The names by which a side calls anew what others lost.
fn called_as<'d>(delta: &'d SideDelta, lost: &'d HashSet<u64>) -> impl Iterator<Item = u64> + use<'d> {
    let of_lost = delta.aliases.iter().filter(|(_, _, original)| lost.contains(&blocks::name_hash(original)));
    of_lost.map(|(_, name, _)| blocks::name_hash(name))
}

/// The new types that are made by the constructor of a supertype of one of these names.
fn made_as<'d>(delta: &'d SideDelta, lost: &'d HashSet<u64>) -> impl Iterator<Item = u64> + use<'d> {
    let made = delta.gained.iter().filter(|(_, one)| one.is_made_as_another());
    made.filter(|(_, one)| lost.contains(&blocks::name_hash(one.maker().1)))
        .map(|(_, one)| blocks::name_hash(&one.name))
}

/// The names by which a use can miss something.
fn names_in(mention: &Mention) -> impl Iterator<Item = u64> {
    let of_qualifier = match &mention.qualifier {
        Qualifier::Imported(from) => &**from,
        Qualifier::Name(name) => name,
        Qualifier::None | Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value => "",
    };
    words(of_qualifier).map(blocks::name_hash).chain([blocks::name_hash(&mention.name)])
}
