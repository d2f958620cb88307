//! What one side did to the sources of one family: which definitions it lost or changed, which uses and
//! which definitions are new. Everything is counted: what was only moved about is neither new nor lost.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;

use foldhash::HashMap;

use crate::merge::Missing;
use crate::merge::diff::RawChange;
use crate::model::{Entry, RepoPath};

use super::facts::{Definition, Mention, SourceFacts};
use super::language::{Family, Language};
use super::trees::Library;

/// Where a side changed more source files of a family than this, the family is not looked at.
const MOST_FILES: usize = 3000;

/// One version of a changed file.
pub(super) type SourceVersion = (RepoPath, Rc<SourceFacts>);

/// What one side did to one family of languages.
#[derive(Default)]
pub(super) struct SideDelta {
    /// Definitions of the base that the side has no longer so, with the file of the base.
    pub lost: Vec<(RepoPath, Definition)>,
    /// Definitions of the side that the base has not so, with the file of the side.
    pub gained: Vec<(RepoPath, Definition)>,
    /// Uses that the side has more often than the base, with the file of the side.
    pub added: Vec<(RepoPath, Mention)>,
    /// Files that are gone, or are elsewhere.
    pub removed_files: Vec<RepoPath>,
    /// The changed files of the side.
    pub changed: BTreeMap<RepoPath, (Option<Entry>, Option<Entry>, Language)>,
}

/// What a side did, family by family, for the families that the other side changed too.
pub(super) fn deltas(
    library: &Library<'_>,
    changes: &[RawChange],
    other: &[RawChange],
) -> Result<BTreeMap<Family, SideDelta>, Missing> {
    let mut found: BTreeMap<Family, (SideDelta, Vec<SourceVersion>, Vec<SourceVersion>)> = BTreeMap::new();
    let others: BTreeSet<Family> =
        other.iter().filter_map(|change| Some(Language::of(&change.path)?.family())).collect();
    let sources = changes.iter().filter_map(|change| Some((change, Language::of(&change.path)?)));
    let sources: Vec<_> = sources.filter(|(_, language)| others.contains(&language.family())).collect();
    let mut counts: BTreeMap<Family, usize> = BTreeMap::new();
    for (_, language) in &sources {
        *counts.entry(language.family()).or_default() += 1;
    }
    let is_file = |entry: &Entry| entry.kind.is_file();
    for (change, language) in sources {
        // of a part, what was moved elsewhere would seem lost
        if counts[&language.family()] > MOST_FILES {
            library.skip(&change.path, "one side changed more than 3000 source files");
            continue;
        }
        let (old, new) = (change.old.filter(is_file), change.new.filter(is_file));
        if old.map(|entry| entry.oid) == new.map(|entry| entry.oid) {
            continue;
        }
        let (delta, before, after) = found.entry(language.family()).or_default();
        for (entry, versions) in [(old, before), (new, after)] {
            if let Some(entry) = entry {
                versions.push((change.path.clone(), library.facts(&change.path, entry.oid, language)?));
            }
        }
        if new.is_none() {
            delta.removed_files.push(change.path.clone());
        }
        delta.changed.insert(change.path.clone(), (old, new, language));
    }
    let compared = found.into_iter().map(|(family, (mut delta, before, after))| {
        compare(family, &mut delta, &before, &after);
        (family, delta)
    });
    Ok(compared.collect())
}

/// What makes a definition another one: its place counts where uses name the place.
fn identity(family: Family, path: &RepoPath, definition: &Definition) -> u64 {
    let place = match family {
        Family::Python | Family::Ecma => path.as_bytes(),
        Family::Go | Family::Java => path.as_bytes().rsplitn(2, |byte| *byte == b'/').nth(1).unwrap_or(b""),
        Family::Rust => path.as_bytes(),
        Family::C => b"",
    };
    let scope: &str = if family == Family::Rust { &definition.scope } else { "" };
    hash(&(place, scope, &definition.name, definition.kind, &definition.owner, &definition.shape))
}

fn hash(value: &impl Hash) -> u64 {
    foldhash::fast::FixedState::default().hash_one(value)
}

/// Those of `before` that `after` has less often, and those of `after` that `before` has less often.
fn differing<'v, T: 'v>(
    [before, after]: [&'v [SourceVersion]; 2],
    of: impl Fn(&'v SourceFacts) -> &'v [T],
    identity: impl Fn(&RepoPath, &T) -> u64,
) -> [Vec<(&'v RepoPath, &'v T)>; 2] {
    let mut counts: HashMap<u64, i32> = HashMap::default();
    let all = |versions: &'v [SourceVersion]| {
        versions.iter().flat_map(|(path, facts)| of(facts).iter().map(move |one| (path, one)))
    };
    all(before).for_each(|(path, one)| *counts.entry(identity(path, one)).or_default() -= 1);
    all(after).for_each(|(path, one)| *counts.entry(identity(path, one)).or_default() += 1);
    let lost = all(before).filter(|(path, one)| counts[&identity(path, one)] < 0).collect();
    let gained = all(after).filter(|(path, one)| counts[&identity(path, one)] > 0).collect();
    [lost, gained]
}

fn compare(family: Family, delta: &mut SideDelta, before: &[SourceVersion], after: &[SourceVersion]) {
    fn owned<T: Clone>(found: Vec<(&RepoPath, &T)>) -> Vec<(RepoPath, T)> {
        found.into_iter().map(|(path, one)| (path.clone(), one.clone())).collect()
    }
    let definition = |path: &RepoPath, one: &Definition| identity(family, path, one);
    let [lost, gained] = differing([before, after], |facts| &facts.definitions, definition);
    (delta.lost, delta.gained) = (owned(lost), owned(gained));
    let mention = |_: &RepoPath, one: &Mention| hash(&(&one.name, &one.qualifier, &one.form));
    let [_, added] = differing([before, after], |facts| &facts.mentions, mention);
    delta.added = owned(added);
}
