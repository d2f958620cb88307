//! What one source file says: what it defines, what it mentions, what it imports.

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
    /// The package that the file names (Go, Java).
    pub package: Option<Word>,
    /// Whether it is compiled only sometimes (a build constraint of Go).
    pub conditional: bool,
    /// Whether an import brings names that the file does not tell.
    pub open: bool,
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
    /// The types from which a type has members that it does not define itself; `?` for what is no name.
    pub bases: Vec<Word>,
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
    /// An implementation has these methods: `(name, whether it must, how many arguments)`; `closed`: and no others.
    Contract {
        methods: Vec<(Word, bool, u8)>,
        closed: bool,
    },
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
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub name: Word,
    pub required: bool,
    pub keyword_only: bool,
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
    /// An implementation has these methods, with how many arguments.
    Implementation(Vec<(Word, u8)>),
}

/// What is passed in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Arguments {
    pub count: u8,
    pub keywords: Vec<Word>,
    /// Whether there may be more of them than one sees.
    pub open: bool,
    /// Whether a list is passed for the parameter that takes any number (Go).
    pub rest: bool,
    /// How many values are expected back, where that is counted.
    pub results: Option<u8>,
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
}

impl Parameters {
    /// Whether a call fits.
    fn accepts(&self, call: &Arguments, given_receiver: bool) -> bool {
        if matches!((self.results, call.results), (Some(gives), Some(wants)) if gives != wants) {
            return false;
        }
        if call.open {
            return true;
        }
        if call.rest {
            return self.variadic && usize::from(call.count) == self.named.len();
        }
        let receiver = usize::from(given_receiver);
        let Some(count) = usize::from(call.count).checked_sub(receiver) else { return false };
        let positional = self.named.iter().filter(|parameter| !parameter.keyword_only);
        let is_filled = |(at, parameter): (usize, &Parameter)| {
            !parameter.required || at < count || call.keywords.contains(&parameter.name)
        };
        let has = |keyword: &Word| self.named.iter().any(|parameter| parameter.name == *keyword);
        (self.variadic || count <= positional.clone().count())
            && positional.enumerate().all(is_filled)
            && (self.any_keyword || call.keywords.iter().all(has))
            && self
                .named
                .iter()
                .filter(|parameter| parameter.keyword_only)
                .all(|parameter| !parameter.required || call.keywords.contains(&parameter.name))
    }
}

impl Parameters {
    /// Its head; `None` where a parameter has no name.
    fn written(&self, name: &str) -> Option<String> {
        let one = |parameter: &Parameter| match (parameter.required, parameter.keyword_only) {
            _ if parameter.name.is_empty() => None,
            (true, false) => Some(parameter.name.to_string()),
            (true, true) => Some(format!("{}=", parameter.name)),
            (false, false) => Some(format!("[{}]", parameter.name)),
            (false, true) => Some(format!("[{}=]", parameter.name)),
        };
        let mut all: Vec<String> = self.named.iter().map(one).collect::<Option<_>>()?;
        all.extend((self.variadic || self.any_keyword).then(|| "...".to_string()));
        Some(format!("{name}({})", all.join(", ")))
    }
}

impl Shape {
    /// What a use that fitted this shape has to be now: how it is called, or what it lacks.
    pub fn asks_now(&self, now: &Shape, mention: &Mention) -> Option<String> {
        let listed = |names: Vec<&Word>| {
            (!names.is_empty()).then(|| names.iter().map(|name| &***name).collect::<Vec<_>>().join(", "))
        };
        match (self, now, &mention.form) {
            (Shape::Callable(was), Shape::Callable(is), _) => {
                let gives = is.results.filter(|_| is.results != was.results).map(|count| match count {
                    0 => " gives nothing".to_string(),
                    1 => " gives 1 value".to_string(),
                    count => format!(" gives {count} values"),
                });
                Some(is.written(&mention.name)? + &gives.unwrap_or_default())
            }
            (_, Shape::Record(members), Form::Literal { fields, .. }) => {
                let lacks = members.iter().filter(|(name, required)| *required && !fields.contains(name));
                listed(lacks.map(|(name, _)| name).collect())
            }
            (_, Shape::Choice(variants), Form::Cases(cases)) => {
                listed(variants.iter().filter(|name| !cases.contains(name)).collect())
            }
            (_, Shape::Contract { methods, .. }, Form::Implementation(own)) => {
                let has = |name: &Word| own.iter().any(|own| own.0 == *name);
                let lacks = methods.iter().filter(|(name, required, _)| *required && !has(name));
                listed(lacks.map(|(name, ..)| name).collect())
            }
            _ => None,
        }
    }

    /// Whether a use fits a definition of this shape.
    pub fn fits(&self, mention: &Mention) -> bool {
        match (self, &mention.form) {
            (Shape::Callable(parameters), Form::Call(call)) => {
                let through_type = parameters.receiver && matches!(mention.qualifier, Qualifier::Name(_));
                parameters.accepts(call, false) || through_type && parameters.accepts(call, true)
            }
            (Shape::Record(members), Form::Literal { fields, rest }) => {
                let is_named = |(name, required): &(Word, bool)| *rest || !required || fields.contains(name);
                let exists = |field: &Word| members.iter().any(|(name, _)| name == field);
                members.iter().all(is_named) && fields.iter().all(exists)
            }
            (Shape::Choice(variants), Form::Cases(cases)) => variants.iter().all(|name| cases.contains(name)),
            (Shape::Contract { methods, closed }, Form::Implementation(own)) => {
                let has = |(name, required, count): &(Word, bool, u8)| match own
                    .iter()
                    .find(|own| own.0 == *name)
                {
                    Some((_, given)) => given == count,
                    None => !required,
                };
                let is_asked = |own: &(Word, u8)| methods.iter().any(|method| method.0 == own.0);
                methods.iter().all(has) && (!closed || own.iter().all(is_asked))
            }
            _ => true,
        }
    }
}
