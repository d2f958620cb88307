//! Answers that an algorithm has worked out before, bounded in weight.

use std::cell::RefCell;
use std::hash::Hash;

use foldhash::HashMap;

/// A table of answers for one thread. Once the answers that were used last weigh more than half of the budget, all others
/// are forgotten.
pub(crate) struct Memo<K, V> {
    budget: usize,
    remembered: RefCell<Remembered<K, V>>,
}

/// Answers with their weights.
type WeighedAnswers<K, V> = HashMap<K, (V, usize)>;

struct Remembered<K, V> {
    /// What was used since the last time that answers were forgotten.
    latest: WeighedAnswers<K, V>,
    /// What all of `latest` weighs.
    weight: usize,
    /// What was used before that, and not since.
    earlier: WeighedAnswers<K, V>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    fn keep(&mut self, key: K, answer: V, weight: usize, budget: usize) {
        if self.weight > budget / 2 {
            self.earlier = std::mem::take(&mut self.latest);
            self.weight = 0;
        }
        self.weight += weight;
        self.latest.insert(key, (answer, weight));
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// An empty table. What its answers weigh is for its owner to say: bytes, lines, or one each.
    pub fn new(budget: usize) -> Memo<K, V> {
        let none = Remembered { latest: HashMap::default(), weight: 0, earlier: HashMap::default() };
        Memo { budget, remembered: RefCell::new(none) }
    }

    /// The answer, if it is known.
    pub fn find(&self, key: &K) -> Option<V> {
        let mut table = self.remembered.borrow_mut();
        if let Some((answer, _)) = table.latest.get(key) {
            return Some(answer.clone());
        }
        let (key, (answer, weight)) = table.earlier.remove_entry(key)?;
        table.keep(key, answer.clone(), weight, self.budget);
        Some(answer)
    }

    /// Keeps an answer.
    pub fn keep(&self, key: K, answer: V, weight: usize) {
        self.remembered.borrow_mut().keep(key, answer, weight, self.budget);
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
    fn what_was_used_last_is_kept() {
        let memo = Memo::new(4);
        let keep = |keys: std::ops::Range<u32>| keys.for_each(|key| memo.keep(key, key, 1));
        keep(0..3);
        assert_eq!([0, 1, 2].map(|key| memo.find(&key)), [Some(0), Some(1), Some(2)]);
        keep(3..4);
        assert_eq!(memo.find(&0), Some(0));
        keep(4..6);
        assert_eq!([1, 2].map(|key| memo.find(&key)), [None, None]);
        assert_eq!([0, 3, 4, 5].map(|key| memo.find(&key)), [Some(0), Some(3), Some(4), Some(5)]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let memo = Memo::new(10);
        for key in 0..100 {
            memo.keep(key, (), 3);
            memo.find(&(key / 2));
        }
        let table = memo.remembered.borrow();
        assert!(table.latest.len() + table.earlier.len() <= 4);
    }
}
