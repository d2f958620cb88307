//! Types that were there before, and derive from one that a side changed: who makes or implements one of them anew meets the
//! change without a word of the changed type.

use foldhash::HashSet;

use crate::merge::Missing;
use crate::model::RepoPath;

use super::delta::{DerivedType, SideDelta};
use super::facts::{Definition, DefinitionKind, Shape, Word};
use super::file_index::numbers;
use super::language::Family;
use super::trees::{Library, SourceTree};

/// Types that derive from others are followed so many steps.
const MOST_STEPS: usize = 3;

/// A type of which more derive than this is left out: most of what uses them does not mean it.
const MOST_DERIVED: usize = 300;

/// What begins a type that derives from others.
const HEADS: [&[u8]; 7] =
    [b"class", b"interface", b"struct", b"extends", b"implements", b"abstract", b"record"];

/// The names of the types that ask for more than before: of who makes one, or of who derives from one.
pub(super) fn asking_for_more(family: Family, delta: &SideDelta) -> HashSet<Word> {
    let inherits = match family {
        Family::Rust | Family::Go => return HashSet::default(),
        Family::Python | Family::Ecma | Family::Php | Family::Ruby => true,
        Family::Java | Family::C | Family::CSharp => false,
    };
    let is_more = |(path, old): &(RepoPath, Definition)| {
        let is_it = |new: &Definition| {
            (&new.name, &new.owner, &new.scope, new.kind) == (&old.name, &old.owner, &old.scope, old.kind)
        };
        let of_name = delta.gained.iter().filter(|(at, new)| at == path && is_it(new));
        let makes = |shape: &Shape| inherits && matches!(shape, Shape::Callable(_));
        // a class without a constructor may get one
        let may_get = inherits && old.kind == DefinitionKind::Type && old.shape == Shape::Any;
        old.owner.is_none()
            && old.name.trim_start_matches('_').starts_with(char::is_uppercase)
            && of_name.map(|(_, new)| &new.shape).any(|new| {
                (makes(&old.shape) || may_get) && makes(new)
                    || old.kind == DefinitionKind::Type
                        && new.required().iter().any(|name| !old.shape.required().contains(name))
            })
    };
    delta.lost.iter().filter(|one| is_more(one)).map(|(_, old)| old.name.clone()).collect()
}

/// The types of a tree that derive from these, and from those.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn derived(
    library: &Library<'_>,
    tree: &SourceTree,
    family: Family,
    of: &HashSet<Word>,
) -> Result<Vec<DerivedType>, Missing> {
    let mut found: Vec<DerivedType> = Vec::new();
    let mut seen = of.clone();
    let mut new: Vec<DerivedType> =
        of.iter().map(|of| DerivedType { name: of.clone(), of: of.clone(), through: Vec::new() }).collect();
    new.sort_by(|one, other| one.name.cmp(&other.name));
    for _ in 0..MOST_STEPS {
        let names: HashSet<Word> = new.iter().map(|one| one.name.clone()).collect();
        if names.is_empty() || found.len() > MOST_DERIVED {
            break;
        }
        let mut next = Vec::new();
        for one in library.deriving(tree, family, &names)? {
            let bases = one.bases.iter().filter_map(|base| new.iter().find(|of| of.name == *base));
            for base in bases {
                let between = (base.name != base.of).then(|| base.name.clone());
                next.push(DerivedType {
                    name: one.name.clone(),
                    of: base.of.clone(),
                    through: base.through.iter().cloned().chain(between).collect(),
                });
            }
        }
        next.retain(|one| !seen.contains(&one.name));
        seen.extend(next.iter().map(|one| one.name.clone()));
        found.extend(next.iter().cloned());
        new = next;
    }
    Ok(found)
}

impl Library<'_> {
    /// The types of a tree that name one of these as what they derive from.
    fn deriving(
        &self,
        tree: &SourceTree,
        family: Family,
        names: &HashSet<Word>,
    ) -> Result<Vec<Definition>, Missing> {
        let numbers = numbers(names);
        let mut found = Vec::new();
        for (path, &(content, language)) in &tree.files {
            let index = self.index(content, language)?;
            if !index.holds(&numbers) {
                continue;
            }
            let text = self.objects().blob(content)?;
            let holding = index.holding(&numbers);
            for (number, part) in index.parts.iter().enumerate() {
                let block = part.block(&text);
                if holding.contains(&number) && begins_type(block.text, names) {
                    let said = self.outlined(path, &block, language);
                    let derives = |one: &&Definition| {
                        one.kind == DefinitionKind::Type && one.bases.iter().any(|base| names.contains(base))
                    };
                    found.extend(said.definitions.iter().filter(derives).cloned());
                }
            }
        }
        debug_assert!(tree.files.values().all(|(_, language)| language.family() == family));
        Ok(found)
    }
}

/// Whether a type begins in a text near one of these names.
fn begins_type(text: &[u8], names: &HashSet<Word>) -> bool {
    let mut after_head = 0;
    text.split(|byte| *byte == b'\n').any(|line| {
        let words = || line.split(|byte| !super::blocks::is_part(byte)).filter(|word| !word.is_empty());
        if words().any(|word| HEADS.contains(&word)) {
            after_head = 4; // a long head has several lines
        }
        let is_near = after_head > 0;
        after_head -= i32::from(is_near);
        is_near && words().any(|word| names.iter().any(|name| name.as_bytes() == word))
    })
}
