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

use super::asked::{asked_words, looked_at, supertypes, with_owners};
use super::delta::SideDelta;
use super::facts::{
    Arguments, AtOnce, Definition, DefinitionKind, Form, Held, Mention, Qualifier, SeenFrom, Shape,
    SourceFacts, Word,
};
use super::guards::{self, Expectation};
use super::language::Family;
use super::modules::imported_files;
use super::questions::{Suspicion, mention_is_imported, questions};
use super::reach::{Certainty, Fitness, fitting, may_inherit, standing};
use super::trees::{Library, Looked, SourceTree, Sources};

/// A name that stands in more files than this is not looked at.
const MOST_FILES: usize = 400;

/// Nor is a member of a value that may be of any type, whose name stands in more files than this.
const MOST_FILES_OF_A_MEMBER: usize = 100;

/// More questions than this are not answered.
const MOST_QUESTIONS: usize = 2000;

/// What was made of the questions about two sides.
pub(super) enum Breaks {
    /// What they break of each other.
    Found(Vec<SemanticBreak>),
    /// More words would have to be read than was allowed: so many.
    TooMuch(usize),
}

/// What the two sides break of each other, in these trees: of both, the merged one and the base. Of the files in question, no
/// more than `most[0]` words are read, and of all others that name what is asked for, no more than `most[1]`.
pub(super) fn breaks(
    library: &Library<'_>,
    trees: &[Arc<SourceTree>; 4],
    family: Family,
    deltas: [&SideDelta; 2],
    most: [usize; 2],
) -> Result<Breaks, Missing> {
    let none = || Ok(Breaks::Found(Vec::new()));
    let mut questions = questions(family, deltas);
    questions.retain(|question| {
        let lost = question.lost.map(|(path, _)| path);
        !lost.into_iter().chain([question.path]).any(|path| library.is_unclear(path))
    });
    if questions.len() > MOST_QUESTIONS {
        for question in &questions {
            library.skip(question.path, "more than 2000 uses would have to be looked at");
        }
        return none();
    }
    if questions.is_empty() {
        return none();
    }
    // most fit something near, and a further look only finds more that they fit
    let named: HashSet<Word> = questions.iter().flat_map(Suspicion::names).collect();
    let parents = |question: &Suspicion<'_>| {
        imported_files(&trees[2], family, question.path, &SourceFacts::default(), question.mention)
    };
    let near: HashSet<RepoPath> = deltas
        .iter()
        .flat_map(|delta| delta.lost.iter().chain(&delta.gained))
        .filter(|(_, definition)| named.contains(&definition.name))
        .map(|(path, _)| path)
        .chain(questions.iter().map(|question| question.path))
        .cloned()
        .chain(questions.iter().filter(|_| family == Family::Rust).flat_map(parents))
        .collect();
    let words = library.words_of(&trees[2], &near)?;
    if words > most[0] {
        return Ok(Breaks::TooMuch(words));
    }
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
            Qualifier::None
            | Qualifier::Own(_)
            | Qualifier::Typed(_)
            | Qualifier::Name(_)
            | Qualifier::Imported(_) => MOST_FILES,
        };
        counts[&*question.mention.name] <= most
    });
    let asked = asked_words(library, family, trees, &questions)?;
    // the same of what is farther off, without all that is around it
    if let Some(merged) = library
        .sources(&trees[2..3], &asked, &Looked::InParts(&looked_at(library, family, trees, &questions)?))?
        .pop()
    {
        questions
            .retain(|question| standing(&merged, family, question.path, question.mention).0 != Fitness::Fits);
    }
    if questions.is_empty() {
        return none();
    }
    let mut asked = asked_words(library, family, trees, &questions)?;
    let always = looked_at(library, family, trees, &questions)?;
    if matches!(family, Family::Python | Family::Ruby) {
        with_owners(library, family, &trees[2], &questions, &mut asked)?;
    }
    let overrides = |question: &Suspicion<'_>| matches!(question.mention.form, Form::Overrides(_));
    let is_own = |question: &Suspicion<'_>| matches!(question.mention.qualifier, Qualifier::Own(_));
    let supertypes = match family {
        Family::Rust if !questions.iter().any(overrides) => HashSet::default(),
        Family::C if !questions.iter().any(|one| overrides(one) || is_own(one)) => HashSet::default(),
        Family::Rust
        | Family::C
        | Family::Python
        | Family::Go
        | Family::Ecma
        | Family::Java
        | Family::CSharp
        | Family::Php
        | Family::Ruby => supertypes(library, &trees[2], &asked)?,
    };
    let words = library.words_with(&trees[2], asked.iter().chain(&supertypes))?;
    if words > most[1] {
        return Ok(Breaks::TooMuch(words));
    }
    let [ours, theirs, merged, base] =
        match <[Sources; 4]>::try_from(library.sources(trees, &asked, &Looked::All(&always, &supertypes))?) {
            Ok(sources) => sources,
            Err(_) => return none(),
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
    Ok(Breaks::Found(found.into_iter().map(|(_, one)| one).collect()))
}

/// Both sides, what they are merged to, and what they began with.
pub(super) struct ThreeTrees<'s> {
    pub(super) family: Family,
    sides: &'s [Sources; 2],
    merged: &'s Sources,
    base: &'s Sources,
    pub(super) deltas: [&'s SideDelta; 2],
}

/// Whether two uses are of one kind, wherever they are.
fn is_alike(family: Family, one: &Mention, other: &Mention) -> bool {
    let is_member = |mention: &Mention| match &mention.qualifier {
        Qualifier::None => 0,
        Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Name(_) | Qualifier::Value => 1,
        Qualifier::Imported(_) => 2,
    };
    let holds_a_function = |mention: &Mention| matches!(mention.form, Form::Assigned(_));
    // who derives from a class of Python names it as anybody does
    let names = |mention: &Mention| match &mention.form {
        Form::Implementation(_) => family == Family::Python,
        form => *form == Form::Plain,
    };
    // whether its result is used at once says nothing of what it passes
    let passes = |mention: &Mention| match &mention.form {
        Form::Call(call) => {
            let awaited = call.awaited && (call.opened || call.wants != Held::Unknown);
            Form::Call(Arguments { at_once: AtOnce::No, awaited, ..call.clone() })
        }
        form => form.clone(),
    };
    let is_same = || match (&one.form, &other.form) {
        (Form::Call(_), Form::Call(_)) => passes(one) == passes(other),
        (form, other) => form == other,
    };
    (is_same() || holds_a_function(one) && holds_a_function(other) || names(one) && names(other))
        && is_member(one) == is_member(other)
}

/// Whether a use only does not fit because of what one has to wait for, and may do so without a word.
fn may_wait(question: &Suspicion<'_>, certainty: Certainty) -> bool {
    let Form::Call(call) = &question.mention.form else { return false };
    let plain = Arguments { at_once: AtOnce::No, awaited: false, ..call.clone() };
    let plain = Mention { form: Form::Call(plain), ..question.mention.clone() };
    let is_of_waiting = |now: &&Definition| !now.shape.fits(question.mention) && now.shape.fits(&plain);
    question.now.iter().any(is_of_waiting)
        && (certainty == Certainty::Loose || call.at_once == AtOnce::Perhaps && !call.awaited)
}

impl ThreeTrees<'_> {
    fn answer(&self, question: &Suspicion<'_>) -> Option<SemanticBreak> {
        let Suspicion { changer, path, mention, .. } = *question;
        let (changed, user) = (&self.sides[changer], &self.sides[1 - changer]);
        let is_same =
            |one: &Mention| one.qualifier == mention.qualifier && is_alike(self.family, one, mention);
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
        if self.may_be_made(user, merged_path, mention)
            && (there == Fitness::Gone || certainty == Certainty::Loose)
        {
            return None;
        }
        if standing(user, self.family, path, mention).0 != Fitness::Fits {
            return None;
        }
        let place = (merged_path, user.facts(path)?);
        let expected = guards::expected(self.merged, self.family, place, mention, there);
        if expected == Expectation::Missing {
            return None;
        }
        // of what is sure, what is less sure or of another type says nothing
        let broken = |sources: &Sources, (at, one): (&RepoPath, &Mention)| {
            let is_meant = certainty == Certainty::Loose
                || matches!(mention.form, Form::Overrides(_))
                || one.qualifier.last() == mention.qualifier.last();
            is_meant && is_alike(self.family, one, mention) && {
                let (there, sure) = standing(sources, self.family, at, one);
                sure >= certainty && matches!(there, Fitness::Gone | Fitness::Misfits)
            }
        };
        // its own side may have left some as they were; any other says that the reading is wrong
        type Use<'u> = (&'u RepoPath, &'u Mention);
        let left: Vec<Use<'_>> = changed.uses(&mention.name).filter(|one| broken(changed, *one)).collect();
        let fits = |(at, one): &Use<'_>| standing(self.base, self.family, at, one).0 == Fitness::Fits;
        let before = || self.base.uses(&mention.name).filter(fits).collect::<Vec<Use<'_>>>();
        let before = if left.is_empty() { Vec::new() } else { before() };
        let count = |uses: &[Use<'_>], (at, one): &Use<'_>| {
            let is_same = |(path, other): &&Use<'_>| {
                (path, &other.qualifier, &other.form) == (at, &one.qualifier, &one.form)
            };
            uses.iter().filter(is_same).count()
        };
        if left.iter().any(|one| count(&left, one) > count(&before, one)) {
            return None;
        }
        let qualifies = |one: &Mention| match &mention.qualifier {
            Qualifier::Name(_) if self.family == Family::Rust => one.qualifier == mention.qualifier,
            _ => true,
        };
        let was_used = || {
            self.base.uses(&mention.name).any(|(at, one)| {
                is_alike(self.family, one, mention)
                    && qualifies(one)
                    && standing(self.base, self.family, at, one).0 == Fitness::Fits
            })
        };
        let question = &self.of_what_is_meant(question, user);
        let (pattern, became) = self.pattern(there, question);
        // what is gone may be there without a definition
        let is_removed = pattern == BreakPattern::RemovedDefinition;
        let is_gone = self.family == Family::Ruby && is_removed;
        // a method that nobody called may have stood for one of a supertype, which is there
        let is_inherited = || {
            let is_method = question
                .lost
                .is_some_and(|(_, lost)| lost.kind == DefinitionKind::Function && lost.owner.is_some());
            let derives = !matches!(self.family, Family::Rust | Family::Go | Family::C);
            let fits = |(at, one): (&RepoPath, &Mention)| {
                standing(self.base, self.family, at, one) == (Fitness::Fits, Certainty::Exact)
            };
            is_method
                && derives
                && may_inherit(self.merged, self.family, merged_path, mention)
                && !self.base.uses(&mention.name).any(fits)
        };
        let confidence = match certainty {
            _ if !left.is_empty()
                || expected == Expectation::Sometimes
                || self.was_conditional(question)
                || may_wait(question, certainty)
                || mention.form == Form::Told =>
            {
                Confidence::Possible
            }
            Certainty::Exact if is_removed && is_inherited() => Confidence::Possible,
            Certainty::Exact => Confidence::Certain,
            Certainty::Loose if !is_gone && was_used() => Confidence::Likely,
            Certainty::Loose => Confidence::Possible,
        };
        let owner = question.lost.and_then(|(_, lost)| lost.owner.clone());
        let symbol = match (owner.filter(|owner| !owner.is_empty()), question.lost, &mention.qualifier) {
            (Some(owner), _, _) => format!("{owner}.{}", mention.name),
            (None, None, Qualifier::Imported(from))
                if matches!(self.family, Family::Java | Family::CSharp) && !from.is_empty() =>
            {
                format!("{from}.{}", mention.name)
            }
            (None, Some((_, lost)), Qualifier::Imported(from))
                if lost.kind == DefinitionKind::Module
                    && self.family == Family::CSharp
                    && !from.is_empty() =>
            {
                format!("{from}.{}", mention.name)
            }
            (None, None, Qualifier::Imported(from)) => from.to_string(), // the module is what is gone
            (None, lost, _) => lost.map_or(&mention.name, |(_, lost)| &lost.name).to_string(),
        };
        // of a type that consists of texts, the one that is gone
        let symbol = match &mention.form {
            Form::Literal { fields, .. }
                if fields.iter().any(|field| field.starts_with('\'')) && is_removed =>
            {
                format!("{symbol} {}", fields.join(" "))
            }
            _ => symbol,
        };
        let definition = self.definition(question, user);
        let became = match question.lost {
            Some(_) => became,
            None => self.new_place(question.changer, &definition.path),
        };
        Some(SemanticBreak {
            pattern,
            symbol,
            definition,
            uses: SourcePlace {
                path: path.clone(),
                lines: Some(Lines { start: mention.line, end: mention.line }),
            },
            changed_by_theirs: changer == 1,
            confidence,
            became,
        })
    }

    /// The same question about the definition that the use means where it was added, of several that are lost.
    fn of_what_is_meant<'q>(&'q self, question: &Suspicion<'q>, user: &Sources) -> Suspicion<'q> {
        let Suspicion { changer, lost, path, mention, through, .. } = *question;
        let meant = fitting(user, self.family, path, mention);
        let is_meant = |(at, lost): &(&RepoPath, &Definition)| {
            let is_it = |(path, one): &(&RepoPath, &Definition)| {
                (*path, &one.owner, one.kind) == (*at, &lost.owner, lost.kind)
            };
            meant.iter().any(is_it)
        };
        let lost = lost.map(|lost| {
            let all = self.deltas[changer].lost.iter().map(|(at, lost)| (at, lost));
            let mut others = all.filter(|(_, other)| other.name == mention.name && other.shape.fits(mention));
            if is_meant(&lost) { lost } else { others.find(is_meant).unwrap_or(lost) }
        });
        // another file of that name may be gone
        let lost = lost.or_else(|| {
            let mut all = self.deltas[changer].lost.iter().map(|(at, lost)| (at, lost));
            all.find(is_meant).filter(|_| self.removed_file(question, user).is_none())
        });
        Suspicion { changer, lost, now: question.now.clone(), path, mention, through }
    }

    /// Whether the merged tree has a name where nobody can say what it is, and the tree of the user has not.
    fn may_be_made(&self, user: &Sources, path: &RepoPath, mention: &Mention) -> bool {
        let is_imported = matches!(mention.qualifier, Qualifier::Imported(_) | Qualifier::None);
        let files = match self.merged.facts(path).filter(|_| self.family == Family::Ecma && is_imported) {
            Some(facts) => imported_files(&self.merged.tree, self.family, path, facts, mention),
            None => Vec::new(),
        };
        let there: Vec<&SourceFacts> = files.iter().filter_map(|file| self.merged.facts(file)).collect();
        // what a module gives no member of another value can be
        match !there.is_empty() && there.iter().all(|facts| facts.stars.is_empty()) {
            true => there.iter().any(|facts| facts.unclear.contains(&mention.name)),
            false => self.merged.unclear(&mention.name) > user.unclear(&mention.name),
        }
    }

    /// Whether the definition was compiled only sometimes.
    fn was_conditional(&self, question: &Suspicion<'_>) -> bool {
        question.lost.is_some_and(|(path, lost)| {
            let facts = self.base.facts(path);
            facts.is_some_and(|facts| guards::is_conditional(self.family, path, facts, lost.line))
        })
    }

    /// How it breaks, and what became of the definition.
    fn pattern(&self, standing: Fitness, question: &Suspicion<'_>) -> (BreakPattern, Option<String>) {
        let Some((path, lost)) = question.lost else { return (BreakPattern::MovedFile, None) };
        let mention = question.mention;
        if standing == Fitness::Gone {
            let gained = &self.deltas[question.changer].gained;
            let has_moved = |(at, new): &&(RepoPath, Definition)| {
                (&new.name, &new.owner, new.kind) == (&lost.name, &lost.owner, lost.kind) && at != path
            };
            let is_heir = |(at, new): &&(RepoPath, Definition)| {
                at == path
                    && new.name != lost.name
                    && new.owner == lost.owner
                    && new.kind == lost.kind
                    && new.shape == lost.shape
                    && new.seen >= lost.seen
            };
            if let Some((at, _)) = gained.iter().find(has_moved) {
                return (BreakPattern::MovedFile, Some(at.to_string()));
            }
            // it is a member of a new member
            let is_inside = |(at, new): &(RepoPath, Definition)| {
                at == path && (&new.name, new.kind) == (&lost.name, lost.kind) && lost.owner.is_some()
            };
            let mut heirs = gained.iter().filter(is_heir).filter(|_| !gained.iter().any(is_inside));
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
        if let Some((_, now)) = now
            && now.seen < lost.seen
            && now.shape.fits(mention)
        {
            let from = match now.seen {
                SeenFrom::Inside if self.family != Family::Rust => "its own class",
                SeenFrom::Inside => "its own module",
                SeenFrom::Around => "the module around its own",
                SeenFrom::Crate | SeenFrom::Everywhere => "its crate",
            };
            return (BreakPattern::NarrowedVisibility, Some(from.to_string()));
        }
        let mut all = self.merged.named(&lost.name).peekable();
        if self.family == Family::C
            && all.peek().is_some()
            && all.all(|(path, one)| self.merged.is_of_its_file(path, one))
        {
            return (BreakPattern::NarrowedVisibility, Some("its own file".to_string()));
        }
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
            Form::Implementation(_) | Form::Satisfies(_) => BreakPattern::NewRequiredMember,
            Form::Lambda(_) => {
                let asks_for_several = |shape: &Shape| match shape {
                    Shape::Contract { methods, .. } => methods.iter().filter(|one| one.required).count() > 1,
                    _ => false,
                };
                match shapes.into_iter().any(asks_for_several) {
                    true => BreakPattern::NewRequiredMember,
                    false => BreakPattern::ChangedSignature,
                }
            }
            Form::Listed(count) => {
                let is_longer = |shape: &Shape| matches!(shape, Shape::Record(members) if members.len() > usize::from(*count));
                match shapes.into_iter().any(is_longer) {
                    true => BreakPattern::NewRequiredMember,
                    false => BreakPattern::RemovedDefinition,
                }
            }
            Form::Cases(_) => BreakPattern::NewVariant,
            Form::Call(_) if shapes.into_iter().any(|shape| matches!(shape, Shape::Abstract(_))) => {
                BreakPattern::NewRequiredMember
            }
            Form::Call(_)
            | Form::Plain
            | Form::Opened
            | Form::Told
            | Form::Assigned(_)
            | Form::Overrides(_) => BreakPattern::ChangedSignature,
        }
    }
}
