//! The three-way merge of what tracking files say, without regard to how it is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use serde_yaml::{Mapping, Value as Yaml};

use super::rules::{self, ChangeRule};
use super::{Contradiction, Stage};
use crate::model::{Side, Stages};
use crate::yaml;

/// Merges values; contradictions are collected, and one stage's value stands in their place.
pub(super) struct ValueMerge<'d> {
    taken: Stage,
    /// Whose value is taken, by the number of the contradiction, where that is decided.
    decided: &'d [Option<Side>],
    /// How many contradictions were met, decided or not.
    met: usize,
    pub(super) contradictions: Vec<Contradiction>,
}

/// The three versions of one value.
pub(super) type ThreeValues<'v> = Stages<Option<&'v Yaml>>;

impl<'d> ValueMerge<'d> {
    /// Where the sides contradict each other, and it is not decided, this stage's value is taken.
    pub(super) fn taking(taken: Stage, decided: &'d [Option<Side>]) -> ValueMerge<'d> {
        ValueMerge { taken, decided, met: 0, contradictions: Vec::new() }
    }

    /// Which stage's value is taken where the sides contradict each other.
    fn stage(&mut self, found: Contradiction) -> Stage {
        let decided = self.decided.get(self.met).copied().flatten();
        self.met += 1;
        match decided {
            Some(Side::Ours) => Stage::Ours,
            Some(Side::Theirs) => Stage::Theirs,
            None => {
                self.contradictions.push(found);
                self.taken
            }
        }
    }

    /// The merged value at these keys.
    pub(super) fn merge(&mut self, at: &mut Vec<String>, versions: ThreeValues<'_>) -> Option<Yaml> {
        let Stages { base, ours, theirs } = versions;
        if let Some(settled) = settled(base, ours, theirs) {
            return settled.cloned();
        }
        match (ours, theirs) {
            (Some(Yaml::Mapping(ours)), Some(Yaml::Mapping(theirs))) => {
                let base = base.and_then(Yaml::as_mapping);
                let is_whole = rules::rule(at) == ChangeRule::Regenerated;
                if is_whole {
                    return Some(Yaml::Mapping(ours.clone()));
                }
                if rules::is_session(at) && base.is_none() && rules::is_other_work(ours, theirs) {
                    return self.contradiction(at, versions);
                }
                Some(Yaml::Mapping(self.mappings(at, base, [ours, theirs])))
            }
            (Some(Yaml::Sequence(ours)), Some(Yaml::Sequence(theirs))) => {
                let base = base.and_then(Yaml::as_sequence).map_or(&[][..], Vec::as_slice);
                Some(Yaml::Sequence(self.lists(at, base, [ours, theirs])))
            }
            (None, Some(Yaml::Mapping(kept))) | (Some(Yaml::Mapping(kept)), None)
                if rules::is_session(at)
                    && base.and_then(Yaml::as_mapping).is_some_and(|base| !rules::is_decided(base, kept)) =>
            {
                None
            }
            _ => self.scalars(at, versions),
        }
    }

    fn scalars(&mut self, at: &[String], versions: ThreeValues<'_>) -> Option<Yaml> {
        let Stages { base: _, ours, theirs } = versions;
        let texts = [ours, theirs].map(|side| side.and_then(yaml::scalar_text));
        match (rules::rule(at), &texts) {
            (ChangeRule::Later, [Some(one), Some(other)]) if other > one => theirs.cloned(),
            (ChangeRule::Earlier, [Some(one), Some(other)]) if other < one => theirs.cloned(),
            (ChangeRule::Later | ChangeRule::Earlier, [None, _]) => theirs.cloned(),
            (ChangeRule::Later | ChangeRule::Earlier | ChangeRule::Regenerated, _) => ours.cloned(),
            (ChangeRule::Told, _) => self.contradiction(at, versions),
        }
    }

    fn contradiction(&mut self, at: &[String], versions: ThreeValues<'_>) -> Option<Yaml> {
        let Stages { base, ours, theirs } = versions;
        let found = Contradiction { at: at.to_vec(), ours: ours.cloned(), theirs: theirs.cloned() };
        match self.stage(found) {
            Stage::Base => base.cloned(),
            Stage::Ours => ours.cloned(),
            Stage::Theirs => theirs.cloned(),
        }
    }

    fn mappings(
        &mut self,
        at: &mut Vec<String>,
        base: Option<&Mapping>,
        [ours, theirs]: [&Mapping; 2],
    ) -> Mapping {
        let empty = Mapping::new();
        let base = base.unwrap_or(&empty);
        let mut statuses = match rules::is_session(at) {
            true => Some(self.statuses(at, base, [ours, theirs])),
            false => None,
        };
        let mut merged = Mapping::new();
        let keys = |mapping: &Mapping| mapping.keys().cloned().collect::<Vec<Yaml>>();
        for key in in_order(&keys(base), &keys(ours), &keys(theirs)) {
            let name = yaml::scalar_text(&key).unwrap_or_default();
            let together = statuses.as_mut().and_then(|statuses| statuses.remove(&name));
            let value = match together {
                Some(value) => value,
                None => {
                    at.push(name);
                    let versions =
                        Stages { base: base.get(&key), ours: ours.get(&key), theirs: theirs.get(&key) };
                    let value = self.merge(at, versions);
                    at.pop();
                    value
                }
            };
            if let Some(value) = value {
                merged.insert(key, value);
            }
        }
        merged
    }

    /// The keys of a session's status, all from the side that gave it its own status.
    fn statuses(
        &mut self,
        at: &[String],
        base: &Mapping,
        [ours, theirs]: [&Mapping; 2],
    ) -> BTreeMap<String, Option<Yaml>> {
        let own = Stages { base, ours, theirs }.map(rules::own_status);
        let same = |side: &Mapping| rules::STATUS.iter().all(|key| side.get(*key) == base.get(*key));
        let from = if own.ours == own.theirs || own.ours == own.base {
            let takes_theirs = own.ours != own.theirs || same(ours);
            if takes_theirs { theirs } else { ours }
        } else if own.theirs == own.base {
            ours
        } else {
            let found = Contradiction {
                at: at.iter().cloned().chain(["status".to_string()]).collect(),
                ours: own.ours.cloned(),
                theirs: own.theirs.cloned(),
            };
            match self.stage(found) {
                Stage::Base => base,
                Stage::Ours => ours,
                Stage::Theirs => theirs,
            }
        };
        let by_person = [base, ours, theirs].into_iter().any(rules::has_own_reason);
        let keys = rules::STATUS.iter().filter(|key| !(by_person && **key == "reason"));
        keys.map(|key| (key.to_string(), from.get(*key).cloned())).collect()
    }

    /// The items of both sides but those that one side removed, each once, known by their identity.
    fn lists(&mut self, at: &mut Vec<String>, base: &[Yaml], [ours, theirs]: [&[Yaml]; 2]) -> Vec<Yaml> {
        let in_time =
            rules::is_history(at) && [ours, theirs].iter().all(|items| items.is_sorted_by_key(time_of));
        let [base, ours, theirs] = [base, ours, theirs].map(|items| named_items(at, items));
        let [base_names, our_names, their_names] = [&base, &ours, &theirs]
            .map(|items| items.iter().map(|(name, _)| name.clone()).collect::<Vec<ItemName>>());
        let [base, ours, theirs] = [base, ours, theirs].map(HashMap::<ItemName, &Yaml>::from_iter);
        let mut merged = Vec::new();
        for name in in_order(&base_names, &our_names, &their_names) {
            let of = |items: &HashMap<ItemName, &'_ Yaml>| items.get(&name).map(|item| (*item).clone());
            let items = Stages { base: of(&base), ours: of(&ours), theirs: of(&theirs) };
            at.push(name.0.clone());
            merged.extend(self.merge(at, items.each_ref().map(Option::as_ref)));
            at.pop();
        }
        if in_time {
            merged.sort_by_cached_key(|item| (time_of(item), rules::identity(at, item)));
        }
        merged
    }
}

/// The value that is taken without a look into it: the sides agree, or one of them left it alone.
fn settled<'v, T: PartialEq + ?Sized>(
    base: Option<&'v T>,
    ours: Option<&'v T>,
    theirs: Option<&'v T>,
) -> Option<Option<&'v T>> {
    if ours == theirs || base == theirs {
        return Some(ours);
    }
    (base == ours).then_some(theirs)
}

/// An item's identity, and how many before it have the same one.
type ItemName = (String, usize);

fn named_items<'v>(at: &[String], items: &'v [Yaml]) -> Vec<(ItemName, &'v Yaml)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let named = items.iter().map(|item| {
        let name = rules::identity(at, item);
        let before = seen.entry(name.clone()).or_default();
        *before += 1;
        ((name, *before - 1), item)
    });
    named.collect()
}

/// The names of a list's items, in their order.
pub(super) fn item_names(at: &[String], items: &[Yaml]) -> Vec<ItemName> {
    named_items(at, items).into_iter().map(|(name, _)| name).collect()
}

fn time_of(item: &Yaml) -> Option<String> {
    item.get("at").and_then(yaml::scalar_text)
}

/// The keys of both sides. Our order leads, or theirs where they alone changed it; what only the other side
/// has follows what it follows there.
fn in_order<T: Clone + Eq + Hash>(base: &[T], ours: &[T], theirs: &[T]) -> Vec<T> {
    let sets = [base, ours, theirs].map(|keys| keys.iter().collect::<HashSet<&T>>());
    let common = |keys: &[T]| -> Vec<T> {
        keys.iter().filter(|key| sets.iter().all(|set| set.contains(key))).cloned().collect()
    };
    let theirs_lead = common(ours) == common(base) && common(theirs) != common(base);
    let (lead, other) = if theirs_lead { (theirs, ours) } else { (ours, theirs) };
    let [in_lead, in_other] = if theirs_lead { [&sets[2], &sets[1]] } else { [&sets[1], &sets[2]] };
    let mut followers: HashMap<Option<&T>, Vec<&T>> = HashMap::new();
    let mut before = None;
    for key in other {
        match in_lead.contains(key) {
            true => before = Some(key),
            false => followers.entry(before).or_default().push(key),
        }
    }
    let mut order: Vec<T> = Vec::new();
    let mut before = None;
    for key in lead {
        if in_other.contains(key) {
            order.extend(followers.remove(&before).into_iter().flatten().cloned());
            before = Some(key);
        }
        order.push(key.clone());
    }
    order.extend(followers.remove(&before).into_iter().flatten().cloned());
    order
}
