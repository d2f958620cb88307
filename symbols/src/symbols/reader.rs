//! Reads a source file: one walk of its syntax tree, guided by the table of its language.

use foldhash::{HashMap, HashSet};
use tree_sitter::{Node, TreeCursor};

use super::facts::{Arguments, Form, Held, Mention, Qualifier, SourceFacts, Word};
use super::language::Language;
use super::nodes::{
    CodeScope, KindNames, Next, NodeMeaning, NodeMeanings, children, field, line, parse, words,
};
use super::receivers::Receivers;

/// Larger files are not read.
pub(super) const LARGEST_SOURCE: usize = 1 << 20;

/// Files nested deeper than this are not read.
const DEEPEST: usize = 400;

/// What the kinds of node of one language mean.
pub(super) struct Grammar {
    /// Leaves that are names.
    pub names: &'static [&'static str],
    /// What holds no names: comments, strings.
    pub opaque: &'static [&'static str],
    /// `(node, field)`: what binds local names.
    pub binders: &'static [(&'static str, &'static str)],
    /// `(node, name, object, whether a name before it can be a module or a type)`: a member of something.
    pub members: &'static [(&'static str, &'static str, &'static str, bool)],
    /// `(node, function, arguments)`: a call.
    pub calls: &'static [(&'static str, &'static str, &'static str)],
    /// Arguments that stand for any number of them.
    pub spreads: &'static [&'static str],
    /// Nodes around an expression that are left out when one asks what it is.
    pub wrappers: &'static [(&'static str, &'static str)],
    /// What stands for the own type or value.
    pub own: &'static [&'static str],
    /// What a value holds that is passed, by how it is written.
    pub held: fn(&Reader<'_>, Node<'_>) -> Held,
    /// What only this language has: definitions, imports, literals.
    pub special: fn(&mut Reader<'_>, Node<'_>, &CodeScope) -> Next,
    /// Notes where the file does without what it names.
    pub guards: fn(&mut Reader<'_>, Node<'_>),
}

/// Collects what a file says.
pub(super) struct Reader<'t> {
    text: &'t str,
    pub language: Language,
    grammar: &'static Grammar,
    kinds: &'static NodeMeanings,
    pub facts: SourceFacts,
    words: HashSet<Word>,
    members: HashMap<usize, Qualifier>,
    forms: HashMap<usize, Form>,
    receivers: Receivers,
    known: HashSet<usize>,
}

/// What a source file says, or why it was not looked at.
pub(super) fn read(
    language: Language,
    grammar: &'static Grammar,
    syntax: &tree_sitter::Language,
    content: &[u8],
) -> Result<SourceFacts, &'static str> {
    if content.len() > LARGEST_SOURCE {
        return Err("larger than 1 MiB");
    }
    let Ok(text) = std::str::from_utf8(content) else { return Err("not UTF-8") };
    let tree = parse(syntax, text)?;
    let &Grammar { names, opaque, binders, members, calls, wrappers, .. } = grammar;
    let kinds = NodeMeanings::of(&KindNames { names, opaque, binders, members, calls, wrappers }, syntax);
    let mut reader = Reader {
        text,
        language,
        grammar,
        kinds,
        facts: SourceFacts {
            is_broken: tree.root_node().has_error(),
            is_cpp: language == Language::Cpp,
            ..SourceFacts::default()
        },
        words: HashSet::default(),
        members: HashMap::default(),
        forms: HashMap::default(),
        receivers: Receivers::default(),
        known: HashSet::default(),
    };
    let top = CodeScope {
        owner: None,
        scope: "".into(),
        local: false,
        conditional: false,
        shown: false,
        binding: false,
    };
    reader.visit(&mut tree.walk(), &top, 0)?;
    reader.receivers.finish(&mut reader.facts.mentions);
    reader.facts.fit();
    Ok(reader.facts)
}

impl<'t> Reader<'t> {
    fn visit(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        place: &CodeScope,
        depth: usize,
    ) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("nested too deeply");
        }
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            self.unclear(node);
            return Ok(());
        }
        // a sign or keyword
        if !node.is_named() {
            return Ok(());
        }
        (self.grammar.guards)(self, node);
        let kind = self.kinds.meaning(node);
        if kind.is_opaque || self.known.contains(&node.id()) {
            return Ok(());
        }
        if kind.is_name {
            self.leaf(node, place);
            return Ok(());
        }
        self.member(kind, node, place);
        self.call(kind, node);
        let inner = match (self.grammar.special)(self, node, place) {
            Next::Same => return self.children(cursor, kind, place, depth),
            Next::Within(inner) => inner,
            Next::Done => return Ok(()),
        };
        let begins = inner.local && !place.local;
        if begins {
            self.receivers.begin();
        }
        self.children(cursor, kind, &inner, depth)?;
        if begins {
            self.receivers.end(&mut self.facts.mentions);
        }
        Ok(())
    }

    fn children(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        kind: &NodeMeaning,
        place: &CodeScope,
        depth: usize,
    ) -> Result<(), &'static str> {
        let is_pair = place.binding && cursor.node().kind() == "pair_pattern";
        if !cursor.goto_first_child() {
            return Ok(());
        }
        loop {
            let binds = kind.binds_any() && kind.binds(cursor.field_id());
            let ends = place.binding
                && match cursor.field_name() {
                    Some("type" | "default" | "path" | "right") => true,
                    Some("value") => !is_pair,
                    _ => false,
                };
            if binds != place.binding && (binds || ends) {
                let changed = CodeScope { binding: binds, ..place.clone() };
                self.visit(cursor, &changed, depth + 1)?;
            } else {
                self.visit(cursor, place, depth + 1)?;
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
        Ok(())
    }

    /// A name that nothing above has dealt with.
    fn leaf(&mut self, node: Node<'_>, place: &CodeScope) {
        let mut name = self.word(node);
        let qualifier = self.members.get(&node.id()).cloned();
        let form = self.forms.remove(&node.id());
        if let (true, Some(owner), Some(_)) = (self.grammar.own.contains(&&*name), &place.owner, &form) {
            name = owner.clone(); // `Self { … }`
        }
        if place.binding && qualifier.is_none() && form.is_none() {
            self.bind_word(node, name);
            return;
        }
        // a call of a method of the own type, where it is no local
        let qualifier = match &place.owner {
            Some(owner) if self.language == Language::Ruby && node.kind() == "identifier" => {
                qualifier.or_else(|| Some(Qualifier::Own(owner.clone())))
            }
            _ => qualifier,
        };
        // what is bound where it is assigned
        if self.language == Language::Php && name.starts_with('$') && qualifier.is_none() {
            return;
        }
        let line = line(node);
        let (qualifier, form) = (qualifier.unwrap_or(Qualifier::None), form.unwrap_or(Form::Plain));
        self.receivers.used(node.id(), self.facts.mentions.len());
        self.facts.mentions.push(Mention { name, qualifier, form, line });
    }

    /// Tells the name of a member what stands before it.
    fn member(&mut self, kind: &NodeMeaning, node: Node<'_>, place: &CodeScope) {
        let Some((name, object, path)) = kind.member else { return };
        let Some(name) = field(node, name) else { return };
        let Some(object) = field(node, object) else { return };
        // `a.b<C>` of C#
        let name = if name.kind() == "generic_name" { self.unwrapped(name) } else { name };
        self.member_after(name, object, place, path);
    }

    /// A name is one of a member of what is before it.
    pub fn member_of(&mut self, name: Node<'_>, object: Node<'_>, place: &CodeScope) {
        self.member_after(name, object, place, true);
    }

    fn member_after(&mut self, name: Node<'_>, object: Node<'_>, place: &CodeScope, path: bool) {
        let qualifier = match self.qualifier(object, place) {
            Qualifier::Name(_) if !path => Qualifier::Value,
            // a parameter that stands for a type
            Qualifier::Name(name) if self.language == Language::Rust && self.facts.bound.contains(&name) => {
                Qualifier::Value
            }
            qualifier => qualifier,
        };
        let is_path = path && matches!(self.language, Language::Rust | Language::C | Language::Cpp);
        let before = self.unwrapped(object);
        if self.is_name(before) && !is_path && !matches!(qualifier, Qualifier::Own(_)) {
            let before = self.word(before);
            self.receivers.stands_before(name.id(), before);
        }
        if !is_path
            && self.kinds.meaning(before).member.is_some()
            && let Some(leaf) = self.named_leaf(before)
        {
            self.forms.entry(leaf.id()).or_insert(Form::Opened);
        }
        self.members.insert(name.id(), qualifier);
    }

    /// What an expression is as a qualifier.
    pub fn qualifier(&self, object: Node<'_>, place: &CodeScope) -> Qualifier {
        let object = self.unwrapped(object);
        let text = self.text(object);
        if self.grammar.own.contains(&text) {
            return place.owner.clone().map_or(Qualifier::Value, Qualifier::Own);
        }
        if self.is_name(object) {
            return Qualifier::Name(text.into());
        }
        match object.kind() {
            // a path: all of it in Rust, else its last part
            "scoped_identifier" | "scoped_type_identifier" | "qualified_identifier" | "scope_resolution" => {
                match object.child_by_field_name("name") {
                    Some(name) if self.is_name(name) => {
                        let is_plain = self.language == Language::Rust && !text.contains(['<', ' ', '\n']);
                        Qualifier::Name(if is_plain { text } else { self.text(name) }.into())
                    }
                    _ => Qualifier::Value,
                }
            }
            _ => Qualifier::Value,
        }
    }

    /// What is inside of parentheses, generics and the like.
    pub fn unwrapped<'n>(&self, node: Node<'n>) -> Node<'n> {
        let mut node = node;
        for _ in 0..8 {
            match self.kinds.meaning(node).unwrapped(node) {
                Some(Some(inner)) => node = inner,
                Some(None) | None => break,
            }
        }
        node
    }

    /// The leaf that names what is called, meant, or implemented.
    pub fn named_leaf<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        let node = self.unwrapped(node);
        let kind = self.kinds.meaning(node);
        if kind.is_name {
            return Some(node);
        }
        let (name, ..) = kind.member?;
        field(node, name).map(|name| self.unwrapped(name))
    }

    /// Whether a node is a leaf that is a name.
    fn is_name(&self, node: Node<'_>) -> bool {
        self.kinds.meaning(node).is_name
    }

    /// The part of a node in its field `name`.
    pub fn name_of<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        self.kinds.name_of(node)
    }

    fn call(&mut self, kind: &NodeMeaning, node: Node<'_>) {
        let Some((function, arguments)) = kind.call else { return };
        let Some(function) = field(node, function) else { return };
        let Some(leaf) = self.named_leaf(function) else { return };
        if !self.forms.contains_key(&leaf.id()) {
            let arguments = match field(node, arguments) {
                Some(list) => self.arguments(list),
                None => Arguments::default(),
            };
            self.forms.insert(leaf.id(), Form::Call(arguments));
        }
    }

    /// What is passed.
    pub fn arguments(&self, list: Node<'_>) -> Arguments {
        let (mut found, mut holds) = (Arguments::default(), Vec::new());
        for child in children(list) {
            match child.kind() {
                "variadic_argument" => found.rest = true,
                kind if self.grammar.spreads.contains(&kind) => found.open = true,
                "keyword_argument" => match child.child_by_field_name("name") {
                    Some(name) => found.add_keyword(self.text(name).into()),
                    None => found.open = true,
                },
                "argument" if child.child_by_field_name("name").is_some() => {
                    let name = child.child_by_field_name("name");
                    if let Some(name) = name {
                        found.add_keyword(self.text(name).into());
                    }
                }
                "argument" if child.named_child(0).is_some_and(|one| one.kind() == "variadic_unpacking") => {
                    found.open = true;
                }
                kind if kind.contains("comment") || kind == "attribute_item" => {}
                _ => {
                    found.count = found.count.saturating_add(1);
                    holds.push((self.grammar.held)(self, child));
                }
            }
            found.open |= child.is_error() || child.is_missing();
        }
        found.set_holds(holds);
        found
    }

    /// Tells more of a call than its list does, where what is called has a name.
    pub fn tell_of_call(&mut self, function: Node<'_>, tell: impl FnOnce(&mut Arguments)) {
        let leaf = self.named_leaf(function);
        if let Some(Form::Call(arguments)) = leaf.and_then(|leaf| self.forms.get_mut(&leaf.id())) {
            tell(arguments);
        }
    }

    /// Sets the form in which a name is used.
    pub fn used(&mut self, leaf: Node<'_>, form: Form) {
        self.forms.insert(leaf.id(), form);
    }

    /// A name that is one of a member, of a value of a type, with nothing before it.
    pub fn belongs_to_a_value(&mut self, name: Node<'_>, of: Option<Word>) {
        let qualifier = of.map_or(Qualifier::Value, Qualifier::Typed);
        self.members.entry(name.id()).or_insert(qualifier);
    }

    /// What stands before a name, though it is not written there.
    pub fn belongs_to(&mut self, name: Node<'_>, qualifier: Qualifier) {
        self.members.entry(name.id()).or_insert(qualifier);
    }

    /// A name, and what stands before it.
    pub fn qualify(&mut self, name: Node<'_>, qualifier: Qualifier) {
        self.members.insert(name.id(), qualifier);
    }

    /// A node that needs no further look.
    pub fn dealt_with(&mut self, node: Node<'_>) {
        self.known.insert(node.id());
    }

    /// The types that a list names; `?` for what is no name.
    pub fn types(&mut self, list: Option<Node<'_>>) -> Vec<Word> {
        let nodes: Vec<Node<'_>> = list.into_iter().flat_map(children).collect();
        let name = |node| {
            let node = self.unwrapped(node);
            if self.is_name(node) { self.text(node) } else { "?" }
        };
        let is_type = |node: &Node<'_>| !node.kind().contains("comment") && node.kind() != "access_specifier";
        let names: Vec<&str> = nodes.into_iter().filter(is_type).map(name).collect();
        names.into_iter().map(|name| self.intern(name)).collect()
    }

    pub fn bind(&mut self, node: Node<'_>) {
        self.dealt_with(node);
        let name = self.word(node);
        self.bind_word(node, name);
    }

    fn bind_word(&mut self, node: Node<'_>, name: Word) {
        self.receivers.bind(node.id(), name.clone());
        self.facts.bound.insert(name);
    }

    /// The value that a name holds may be of another type than what declares it says.
    pub fn doubted(&mut self, name: Node<'_>) {
        let word = self.word(name);
        self.receivers.doubt(word);
    }

    /// The name that a node binds has a value of this type.
    pub fn declare(&mut self, name: Node<'_>, of: Option<&str>) {
        if let Some(of) = of {
            let of = self.intern(of);
            self.receivers.declare(name.id(), of);
        }
    }

    /// A member of a type has a value of this type, and is used as a local is.
    pub fn declare_member(&mut self, name: Node<'_>, of: Option<&str>) {
        let (name, of) = (self.word(name), of.map(|of| self.intern(of)));
        self.receivers.declare_member(name, of);
    }

    /// A member of the own type, which is used with that before it alone, has a value of this type.
    pub fn declare_own_member(&mut self, name: &str, of: Option<&str>) {
        let (name, of) = (self.intern(&format!("->{name}")), of.map(|of| self.intern(of)));
        self.receivers.declare_member(name, of);
    }

    /// A name is one of a member of the value that a member of the own type is.
    pub fn stands_after_own_member(&mut self, name: Node<'_>, member: &str) {
        let member = self.intern(&format!("->{member}"));
        self.receivers.stands_before(name.id(), member);
    }

    /// The last use is one of a member of a value of this name.
    pub fn used_after(&mut self, name: &str) {
        let name = self.intern(name);
        self.receivers.used_after(self.facts.mentions.len() - 1, name);
    }

    /// Nobody can say what the words in here are.
    pub fn unclear(&mut self, node: Node<'_>) {
        let text = self.text(node);
        for word in words(text) {
            let word = self.intern(word);
            self.facts.unclear.insert(word);
        }
    }

    pub fn text(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// Whether an attribute that ends with a bracket may be before a node, with nothing but comments between them.
    pub fn may_follow_attribute(&self, node: Node<'_>) -> bool {
        let mut before = self.text.get(..node.start_byte()).unwrap_or("").trim_end();
        loop {
            let line = before.rfind('\n').map_or(0, |end| end + 1);
            let last = before[line..].trim_start();
            if !last.starts_with("//") {
                return before.ends_with([']', '/']) || last.contains("//");
            }
            before = before[..line].trim_end();
        }
    }

    pub fn word(&mut self, node: Node<'_>) -> Word {
        self.intern(self.text(node))
    }

    /// The same allocation for the same name.
    pub fn intern(&mut self, name: &str) -> Word {
        if let Some(known) = self.words.get(name) {
            return known.clone();
        }
        let word: Word = name.into();
        self.words.insert(word.clone());
        word
    }
}

/// Nothing is told of what a value holds.
pub(super) fn untold(_: &Reader<'_>, _: Node<'_>) -> Held {
    Held::Unknown
}

/// A language in which nothing that is missing is done without.
pub(super) fn unguarded(_: &mut Reader<'_>, _: Node<'_>) {}
