//! Classes of Python that cannot be made as long as they lack methods, and those that derive from them.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Method, Word};
use crate::symbols::nodes::{children, words};
use crate::symbols::reader::Reader;

use super::{decorators, leaves_alone};

/// What a class is derived from by which what it lacks is looked for when one is made.
const MAKE_ABSTRACT: [&str; 3] = ["ABC", "ABCMeta", "Protocol"];

/// What may stand before a class that another one derives from, and gives it no methods.
const EMPTY: [&str; 2] = ["Generic", "object"];

/// What is defined in the body of a class, with its decorators; `None` for the decorators of a value.
type Defined<'t> = Vec<(&'t str, Option<Vec<&'t str>>)>;

/// The methods that whoever derives from a class has to have; `None` where it asks for none.
pub(super) fn lacks(reader: &mut Reader<'_>, class: Node<'_>) -> Option<Vec<Word>> {
    let heads = reader.text(class.child_by_field_name("superclasses")?);
    if !words(heads).any(|word| MAKE_ABSTRACT.contains(&word)) {
        return None;
    }
    let own = defined(reader, class.child_by_field_name("body")?);
    let lacks = |(name, decorators): &(&str, Option<Vec<&str>>)| {
        let decides = |(other, decorators): &(&str, Option<Vec<&str>>)| {
            let is_part = decorators.as_ref().is_some_and(|all| all.iter().any(|one| one.starts_with(name)));
            other == name && !is_abstract(decorators.as_deref()) && !is_part
        };
        is_abstract(decorators.as_deref()) && !own.iter().any(decides)
    };
    let mut lacking: Vec<&str> = own.iter().filter(|one| lacks(one)).map(|(name, _)| *name).collect();
    lacking.sort_unstable();
    lacking.dedup();
    (!lacking.is_empty()).then(|| lacking.into_iter().map(|name| reader.intern(name)).collect())
}

/// A class has what it defines itself, and what the first of its supertypes does.
pub(super) fn implementation(reader: &mut Reader<'_>, class: Node<'_>) {
    let (Some(list), Some(body)) =
        (class.child_by_field_name("superclasses"), class.child_by_field_name("body"))
    else {
        return;
    };
    let is_known = decorators(reader, class).iter().all(leaves_alone);
    let is_abstract_itself = words(reader.text(list)).any(|word| MAKE_ABSTRACT.contains(&word));
    if !is_known || is_abstract_itself || children(list).any(|base| base.kind() == "keyword_argument") {
        return;
    }
    let bases = children(list).filter(|base| base.kind() != "comment");
    let bases = bases.map(|base| base.child_by_field_name("value").unwrap_or(base));
    let first =
        bases.filter_map(|base| reader.named_leaf(base)).find(|leaf| !EMPTY.contains(&reader.text(*leaf)));
    let is_first = |leaf: &Node<'_>| {
        let before = children(list).take_while(|base| base.end_byte() < leaf.start_byte());
        before.filter(|base| base.kind() != "comment").all(|base| {
            words(reader.text(base)).next().is_some_and(|word| EMPTY.contains(&word) || word == "typing")
        })
    };
    let Some(leaf) = first.filter(is_first) else { return };
    let own = defined(reader, body);
    if own.iter().any(|(_, decorators)| is_abstract(decorators.as_deref())) {
        return;
    }
    let method = |name: &str| Method { name: reader.intern(name), required: false, takes: Vec::new() };
    let mut own: Vec<Method> = own.into_iter().map(|(name, _)| name).map(method).collect();
    own.sort();
    own.dedup();
    reader.used(leaf, Form::Implementation(own));
}

fn is_abstract(decorators: Option<&[&str]>) -> bool {
    let is_abstract = |one: &&str| one.rsplit('.').next().is_some_and(|last| last.starts_with("abstract"));
    decorators.is_some_and(|all| all.iter().any(is_abstract))
}

/// What a body defines, in whatever condition.
fn defined<'t>(reader: &Reader<'t>, body: Node<'_>) -> Defined<'t> {
    let (mut found, mut open) = (Vec::new(), vec![body]);
    while let Some(node) = open.pop() {
        let of = node.child_by_field_name("definition").unwrap_or(node);
        match of.kind() {
            "function_definition" | "class_definition" => {
                if let Some(name) = of.child_by_field_name("name") {
                    found.push((reader.text(name), Some(decorators(reader, of))));
                }
            }
            "assignment" => {
                let is_set = of.child_by_field_name("right").is_some();
                if let Some(left) = of.child_by_field_name("left").filter(|_| is_set) {
                    found.extend(words(reader.text(left)).map(|name| (name, None)));
                }
                open.extend(of.child_by_field_name("right").filter(|right| right.kind() == "assignment"));
            }
            "import_from_statement" | "for_statement" | "with_statement" | "import_statement" => {
                found.extend(words(reader.text(of)).map(|name| (name, None)));
                open.extend(children(of));
            }
            "block"
            | "if_statement"
            | "elif_clause"
            | "else_clause"
            | "try_statement"
            | "except_clause"
            | "finally_clause"
            | "expression_statement"
            | "match_statement"
            | "case_clause" => {
                open.extend(children(of));
            }
            _ => {}
        }
    }
    found
}
