//! Namespaces of C#: which one a file is in, and what it takes of others.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Qualifier, Shape, Word};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// What stands before a type all of whose members a file takes.
pub(in crate::symbols) const STATIC: &str = "static ";

/// A namespace, and those around it, each with what stands before it as its scope.
pub(super) fn namespace(reader: &mut Reader<'_>, name: Node<'_>, place: &CodeScope) {
    let mut full = reader.text(name).to_string();
    let mut around = name.parent().and_then(|own| own.parent());
    while let Some(outer) = around {
        if outer.kind() == "namespace_declaration"
            && let Some(outer) = outer.child_by_field_name("name")
        {
            full = format!("{}.{full}", reader.text(outer));
        }
        around = outer.parent();
    }
    match &reader.facts.package {
        None => reader.facts.package = Some(full.as_str().into()),
        Some(known) if **known != *full => reader.facts.gives_any = true,
        Some(_) => {}
    }
    let parts: Vec<&str> = full.split('.').collect();
    for at in 0..parts.len() {
        let word = reader.intern(parts[at]);
        let around = CodeScope { owner: None, scope: parts[..at].join(".").into(), ..place.clone() };
        let defined = reader.define_word(word, line(name), DefinitionKind::Module, &around, Shape::Any);
        defined.repeatable = true;
    }
    reader.dealt_with(name);
}

/// What a file brings in: all of a namespace, what a type has, or one type by another name.
pub(super) fn using(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let alias = node.child_by_field_name("name");
    let target = children(node).filter(|child| alias.is_none_or(|alias| alias.id() != child.id())).last();
    let Some(target) = target else { return };
    let is_plain = matches!(target.kind(), "identifier" | "qualified_name" | "alias_qualified_name");
    let text = reader.text(target).trim_start_matches("global::");
    let is_static = reader.text(node).split_whitespace().take(3).any(|word| word == "static");
    let (from, name) = text.rsplit_once('.').unwrap_or(("", text));
    if !is_plain || text.contains(['<', ' ', '\n']) {
        // an alias of what has parts: what it brings, nobody can say
        alias.into_iter().for_each(|alias| reader.unclear(alias));
        return;
    }
    match alias {
        Some(alias) => {
            let alias = reader.text(alias);
            reader.import(alias, from, Some(name), false, place, line(node));
        }
        None => {
            let qualifier = Qualifier::Imported(reader.intern(from));
            reader.mention(name, qualifier, Form::Plain, line(node));
            if is_static {
                reader.facts.open = true;
                let star = reader.intern(&format!("{STATIC}{text}"));
                reader.facts.stars.push(star);
            } else {
                let star = reader.intern(text);
                reader.facts.stars.push(star);
            }
        }
    }
}

/// Whether a namespace that a file takes all of is this one, or ends with it where it stands inside of another.
pub(in crate::symbols) fn is_taken(stars: &[Word], package: &str) -> bool {
    stars.iter().any(|star| {
        let rest = package.strip_suffix(&**star);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Whether a file of one namespace sees what is in another one without an import.
pub(in crate::symbols) fn is_around(package: &str, own: Option<&Word>) -> bool {
    package.is_empty()
        || own.is_some_and(|own| {
            own.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}
