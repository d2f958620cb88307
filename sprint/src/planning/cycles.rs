//! Cycles of waiting: nothing in one can ever begin.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

/// So many are named of those that hang together.
const MOST: usize = 10;

/// Cycles that have each wait between two in between that is part of one, each as a walk around it, starting at its
/// smallest: `[a, b, a]`. The shortest one for each is taken, so a wait that is in several cycles may be named in one
/// alone. Given is each node with those that it waits for.
pub fn cycles<T: Ord + Clone>(waits: &[(T, Vec<T>)]) -> Vec<Vec<T>> {
    let mut all: Vec<&T> =
        waits.iter().flat_map(|(node, needed)| std::iter::once(node).chain(needed)).collect();
    all.sort();
    all.dedup();
    let number = |waiting: &T| all.binary_search(&waiting).unwrap_or_default();
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (node, needed) in waits {
        for needed in needed {
            graph.add_edge(number(node), number(needed), ());
        }
    }
    let mut found: BTreeSet<Vec<usize>> = BTreeSet::new();
    for component in tarjan_scc(&graph) {
        let component: BTreeSet<usize> = component.into_iter().collect();
        let mut told: BTreeSet<(usize, usize)> = BTreeSet::new();
        let mut named = 0;
        for &from in &component {
            let mut next: Vec<usize> = graph.neighbors(from).filter(|to| component.contains(to)).collect();
            next.sort_unstable();
            for to in next {
                if told.contains(&(from, to)) || named == MOST {
                    continue;
                }
                let Some(mut walk) = shortest_way(&graph, to, from, &component) else { continue };
                // from its smallest
                let smallest = walk.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
                walk.rotate_left(smallest);
                walk.push(walk[0]);
                told.extend(walk.windows(2).map(|pair| (pair[0], pair[1])));
                named += usize::from(found.insert(walk));
            }
        }
    }
    let mut found: Vec<Vec<T>> =
        found.into_iter().map(|walk| walk.into_iter().map(|node| all[node].clone()).collect()).collect();
    found.sort();
    found
}

/// The shortest way from one node to another one inside their component, both included.
fn shortest_way(
    graph: &DiGraphMap<usize, ()>,
    start: usize,
    end: usize,
    component: &BTreeSet<usize>,
) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut front = vec![start];
    while !front.is_empty() && start != end && !came_from.contains_key(&end) {
        let mut next = Vec::new();
        for &at in &front {
            let mut neighbours: Vec<usize> =
                graph.neighbors(at).filter(|to| component.contains(to)).collect();
            neighbours.sort_unstable();
            for to in neighbours {
                if to != start
                    && let std::collections::btree_map::Entry::Vacant(free) = came_from.entry(to)
                {
                    free.insert(at);
                    next.push(to);
                }
            }
        }
        front = next;
    }
    let mut way = vec![end];
    while *way.last()? != start {
        way.push(*came_from.get(way.last()?)?);
    }
    way.reverse();
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walks(waits: &[(&'static str, &[&'static str])]) -> Vec<String> {
        let waits: Vec<(&str, Vec<&str>)> =
            waits.iter().map(|(node, needed)| (*node, needed.to_vec())).collect();
        cycles(&waits).iter().map(|walk| walk.join(" ")).collect()
    }

    #[test]
    fn cycles_are_named_in_full() {
        assert_eq!(walks(&[("b", &["a"]), ("a", &[])]), [""; 0]);
        assert_eq!(walks(&[("b", &["a"]), ("a", &["b"])]), ["a b a"]);
        assert_eq!(walks(&[("a", &["a"])]), ["a a"]);
        assert_eq!(walks(&[("c", &["a"]), ("a", &["b"]), ("b", &["c"])]), ["a b c a"]);
        let two: [(&str, &[&str]); 4] = [("a", &["b"]), ("b", &["a"]), ("x", &["y", "a"]), ("y", &["x"])];
        assert_eq!(walks(&two), ["a b a", "x y x"]);
        // two that share a node, and two that share a wait
        assert_eq!(walks(&[("a", &["b"]), ("b", &["a", "c"]), ("c", &["b"])]), ["a b a", "b c b"]);
        assert_eq!(walks(&[("a", &["b"]), ("b", &["a", "c"]), ("c", &["a"])]), ["a b a", "a b c a"]);
        assert_eq!(walks(&[("a", &["a", "b"]), ("b", &["a"])]), ["a a", "a b a"]);
    }
}
