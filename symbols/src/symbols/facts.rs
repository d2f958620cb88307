//! What one source file says: what it defines, what it mentions, what it imports.

use std::ops::RangeInclusive;
use std::sync::Arc;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};

/// A name in source text, which many hold.
pub(super) type Word = Arc<str>;

/// What a source file says.
#[derive(Debug, Default)]
pub(crate) struct SourceFacts {
    pub definitions: Vec<Definition>,
    pub mentions: Vec<Mention>,
    pub imports: Vec<Import>,
    /// Names of locals and parameters, anywhere in the file.
    pub bound: HashSet<Word>,
    /// Names in the bodies of macros and in parts that do not parse: nobody can say what they are.
    pub unclear: HashSet<Word>,
    /// The package that the file names (Go, Java), or its namespace (PHP).
    pub package: Option<Word>,
    /// Whether it is compiled only sometimes (a build constraint of Go).
    pub conditional: bool,
    /// Whether an import brings names that the file does not tell.
    pub open: bool,
    /// Whether it gives others names that it does not define (`__getattr__` of a module), or has parts elsewhere (`#[path]`).
    pub gives_any: bool,
    /// Modules all of whose names it has (`from m import *`) or passes on (`export * from`), as it writes them.
    pub stars: Vec<Word>,
    /// Modules that it declares (Rust).
    pub modules: HashSet<Word>,
    /// What those have of it that take all (Python).
    pub given: Given,
    /// Whether it says which of its names others can import (JavaScript).
    pub lists_exports: bool,
    /// Where it does without what it names.
    pub guards: Vec<Guard>,
    /// Names whose presence it asks about anywhere (`hasattr`, `typeof`).
    pub asked_for: HashSet<Word>,
    /// Words of blocks that may be run for another value than the one around them (Ruby).
    pub in_blocks: HashSet<Word>,
    /// Whether something in it does not parse.
    pub is_broken: bool,
    /// Whether something in it is C++.
    pub is_cpp: bool,
}

/// What a module of Python gives to those that take all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Given {
    /// The names that do not begin with an underscore.
    #[default]
    Public,
    /// Those that `__all__` lists.
    Listed(HashSet<Word>),
    /// What `__all__` lists, nobody can say.
    Unknown,
}

/// Lines in which a file does without something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub lines: RangeInclusive<u32>,
    pub against: Lack,
}

/// What may be lacking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// A module that an import names.
    Module,
    /// The same, and what an import names in it.
    Import,
    /// Members of modules, types and values.
    Member,
    /// Names with nothing before them.
    Name,
    /// All of it: it is compiled or run only sometimes.
    Everything,
}

/// What is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum DefinitionKind {
    Function,
    Type,
    Field,
    Variant,
    Value,
    Module,
    Macro,
    /// What a module has for those that import it from there: by an import, or because it says so.
    PassedOn,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Definition {
    pub name: Word,
    pub kind: DefinitionKind,
    /// The type that has it as a member.
    pub owner: Option<Word>,
    /// The module inside the file, or the trait that an implementation is of: two definitions of one name in
    /// one scope exclude each other.
    pub scope: Word,
    pub shape: Shape,
    pub line: u32,
    /// Whether it is compiled only sometimes.
    pub conditional: bool,
    /// Whether it may stand beside another one of its name (a declaration without a body).
    pub repeatable: bool,
    /// The text of the types of its parameters: overloads differ in it.
    pub types: Word,
    /// The type of the first value that it gives, where it has a name (Go). Of a type: the supertype by whose constructor it is
    /// made, where it has none of its own.
    pub returns: Word,
    /// The types from which a type has members that it does not define itself; `?` for what is no name.
    pub bases: Vec<Word>,
    pub seen: SeenFrom,
}

/// From where a definition is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum SeenFrom {
    /// From its module and those inside of it; in C, from its file; in Java and TypeScript, from its class.
    Inside,
    /// From the module around that, too.
    Around,
    /// From its crate.
    Crate,
    /// From wherever its type or module is.
    #[default]
    Everywhere,
}

/// What a use of a definition must fit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Shape {
    /// Anything may fit.
    Any,
    Callable(Parameters),
    /// A literal names these members: `(name, whether it must)`.
    Record(Vec<(Word, bool)>),
    /// An exhaustive match lists these.
    Choice(Vec<Word>),
    /// An implementation has these methods; `closed`: and no others.
    Contract {
        methods: Vec<Method>,
        closed: bool,
    },
    /// A class that cannot be made as long as it lacks these methods (Python).
    Abstract(Vec<Word>),
}

impl Shape {
    /// What an interface with these methods, which are sorted, asks for.
    pub fn contract(methods: Vec<Method>) -> Shape {
        Shape::Contract { methods, closed: false }
    }
}

/// A method that an interface asks for, or that an implementation has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Method {
    pub name: Word,
    /// Whether an implementation must have it.
    pub required: bool,
    /// The types of what it takes, with the receiver; empty where its text does not tell which type it is.
    pub takes: Vec<Word>,
}

/// What the text of a type or value tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Held {
    #[default]
    Unknown,
    /// It may hold something, or nothing (`Option`, `Result`; `nil` of Go).
    Perhaps,
    /// It is true or false (Go).
    Truth,
    /// It is the value itself.
    Itself,
}

/// What a function takes and gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Parameters {
    pub named: Vec<Parameter>,
    /// Whether any number of further arguments is taken.
    pub variadic: bool,
    /// Whether any further keyword is taken.
    pub any_keyword: bool,
    /// Whether it is called on a value, which is none of the parameters.
    pub receiver: bool,
    /// How many values it gives, where that is counted.
    pub results: Option<u8>,
    pub gives: Held,
    /// Whether one waits for what it gives.
    pub waits: bool,
    /// Whether nobody can wait for what it gives: its type tells that it is a value.
    pub settled: bool,
    /// What a class that derives from the one that it makes has to have (TypeScript).
    pub lacks: Box<[Word]>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub name: Word,
    pub required: bool,
    pub keyword_only: bool,
    pub holds: Held,
}

/// A use of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Mention {
    pub name: Word,
    pub qualifier: Qualifier,
    pub form: Form,
    pub line: u32,
}

/// What stands before a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Qualifier {
    /// Nothing.
    None,
    /// `self.`, `this.`, `Self::`, in this type.
    Own(Word),
    /// One name.
    Name(Word),
    /// It is imported, from there. Where a module itself is imported, the name is that text too.
    Imported(Word),
    /// A value of this type. Where the package of the type is named (Go), it stands before it. With `()` at its end, of
    /// what this function gives.
    Typed(Word),
    /// An expression.
    Value,
}

/// How a name is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Form {
    Plain,
    Call(Arguments),
    /// A literal or a pattern with these members; `rest`: further ones are filled in or ignored.
    Literal {
        fields: Vec<Word>,
        rest: bool,
    },
    /// A match without a wildcard lists these.
    Cases(Vec<Word>),
    /// An implementation has these methods.
    Implementation(Vec<Method>),
    /// A value whose own members are used.
    Opened,
    /// A text names it, by which it is looked up when the program runs.
    Told,
    /// A member that holds this function of the same file.
    Assigned(Word),
    /// A literal that lists so many members without their names (Go).
    Listed(u8),
    /// A value of this type, as the file names it, is held as this interface (Go).
    Satisfies(Word),
    /// A function without a name, which takes so many, where that is known, stands for this interface (Java).
    Lambda(Option<u8>),
    /// A member overrides one of a supertype, and takes so many, where that is counted.
    Overrides(Option<u8>),
}

/// What is passed in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Arguments {
    pub count: u8,
    /// What few calls have.
    pub more: Option<Box<PassedMore>>,
    /// Whether there may be more of them than one sees.
    pub open: bool,
    /// Whether a list is passed for the parameter that takes any number (Go).
    pub rest: bool,
    /// How many values are expected back, where that is counted.
    pub results: Option<u8>,
    /// What the result has to be, where its place tells that.
    pub wants: Held,
    /// Whether the result is taken out of what it may be held in (`?`, `unwrap`).
    pub opened: bool,
    /// Whether one waits for the result.
    pub awaited: bool,
    /// Whether the result is used as nothing can be that one has to wait for.
    pub at_once: AtOnce,
}

/// What is passed, where that is more than some values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct PassedMore {
    pub keywords: Vec<Word>,
    /// What the values are, where something is told of them.
    pub holds: Vec<Held>,
}

impl Arguments {
    /// The names of what is passed by name.
    pub fn keywords(&self) -> &[Word] {
        self.more.as_ref().map_or(&[], |more| &more.keywords)
    }

    /// What the values are, as far as something is told of them.
    pub fn holds(&self) -> &[Held] {
        self.more.as_ref().map_or(&[], |more| &more.holds)
    }

    /// Something is passed by this name, too.
    pub fn add_keyword(&mut self, name: Word) {
        let keywords = &mut self.more.get_or_insert_default().keywords;
        let at = keywords.partition_point(|known| *known <= name);
        keywords.insert(at, name);
    }

    /// What is told of the values.
    pub fn set_holds(&mut self, mut holds: Vec<Held>) {
        let told = holds.iter().rposition(|held| *held != Held::Unknown);
        holds.truncate(told.map_or(0, |last| last + 1));
        if !holds.is_empty() {
            self.more.get_or_insert_default().holds = holds;
        }
    }
}

/// Whether a result is used at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum AtOnce {
    /// It is kept, or passed on.
    #[default]
    No,
    /// It is, and nothing says so where it is something to wait for.
    Perhaps,
    /// It is: where it is something to wait for, that fails.
    Surely,
}

/// A name brought in from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Import {
    /// The name in this file.
    pub name: Word,
    /// Where it comes from, as the file writes it.
    pub from: Word,
    /// The name there; `None` where the module itself is meant.
    pub original: Option<Word>,
    /// Whether others can import it from this file.
    pub public: bool,
    /// The module inside the file; `None` inside a function.
    pub scope: Option<Word>,
    pub line: u32,
}

impl Definition {
    /// What a module has by an import, for those that import it from there.
    pub fn passed_on(import: &Import, line: u32) -> Definition {
        Definition {
            name: import.name.clone(),
            kind: DefinitionKind::PassedOn,
            owner: None,
            scope: "".into(),
            shape: Shape::Any,
            line,
            conditional: false,
            repeatable: true,
            types: "".into(),
            returns: "".into(),
            bases: Vec::new(),
            seen: SeenFrom::default(),
        }
    }
}

/// The scope of the names that a module of Python lists in `__all__`.
pub(super) const LISTED: &str = "__all__";

impl Definition {
    /// Whether it is a function of C that a program can have once.
    pub fn is_linked(&self) -> bool {
        self.kind == DefinitionKind::Function
            && self.owner.is_none()
            && self.seen == SeenFrom::Everywhere
            && !self.repeatable
            && !self.conditional
            && &*self.name != "main"
    }

    /// Whether it is a type that is made by the constructor of a supertype.
    pub fn is_made_as_another(&self) -> bool {
        self.kind == DefinitionKind::Type && !self.returns.is_empty()
    }

    /// The name of the supertype by whose constructor it is made, with that of its module, where that is named.
    pub fn maker(&self) -> (Option<&str>, &str) {
        match self.returns.rsplit_once('.') {
            Some((module, name)) => (Some(module), name),
            None => (None, &self.returns),
        }
    }

    /// Whether it only lists a name for those that take all of a module of Python.
    pub fn is_listed(&self) -> bool {
        self.kind == DefinitionKind::PassedOn && &*self.scope == LISTED
    }
}

impl SourceFacts {
    /// Whether it may have names that it does not tell.
    pub fn is_open(&self) -> bool {
        self.open || !self.stars.is_empty()
    }

    /// Adds what a later part says about some names, and of its file, before which there are so many lines.
    pub fn add(&mut self, part: &SourceFacts, before: u32, is_asked: impl Fn(&Word) -> bool) {
        let definitions = part.definitions.iter().filter(|one| is_asked(&one.name));
        self.definitions.extend(definitions.map(|one| Definition { line: one.line + before, ..one.clone() }));
        let mentions = part.mentions.iter().filter(|one| is_asked(&one.name));
        self.mentions.extend(mentions.map(|one| Mention { line: one.line + before, ..one.clone() }));
        let imports = part.imports.iter();
        self.imports.extend(imports.map(|one| Import { line: one.line + before, ..one.clone() }));
        self.bound.extend(part.bound.iter().cloned());
        self.unclear.extend(part.unclear.iter().filter(|name| is_asked(name)).cloned());
        self.package = self.package.take().or_else(|| part.package.clone());
        self.conditional |= part.conditional;
        self.open |= part.open;
        self.gives_any |= part.gives_any;
        self.stars.extend(part.stars.iter().cloned());
        self.modules.extend(part.modules.iter().cloned());
        if self.given == Given::Public {
            self.given = part.given.clone();
        }
        self.lists_exports |= part.lists_exports;
        let guards = part.guards.iter();
        self.guards.extend(guards.map(|Guard { lines, against }| Guard {
            lines: lines.start() + before..=lines.end() + before,
            against: against.clone(),
        }));
        self.asked_for.extend(part.asked_for.iter().cloned());
        self.in_blocks.extend(part.in_blocks.iter().filter(|name| is_asked(name)).cloned());
        self.is_broken |= part.is_broken;
        self.is_cpp |= part.is_cpp;
    }

    /// Gives back the room for what did not come: facts are kept for long.
    pub fn fit(&mut self) {
        self.definitions.shrink_to_fit();
        self.mentions.shrink_to_fit();
        self.imports.shrink_to_fit();
        self.bound.shrink_to_fit();
        self.unclear.shrink_to_fit();
    }

    /// What the guards around a line are against.
    pub fn around(&self, line: u32) -> impl Iterator<Item = &Lack> {
        let guards = self.guards.iter().filter(move |guard| guard.lines.contains(&line));
        guards.map(|guard| &guard.against)
    }

    /// Whether a line is compiled or run only sometimes.
    pub fn is_conditional(&self, line: u32) -> bool {
        self.around(line).any(|lack| *lack == Lack::Everything)
    }
}

impl Import {
    /// A name from elsewhere, in a function.
    pub fn of(name: &Word, from: &str, original: Option<&Word>) -> Import {
        Import {
            name: name.clone(),
            from: from.into(),
            original: original.cloned(),
            public: false,
            scope: None,
            line: 0,
        }
    }
}

impl Qualifier {
    /// The name of the type, module or value that stands before a name, without what stands before that.
    pub fn last(&self) -> Option<&str> {
        match self {
            Qualifier::Own(name) | Qualifier::Name(name) | Qualifier::Typed(name) => {
                Some(name.rsplit("::").next().unwrap_or(name))
            }
            Qualifier::None | Qualifier::Imported(_) | Qualifier::Value => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many of them are kept as there are names in all that is read.
    #[test]
    fn a_use_is_small() {
        assert!(size_of::<Mention>() <= 80, "{}", size_of::<Mention>());
    }
}
