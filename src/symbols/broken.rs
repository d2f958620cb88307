//! Uses that one side added and that fit no definition any more, because of the other side.
//!
//! A use is judged in three trees: it must fit in the tree of the side that added it, it must not fit in the
//! merged one, and the tree of the other side must not have such a use that does not fit either: there, the
//! reading would be wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashSet;

use crate::merge::Missing;
use crate::model::{BreakPattern, Confidence, Lines, RepoPath, SemanticBreak, SourcePlace};

use super::delta::{SideDelta, is_local};
use super::facts::{Definition, DefinitionKind, Form, Mention, Qualifier, Shape, Word};
use super::language::{Family, Language};
use super::reach::{Certainty, Fitness, standing};
use super::trees::{Library, Looked, SourceTree, Sources};

/// A name that stands in more files than this is not looked at.
const MOST_FILES: usize = 400;

/// Nor is a member of a value that may be of any type, whose name stands in more files than this.
const MOST_FILES_OF_A_MEMBER: usize = 100;

/// More questions than this are not answered.
const MOST_QUESTIONS: usize = 2000;

/// A definition that one side lost, and a use that the other added.
struct Suspicion<'d> {
    /// 0 where our side changed the definition.
    changer: usize,
    lost: Option<(&'d RepoPath, &'d Definition)>,
    path: &'d RepoPath,
    mention: &'d Mention,
}

/// Whether one side added a use that may mean what the other lost.
pub(super) fn is_asked(family: Family, deltas: [&SideDelta; 2]) -> bool {
    !questions(family, deltas).is_empty()
}

fn questions<'d>(family: Family, deltas: [&'d SideDelta; 2]) -> Vec<Suspicion<'d>> {
    let mut questions = Vec::new();
    for changer in [0, 1] {
        ask(family, changer, deltas[changer], deltas[1 - changer], &mut questions);
    }
    questions
}

/// What the two sides break of each other, in these trees: of both, the merged one and the base.
pub(super) fn breaks(
    library: &Library<'_>,
    trees: &[Arc<SourceTree>; 4],
    family: Family,
    deltas: [&SideDelta; 2],
) -> Result<Vec<SemanticBreak>, Missing> {
    let mut questions = questions(family, deltas);
    questions.retain(|question| {
        let lost = question.lost.map(|(path, _)| path);
        !lost.into_iter().chain([question.path]).any(|path| library.is_unclear(path))
    });
    if questions.len() > MOST_QUESTIONS {
        for question in &questions {
            library.skip(question.path, "more than 2000 uses would have to be looked at");
        }
        return Ok(Vec::new());
    }
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    // most fit something near, and a further look only finds more that they fit
    let named: HashSet<Word> = questions.iter().map(|question| question.mention.name.clone()).collect();
    let near: HashSet<RepoPath> = deltas
        .iter()
        .flat_map(|delta| delta.lost.iter().chain(&delta.gained))
        .filter(|(_, definition)| named.contains(&definition.name))
        .map(|(path, _)| path)
        .chain(questions.iter().map(|question| question.path))
        .cloned()
        .collect();
    if let Some(merged) = library.sources(&trees[2..3], &named, &Looked::Only(&near))?.pop() {
        questions.retain(|question| {
            let is_local = || {
                let there = merged.facts(question.path);
                question.mention.qualifier == Qualifier::None
                    && there.is_some_and(|facts| facts.bound.contains(&question.mention.name))
            };
            !is_local() && standing(&merged, family, question.path, question.mention).0 != Fitness::Fits
        });
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for question in &questions {
        let name = &*question.mention.name;
        if !counts.contains_key(name) {
            counts.insert(name, library.files_with(&trees[2], name)?);
        }
    }
    questions.retain(|question| {
        let most = match question.mention.qualifier {
            Qualifier::Value => MOST_FILES_OF_A_MEMBER,
            Qualifier::None | Qualifier::Own(_) | Qualifier::Name(_) | Qualifier::Imported(_) => MOST_FILES,
        };
        counts[&*question.mention.name] <= most
    });
    let asked = asked_words(library, family, trees, &questions)?;
    let always = |questions: &[Suspicion<'_>]| -> HashSet<RepoPath> {
        questions.iter().map(|question| question.path.clone()).collect()
    };
    // the same of what is farther off, without all that is around it
    if let Some(merged) = library.sources(&trees[2..3], &asked, &Looked::InBlocks(&always(&questions)))?.pop()
    {
        questions
            .retain(|question| standing(&merged, family, question.path, question.mention).0 != Fitness::Fits);
    }
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let (asked, always) = (asked_words(library, family, trees, &questions)?, always(&questions));
    let [ours, theirs, merged, base] =
        match <[Sources; 4]>::try_from(library.sources(trees, &asked, &Looked::All(&always))?) {
            Ok(sources) => sources,
            Err(_) => return Ok(Vec::new()),
        };
    let sides = [ours, theirs];
    let judge = ThreeTrees { family, sides: &sides, merged: &merged, base: &base, deltas };
    let answer =
        |question: &Suspicion<'_>| Some((mention_is_imported(question.mention), judge.answer(question)?));
    let mut found: Vec<(bool, SemanticBreak)> = questions.iter().filter_map(answer).collect();
    // of several uses in a file, the first; an import only where nothing else is
    let told = |found: &SemanticBreak| {
        let SemanticBreak { symbol, definition, uses, .. } = found.clone();
        (found.pattern, symbol, definition, uses.path, found.changed_by_theirs, found.confidence)
    };
    found.sort_by_cached_key(|(is_import, one)| (told(one), *is_import, one.uses.lines));
    found.dedup_by(|(_, one), (_, kept)| told(one) == told(kept));
    Ok(found.into_iter().map(|(_, one)| one).collect())
}

/// The words that these are about: names, and the types that have them.
fn asked_words(
    library: &Library<'_>,
    family: Family,
    trees: &[Arc<SourceTree>; 4],
    questions: &[Suspicion<'_>],
) -> Result<HashSet<Word>, Missing> {
    let mut asked: HashSet<Word> = questions.iter().map(|question| question.mention.name.clone()).collect();
    for question in questions {
        if let Qualifier::Name(name) | Qualifier::Own(name) = &question.mention.qualifier
            && name.starts_with(char::is_uppercase)
            && family != Family::Rust
        {
            asked.insert(name.clone());
            let user = &trees[1 - question.changer];
            if let Some(&(content, language)) = user.files.get(question.path) {
                let facts = library.facts(question.path, content, language)?;
                let types = facts.definitions.iter().filter(|one| one.name == *name);
                asked.extend(types.flat_map(|one| one.bases.iter().cloned()));
            }
        }
    }
    Ok(asked)
}

/// The questions about what `changer` lost and the other side uses anew.
fn ask<'d>(
    family: Family,
    changer: usize,
    changed: &'d SideDelta,
    user: &'d SideDelta,
    questions: &mut Vec<Suspicion<'d>>,
) {
    let mut lost: BTreeMap<&str, Vec<(&RepoPath, &Definition)>> = BTreeMap::new();
    for (path, definition) in &changed.lost {
        lost.entry(&definition.name).or_default().push((path, definition));
    }
    let mut gained: BTreeMap<&str, Vec<(&RepoPath, &Definition)>> = BTreeMap::new();
    for (path, definition) in &changed.gained {
        gained.entry(&definition.name).or_default().push((path, definition));
    }
    for (path, mention) in &user.added {
        if let Qualifier::Imported(from) = &mention.qualifier
            && family != Family::Rust
            && is_about(from, mention, &changed.removed_files)
        {
            questions.push(Suspicion { changer, lost: None, path, mention });
            continue;
        }
        let Some(lost) = lost.get(&*mention.name) else { continue };
        let fits_anew = |(_, old): &(&RepoPath, &Definition)| {
            let is_same = |new: &Definition| {
                (&new.owner, &new.scope, new.kind) == (&old.owner, &old.scope, old.kind)
                    && new.shape.fits(mention)
            };
            // at another place it may be out of reach
            let places = matches!(family, Family::Rust | Family::C);
            gained.get(&*mention.name).is_some_and(|new| {
                new.iter().any(|(at, new)| {
                    is_same(new) && (places || at.parent() == path_of(old, lost).and_then(RepoPath::parent))
                })
            })
        };
        let is_c = Language::of(path) == Some(Language::C);
        let concerns = |(at, old): &&(&RepoPath, &Definition)| {
            // a member of a struct of C needs a value before it
            let is_member = old.kind == DefinitionKind::Field && mention.qualifier == Qualifier::None && is_c;
            let is_elsewhere = is_local(family, at, old) && *at != path;
            old.shape.fits(mention) && could_mean(family, old, mention) && !is_member && !is_elsewhere
        };
        let found = lost.iter().filter(concerns).find(|old| mention_is_imported(mention) || !fits_anew(old));
        if let Some(&(at, definition)) = found {
            questions.push(Suspicion { changer, lost: Some((at, definition)), path, mention });
        }
    }
}

fn mention_is_imported(mention: &Mention) -> bool {
    matches!(mention.qualifier, Qualifier::Imported(_))
}

fn path_of<'d>(definition: &Definition, among: &[(&'d RepoPath, &Definition)]) -> Option<&'d RepoPath> {
    among.iter().find(|(_, other)| std::ptr::eq(*other, definition)).map(|(path, _)| *path)
}

/// Whether an import names one of these files, as its last part or the folder of it.
fn is_about(from: &str, mention: &Mention, files: &[RepoPath]) -> bool {
    let part = |text: &str| -> String {
        let last = text
            .rsplit(['/', '.'])
            .find(|part| !matches!(*part, "js" | "ts" | "tsx" | "jsx" | "h" | "hpp" | "mjs"))
            .unwrap_or(text);
        last.to_string()
    };
    let names = [part(from), mention.name.to_string()];
    files.iter().any(|file| {
        let name = file.file_name();
        let stem = name.split(|byte| *byte == b'.').next().unwrap_or(name);
        let folder = file.parent().unwrap_or_default();
        names.iter().any(|name| name.as_bytes() == stem || name.as_bytes() == folder.file_name())
    })
}

/// Whether a use may mean a definition, by what stands before it.
fn could_mean(family: Family, definition: &Definition, mention: &Mention) -> bool {
    let owned = definition.owner.is_some();
    let is_kind = match (&mention.form, &definition.shape) {
        (Form::Implementation(_), shape) => matches!(shape, Shape::Contract { .. }),
        (Form::Cases(_), shape) => matches!(shape, Shape::Choice(_)),
        _ => true,
    };
    is_kind
        && match &mention.qualifier {
            Qualifier::None => {
                !owned
                    || definition.kind == DefinitionKind::Variant
                    || matches!(family, Family::Java | Family::C)
            }
            Qualifier::Own(_) | Qualifier::Value => owned,
            Qualifier::Name(name) => match family {
                Family::Rust => match name.starts_with(char::is_uppercase) {
                    true => definition.owner.as_deref() == Some(name),
                    false => !owned,
                },
                Family::Go | Family::Python | Family::Ecma | Family::Java | Family::C => true,
            },
            Qualifier::Imported(_) => {
                !owned || definition.kind == DefinitionKind::Variant || family == Family::Java
            }
        }
}

struct ThreeTrees<'s> {
    family: Family,
    sides: &'s [Sources; 2],
    merged: &'s Sources,
    base: &'s Sources,
    deltas: [&'s SideDelta; 2],
}

/// Whether two uses are of one kind, wherever they are.
fn is_alike(one: &Mention, other: &Mention) -> bool {
    let is_member = |mention: &Mention| match &mention.qualifier {
        Qualifier::None => 0,
        Qualifier::Own(_) | Qualifier::Name(_) | Qualifier::Value => 1,
        Qualifier::Imported(_) => 2,
    };
    one.form == other.form && is_member(one) == is_member(other)
}

impl ThreeTrees<'_> {
    fn answer(&self, question: &Suspicion<'_>) -> Option<SemanticBreak> {
        let Suspicion { changer, path, mention, .. } = *question;
        let (changed, user) = (&self.sides[changer], &self.sides[1 - changer]);
        let is_same = |one: &Mention| one.qualifier == mention.qualifier && is_alike(one, mention);
        let there = self.merged.uses(&mention.name).filter(|(_, one)| is_same(one)).map(|(path, _)| path);
        let merged_path = {
            let mut there = there.collect::<Vec<_>>();
            there.retain(|at| *at == path || at.file_name() == path.file_name());
            *there.iter().find(|at| **at == path).or_else(|| there.first())?
        };
        let (there, certainty) = standing(self.merged, self.family, merged_path, mention);
        if !matches!(there, Fitness::Gone | Fitness::Misfits) {
            return None;
        }
        // by a macro, say
        if self.merged.unclear(&mention.name) > user.unclear(&mention.name)
            && (there == Fitness::Gone || certainty == Certainty::Loose)
        {
            return None;
        }
        if standing(user, self.family, path, mention).0 != Fitness::Fits {
            return None;
        }
        let broken = |sources: &Sources, (at, one): (&RepoPath, &Mention)| {
            is_alike(one, mention)
                && matches!(standing(sources, self.family, at, one).0, Fitness::Gone | Fitness::Misfits)
        };
        if changed.uses(&mention.name).any(|one| broken(changed, one)) {
            return None;
        }
        let qualifies = |one: &Mention| match &mention.qualifier {
            Qualifier::Name(_) if self.family == Family::Rust => one.qualifier == mention.qualifier,
            _ => true,
        };
        let was_used = || {
            self.base.uses(&mention.name).any(|(at, one)| {
                is_alike(one, mention)
                    && qualifies(one)
                    && standing(self.base, self.family, at, one).0 == Fitness::Fits
            })
        };
        let confidence = match certainty {
            Certainty::Exact => Confidence::Certain,
            Certainty::Loose if was_used() => Confidence::Likely,
            Certainty::Loose => Confidence::Possible,
        };
        let (pattern, became) = self.pattern(there, question);
        let owner = question.lost.and_then(|(_, lost)| lost.owner.clone());
        let symbol = match (owner.filter(|owner| !owner.is_empty()), question.lost, &mention.qualifier) {
            (Some(owner), _, _) => format!("{owner}.{}", mention.name),
            (None, None, Qualifier::Imported(from)) if self.family == Family::Java => {
                format!("{from}.{}", mention.name)
            }
            (None, None, Qualifier::Imported(from)) => from.to_string(), // the module is what is gone
            (None, _, _) => mention.name.to_string(),
        };
        Some(SemanticBreak {
            pattern,
            symbol,
            definition: self.definition(question),
            uses: SourcePlace {
                path: path.clone(),
                lines: Some(Lines { start: mention.line, end: mention.line }),
            },
            changed_by_theirs: changer == 1,
            confidence,
            became,
        })
    }

    /// Where the definition is now, or was.
    fn definition(&self, question: &Suspicion<'_>) -> SourcePlace {
        let Some((path, lost)) = question.lost else {
            let removed = &self.deltas[question.changer].removed_files;
            let Qualifier::Imported(from) = &question.mention.qualifier else {
                return SourcePlace { path: question.path.clone(), lines: None };
            };
            let file =
                removed.iter().find(|file| is_about(from, question.mention, std::slice::from_ref(file)));
            return SourcePlace { path: file.unwrap_or(question.path).clone(), lines: None };
        };
        let gained = &self.deltas[question.changer].gained;
        let is_same = |(at, new): &&(RepoPath, Definition)| {
            new.name == lost.name && new.owner == lost.owner && at == path
        };
        let (path, line) = gained.iter().find(is_same).map_or((path, lost.line), |(at, new)| (at, new.line));
        SourcePlace { path: path.clone(), lines: Some(Lines { start: line, end: line }) }
    }

    /// How it breaks, and what became of the definition.
    fn pattern(&self, standing: Fitness, question: &Suspicion<'_>) -> (BreakPattern, Option<String>) {
        let Some((path, lost)) = question.lost else { return (BreakPattern::MovedFile, None) };
        let mention = question.mention;
        if standing == Fitness::Gone {
            let gained = &self.deltas[question.changer].gained;
            let has_moved = |(at, new): &&(RepoPath, Definition)| {
                new.name == lost.name && new.kind == lost.kind && at != path
            };
            let is_heir = |(at, new): &&(RepoPath, Definition)| {
                at == path
                    && new.name != lost.name
                    && new.owner == lost.owner
                    && new.kind == lost.kind
                    && new.shape == lost.shape
            };
            if let Some((at, _)) = gained.iter().find(has_moved) {
                return (BreakPattern::MovedFile, Some(at.to_string()));
            }
            let mut heirs = gained.iter().filter(is_heir);
            return match (heirs.next(), heirs.next()) {
                (Some((_, heir)), None) => (BreakPattern::RenamedDefinition, Some(heir.name.to_string())),
                (Some(_), Some(_)) => (BreakPattern::RenamedDefinition, None),
                (None, _) => (BreakPattern::RemovedDefinition, None),
            };
        }
        let owns = |(_, new): &&(RepoPath, Definition)| (&new.name, &new.owner) == (&lost.name, &lost.owner);
        let is_near = |(at, new): &&(RepoPath, Definition)| at == path && new.kind == lost.kind;
        let mut now = self.deltas[question.changer].gained.iter().filter(owns);
        let now = now.clone().find(is_near).or_else(|| now.next());
        (self.misfit(mention), now.and_then(|(_, now)| lost.shape.asks_now(&now.shape, mention)))
    }

    /// How a use does not fit what there is.
    fn misfit(&self, mention: &Mention) -> BreakPattern {
        let shapes = self.merged.named(&mention.name).map(|(_, one)| &one.shape);
        match &mention.form {
            Form::Literal { fields, .. } => {
                let lacks = |shape: &Shape| match shape {
                    Shape::Record(members) => {
                        fields.iter().any(|field| !members.iter().any(|(name, _)| name == field))
                    }
                    _ => false,
                };
                if shapes.into_iter().any(lacks) {
                    BreakPattern::RemovedDefinition
                } else {
                    BreakPattern::NewRequiredMember
                }
            }
            Form::Implementation(_) => BreakPattern::NewRequiredMember,
            Form::Cases(_) => BreakPattern::NewVariant,
            Form::Call(_) | Form::Plain => BreakPattern::ChangedSignature,
        }
    }
}
