//! Of which types the values are whose members a text uses: of those that are declared with a type, or made by a
//! constructor, everywhere in one function alike.

use foldhash::HashMap;

use super::facts::{Mention, Qualifier, Word};

/// The types of values; `None` where several are possible, or nobody can say.
type Types = HashMap<Word, Option<Word>>;

/// The values of a file, and who uses members of them.
#[derive(Default)]
pub(super) struct Receivers {
    /// The locals and parameters of the outermost function that is read.
    locals: Types,
    /// The members of the types of the file that are used without anything before them.
    members: Types,
    /// The types of names, by the nodes that bind them.
    declared: HashMap<usize, Word>,
    /// The names before members, by the nodes of those.
    before: HashMap<usize, Word>,
    /// The uses of members, by number, with the name before them.
    uses: Vec<(usize, Word)>,
    /// Those of which no local stands before them.
    of_members: Vec<(usize, Word)>,
    /// How many functions are open.
    depth: usize,
}

fn note(types: &mut Types, name: Word, of: Option<Word>) {
    let known = types.entry(name).or_insert_with(|| of.clone());
    if *known != of {
        *known = None;
    }
}

fn resolve(mention: &mut Mention, of: &Option<Word>) {
    if let Some(of) = of {
        mention.qualifier = Qualifier::Typed(of.clone());
    }
}

impl Receivers {
    /// The name that a node binds has a value of this type.
    pub fn declare(&mut self, node: usize, of: Word) {
        self.declared.insert(node, of);
    }

    /// A member of a type of the file, which is used as a local is.
    pub fn declare_member(&mut self, name: Word, of: Option<Word>) {
        note(&mut self.members, name, of);
    }

    /// A node binds a name.
    pub fn bind(&mut self, node: usize, name: Word) {
        let of = self.declared.remove(&node);
        note(&mut self.locals, name, of);
    }

    /// What a name holds may be of another type.
    pub fn doubt(&mut self, name: Word) {
        self.locals.insert(name, None);
    }

    /// This name stands before the member that a node names.
    pub fn stands_before(&mut self, node: usize, name: Word) {
        self.before.insert(node, name);
    }

    /// A node is the use of this number.
    pub fn used(&mut self, node: usize, number: usize) {
        if let Some(name) = self.before.remove(&node) {
            self.uses.push((number, name));
        }
    }

    /// The use of this number is one of a member of a value of this name.
    pub fn used_after(&mut self, number: usize, name: Word) {
        self.uses.push((number, name));
    }

    /// A function begins.
    pub fn begin(&mut self) {
        if self.depth == 0 {
            self.locals.clear();
            self.uses.clear();
        }
        self.depth += 1;
    }

    /// It ends: now all is known that the outermost one binds.
    pub fn end(&mut self, mentions: &mut [Mention]) {
        self.depth -= 1;
        if self.depth > 0 {
            return;
        }
        for (number, name) in self.uses.drain(..) {
            match self.locals.get(&name) {
                Some(of) => resolve(&mut mentions[number], of),
                None => self.of_members.push((number, name)),
            }
        }
    }

    /// The file ends.
    pub fn finish(&self, mentions: &mut [Mention]) {
        for (number, name) in &self.of_members {
            if let Some(of) = self.members.get(name) {
                resolve(&mut mentions[*number], of);
            }
        }
    }
}
