//! What calls of Ruby mean: most of what other languages have words for is one.

use tree_sitter::Node;

use crate::symbols::facts::{Arguments, DefinitionKind, Form, Qualifier, Shape, Word};
use crate::symbols::nodes::{CodeScope, Next, children, line, words};
use crate::symbols::reader::Reader;

use super::{last_name, own};

/// Methods that define the methods whose names they take.
const DEFINING: [&str; 22] = [
    "alias_method",
    "attr",
    "attr_accessor",
    "attr_reader",
    "attr_writer",
    "belongs_to",
    "cattr_accessor",
    "cattr_reader",
    "class_attribute",
    "def_delegator",
    "def_delegators",
    "define_method",
    "define_singleton_method",
    "delegate",
    "has_and_belongs_to_many",
    "has_many",
    "has_one",
    "mattr_accessor",
    "mattr_reader",
    "scope",
    "thread_mattr_accessor",
    "helper_method",
];

/// Methods that every object has, or every method may call.
const OF_ANY_OBJECT: &str = "as_json attributes call class clone create create! delete destroy destroy! dup each equal? extend find first freeze \
    hash id inspect instance_of? is_a? kind_of? last length method methods name new nil? object_id perform public_send respond_to? \
    run save save! send size tap then to_a to_h to_json to_param to_s to_str to_sym update update! valid? validate";

/// Whether a method of this name may be there, whoever defines it.
pub(in crate::symbols) fn is_of_any_object(name: &str) -> bool {
    OF_ANY_OBJECT.split_whitespace().any(|one| one == name)
}

/// The type of which a call makes a value.
pub(super) fn made(reader: &Reader<'_>, call: Node<'_>) -> Option<String> {
    let (receiver, method) = (call.child_by_field_name("receiver")?, call.child_by_field_name("method")?);
    let last = receiver.child_by_field_name("name").unwrap_or(receiver);
    (reader.text(method) == "new" && last.kind() == "constant").then(|| reader.text(last).to_string())
}

pub(super) fn called(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let Some(method) = node.child_by_field_name("method") else { return Next::Same };
    let (receiver, list) = (node.child_by_field_name("receiver"), node.child_by_field_name("arguments"));
    let name = reader.text(method);
    if method.kind() == "super" {
        let arguments = list.map_or_else(Arguments::default, |list| passed(reader, list));
        own::super_call(reader, node, arguments, place);
        reader.dealt_with(method);
        return Next::Same;
    }
    if name == "new"
        && own::makes(reader, node, receiver)
        && let Some(owner) = &place.owner
    {
        let arguments = list.map_or_else(Arguments::default, |list| passed(reader, list));
        reader.mention(owner, Qualifier::None, Form::Call(arguments), line(node));
        reader.dealt_with(method);
        return Next::Same;
    }
    let Some(receiver) = receiver else {
        plain(reader, node, method, place);
        return Next::Same;
    };
    if matches!(
        name,
        "send"
            | "public_send"
            | "respond_to?"
            | "try"
            | "try!"
            | "method_defined?"
            | "const_defined?"
            | "method"
            | "instance_method"
            | "const_get"
    ) {
        for text in list.into_iter().flat_map(children).take(1) {
            reader.asks_for(reader.text(text).trim_matches([':', '"', '\'']));
        }
    }
    match receiver.kind() {
        "constant" | "scope_resolution" if name == "new" => {
            let leaf = receiver.child_by_field_name("name").unwrap_or(receiver);
            let arguments = list.map_or_else(Arguments::default, |list| passed(reader, list));
            reader.used(leaf, Form::Call(arguments));
            reader.dealt_with(method);
            return Next::Same;
        }
        "constant" | "scope_resolution" => {
            let of = last_name(reader, receiver);
            reader.qualify(method, Qualifier::Name(of));
        }
        "instance_variable" => {
            let member = reader.text(receiver);
            reader.stands_after_own_member(method, member);
        }
        _ => {}
    }
    let arguments = list.map_or_else(Arguments::default, |list| passed(reader, list));
    reader.used(method, Form::Call(arguments));
    Next::Same
}

/// `super` alone passes on what the method takes.
pub(super) fn bare_super(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    if node
        .parent()
        .is_some_and(|call| call.kind() == "call" && call.child_by_field_name("method") == Some(node))
    {
        return;
    }
    if let Some(arguments) = own::passed_on(reader, node) {
        own::super_call(reader, node, arguments, place);
    }
}

/// Methods that run the block that they take for the value around it.
const RUNNING_HERE: [&str; 32] = [
    "all?",
    "any?",
    "collect",
    "count",
    "detect",
    "each",
    "each_key",
    "each_pair",
    "each_value",
    "each_with_index",
    "each_with_object",
    "filter",
    "filter_map",
    "find",
    "flat_map",
    "group_by",
    "index_by",
    "inject",
    "loop",
    "map",
    "max_by",
    "min_by",
    "none?",
    "partition",
    "reduce",
    "reject",
    "select",
    "sort_by",
    "sum",
    "synchronize",
    "times",
    "transaction",
];

/// A block that is taken by a method that may run it for another value.
pub(super) fn block(reader: &mut Reader<'_>, block: Node<'_>) {
    let call = block.parent().and_then(|call| call.child_by_field_name("method"));
    if !call.is_some_and(|method| RUNNING_HERE.contains(&reader.text(method))) {
        for word in words(reader.text(block)) {
            let word = reader.intern(word);
            reader.facts.in_blocks.insert(word);
        }
    }
}

/// A call with nothing before it: of a method of the own type, or of what every method may call.
fn plain(reader: &mut Reader<'_>, node: Node<'_>, method: Node<'_>, place: &CodeScope) {
    let list = node.child_by_field_name("arguments");
    let name = reader.text(method);
    let parts: Vec<Node<'_>> = list.into_iter().flat_map(children).collect();
    match name {
        "require" | "require_relative" | "load" => {
            if let Some(text) =
                parts.first().filter(|text| text.kind() == "string" && text.named_child_count() == 1)
            {
                let path = reader.text(*text).trim_matches(['"', '\'']).trim_end_matches(".rb");
                let path = if name == "require_relative" { format!("./{path}") } else { path.to_string() };
                reader.import(&path, &path, None, false, place, line(node));
            }
            reader.dealt_with(method);
            return;
        }
        "include" | "extend" | "prepend" | "private" | "public" | "protected" | "raise" | "puts" => {}
        _ if DEFINING.contains(&name) && !place.local => {
            for symbol in parts.iter().filter(|part| part.kind() == "simple_symbol") {
                let word = reader.intern(reader.text(*symbol).trim_start_matches(':'));
                reader
                    .define_word(word, line(*symbol), DefinitionKind::Field, place, Shape::Any)
                    .repeatable = true;
            }
        }
        // what it makes of the names that it takes, nobody can say
        _ if !place.local => {
            for symbol in parts.iter().filter(|part| matches!(part.kind(), "simple_symbol" | "string")) {
                reader.unclear(*symbol);
                let word = reader.intern(reader.text(*symbol).trim_matches([':', '"', '\'']));
                reader.facts.bound.insert(word);
            }
        }
        _ => {}
    }
    let qualifier = place.owner.clone().map_or(Qualifier::None, Qualifier::Own);
    let arguments = list.map_or_else(Arguments::default, |list| passed(reader, list));
    reader.qualify(method, qualifier);
    reader.used(method, Form::Call(arguments));
}

/// What is passed: names before values are told apart from other values by their colon.
fn passed(reader: &mut Reader<'_>, list: Node<'_>) -> Arguments {
    let mut found = Arguments::default();
    for child in children(list) {
        match child.kind() {
            "splat_argument" | "hash_splat_argument" | "forward_argument" => found.open = true,
            "block_argument" | "comment" => {}
            "pair" => match child.child_by_field_name("key").filter(|key| key.kind() == "hash_key_symbol") {
                Some(key) => {
                    let word: Word = reader.intern(&format!("{}:", reader.text(key)));
                    found.add_keyword(word);
                }
                None => found.open = true,
            },
            _ => found.count = found.count.saturating_add(1),
        }
        found.open |= child.is_error() || child.is_missing();
    }
    found
}
