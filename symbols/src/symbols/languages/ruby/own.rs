//! What Ruby calls of its own class and of its superclass without naming them: `new`, `self.class.new`, `super`.

use tree_sitter::Node;

use super::last_name;
use crate::symbols::facts::{Arguments, Form, Qualifier, Word};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// Methods by which a class has those of a module.
const TAKING: [&str; 3] = ["include", "extend", "prepend"];

/// Whether a call of `new` makes a value of the class around it: in a method of the class with nothing before it, and in one of
/// its values after `self.class`. What a block calls may be called on anything.
pub(super) fn makes(reader: &Reader<'_>, call: Node<'_>, receiver: Option<Node<'_>>) -> bool {
    let is_alone = receiver.is_none();
    if receiver.is_some_and(|receiver| reader.text(receiver) != "self.class") {
        return false;
    }
    let (mut around, mut method, mut is_of_class) = (call.parent(), None, false);
    while let Some(inner) = around {
        match inner.kind() {
            "block" | "do_block" | "lambda" if method.is_none() && is_alone => return false,
            "method" | "singleton_method" => {
                if method.is_some() {
                    return false;
                }
                method = Some(inner.kind());
            }
            "singleton_class" => is_of_class = true,
            "class" => {
                let is_class = is_of_class || method == Some("singleton_method") || method.is_none();
                return is_class == is_alone && !makes_otherwise(reader, inner);
            }
            "module" => return false,
            _ => {}
        }
        around = inner.parent();
    }
    false
}

/// The members of a class.
fn members<'n>(class: Node<'n>) -> impl Iterator<Item = Node<'n>> {
    class.child_by_field_name("body").into_iter().flat_map(children)
}

/// Whether a class says itself what `new` is.
fn makes_otherwise(reader: &Reader<'_>, class: Node<'_>) -> bool {
    members(class).any(|member| {
        let name = member.child_by_field_name("name");
        member.kind() == "singleton_method" && name.is_some_and(|name| reader.text(name) == "new")
            || member.kind() == "singleton_class"
                && members(member)
                    .any(|one| one.child_by_field_name("name").is_some_and(|name| reader.text(name) == "new"))
    })
}

/// Whether a class takes in what may have methods before its superclass has them.
fn takes_in(reader: &Reader<'_>, class: Node<'_>) -> bool {
    members(class).any(|member| {
        let name = member.child_by_field_name("method").unwrap_or(member);
        TAKING.contains(&reader.text(name))
    })
}

/// The superclass of a class, where it has a name, after the module that is named with it.
fn superclass(reader: &mut Reader<'_>, class: Node<'_>) -> Option<(Option<Word>, Word)> {
    let base = class.child_by_field_name("superclass").and_then(|base| base.named_child(0))?;
    let module = base.child_by_field_name("scope").filter(|_| base.kind() == "scope_resolution");
    let is_path = |scope: &Node<'_>| matches!(scope.kind(), "constant" | "scope_resolution");
    let module = module.filter(is_path).map(|scope| last_name(reader, scope));
    is_path(&base).then(|| (module, last_name(reader, base)))
}

/// The superclass by whose constructor a class is made that has none itself.
pub(super) fn made_as(reader: &mut Reader<'_>, class: Node<'_>) -> Option<Word> {
    let makes = members(class).any(|member| {
        let name = member.child_by_field_name("name").map_or("", |name| reader.text(name));
        member.kind() == "method" && name == "initialize"
    });
    let is_made_so = !makes && !makes_otherwise(reader, class) && !takes_in(reader, class);
    let (module, name) = if is_made_so { superclass(reader, class)? } else { return None };
    Some(module.map_or(name.clone(), |module| reader.intern(&format!("{module}.{name}"))))
}

/// The method around a node, and the class around that.
fn method_around<'n>(node: Node<'n>) -> Option<[Node<'n>; 2]> {
    let (mut around, mut method) = (node.parent(), None);
    while let Some(inner) = around {
        match inner.kind() {
            "method" if method.is_none() => method = Some(inner),
            "method" | "singleton_method" | "singleton_class" | "module" => return None,
            "class" => return Some([method?, inner]),
            "do_block" | "block" | "lambda" if method.is_none() => {}
            _ => {}
        }
        around = inner.parent();
    }
    None
}

/// A call of what the superclass has under the name of the method, where nothing that is taken in may have it first.
pub(super) fn super_call(reader: &mut Reader<'_>, node: Node<'_>, arguments: Arguments, place: &CodeScope) {
    let Some([method, class]) = method_around(node).filter(|_| place.owner.is_some()) else { return };
    if takes_in(reader, class) {
        return;
    }
    let (Some((module, base)), Some(name)) = (superclass(reader, class), method.child_by_field_name("name"))
    else {
        return;
    };
    let form = Form::Call(arguments);
    match reader.text(name) {
        "initialize" => {
            let qualifier = module.map_or(Qualifier::None, Qualifier::Name);
            reader.mention(&base, qualifier, form, line(node));
        }
        name => reader.mention(name, Qualifier::Typed(base), form, line(node)),
    }
}

/// What the method around a node takes, as it passes that on.
pub(super) fn passed_on(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Arguments> {
    let [method, _] = method_around(node)?;
    let mut found = Arguments::default();
    for one in method.child_by_field_name("parameters").into_iter().flat_map(children) {
        match one.kind() {
            "identifier" | "optional_parameter" | "destructured_parameter" => {
                found.count = found.count.saturating_add(1);
            }
            "keyword_parameter" => {
                let name = one.child_by_field_name("name").map_or("", |name| reader.text(name));
                let word: Word = reader.intern(&format!("{name}:"));
                found.add_keyword(word);
            }
            "block_parameter" | "comment" => {}
            _ => found.open = true,
        }
    }
    Some(found)
}
