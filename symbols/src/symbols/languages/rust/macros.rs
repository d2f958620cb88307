//! What stands in the arguments of a macro of Rust.

use tree_sitter::Node;

use crate::symbols::facts::{Arguments, Form, Qualifier};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

use super::types;

/// Macros that take expressions as functions do.
const TRANSPARENT: [&str; 22] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "ensure",
    "eprintln",
    "format",
    "matches",
    "panic",
    "print",
    "println",
    "vec",
    "write",
    "writeln",
    "info",
    "debug",
    "warn",
    "error",
    "trace",
];

/// The names in a macro's arguments, with calls where the macro takes expressions.
pub(super) fn invocation(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(called) = node.child_by_field_name("macro") else { return };
    let name = reader.text(called);
    let name = name.rsplit("::").next().unwrap_or(name);
    reader.mention(name, Qualifier::None, Form::Plain, line(node));
    let transparent = TRANSPARENT.contains(&name);
    let mut lists: Vec<Node<'_>> = children(node).filter(|child| child.kind() == "token_tree").collect();
    while let Some(list) = lists.pop() {
        let mut cursor = list.walk();
        let tokens: Vec<Node<'_>> = list.children(&mut cursor).collect();
        for (at, token) in tokens.iter().enumerate() {
            if token.kind() == "token_tree" {
                lists.push(*token);
            }
            if token.kind() != "identifier" {
                continue;
            }
            // it may define what it is called with
            if !place.local {
                reader.unclear(*token);
            }
            let text = |back: usize| at.checked_sub(back).map_or("", |at| reader.text(tokens[at]));
            if matches!(
                text(1),
                "fn" | "struct" | "enum" | "trait" | "mod" | "const" | "static" | "type" | "let"
            ) {
                let is_module = text(1) == "mod";
                reader.unclear(*token);
                if is_module {
                    let module = reader.word(*token);
                    reader.facts.modules.insert(module);
                }
                continue;
            }
            let qualifier = match (text(1), text(2)) {
                ("." | "::", "self" | "Self") => place.owner.clone().map_or(Qualifier::Value, Qualifier::Own),
                ("." | "::", _)
                    if tokens[at - 1..].len() > 1 && at >= 2 && tokens[at - 2].kind() == "identifier" =>
                {
                    // what a value of that name is, nobody can say here
                    if text(1) == "." { Qualifier::Value } else { Qualifier::Name(text(2).into()) }
                }
                ("." | "::", _) => Qualifier::Value,
                _ => Qualifier::None,
            };
            let arguments = tokens.get(at + 1).filter(|next| next.kind() == "token_tree");
            let form = match arguments {
                Some(list) if transparent && reader.text(*list).starts_with('(') => {
                    let after = |ahead: usize| tokens.get(at + ahead).map_or("", |token| reader.text(*token));
                    let opened = after(2) == "?" || after(2) == "." && types::opens(after(3));
                    Form::Call(Arguments { opened, ..token_arguments(reader, *list) })
                }
                Some(_) => Form::Call(Arguments { open: true, ..Arguments::default() }),
                None => Form::Plain,
            };
            let is_member_of_a_name =
                qualifier == Qualifier::Value && text(1) == "." && !matches!(text(3), "." | "::");
            let before = tokens.get(at.wrapping_sub(2)).filter(|before| before.kind() == "identifier");
            let (name, line) = (reader.text(*token), line(*token));
            reader.mention(name, qualifier, form, line);
            if let (true, Some(before)) = (is_member_of_a_name, before) {
                reader.used_after(reader.text(*before));
            }
        }
    }
}

/// The arguments of a call among tokens; open where a comma may mean something else.
fn token_arguments(reader: &Reader<'_>, list: Node<'_>) -> Arguments {
    let mut cursor = list.walk();
    let inner: Vec<Node<'_>> = list.children(&mut cursor).collect();
    let inner = inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default();
    let mut arguments = Arguments::default();
    let mut filled = false;
    for token in inner {
        match reader.text(*token) {
            "," => {
                arguments.count = arguments.count.saturating_add(1);
                filled = false;
            }
            "|" | "||" | "<" => {
                arguments.open = true;
                filled = true;
            }
            _ if token.kind().contains("comment") => {}
            _ => filled = true,
        }
    }
    arguments.count = arguments.count.saturating_add(u8::from(filled));
    arguments
}
