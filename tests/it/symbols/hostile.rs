//! Sources that nobody would write end in "not looked at", in bounded time.

use std::time::{Duration, Instant};

use super::sides::{Files, judged, warnings};

fn files(list: &[(&str, String)]) -> Files {
    list.iter().map(|(path, text)| (path.to_string(), text.clone())).collect()
}

const ENDINGS: [&str; 11] = ["rs", "go", "py", "ts", "java", "c", "cpp", "cs", "php", "kt", "rb"];

#[test]
fn what_is_nested_without_end_is_not_looked_at() {
    for (ending, open, close) in [
        ("rs", "(", ")"),
        ("go", "{", "}"),
        ("py", "[", "]"),
        ("ts", "[", "]"),
        ("java", "(", ")"),
        ("c", "(", ")"),
        ("cpp", "{", "}"),
        ("cs", "(", ")"),
        ("php", "(", ")"),
        ("kt", "[", "]"),
        ("rb", "[", "]"),
    ] {
        let deep = open.repeat(20_000) + &close.repeat(20_000);
        let base = files(&[("a.txt", "a".into())]);
        let path = format!("deep.{ending}");
        let ours = files(&[("a.txt", "a".into()), (&path, deep)]);
        let theirs = files(&[("a.txt", "a".into()), (&format!("b.{ending}"), "x".into())]);
        let begun = Instant::now();
        let (_, judgement) = judged(&base, &ours, &theirs).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30), "{ending}: {:?}", begun.elapsed());
        assert!(judgement.breaks.is_empty());
    }
}

#[test]
fn a_megabyte_in_a_line_half_a_file_and_other_encodings_are_no_findings() {
    let long = format!("fn a() {{ b({}); }}\n", "1, ".repeat(400_000));
    let half = "pub fn parse(text: &str) -> usize {\n    match text {\n        \"a\" => (1, [".to_string();
    for ending in ENDINGS {
        let base = files(&[(&format!("a.{ending}"), half.clone())]);
        let ours =
            files(&[(&format!("a.{ending}"), half.clone() + "2"), (&format!("b.{ending}"), long.clone())]);
        let theirs = files(&[
            (&format!("a.{ending}"), half.clone()),
            (&format!("c.{ending}"), "\u{fffd}\u{0}\u{202e}".into()),
        ]);
        let (_, judgement) = judged(&base, &ours, &theirs).unwrap();
        assert_eq!(warnings(&judgement), Vec::<String>::new(), "{ending}");
        let skipped: Vec<String> = judgement.not_looked_at.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(skipped, [format!("b.{ending}")]);
    }
}

#[test]
fn too_many_changed_files_are_told_as_not_looked_at() {
    let named = |text: &str| -> Vec<(String, String)> {
        (0..=3000).map(|at| (format!("m{at}.py"), format!("x = {text}\n"))).collect()
    };
    let with = |mut list: Vec<(String, String)>, text: &str| -> Files {
        list.push(("other.py".into(), text.into()));
        list.into_iter().collect()
    };
    let base = with(named("1"), "y = 1\n");
    let (ours, theirs) = (with(named("2"), "y = 1\n"), with(named("1"), "y = 2\n"));
    for [one, other] in [[&ours, &theirs], [&theirs, &ours]] {
        let (_, judgement) = judged(&base, one, other).unwrap();
        assert!(judgement.breaks.is_empty());
        assert_eq!(judgement.not_looked_at.len(), 3001);
    }
}

#[test]
fn too_many_uses_are_told_as_not_looked_at() {
    let define = |parameters: &str| format!("def parse({parameters}):\n    return a\n");
    let uses = "from a import parse\n".to_string() + &"parse(1)\n".repeat(2001);
    let base = files(&[("a.py", define("a"))]);
    let ours = files(&[("a.py", define("a, b"))]);
    // a language is looked at where both sides changed it
    let theirs = files(&[("a.py", define("a")), ("b.py", uses)]);
    let (_, judgement) = judged(&base, &ours, &theirs).unwrap();
    let skipped: Vec<String> = judgement.not_looked_at.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(skipped, ["b.py"]);
}
