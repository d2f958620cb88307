//! Names in texts that are looked up when a program runs: `"a.b.C"`, `get_class("a.b", "C")`, `ForeignKey("a.C")`, and
//! the entry points that a project lists.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Mention, Qualifier, SourceFacts};
use crate::symbols::nodes::{children, line};
use crate::symbols::reader::Reader;

/// Functions that take the path of a module, and names in it.
const LOOKING_UP: [&str; 4] = ["get_class", "get_classes", "get_profile_class", "import_object"];

/// Fields of Django that take a model as the text `app.Model`.
const OF_MODELS: [&str; 5] =
    ["ForeignKey", "ManyToManyField", "OneToOneField", "ParentalKey", "ParentalManyToManyField"];

/// What texts with dots end in that are no paths of names.
const ENDINGS: [&str; 24] = [
    "cfg", "com", "conf", "css", "csv", "db", "gz", "html", "ini", "io", "jpg", "js", "json", "log", "md",
    "net", "org", "png", "py", "sql", "toml", "txt", "xml", "yaml",
];

/// The module and the name that a text tells, where it is a path of names.
fn path(text: &str) -> Option<(&str, &str)> {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let (module, name) = match text.split_once(':') {
        Some((module, name)) => (module, name.split('.').next()?),
        None => text.rsplit_once('.')?,
    };
    let is_module = module.split('.').all(is_name) && !module.starts_with(char::is_uppercase);
    (is_module && is_name(name) && !ENDINGS.contains(&name)).then_some((module, name))
}

/// The text of a node that is one, without anything that is filled in.
pub(super) fn content<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let mut parts = children(node);
    let is_plain = node.kind() == "string" && parts.all(|part| part.kind().starts_with("string_"));
    let mut inner = children(node).filter(|part| part.kind() == "string_content" && part.child_count() == 0);
    inner.next().filter(|_| is_plain).map(|inner| reader.text(inner))
}

fn tell(reader: &mut Reader<'_>, module: &str, name: &str, line: u32) {
    let module = reader.intern(module);
    reader.mention(name, Qualifier::Imported(module), Form::Told, line);
}

/// A text that is the path of a name. What stands alone is read by people, and what loggers are called, nobody looks up.
pub(super) fn text(reader: &mut Reader<'_>, node: Node<'_>) {
    let outer = node.parent().filter(|outer| outer.kind() != "expression_statement");
    let Some(outer) = outer else { return };
    let call = outer.parent().filter(|call| call.kind() == "call" && outer.kind() == "argument_list");
    let function = call.and_then(|call| call.child_by_field_name("function"));
    if function.is_some_and(|function| reader.text(function).ends_with("getLogger")) {
        return;
    }
    let Some((module, name)) = content(reader, node).and_then(path) else { return };
    tell(reader, module, name, line(node));
    // a member of a class
    if let Some((module, class)) =
        module.rsplit_once('.').filter(|(_, last)| last.starts_with(char::is_uppercase))
    {
        tell(reader, module, class, line(node));
    }
}

/// A call that looks up names which it takes as texts.
pub(super) fn call(reader: &mut Reader<'_>, node: Node<'_>) {
    let function = node.child_by_field_name("function").map_or("", |function| reader.text(function));
    let function = function.rsplit('.').next().unwrap_or(function);
    let is_meant = |names: &[&str]| names.contains(&function);
    if !is_meant(&LOOKING_UP) && !is_meant(&OF_MODELS) && function != "get_model" {
        return;
    }
    let list: Vec<Node<'_>> = node.child_by_field_name("arguments").into_iter().flat_map(children).collect();
    let Some(first) = list.first().and_then(|first| content(reader, *first)) else { return };
    if function == "get_model" || is_meant(&OF_MODELS) {
        let two = || Some((first, content(reader, *list.get(1)?)?));
        if let Some((app, model)) =
            first.split_once('.').or_else(|| two().filter(|_| function == "get_model"))
        {
            tell(reader, &format!("{app}.models"), model, line(node));
        }
        return;
    }
    let names = list.iter().skip(1).flat_map(|one| match one.kind() {
        "list" | "tuple" => children(*one).collect(),
        _ => vec![*one],
    });
    let names: Vec<&str> = names.filter_map(|one| content(reader, one)).collect();
    names.into_iter().for_each(|name| tell(reader, first, name, line(node)));
}

/// The entry points that a project lists (`pyproject.toml`, `setup.cfg`): `name = "a.b:c"`.
pub(in crate::symbols) fn entry_points(text: &str) -> SourceFacts {
    let mut facts = SourceFacts::default();
    for (at, line) in text.lines().enumerate() {
        let value = line.split_once('=').map_or("", |(_, value)| value.trim().trim_matches(['"', '\'']));
        if let Some((module, name)) = Some(value).filter(|value| value.contains(':')).and_then(path) {
            facts.mentions.push(Mention {
                name: name.into(),
                qualifier: Qualifier::Imported(module.into()),
                form: Form::Told,
                line: at as u32 + 1,
            });
        }
    }
    facts
}
