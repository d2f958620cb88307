//! The value of a text, or what is wrong with it.

use std::cell::Cell;

use serde::de::DeserializeSeed;
use serde_yaml::Value;

use super::MAX_BYTES;
use super::depth::too_deep;
use super::problem::{Problem, UNMERGED, line_text};
use super::seed::{AsWritten, BOMB, Seed};

const TOO_DEEP: &str = "lists and mappings are nested too deep";

/// The text of a file's bytes. A byte order mark stays part of it.
///
/// # Errors
/// Bytes that are not UTF-8, or more than [`MAX_BYTES`] of them.
pub fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > MAX_BYTES {
        let reason = format!("the file has {} bytes; more than {MAX_BYTES} are not read", bytes.len());
        return Err(Problem::new(reason));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let mut problem = Problem::at(valid, valid.len(), format!("the byte {byte:#04x} is not UTF-8"));
        problem.text = problem.text.or_else(|| Some(String::new()));
        problem
    })
}

/// The value of a text with one YAML document; an empty one is null. Merge keys (`<<`) stay as written.
/// Keys are texts; a number or truth that would print in another way than it is written is one too.
///
/// # Errors
/// The text is not a single document without duplicate keys, nests too deep, or has aliases
/// that expand to far more than the text holds.
pub fn parse(text: &str) -> Result<Value, Problem> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(place) = too_deep(body) {
        return Err(Problem::at(body, place, TOO_DEEP));
    }
    let parsed = parse_within(body, &Cell::new(most_nodes(body)));
    match unresolved(body) {
        Some(place) if parsed.as_ref().map_or(true, Value::is_string) => {
            Err(Problem::at(body, place, UNMERGED))
        }
        _ => parsed,
    }
}

/// The first conflict marker of a text that has those of both sides.
fn unresolved(body: &str) -> Option<usize> {
    let at = |marker: &str| {
        let mut lines = body.split_inclusive('\n').scan(0, |from, line| {
            let at = *from;
            *from += line.len();
            Some((at, line))
        });
        let is_marker = |line: &str| {
            let rest = line.strip_prefix(marker)?.trim_start_matches(&marker[..1]);
            (rest.is_empty() || rest.starts_with([' ', '\n', '\r'])).then_some(())
        };
        lines.find_map(|(at, line)| is_marker(line).map(|()| at))
    };
    let ours = at("<<<<<<<");
    if ours.is_some() || at(">>>>>>>").is_some() {
        ours.or_else(|| at("=======")).or_else(|| at(">>>>>>>"))
    } else {
        None
    }
}

/// Every node takes at least one byte, unless it comes from an alias.
fn most_nodes(body: &str) -> usize {
    body.len() + 100_000
}

/// Builds at most as many nodes as the budget allows, and subtracts them from it.
fn parse_within(body: &str, budget: &Cell<usize>) -> Result<Value, Problem> {
    let parser = || serde_yaml::Deserializer::from_str(body);
    let value = Seed { budget }.deserialize(parser());
    value.and_then(|value| AsWritten(&value).deserialize(parser())).map_err(|error| {
        let reason = reason_of(&error);
        let problem = match error.location() {
            // libyaml reports a problem at the end of the text one line too far.
            Some(place) if place.line() <= body.lines().count().max(1) => Problem {
                line: Some(place.line()),
                column: Some(place.column()),
                text: line_text(body, place.line()),
                reason,
            },
            Some(_) => Problem::at(body, body.trim_end().len(), reason),
            None => Problem::new(reason),
        };
        by_a_tab(problem)
    })
}

/// libyaml does not say that the offending character is a tab.
fn by_a_tab(problem: Problem) -> Problem {
    let begins_with_tab =
        problem.text.as_deref().is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'));
    if begins_with_tab && problem.reason.starts_with("found character that cannot start any token") {
        Problem { reason: "a tab; YAML is indented with spaces".to_string(), ..problem }
    } else {
        problem
    }
}

/// The library's message without its position.
fn reason_of(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let cut = [" at line ", " at position "].iter().filter_map(|mark| message.find(mark)).min();
    let message = cut.map_or(message.as_str(), |cut| &message[..cut]);
    match message {
        "deserializing from YAML containing more than one document is not supported" => {
            "more than one YAML document in the file".to_string()
        }
        "repetition limit exceeded" => BOMB.to_string(),
        "recursion limit exceeded" => TOO_DEEP.to_string(),
        // The path that the library puts before a message is redundant: the line is known.
        _ => match message.rsplit_once(": ") {
            Some((_, reason)) if reason.starts_with("duplicate key") || reason == BOMB => reason.to_string(),
            _ => message.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many nodes reading a text builds, and what comes of it.
    fn work(text: &str) -> (usize, Result<Value, Problem>) {
        let most = most_nodes(text);
        let budget = Cell::new(most);
        let read = parse_within(text, &budget);
        (most - budget.get(), read)
    }

    #[test]
    fn the_work_is_bounded_by_the_length_of_the_text_whatever_it_expands_to() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..40 {
            bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9));
        }
        let (built, read) = work(&bomb);
        assert!(built <= most_nodes(&bomb));
        assert_eq!(read.unwrap_err().reason, BOMB);
        let (built, read) = work(&"[".repeat(1 << 20));
        assert!(built < 1000, "{built}");
        assert!(read.unwrap_err().reason.contains("nested too deep"));
        let merges = |count: usize| {
            let lines: String = (0..count).map(|n| format!("k{n}: {{<<: *a}}\n")).collect();
            work(&format!("a: &a {{x: 1}}\n{lines}"))
        };
        let ((few, _), (many, read)) = (merges(1000), merges(20_000));
        assert!(read.is_ok() && many <= 20 * few, "{few} for 1000, {many} for 20000");
    }

    fn problem(text: &str) -> Problem {
        parse(text).expect_err(text)
    }

    #[test]
    fn a_problem_names_its_line() {
        let duplicate = problem("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n");
        assert_eq!((duplicate.line, duplicate.column), (Some(5), Some(3)));
        assert_eq!(duplicate.reason, "duplicate key \"c\"");
        assert_eq!(duplicate.text.as_deref(), Some("  c: 3"));
        assert_eq!(problem("a:\n\t- b\n").line, Some(2));
        assert_eq!(problem("a: 1\n---\nb: 2\n").reason, "more than one YAML document in the file");
        assert_eq!(problem("a: [1, 2\n\n\n").line, Some(1));
        assert_eq!(problem("a: *b\n").line, Some(1));
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_place() {
        let problem = decode(b"a: 1\nb: caf\xe9\n").expect_err("not UTF-8");
        assert_eq!((problem.line, problem.column), (Some(2), Some(7)));
        assert_eq!(problem.reason, "the byte 0xe9 is not UTF-8");
        assert!(decode(&vec![b'#'; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn what_expands_without_end_is_refused_at_once() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..30 {
            let before = format!("*a{}, ", level - 1).repeat(9);
            bomb += &format!("a{level}: &a{level} [{before}]\n");
        }
        assert_eq!(problem(&bomb).reason, BOMB);
        let wide = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(9_000), "*a, ".repeat(9_000));
        assert_eq!(problem(&wide).reason, BOMB);
        assert!(problem(&"[".repeat(100_000)).reason.contains("nested too deep"));
        assert!(problem(&"{a: ".repeat(150)).line.is_some());
    }

    #[test]
    fn the_value_is_what_serde_yaml_reads() {
        for text in ["", "# only\n", "a: 1\nb: [x, ~, 1.5, true]\nc: !t {d: e}\n<<: {f: g}\n", "- 1\n", "x"] {
            assert_eq!(parse(text).expect(text), serde_yaml::from_str::<Value>(text).expect(text));
        }
        assert_eq!(parse("\u{feff}a: 1\n").expect("a mark"), parse("a: 1\n").expect("none"));
    }

    #[test]
    fn scalars_are_as_they_are_written() {
        let value = parse(
            "1.1: {1.10: 1.10, 007: 0x1F, 12e4: [1e3, TRUE, 5, true, ~, 1.5, '1.10']}\n2: &a 1.20\n3: *a\n",
        );
        let value = value.expect("it parses");
        let texts: Vec<&str> =
            value["1.1"].as_mapping().expect("a mapping").keys().filter_map(Value::as_str).collect();
        assert_eq!(texts, ["1.10", "007", "12e4"]);
        assert_eq!(value["1.1"]["1.10"], "1.10");
        assert_eq!(value["1.1"]["007"], "0x1F");
        assert_eq!(value["3"], "1.20");
        let list = serde_yaml::from_str::<Value>("['1e3', 'TRUE', 5, true, ~, 1.5, '1.10']").expect("a list");
        assert_eq!(value["1.1"]["12e4"], list);
        assert!(parse("1.1: a\n1.10: b\n").is_ok() && parse("1.1: a\n1.1: b\n").is_err());
        assert_eq!(problem("1: a\n\"1\": b\n").reason, "duplicate key \"1\"");
    }

    #[test]
    fn a_merge_that_is_not_resolved_is_named_as_that() {
        for (text, line) in [
            ("a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> x\n", 2),
            ("a: 1\n<<<<<<< HEAD\n||||||| base\n=======\nb: 2\n>>>>>>> x\n", 2),
            ("<<<<<<< HEAD\n=======\n>>>>>>> x\n", 1),
            ("a: 1\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 3),
            ("a: 1\r\n<<<<<<<<<< HEAD\r\n", 2),
        ] {
            let problem = problem(text);
            assert!(problem.reason.contains("conflict markers"), "{text:?}: {}", problem.reason);
            assert_eq!(problem.line, Some(line), "{text:?}");
        }
        assert!(parse("a: |\n  <<<<<<< HEAD\n  >>>>>>> x\n").is_ok());
        assert!(parse("a: 1\n# <<<<<<< HEAD\n").is_ok());
        assert!(!problem("a: [\n").reason.contains("conflict"));
    }
}
