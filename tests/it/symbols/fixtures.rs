//! The fixtures in `fixtures/symbols`: a base, and cases with what each side makes of it. `=== base PATH` and
//! `--- base|ours|theirs PATH` begin a file, `--- ours - PATH` deletes one, `=== case NAME: EXPECTED` a case.

use super::sides::{Files, judged, warnings};

/// A case of a fixture.
struct Case {
    name: String,
    expected: String,
    sides: [Files; 3],
}

/// The cases of a file.
fn cases(text: &str) -> Vec<Case> {
    let (mut base, mut cases) = (Files::new(), Vec::<Case>::new());
    let mut changes: Vec<(usize, String, Option<String>)> = Vec::new();
    let mut done = |base: &Files,
                    case: &mut Option<(String, String)>,
                    changes: &mut Vec<(usize, String, Option<String>)>| {
        let Some((name, expected)) = case.take() else { return };
        let mut sides = [base.clone(), base.clone(), base.clone()];
        for (side, path, content) in changes.drain(..) {
            let wanted = if side == 0 { 0..3 } else { side..side + 1 };
            for files in &mut sides[wanted] {
                match &content {
                    Some(content) => files.insert(path.clone(), content.clone()),
                    None => files.remove(&path),
                };
            }
        }
        cases.push(Case { name, expected, sides });
    };
    let (mut case, mut file) = (None, None::<(usize, String)>);
    for line in text.lines().skip_while(|line| !line.starts_with("===")) {
        if let Some(path) = line.strip_prefix("=== base ") {
            base.insert(path.to_string(), String::new());
            file = Some((3, path.to_string()));
        } else if let Some(head) = line.strip_prefix("=== case ") {
            done(&base, &mut case, &mut changes);
            let (name, expected) = head.rsplit_once(": ").expect("a case expects something");
            (case, file) = (Some((name.to_string(), expected.to_string())), None);
        } else if let Some(head) = line.strip_prefix("--- ") {
            let (side, path) = head.split_once(' ').expect("a side and a path");
            let side = ["base", "ours", "theirs"].iter().position(|name| *name == side).expect("a side");
            let removed = path.strip_prefix("- ");
            let content = removed.is_none().then(String::new);
            let path = removed.unwrap_or(path).to_string();
            changes.push((side, path.clone(), content));
            file = removed.is_none().then_some((side, path));
        } else if let Some((side, path)) = &file {
            let text = match side {
                3 => base.get_mut(path),
                _ => changes.last_mut().and_then(|change| change.2.as_mut()),
            };
            let text = text.expect("a file");
            text.push_str(line);
            text.push('\n');
        }
    }
    done(&base, &mut case, &mut changes);
    cases
}

#[test]
fn each_fixture_says_what_breaks_and_nothing_else() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/symbols");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for case in cases(&std::fs::read_to_string(file).unwrap()) {
            count += 1;
            let [base, ours, theirs] = &case.sides;
            let mut expected: Vec<String> = match &*case.expected {
                "nothing" => Vec::new(),
                expected => expected.split(", ").map(String::from).collect(),
            };
            expected.sort();
            for (order, ours, theirs) in [("", ours, theirs), (" (sides swapped)", theirs, ours)] {
                let said = judged(base, ours, theirs).map(|(_, judgement)| {
                    let mut said = warnings(&judgement);
                    said.sort();
                    said.dedup();
                    said
                });
                let heads = |said: &[String]| -> Vec<String> {
                    // which of two heads is named first, the sides decide
                    said.iter()
                        .map(|one| {
                            let mut words: Vec<&str> =
                                one.split([' ', '/']).filter(|word| !word.is_empty()).collect();
                            words.sort_unstable();
                            words.join(" ")
                        })
                        .collect()
                };
                if said.as_deref().map(heads) != Some(heads(&expected)) {
                    wrong.push(format!("{name}: {}{order}: {said:?}, expected {expected:?}", case.name));
                }
            }
        }
    }
    assert!(count > 80, "{count}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
