//! Which uses that one side added may mean what the other side lost.

use foldhash::{HashMap, HashSet};

use crate::model::RepoPath;

use super::delta::{SideDelta, is_local};
use super::facts::{Definition, DefinitionKind, Form, Mention, Qualifier, Shape, Word};
use super::language::{Family, Language};

/// A definition that one side lost, and a use that the other added.
pub(super) struct Suspicion<'d> {
    /// 0 where our side changed the definition.
    pub changer: usize,
    pub lost: Option<(&'d RepoPath, &'d Definition)>,
    /// What has its name now.
    pub now: Vec<&'d Definition>,
    pub path: &'d RepoPath,
    pub mention: &'d Mention,
    /// The types between that of the use and what it lost, from which it derives.
    pub through: &'d [Word],
}

impl Suspicion<'_> {
    /// The name of the use and of what is lost, that of the function or type that it holds, that of the type of the value before it, that of the
    /// function that gives this value, and those of methods that it may lack.
    pub fn names(&self) -> impl Iterator<Item = Word> {
        let held = match &self.mention.form {
            Form::Assigned(function) => Some(function.clone()),
            Form::Satisfies(of) => of.rsplit('.').next().map(Word::from),
            _ => None,
        };
        let shapes = self.lost.iter().map(|(_, lost)| *lost).chain(self.now.iter().copied());
        let is_derived = self.lost.is_some_and(|(_, lost)| lost.name != self.mention.name);
        let lacks = shapes.flat_map(|one| match (&one.shape, &self.mention.form) {
            (Shape::Contract { methods, .. }, Form::Satisfies(_)) => {
                methods.iter().map(|method| method.name.clone()).collect()
            }
            (shape, Form::Implementation(_)) if is_derived => shape.required().into_iter().cloned().collect(),
            _ => Vec::new(),
        });
        let of = match &self.mention.qualifier {
            Qualifier::Typed(of) | Qualifier::Own(of) => of.rsplit(['.', ':']).next(),
            Qualifier::None | Qualifier::Name(_) | Qualifier::Imported(_) | Qualifier::Value => None,
        };
        let of = of.map(|of| Word::from(of.trim_end_matches("()")));
        let lacks: Vec<Word> = lacks.collect();
        // a type may be made by the constructor of a supertype
        let lost = self.lost.map(|(_, lost)| lost.name.clone());
        let through = self.through.iter().cloned();
        [self.mention.name.clone()].into_iter().chain(lost).chain(through).chain(held).chain(of).chain(lacks)
    }
}

/// Whether one side added a use that may mean what the other lost.
pub(super) fn is_asked(family: Family, deltas: [&SideDelta; 2]) -> bool {
    let mut is_any = false;
    for changer in [0, 1] {
        ask(family, changer, deltas[changer], deltas[1 - changer], &mut |_| {
            is_any = true;
            false
        });
    }
    is_any
}

pub(super) fn questions<'d>(family: Family, deltas: [&'d SideDelta; 2]) -> Vec<Suspicion<'d>> {
    let mut questions = Vec::new();
    for changer in [0, 1] {
        ask(family, changer, deltas[changer], deltas[1 - changer], &mut |question| {
            questions.push(question);
            true
        });
    }
    questions
}

/// The questions about what `changer` lost and the other side uses anew, as long as `found` says that it goes on.
fn ask<'d>(
    family: Family,
    changer: usize,
    changed: &'d SideDelta,
    user: &'d SideDelta,
    found: &mut dyn FnMut(Suspicion<'d>) -> bool,
) {
    let removed: HashSet<&[u8]> = changed.removed_files.iter().flat_map(names_of).collect();
    let mut lost: HashMap<&str, Vec<(&RepoPath, &Definition)>> = HashMap::default();
    for (path, definition) in &changed.lost {
        lost.entry(&definition.name).or_default().push((path, definition));
    }
    let mut gained: HashMap<&str, Vec<(&RepoPath, &Definition)>> = HashMap::default();
    for (path, definition) in &changed.gained {
        gained.entry(&definition.name).or_default().push((path, definition));
    }
    for (path, mention) in &user.added {
        if let Qualifier::Imported(from) = &mention.qualifier
            && family != Family::Rust
            && names_in(from, mention).iter().any(|name| removed.contains(name.as_bytes()))
        {
            if !found(Suspicion { changer, lost: None, now: Vec::new(), path, mention, through: &[] }) {
                return;
            }
            continue;
        }
        let Some(lost) = lost.get(&*mention.name) else {
            let made = made_as(family, mention, user).into_iter().map(|of| (of, &[][..]));
            let called = called_as(path, mention, user).into_iter().map(|of| (of, &[][..]));
            let passed = passed_as(mention, changed).map(|of| (of, &[][..]));
            for (of, through) in made.chain(called).chain(derived(family, mention, changed)).chain(passed) {
                let makes = |(_, old): &&(&RepoPath, &Definition)| {
                    old.owner.is_none()
                        && old.kind != DefinitionKind::PassedOn
                        && match mention.form {
                            Form::Call(_) => {
                                matches!(old.shape, Shape::Callable(_) | Shape::Any)
                                    && old.shape.fits(mention)
                            }
                            _ => old.kind == DefinitionKind::Type,
                        }
                };
                if let Some(&lost) = lost.get(of).into_iter().flatten().find(makes) {
                    let name = &lost.1.name;
                    let now = gained.get(&**name).into_iter().flatten().map(|(_, one)| *one).collect();
                    if !found(Suspicion { changer, lost: Some(lost), now, path, mention, through }) {
                        return;
                    }
                }
            }
            continue;
        };
        let is_sure = !matches!(mention.form, Form::Assigned(_) | Form::Satisfies(_));
        let fits_anew = |(place, old): &(&RepoPath, &Definition)| {
            let is_alike =
                |new: &Definition| (&new.owner, &new.scope, new.kind) == (&old.owner, &old.scope, old.kind);
            let fits_now =
                |new: &Definition| new.shape.fits(mention) && (!family.narrows() || new.seen >= old.seen);
            let fits = |new: &Definition| is_alike(new) && fits_now(new);
            let is_by_path =
                family == Family::Rust && names_crate(mention) && changed.removed_files.contains(place);
            let new = gained.get(&*mention.name).into_iter().flatten();
            let mut here = new.clone().filter(|(at, new)| at == place && is_alike(new)).peekable();
            // what took its place decides; at another one it may be out of reach
            is_sure
                && match (here.peek(), family) {
                    (Some(_), _) => here.any(|(_, new)| fits_now(new)),
                    (None, _) if is_by_path => false,
                    (None, Family::Rust | Family::C | Family::Ruby) => new.clone().any(|(_, new)| fits(new)),
                    (None, Family::Go | Family::Java | Family::CSharp | Family::Php) => {
                        new.clone().any(|(at, new)| fits(new) && at.parent() == place.parent())
                    }
                    (None, Family::Python | Family::Ecma) => false,
                }
        };
        let is_c = Language::of(path) == Some(Language::C);
        let concerns = |(at, old): &&(&RepoPath, &Definition)| {
            // a member of a struct of C needs a value before it
            let is_member = old.kind == DefinitionKind::Field && mention.qualifier == Qualifier::None && is_c;
            let is_elsewhere = is_local(family, at, old) && *at != path;
            let is_passed_on = old.kind == DefinitionKind::PassedOn;
            old.shape.fits(mention)
                && could_mean(family, old, mention)
                && !is_member
                && !is_elsewhere
                && (!is_passed_on
                    || mention_is_imported(mention) && !old.is_listed()
                    || is_of_module(family, mention)
                    || mention.qualifier == Qualifier::None && user.takes_all.contains(path))
        };
        let is_lost = |old: &&(&RepoPath, &Definition)| mention_is_imported(mention) || !fits_anew(old);
        let mut meant = lost.iter().filter(concerns).filter(is_lost);
        // of several, that of the type that is named
        let is_owned =
            |(_, old): &&(&RepoPath, &Definition)| old.owner.as_deref() == mention.qualifier.last();
        if let Some(&lost) = meant.clone().find(is_owned).or_else(|| meant.next()) {
            let now = gained.get(&*mention.name).into_iter().flatten().map(|(_, one)| *one).collect();
            if !found(Suspicion { changer, lost: Some(lost), now, path, mention, through: &[] }) {
                return;
            }
        }
    }
}

/// The supertype by whose constructor a new type is made, where a use makes a value of that type.
fn made_as<'d>(family: Family, mention: &Mention, user: &'d SideDelta) -> Option<&'d str> {
    if !matches!(mention.form, Form::Call(_)) || !names_type(family, mention) {
        return None;
    }
    let mut made = user.gained.iter().filter(|(_, one)| one.name == mention.name && one.is_made_as_another());
    made.next().map(|(_, one)| one.maker().1)
}

/// The name of what a call means where a file imports it anew under another one.
fn called_as<'d>(path: &RepoPath, mention: &Mention, user: &'d SideDelta) -> Option<&'d str> {
    if !matches!(mention.form, Form::Call(_)) || mention.qualifier != Qualifier::None {
        return None;
    }
    let mut named = user.aliases.iter().filter(|(at, name, _)| at == path && *name == mention.name);
    named.next().map(|(_, _, original)| &**original)
}

/// The names of what one side changed and modules pass on under that of the use.
fn passed_as<'d>(mention: &Mention, changed: &'d SideDelta) -> impl Iterator<Item = &'d str> {
    let is_call = matches!(mention.form, Form::Call(_))
        && matches!(mention.qualifier, Qualifier::None | Qualifier::Name(_) | Qualifier::Imported(_));
    let named = changed.passed_as.iter().filter(move |(name, _)| is_call && *name == mention.name);
    named.map(|(_, original)| &**original)
}

/// The type that one side changed from which the type derives that a use makes or implements, and those between them.
fn derived<'d>(
    family: Family,
    mention: &'d Mention,
    changed: &'d SideDelta,
) -> impl Iterator<Item = (&'d str, &'d [Word])> {
    let is_meant =
        matches!(mention.form, Form::Call(_) | Form::Implementation(_)) && names_type(family, mention);
    let derived = changed.derived.iter().filter(move |one| is_meant && one.name == mention.name);
    derived.map(|one| (&*one.of, &*one.through))
}

/// Whether a use names a type by its name alone, or, of Ruby, after that of its module.
fn names_type(family: Family, mention: &Mention) -> bool {
    match &mention.qualifier {
        Qualifier::None => true,
        Qualifier::Name(_) => family == Family::Ruby,
        Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Imported(_) | Qualifier::Value => false,
    }
}

/// Whether a use of Rust may name its place from the crate, or from a library, on.
fn names_crate(mention: &Mention) -> bool {
    let is_crate = |first: &str| !matches!(first, "self" | "super" | "Self" | "std" | "core" | "alloc");
    match &mention.qualifier {
        Qualifier::Name(path) | Qualifier::Imported(path) => {
            path.split_once("::").is_some_and(|(first, _)| is_crate(first)) || &**path == "crate"
        }
        Qualifier::None | Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value => false,
    }
}

/// Whether a use may be one of what a module of JavaScript exports.
fn is_of_module(family: Family, mention: &Mention) -> bool {
    family == Family::Ecma && matches!(mention.qualifier, Qualifier::Name(_))
}

pub(super) fn mention_is_imported(mention: &Mention) -> bool {
    matches!(mention.qualifier, Qualifier::Imported(_))
}

/// Whether an import names a file, as its last part or the folder of it.
pub(super) fn is_about(from: &str, mention: &Mention, file: &RepoPath) -> bool {
    let names = names_in(from, mention);
    names_of(file).iter().any(|own| names.iter().any(|name| name.as_bytes() == *own))
}

/// The names by which others import a file: its own without what follows the first dot, and that of its folder.
fn names_of(file: &RepoPath) -> [&[u8]; 2] {
    let name = file.file_name();
    let stem = name.split(|byte| *byte == b'.').next().unwrap_or(name);
    let folder =
        file.as_bytes().strip_suffix(name).and_then(|rest| rest.strip_suffix(b"/")).unwrap_or_default();
    [stem, folder.rsplit(|byte| *byte == b'/').next().unwrap_or_default()]
}

/// The names in an import that may be those of a file.
fn names_in<'m>(from: &'m str, mention: &'m Mention) -> [&'m str; 2] {
    let is_ending = |part: &str| matches!(part, "js" | "ts" | "tsx" | "jsx" | "h" | "hpp" | "mjs" | "cjs");
    let last = from.rsplit(['/', '.']).find(|part| !is_ending(part)).unwrap_or(from);
    [last, &mention.name]
}

/// Whether a use may mean a definition, by what stands before it.
fn could_mean(family: Family, definition: &Definition, mention: &Mention) -> bool {
    let owned = definition.owner.is_some();
    let is_kind = match (&mention.form, &definition.shape) {
        // a class may become one that lacks methods
        (Form::Implementation(_), _) if family == Family::Python => definition.kind == DefinitionKind::Type,
        (Form::Implementation(_), Shape::Callable(_)) => {
            family == Family::Ecma && definition.kind == DefinitionKind::Type
        }
        (Form::Implementation(_), shape) => matches!(shape, Shape::Contract { .. } | Shape::Record(_)),
        (Form::Cases(_), shape) => matches!(shape, Shape::Choice(_)),
        _ => true,
    };
    is_kind
        && match &mention.qualifier {
            Qualifier::None => {
                !owned
                    || definition.kind == DefinitionKind::Variant
                    || matches!(family, Family::Java | Family::C | Family::CSharp)
            }
            Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value => owned,
            Qualifier::Name(name) => match family {
                Family::Rust => {
                    let last = name.rsplit("::").next().unwrap_or(name);
                    match last.starts_with(char::is_uppercase) {
                        true => definition.owner.as_deref() == Some(last),
                        false => !owned,
                    }
                }
                Family::Go
                | Family::Python
                | Family::Ecma
                | Family::Java
                | Family::C
                | Family::Php
                | Family::CSharp
                | Family::Ruby => true,
            },
            Qualifier::Imported(_) => {
                !owned || definition.kind == DefinitionKind::Variant || family == Family::Java
            }
        }
}
