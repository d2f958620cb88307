//! Cycles of waiting: nothing in one can ever begin.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

/// Each cycle (a strongly connected set) as a walk around it, starting at its smallest: `[a, b, a]`. Given
/// is each node with those that it waits for.
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
    let mut found: Vec<Vec<T>> = tarjan_scc(&graph)
        .into_iter()
        .filter_map(|component| {
            let start = *component.iter().min()?;
            let walk = shortest_walk_home(&graph, start, &component)?;
            Some(walk.into_iter().map(|node| all[node].clone()).collect())
        })
        .collect();
    found.sort();
    found
}

/// The shortest way from `start` back to itself inside its component, both ends included.
fn shortest_walk_home(
    graph: &DiGraphMap<usize, ()>,
    start: usize,
    component: &[usize],
) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut front = vec![start];
    while !front.is_empty() {
        let mut next = Vec::new();
        for &at in &front {
            let mut neighbours: Vec<usize> =
                graph.neighbors(at).filter(|to| component.contains(to)).collect();
            neighbours.sort_unstable();
            for to in neighbours {
                if to == start {
                    let mut walk = vec![start, at];
                    while let Some(&before) = came_from.get(walk.last()?) {
                        walk.push(before);
                    }
                    if *walk.last()? != start {
                        walk.push(start);
                    }
                    walk.reverse();
                    walk.dedup();
                    return Some(if walk.len() == 1 { vec![start, start] } else { walk });
                }
                if let std::collections::btree_map::Entry::Vacant(free) = came_from.entry(to) {
                    free.insert(at);
                    next.push(to);
                }
            }
        }
        front = next;
    }
    None
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
    }
}
