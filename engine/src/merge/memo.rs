//! Answers that an algorithm has worked out before, bounded in weight.

use std::cell::RefCell;
use std::hash::Hash;

use foldhash::HashMap;

/// A table of answers for one thread. Once they weigh more than the budget, all of them are forgotten
/// before the next one is kept.
pub(crate) struct Memo<K, V> {
    budget: usize,
    remembered: RefCell<Remembered<K, V>>,
}

struct Remembered<K, V> {
    answers: HashMap<K, V>,
    weight: usize,
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// An empty table. What its answers weigh is for its owner to say: bytes, lines, or one each.
    pub fn new(budget: usize) -> Memo<K, V> {
        Memo { budget, remembered: RefCell::new(Remembered { answers: HashMap::default(), weight: 0 }) }
    }

    /// The answer, if it is known.
    pub fn find(&self, key: &K) -> Option<V> {
        self.remembered.borrow().answers.get(key).cloned()
    }

    /// Keeps an answer.
    pub fn keep(&self, key: K, answer: V, weight: usize) {
        let mut table = self.remembered.borrow_mut();
        if table.weight > self.budget {
            *table = Remembered { answers: HashMap::default(), weight: 0 };
        }
        table.weight += weight;
        table.answers.insert(key, answer);
    }

    /// The answer, made and kept where it is not known. An error is not kept.
    pub fn find_or_make<E>(
        &self,
        key: K,
        weigh: impl FnOnce(&V) -> usize,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(known) = self.find(&key) {
            return Ok(known);
        }
        let made = make()?;
        self.keep(key, made.clone(), weigh(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_forgotten_once_the_budget_is_exceeded() {
        let memo = Memo::new(2);
        for key in 0..3 {
            memo.keep(key, key, 1);
        }
        assert_eq!([0, 1, 2].map(|key| memo.find(&key)), [Some(0), Some(1), Some(2)]);
        memo.keep(3, 3, 1);
        assert_eq!([0, 1, 2, 3].map(|key| memo.find(&key)), [None, None, None, Some(3)]);
    }
}
