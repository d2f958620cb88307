//! A table of answers that cannot change, shared by threads, with a record of which ones are used.

pub mod names;

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

/// Answers of one kind, by their questions.
pub struct Table<K, V> {
    rows: Mutex<HashMap<K, TableEntry<V>>>,
    has_new: AtomicBool,
}

struct TableEntry<V> {
    answer: Arc<V>,
    idle: u8,
}

/// How a file has what is shared in memory: as if one held it.
pub mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the value.
    pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        (**value).serialize(serializer)
    }

    /// Reads the value.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { rows: Mutex::default(), has_new: AtomicBool::new(false) }
    }
}

impl<K: Eq + Hash + Clone, V> Table<K, V> {
    /// The answer, if it is known. It counts as used then.
    pub fn find(&self, key: &K) -> Option<Arc<V>> {
        let mut rows = self.rows();
        let row = rows.get_mut(key)?;
        row.idle = 0;
        Some(row.answer.clone())
    }

    /// Keeps a new answer.
    pub fn keep(&self, key: K, answer: Arc<V>) {
        self.rows().insert(key, TableEntry { answer, idle: 0 });
        self.has_new.store(true, Ordering::Relaxed);
    }

    /// Keeps an answer, unless it is already here.
    pub fn keep_new(&self, key: K, answer: &Arc<V>) {
        let known = self.rows().get(&key).is_some_and(|row| Arc::ptr_eq(&row.answer, answer));
        if !known {
            self.keep(key, answer.clone());
        }
    }

    /// Puts back an answer that has been `idle` for so long.
    pub fn restore(&self, key: K, answer: Arc<V>, idle: u8) {
        self.rows().insert(key, TableEntry { answer, idle });
    }

    /// Adds the answers of another table.
    pub fn add(&self, other: &Table<K, V>) {
        let more = std::mem::take(&mut *other.rows());
        let mut rows = self.rows();
        if rows.is_empty() {
            *rows = more;
        } else {
            more.into_iter().for_each(|(key, row)| _ = rows.entry(key).or_insert(row));
        }
    }

    /// All answers, each with how long it has been idle; 0 where it was used.
    pub fn all(&self) -> Vec<(K, Arc<V>, u8)> {
        self.rows().iter().map(|(key, row)| (key.clone(), row.answer.clone(), row.idle)).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether anything was kept since the table was made.
    pub fn has_new(&self) -> bool {
        self.has_new.load(Ordering::Relaxed)
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<K, TableEntry<V>>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
