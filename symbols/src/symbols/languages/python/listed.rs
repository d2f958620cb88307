//! What a module of Python gives to those that take all of it: `__all__`.

use foldhash::HashSet;
use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Given, LISTED, Shape, Word};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// Methods that change a list.
const CHANGING: [&str; 4] = ["append", "extend", "insert", "remove"];

/// Notes what an assignment to `__all__` lists.
pub(super) fn assigned(reader: &mut Reader<'_>, node: Node<'_>, left: Node<'_>, place: &CodeScope) {
    let is_changed = node.kind() == "augmented_assignment";
    if reader.text(left) != "__all__" {
        if reader.text(left).contains("__all__") {
            reader.facts.given = Given::Unknown;
        }
        return;
    }
    let Some(right) = node.child_by_field_name("right") else { return };
    match names(reader, right).filter(|_| !place.conditional && !place.local) {
        Some(names) => add(reader, &names, place, is_changed),
        None => reader.facts.given = Given::Unknown,
    }
}

/// Notes what a call adds to `__all__`.
pub(super) fn changed(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(function) = node.child_by_field_name("function").filter(|one| one.kind() == "attribute") else {
        return;
    };
    let field = |name| function.child_by_field_name(name).map_or("", |one| reader.text(one));
    if field("object") != "__all__" || !CHANGING.contains(&field("attribute")) {
        return;
    }
    let only = node.child_by_field_name("arguments").and_then(|list| list.named_child(0));
    let added = match field("attribute") {
        "append" => only.filter(|one| one.kind() == "string").map(|one| vec![(text(reader, one), line(one))]),
        "extend" => only.and_then(|list| names(reader, list)),
        _ => None,
    };
    match added.filter(|_| !place.conditional && !place.local) {
        Some(names) => add(reader, &names, place, true),
        None => reader.facts.given = Given::Unknown,
    }
}

fn text<'t>(reader: &Reader<'t>, string: Node<'_>) -> &'t str {
    reader.text(string).trim_matches(['"', '\''])
}

/// The names in a list of texts; `None` where there is anything else.
fn names<'t>(reader: &Reader<'t>, list: Node<'_>) -> Option<Vec<(&'t str, u32)>> {
    if list.kind() == "binary_operator" {
        let [left, right] = ["left", "right"].map(|side| list.child_by_field_name(side));
        return Some([names(reader, left?)?, names(reader, right?)?].concat());
    }
    if !matches!(list.kind(), "list" | "tuple") {
        return None;
    }
    let parts = children(list).filter(|one| one.kind() != "comment");
    parts.map(|one| (one.kind() == "string").then(|| (text(reader, one), line(one)))).collect()
}

fn add(reader: &mut Reader<'_>, names: &[(&str, u32)], place: &CodeScope, is_changed: bool) {
    let at = CodeScope { owner: None, scope: LISTED.into(), ..place.clone() };
    let mut listed: HashSet<Word> = HashSet::default();
    for (name, line) in names {
        let word = reader.intern(name);
        reader.define_word(word.clone(), *line, DefinitionKind::PassedOn, &at, Shape::Any).repeatable = true;
        listed.insert(word);
    }
    match &mut reader.facts.given {
        Given::Unknown => {}
        Given::Listed(known) if is_changed => known.extend(listed),
        // of a part of a file, nobody knows what was there before
        Given::Public if is_changed => reader.facts.given = Given::Unknown,
        Given::Listed(_) | Given::Public => reader.facts.given = Given::Listed(listed),
    }
}
