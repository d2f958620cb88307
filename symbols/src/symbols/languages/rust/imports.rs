//! What a `use` of Rust brings.

use tree_sitter::Node;

use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// The names that a `use` brings.
pub(super) fn import(reader: &mut Reader<'_>, node: Node<'_>, prefix: &str, public: bool, place: &CodeScope) {
    let join = |path: &str| if prefix.is_empty() { path.to_string() } else { format!("{prefix}::{path}") };
    let at = line(node);
    match node.kind() {
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map_or(String::new(), |path| join(reader.text(path)));
            if let Some(list) = node.child_by_field_name("list") {
                children(list).for_each(|child| import(reader, child, &path, public, place));
            }
        }
        "use_list" => children(node).for_each(|child| import(reader, child, prefix, public, place)),
        "use_as_clause" => {
            let (Some(path), Some(alias)) =
                (node.child_by_field_name("path"), node.child_by_field_name("alias"))
            else {
                return;
            };
            let path = join(reader.text(path));
            let (from, original) = path.rsplit_once("::").unwrap_or(("", &path));
            reader.import(reader.text(alias), from, Some(original), public, place, at);
        }
        // `super::*` inside the file brings its own names
        "use_wildcard" if reader.text(node) != "super::*" || place.scope.is_empty() => {
            reader.facts.open = true
        }
        "self" => {
            let (from, name) = prefix.rsplit_once("::").unwrap_or(("", prefix));
            reader.import(name, from, Some(name), public, place, at);
        }
        "identifier" | "scoped_identifier" => {
            let path = join(reader.text(node));
            let (from, name) = path.rsplit_once("::").unwrap_or(("", &path));
            reader.import(name, from, Some(name), public, place, at);
        }
        _ => {}
    }
}
