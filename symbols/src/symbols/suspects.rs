//! Whether two sides may break something of each other in one file, by the blocks in which its versions differ: most files
//! need not be read whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::Missing;
use crate::model::{Oid, RepoPath};

use super::blocks::{self, TextBlock};
use super::delta::SideDelta;
use super::facts::{Definition, DefinitionKind, Import, Qualifier, SourceFacts, Word};
use super::language::{Family, Language};
use super::trees::Library;

/// What may not be there twice: `(kind, name, type, scope, types of the parameters)`.
pub(super) type Identity<'f> = (u8, &'f str, Option<&'f str>, &'f str, &'f str);

/// What makes a definition the same as another one of its file.
pub(super) fn identity(definition: &Definition) -> Identity<'_> {
    let kind = match definition.kind {
        DefinitionKind::Function | DefinitionKind::Value => 0,
        kind => 1 + kind as u8,
    };
    (kind, &definition.name, definition.owner.as_deref(), &definition.scope, &definition.types)
}

/// An import of a name as it is called elsewhere too: `(name, from, scope)`.
pub(super) fn import_key(import: &Import) -> Option<(&Word, &Word, &Word)> {
    let scope = import.scope.as_ref()?;
    (import.original.as_ref() == Some(&import.name)).then_some((&import.name, &import.from, scope))
}

/// Whether locals are followed in a family.
pub(super) fn follows_locals(family: Family) -> bool {
    matches!(family, Family::Python | Family::Ecma | Family::Rust)
}

/// Our version of a file, theirs and the merged one.
pub(super) struct SuspectFile<'v> {
    pub library: &'v Library<'v>,
    pub family: Family,
    pub path: &'v RepoPath,
    pub language: Language,
    pub texts: [Arc<[u8]>; 3],
    pub merged: Oid,
}

impl SuspectFile<'_> {
    /// Whether something may be twice, or an import or local be gone that is used.
    pub fn are_suspect(&self, deltas: [&SideDelta; 2]) -> Result<bool, Missing> {
        if self.family == Family::C {
            return self.has_twice_what_both_gained(deltas);
        }
        Ok(self.library.table().is_thorough
            || self.may_have_twice()?
            || [0, 1].into_iter().any(|changer| self.may_lack_import(changer)))
    }

    fn whole(&self, block: &TextBlock<'_>) -> Arc<SourceFacts> {
        self.library.part(self.path, block, self.language)
    }

    /// Whether a name may be defined or imported twice: then both have one of them in blocks that the other has less often.
    fn may_have_twice(&self) -> Result<bool, Missing> {
        let [ours, theirs, merged] = self.texts.each_ref().map(|text| &**text);
        let new = [ours, theirs].map(|side| {
            let [_, new] = blocks::differing(self.family, [side, merged]);
            new
        });
        let facts = new.each_ref().map(|blocks| -> Vec<(usize, Arc<SourceFacts>)> {
            let outlined = |block: &TextBlock<'_>| self.library.outlined(self.path, block, self.language);
            blocks.iter().map(|block| (block.line, outlined(block))).collect()
        });
        if matches!(self.family, Family::Rust | Family::Ecma | Family::Php) {
            let all: BTreeMap<usize, &SourceFacts> =
                facts.iter().flatten().map(|(line, facts)| (*line, &**facts)).collect();
            let mut seen = HashSet::default();
            let mut keys = all.values().flat_map(|facts| facts.imports.iter().filter_map(import_key));
            if keys.any(|key| !seen.insert(key)) {
                return Ok(true);
            }
        }
        let identities = facts.each_ref().map(|facts| -> HashSet<Identity<'_>> {
            let all = facts.iter().flat_map(|(_, facts)| &facts.definitions);
            all.filter(|one| !one.repeatable && !one.conditional).map(identity).collect()
        });
        let [ours, theirs] = &identities;
        let both: HashSet<Word> = ours.intersection(theirs).map(|(_, name, ..)| Word::from(*name)).collect();
        self.has_twice(&both)
    }

    fn has_twice(&self, names: &HashSet<Word>) -> Result<bool, Missing> {
        if names.is_empty() {
            return Ok(false);
        }
        let found = self.library.in_parts(self.path, self.merged, self.language, names)?;
        let mut seen = HashSet::default();
        Ok(found.definitions.iter().any(|one| !seen.insert(identity(one))))
    }

    /// Whether a file of C may have twice what both sides define in it.
    fn has_twice_what_both_gained(&self, deltas: [&SideDelta; 2]) -> Result<bool, Missing> {
        let [ours, theirs] = deltas.map(|delta| -> HashSet<Word> {
            let here = delta.gained.iter().filter(|(at, _)| at == self.path);
            here.map(|(_, one)| one.name.clone()).collect()
        });
        let both: HashSet<Word> = ours.intersection(&theirs).cloned().collect();
        let found = self.library.in_parts(self.path, self.merged, self.language, &both)?;
        let is_again = |name: &Word| found.definitions.iter().filter(|one| one.name == *name).count() > 1;
        Ok(both.iter().any(is_again))
    }

    /// Whether one side may have no more what the other one imports or binds.
    fn may_lack_import(&self, changer: usize) -> bool {
        let [changed, user] = [&*self.texts[changer], &*self.texts[1 - changer]];
        let [of_changed, of_user] = blocks::differing(self.family, [changed, user]);
        let merged: HashSet<u64> = blocks::words_in(&self.texts[2]).collect();
        let mut names: HashSet<Word> = HashSet::default();
        for block in &of_user {
            let facts = self.whole(block);
            let imported = facts.imports.iter().map(|import| &import.name);
            let bound = facts.bound.iter().filter(|name| !name.starts_with(char::is_uppercase));
            let bound = bound.filter(|_| follows_locals(self.family));
            names.extend(imported.chain(bound).cloned());
        }
        names.retain(|name| merged.contains(&blocks::name_hash(name)));
        let differing: HashSet<usize> = of_changed.iter().map(|block| block.line).collect();
        let all = blocks::blocks(self.family, changed);
        let common = all.iter().filter(|block| !differing.contains(&block.line));
        for block in of_changed.iter().chain(common) {
            if names.is_empty() {
                return false;
            }
            let words: HashSet<u64> = blocks::words_in(block.text).collect();
            if names.iter().any(|name| words.contains(&blocks::name_hash(name))) {
                let facts = self.whole(block);
                drop_known(&facts, &mut names);
            }
        }
        !names.is_empty()
    }
}

/// Leaves out the names that these have or use.
fn drop_known(facts: &SourceFacts, names: &mut HashSet<Word>) {
    let mut drop = |name: &Word| _ = names.remove(name);
    facts.bound.iter().for_each(&mut drop);
    facts.imports.iter().for_each(|import| drop(&import.name));
    facts.definitions.iter().for_each(|one| drop(&one.name));
    for mention in &facts.mentions {
        match &mention.qualifier {
            Qualifier::None => drop(&mention.name),
            Qualifier::Name(name) => drop(name),
            Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value | Qualifier::Imported(_) => {}
        }
    }
}
