//! Where a file of Python does without what it names.

use tree_sitter::Node;

use crate::symbols::facts::Lack;
use crate::symbols::nodes::{children, lines, words};
use crate::symbols::reader::Reader;

/// What tells on what it runs.
const SYSTEMS: [&str; 4] = ["sys.version_info", "sys.platform", "os.name", "platform.system"];

pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    match node.kind() {
        "try_statement" => tried(reader, node),
        "with_statement" => {
            let Some(body) = node.child_by_field_name("body") else { return };
            let head = before(reader, node, body);
            if head.contains("suppress(") {
                failures(head).into_iter().for_each(|lack| reader.guard(lines(body), lack));
            }
        }
        "if_statement" => {
            let (Some(condition), Some(then)) =
                (node.child_by_field_name("condition"), node.child_by_field_name("consequence"))
            else {
                return;
            };
            let condition = reader.text(condition);
            if words(condition).any(|word| word == "TYPE_CHECKING") && !condition.contains("not ") {
                reader.guard(lines(then), Lack::Everything);
            } else if SYSTEMS.iter().any(|system| condition.contains(system)) {
                reader.guard(lines(node), Lack::Everything);
            }
        }
        "call" => {
            let (Some(function), Some(list)) =
                (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
            else {
                return;
            };
            match reader.text(function) {
                "hasattr" | "getattr" => asked(reader, list.named_child(1)),
                "globals().update" => reader.facts.gives_any = true,
                _ => {}
            }
        }
        "comparison_operator" => {
            let tables = ["dir(", "vars(", "globals(", "locals("];
            let text = reader.text(node);
            if tables.iter().any(|table| text.contains(&format!(" in {table}"))) {
                asked(reader, node.named_child(0));
            }
        }
        "subscript" => {
            let is_set = || {
                node.parent().is_some_and(|parent| {
                    parent.child_by_field_name("left").is_some_and(|left| left.id() == node.id())
                })
            };
            let text = reader.text(node);
            reader.facts.gives_any |=
                text == "sys.modules[__name__]" || text.starts_with("globals()[") && is_set();
        }
        _ => {}
    }
}

/// A text that names what is asked for.
fn asked(reader: &mut Reader<'_>, text: Option<Node<'_>>) {
    if let Some(text) = text.filter(|text| text.kind() == "string") {
        let name = reader.text(text).trim_matches(['"', '\'']);
        reader.asks_for(name);
    }
}

/// The text of a node before its body.
fn before<'t>(reader: &Reader<'t>, node: Node<'_>, body: Node<'_>) -> &'t str {
    reader.text(node).get(..body.start_byte() - node.start_byte()).unwrap_or("")
}

/// What lacks where one of these is raised; all of it where anything may be.
fn failures(names: &str) -> Vec<Lack> {
    let lack = |name| match name {
        "ImportError" => Some(Lack::Import),
        "ModuleNotFoundError" => Some(Lack::Module),
        "AttributeError" => Some(Lack::Member),
        "NameError" => Some(Lack::Name),
        "Exception" | "BaseException" => Some(Lack::Everything),
        _ => None,
    };
    words(names).filter_map(lack).collect()
}

fn tried(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(body) = node.child_by_field_name("body") else { return };
    let is_import = |one: &Node<'_>| matches!(one.kind(), "import_statement" | "import_from_statement");
    let imports = children(body).filter(is_import).count();
    let is_simple = |one: &Node<'_>| match one.kind() {
        "expression_statement" => one.named_child(0).is_some_and(|one| one.kind() == "assignment"),
        "comment" | "pass_statement" => true,
        _ => is_import(one),
    };
    for clause in children(node).filter(|child| child.kind() == "except_clause") {
        let Some(handler) = children(clause).find(|child| child.kind() == "block") else { continue };
        let head = before(reader, clause, handler);
        let caught = head.split(" as ").next().unwrap_or(head).trim_start_matches("except");
        let is_bare = words(caught).next().is_none();
        let lacks = if is_bare { vec![Lack::Everything] } else { failures(caught) };
        if lacks.is_empty() {
            continue;
        }
        if fails(reader, handler) {
            break;
        }
        for lack in lacks {
            let of_imports = matches!(lack, Lack::Import | Lack::Module | Lack::Everything) && imports > 0;
            match lack {
                Lack::Everything if children(body).all(|one| is_simple(&one)) => {
                    reader.guard(lines(body), Lack::Import);
                }
                // whatever fails in there, it goes on
                Lack::Everything if imports == 0 => {}
                lack => reader.guard(lines(body), lack),
            }
            if of_imports {
                reader.guard(lines(handler), Lack::Everything);
            }
        }
    }
}

/// Whether what handles a failure fails itself.
fn fails(reader: &Reader<'_>, handler: Node<'_>) -> bool {
    let ends = ["sys.exit(", "exit(", "os._exit(", "quit("];
    children(handler).filter(|child| child.kind() != "comment").last().is_some_and(|last| {
        last.kind() == "raise_statement" || ends.iter().any(|end| reader.text(last).starts_with(end))
    })
}
