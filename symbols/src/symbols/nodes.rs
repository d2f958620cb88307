//! Nodes of syntax trees: how a text becomes them within bounded time, where they are, what is asked of them, and what the kinds
//! of one language mean, by their numbers: its table names them, and each is looked up once.

use std::cell::RefCell;
use std::num::NonZeroU16;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::facts::{Parameter, Parameters, Word};

/// How the walk goes on below a node.
pub(super) enum Next {
    /// As before.
    Same,
    /// In another place.
    Within(CodeScope),
    /// Not at all.
    Done,
}

/// Where the walk is.
#[derive(Clone, Debug)]
pub(super) struct CodeScope {
    /// The type whose members are read.
    pub owner: Option<Word>,
    /// The module inside the file.
    pub scope: Word,
    /// Whether this is inside a function.
    pub local: bool,
    /// Whether it is compiled only sometimes.
    pub conditional: bool,
    /// Whether what is defined here is seen as its type is, whatever it says.
    pub shown: bool,
    /// Whether names are bound here.
    pub binding: bool,
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}

/// The named children of a node.
pub(super) fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if child.is_named() {
                return Some(child);
            }
        }
        None
    })
}

/// The line on which a node begins, from 1.
pub(super) fn line(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}

/// The lines of a node, from 1.
pub(super) fn lines(node: Node<'_>) -> RangeInclusive<u32> {
    line(node)..=node.end_position().row as u32 + 1
}

/// A function's shape.
pub(super) fn callable(named: Vec<Parameter>) -> Parameters {
    Parameters { named, ..Parameters::default() }
}

/// After this many steps for each byte (and some more), a file is given up.
const STEPS: usize = 40;

thread_local! {
    /// What a thread parses with, one text after the other: what it took for one serves for the next.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// The syntax tree of a text, or why there is none.
pub(super) fn parse(syntax: &tree_sitter::Language, text: &str) -> Result<Tree, &'static str> {
    PARSER.with_borrow_mut(|parser| parse_with(parser, syntax, text))
}

fn parse_with(parser: &mut Parser, syntax: &tree_sitter::Language, text: &str) -> Result<Tree, &'static str> {
    // this also drops what is left of a text that was given up
    if parser.set_language(syntax).is_err() {
        return Err("its grammar does not load");
    }
    let mut steps = 0;
    let limit = STEPS * text.len() + 100_000;
    let mut give_up = |_: &_| {
        steps += 100; // it is asked each 100 steps
        steps > limit
    };
    let bytes = text.as_bytes();
    let mut rest = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut give_up);
    parser.parse_with_options(&mut rest, None, Some(options)).ok_or("too ambiguous to parse")
}

/// The number of a field; `None` where no node of the language has one of its name.
type Field = Option<NonZeroU16>;

/// What the table of a language says of its kinds, by their names.
pub(super) struct KindNames {
    /// Leaves that are names.
    pub names: &'static [&'static str],
    /// What holds no names.
    pub opaque: &'static [&'static str],
    /// `(node, field)`: what binds local names.
    pub binders: &'static [(&'static str, &'static str)],
    /// `(node, name, object, whether a name before it can be a module or a type)`: a member of something.
    pub members: &'static [(&'static str, &'static str, &'static str, bool)],
    /// `(node, function, arguments)`: a call.
    pub calls: &'static [(&'static str, &'static str, &'static str)],
    /// `(node, field)`: what is around an expression.
    pub wrappers: &'static [(&'static str, &'static str)],
}

/// What the kinds of one language mean.
pub(super) struct NodeMeanings {
    meanings: Vec<NodeMeaning>,
    /// That of a node of no kind: an error.
    unknown: NodeMeaning,
    /// The field `name`.
    name: Field,
}

/// What a kind means.
#[derive(Clone, Default)]
pub(super) struct NodeMeaning {
    /// Whether it is a leaf that is a name.
    pub is_name: bool,
    /// Whether it holds no names.
    pub is_opaque: bool,
    /// In which fields local names are bound: `None` where the children have no field.
    binders: Vec<Field>,
    /// The name of a member, what it is one of, and whether that can be a module or a type.
    pub member: Option<(Field, Field, bool)>,
    /// What is called, and the arguments.
    pub call: Option<(Field, Field)>,
    /// What is inside: the first of those without a field, or the one in a field.
    wrapped: Option<Wrapped>,
}

#[derive(Clone, Copy)]
enum Wrapped {
    First,
    In(Field),
}

impl NodeMeaning {
    /// Whether local names are bound in any part of it.
    pub fn binds_any(&self) -> bool {
        !self.binders.is_empty()
    }

    /// Whether local names are bound in this part of it.
    pub fn binds(&self, field: Option<NonZeroU16>) -> bool {
        self.binders.contains(&field)
    }

    /// What is inside of parentheses and the like. `None` where it is none of them; that is not there where a part is missing.
    pub fn unwrapped<'n>(&self, node: Node<'n>) -> Option<Option<Node<'n>>> {
        self.wrapped.map(|wrapped| match wrapped {
            Wrapped::First => node.named_child(0),
            Wrapped::In(of) => field(node, of),
        })
    }
}

/// The part of a node in a field.
pub(super) fn field(node: Node<'_>, of: Field) -> Option<Node<'_>> {
    node.child_by_field_id(of?.get())
}

/// The tables that were made, by the syntax of the language.
static MADE: Mutex<Vec<(tree_sitter::Language, &'static NodeMeanings)>> = Mutex::new(Vec::new());

impl NodeMeanings {
    /// That of a language, made when it is read for the first time; it stays, as the languages are few.
    pub fn of(names: &KindNames, syntax: &tree_sitter::Language) -> &'static NodeMeanings {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = made.iter().find(|(of, _)| of == syntax) {
            return table;
        }
        let table = Box::leak(Box::new(NodeMeanings::new(names, syntax)));
        made.push((syntax.clone(), table));
        table
    }

    fn new(names: &KindNames, syntax: &tree_sitter::Language) -> NodeMeanings {
        let field = |name: &str| syntax.field_id_for_name(name);
        let meaning = |kind: &str| {
            let wrapper = names.wrappers.iter().find(|(of, _)| *of == kind);
            let member = names.members.iter().find(|(of, ..)| *of == kind);
            let call = names.calls.iter().find(|(of, ..)| *of == kind);
            // a field that the language does not have binds nothing
            let binder = |(of, part): &(&str, &str)| {
                let id = field(part);
                (*of == kind && (id.is_some() || part.is_empty())).then_some(id)
            };
            NodeMeaning {
                is_name: names.names.contains(&kind),
                is_opaque: names.opaque.contains(&kind),
                binders: names.binders.iter().filter_map(binder).collect(),
                member: member.map(|(_, name, object, path)| (field(name), field(object), *path)),
                call: call.map(|(_, function, arguments)| (field(function), field(arguments))),
                wrapped: wrapper
                    .map(|(_, of)| if of.is_empty() { Wrapped::First } else { Wrapped::In(field(of)) }),
            }
        };
        let kinds = 0..syntax.node_kind_count() as u16;
        let meanings = kinds.map(|id| syntax.node_kind_for_id(id).map_or_else(NodeMeaning::default, meaning));
        NodeMeanings { meanings: meanings.collect(), unknown: NodeMeaning::default(), name: field("name") }
    }

    /// What the kind of a node means.
    pub fn meaning(&self, node: Node<'_>) -> &NodeMeaning {
        self.meanings.get(usize::from(node.kind_id())).unwrap_or(&self.unknown)
    }

    /// The part of a node that names it.
    pub fn name_of<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        field(node, self.name)
    }
}
