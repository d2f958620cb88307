//! What the kinds of node of one language mean, by their numbers: the table of the language names them, and each is looked up once.

use std::num::NonZeroU16;
use std::sync::{Mutex, PoisonError};

use tree_sitter::Node;

use super::reader::Grammar;

/// The number of a field; `None` where no node of the language has one of its name.
type Field = Option<NonZeroU16>;

/// What the kinds of one language mean.
pub(super) struct KindTable {
    meanings: Vec<KindMeaning>,
    /// That of a node of no kind: an error.
    unknown: KindMeaning,
    /// The field `name`.
    name: Field,
}

/// What a kind means.
#[derive(Clone, Default)]
pub(super) struct KindMeaning {
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

impl KindMeaning {
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

/// The tables that were made: for the grammar of each language, and each way to write it.
static MADE: Mutex<Vec<(usize, tree_sitter::Language, &'static KindTable)>> = Mutex::new(Vec::new());

impl KindTable {
    /// That of a language, made when it is read for the first time; it stays, as the languages are few.
    pub fn of(grammar: &'static Grammar, syntax: &tree_sitter::Language) -> &'static KindTable {
        let key = std::ptr::from_ref(grammar).addr();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., table)) = made.iter().find(|(of, by, _)| *of == key && by == syntax) {
            return table;
        }
        let table = Box::leak(Box::new(KindTable::new(grammar, syntax)));
        made.push((key, syntax.clone(), table));
        table
    }

    fn new(grammar: &Grammar, syntax: &tree_sitter::Language) -> KindTable {
        let field = |name: &str| syntax.field_id_for_name(name);
        let meaning = |kind: &str| {
            let wrapper = grammar.wrappers.iter().find(|(of, _)| *of == kind);
            let member = grammar.members.iter().find(|(of, ..)| *of == kind);
            let call = grammar.calls.iter().find(|(of, ..)| *of == kind);
            // a field that the language does not have binds nothing
            let binder = |(of, part): &(&str, &str)| {
                let id = field(part);
                (*of == kind && (id.is_some() || part.is_empty())).then_some(id)
            };
            KindMeaning {
                is_name: grammar.names.contains(&kind),
                is_opaque: grammar.opaque.contains(&kind),
                binders: grammar.binders.iter().filter_map(binder).collect(),
                member: member.map(|(_, name, object, path)| (field(name), field(object), *path)),
                call: call.map(|(_, function, arguments)| (field(function), field(arguments))),
                wrapped: wrapper
                    .map(|(_, of)| if of.is_empty() { Wrapped::First } else { Wrapped::In(field(of)) }),
            }
        };
        let kinds = 0..syntax.node_kind_count() as u16;
        let meanings = kinds.map(|id| syntax.node_kind_for_id(id).map_or_else(KindMeaning::default, meaning));
        KindTable { meanings: meanings.collect(), unknown: KindMeaning::default(), name: field("name") }
    }

    /// What the kind of a node means.
    pub fn meaning(&self, node: Node<'_>) -> &KindMeaning {
        self.meanings.get(usize::from(node.kind_id())).unwrap_or(&self.unknown)
    }

    /// The part of a node that names it.
    pub fn name_of<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        field(node, self.name)
    }
}
