//! What the languages note of a file beside the names in it: definitions, imports, uses that no name stands for, guards.

use std::ops::RangeInclusive;

use tree_sitter::Node;

use super::facts::{
    Definition, DefinitionKind, Form, Guard, Held, Import, Lack, Mention, Parameter, Qualifier, SeenFrom,
    Shape, Word,
};
use super::nodes::{CodeScope, line};
use super::reader::Reader;

impl Reader<'_> {
    /// A definition by a node that names it.
    pub fn define(
        &mut self,
        name: Node<'_>,
        kind: DefinitionKind,
        place: &CodeScope,
        shape: Shape,
    ) -> &mut Definition {
        self.dealt_with(name);
        let word = self.word(name);
        self.define_word(word, line(name), kind, place, shape)
    }

    pub fn define_word(
        &mut self,
        name: Word,
        line: u32,
        kind: DefinitionKind,
        place: &CodeScope,
        shape: Shape,
    ) -> &mut Definition {
        let at = self.facts.definitions.len();
        self.facts.definitions.push(Definition {
            name,
            kind,
            owner: place.owner.clone(),
            scope: place.scope.clone(),
            shape,
            line,
            conditional: place.conditional,
            repeatable: false,
            types: "".into(),
            returns: "".into(),
            bases: Vec::new(),
            seen: SeenFrom::default(),
        });
        &mut self.facts.definitions[at]
    }

    /// A name that is brought in; `original`: what it is called there, where it is not the module itself.
    pub fn import(
        &mut self,
        name: &str,
        from: &str,
        original: Option<&str>,
        public: bool,
        place: &CodeScope,
        line: u32,
    ) {
        let (name, from, original) =
            (self.intern(name), self.intern(from), original.map(|name| self.intern(name)));
        let used = original.clone().unwrap_or_else(|| from.clone());
        let (qualifier, form) = (Qualifier::Imported(from.clone()), Form::Plain);
        self.facts.mentions.push(Mention { name: used, qualifier, form, line });
        let scope = (!place.local).then(|| place.scope.clone());
        self.facts.imports.push(Import { name, from, original, public, scope, line });
    }

    /// The same where the import by itself asks for nothing.
    pub fn brought(&mut self, name: &str, from: &str, original: &str, place: &CodeScope, line: u32) {
        let (name, from, original) = (self.intern(name), self.intern(from), Some(self.intern(original)));
        let scope = (!place.local).then(|| place.scope.clone());
        self.facts.imports.push(Import { name, from, original, public: false, scope, line });
    }

    /// A further use that no leaf stands for.
    pub fn mention(&mut self, name: &str, qualifier: Qualifier, form: Form, line: u32) {
        let name = self.intern(name);
        self.facts.mentions.push(Mention { name, qualifier, form, line });
    }

    /// What stands in these lines does without something.
    pub fn guard(&mut self, lines: RangeInclusive<u32>, against: Lack) {
        self.facts.guards.push(Guard { lines, against });
    }

    /// The file asks whether there is something of this name.
    pub fn asks_for(&mut self, name: &str) {
        let name = self.intern(name);
        self.facts.asked_for.insert(name);
    }

    /// The members of the type of this name, which is declared in this place.
    pub fn members(&mut self, name: Node<'_>, place: &CodeScope) -> CodeScope {
        let scope = format!("{}.{}", place.scope, self.text(name)).into();
        CodeScope { owner: Some(self.word(name)), scope, local: false, ..place.clone() }
    }

    /// A parameter of this name.
    pub fn parameter(&mut self, name: &str, required: bool) -> Parameter {
        Parameter { name: self.intern(name), required, keyword_only: false, holds: Held::Unknown }
    }
}
