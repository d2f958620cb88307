//! Several names in a sentence.

use super::shown;

/// Names in a sentence: `a, b and c`; of many the first ones, and how many there are beside.
pub fn few(names: &[impl AsRef<str>]) -> String {
    const MOST: usize = 4;
    let names: Vec<_> = names.iter().map(|name| shown(name.as_ref())).collect();
    let some = |names: &[_]| names.join(", ");
    match &names[..] {
        [] => String::new(),
        [only] => only.to_string(),
        [first @ .., last] if names.len() <= MOST => format!("{} and {}", some(first), last),
        _ => format!("{} and {} others", some(&names[..MOST - 1]), names.len() - (MOST - 1)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn many_names_are_told_by_the_first_and_their_number() {
        let few = |count: usize| super::few(&["a", "b", "c", "d", "e"][..count]);
        let told: Vec<String> = (0..=5).map(few).collect();
        assert_eq!(told, ["", "a", "a and b", "a, b and c", "a, b, c and d", "a, b, c and 2 others"]);
    }
}
