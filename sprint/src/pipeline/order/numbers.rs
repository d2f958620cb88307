//! Things with numbers, so that what is made of many of them is small and quickly compared.

use std::collections::HashMap;
use std::hash::Hash;

/// The number of a thing.
pub(super) type Number = u32;

/// Things, numbered as they come.
pub(super) struct Numbers<T> {
    things: Vec<T>,
    known: HashMap<T, Number>,
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    pub fn new() -> Numbers<T> {
        Numbers { things: Vec::new(), known: HashMap::new() }
    }

    /// A thing's number; the next one where it is new.
    pub fn of(&mut self, thing: &T) -> Number {
        if let Some(known) = self.known.get(thing) {
            return *known;
        }
        let number = Number::try_from(self.things.len()).unwrap_or(Number::MAX);
        self.things.push(thing.clone());
        self.known.insert(thing.clone(), number);
        number
    }

    /// The thing of this number.
    pub fn at(&self, number: Number) -> &T {
        &self.things[number as usize]
    }
}
