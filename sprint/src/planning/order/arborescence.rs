//! The cheapest way to reach all of some things from a start, each from one other (Chu and Liu, 1965; Edmonds, 1967).

use super::weight::Weight;

/// More than all edges together.
const FAR: Weight = Weight { hunks: 1 << 40, mechanical: 0 };

/// What it costs at the least to reach each of so many things from one other, without a circle, and exactly one of them
/// from the start. `cost(None, to)` is that of reaching one from the start. No sequence of all costs less.
pub(super) fn cheapest(count: usize, cost: &dyn Fn(Option<usize>, usize) -> Weight) -> Weight {
    if count == 0 {
        return Weight::default();
    }
    // the start is the last one; to leave it twice is never worth it
    let mut edges: Vec<(usize, usize, Weight)> =
        (0..count).map(|to| (count, to, FAR + cost(None, to))).collect();
    for to in 0..count {
        let from = (0..count).filter(|from| *from != to);
        edges.extend(from.map(|from| (from, to, cost(Some(from), to))));
    }
    of_edges(count + 1, count, edges) - FAR
}

/// The weight of the cheapest arborescence; all can be reached.
fn of_edges(mut count: usize, mut root: usize, mut edges: Vec<(usize, usize, Weight)>) -> Weight {
    let mut sum = Weight::default();
    loop {
        // the cheapest edge to each
        let mut least: Vec<(Weight, usize)> = vec![(FAR + FAR, root); count];
        for (from, to, weight) in edges.iter().filter(|(from, to, _)| from != to) {
            least[*to] = least[*to].min((*weight, *from));
        }
        least[root] = (Weight::default(), root);
        sum = sum + least.iter().map(|(weight, _)| *weight).sum();
        // those in a circle become one
        let mut number: Vec<Option<usize>> = vec![None; count];
        let mut seen_from: Vec<Option<usize>> = vec![None; count];
        let mut numbers = 0;
        for begin in 0..count {
            let mut at = begin;
            while at != root && seen_from[at].is_none() && number[at].is_none() {
                seen_from[at] = Some(begin);
                at = least[at].1;
            }
            if at != root && number[at].is_none() && seen_from[at] == Some(begin) {
                let circle = at;
                loop {
                    number[at] = Some(numbers);
                    at = least[at].1;
                    if at == circle {
                        break;
                    }
                }
                numbers += 1;
            }
        }
        if numbers == 0 {
            return sum;
        }
        let number: Vec<usize> = number
            .into_iter()
            .map(|known| {
                known.unwrap_or_else(|| {
                    numbers += 1;
                    numbers - 1
                })
            })
            .collect();
        let joined = edges.iter().filter(|(from, to, _)| number[*from] != number[*to]);
        edges =
            joined.map(|(from, to, weight)| (number[*from], number[*to], *weight - least[*to].0)).collect();
        (root, count) = (number[root], numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_reached_from_the_start_and_the_others_from_each_other() {
        let hunks = |hunks| Weight { hunks, mechanical: 0 };
        let of = |count, kind: fn(usize) -> usize| {
            let cost = |from: Option<usize>, to| from.map_or(0, |from| i64::from(kind(from) != kind(to)));
            cheapest(count, &|from, to| hunks(cost(from, to))).hunks
        };
        // all of one kind, all of different ones, two of each
        assert_eq!([of(6, |_| 0), of(6, |at| at), of(6, |at| at / 2), of(7, |at| at % 3)], [0, 5, 2, 2]);
        assert_eq!((of(0, |at| at), of(1, |at| at)), (0, 0));
        let least = cheapest(2, &|from, to| hunks(if from.is_none() { 4 + to as i64 } else { 1 }));
        assert_eq!(least, hunks(5));
    }
}
