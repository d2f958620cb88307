//! Files as people write them: every byte that need not change stays.

use track_work::model::Value;

use super::edits::{append, check, edited, remove, set, way};

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| (key.to_string(), value.clone())).collect())
}

fn conflict(file: &str) -> Value {
    map(&[("type", "file_overlap".into()), ("file", file.into()), ("terminals", Value::texts(["a", "b"]))])
}

fn list(items: &[&str]) -> Value {
    Value::texts(items)
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "# head\n\nsessions: # all\n  # first\n  t1: # one\n    status: \"pending\"   # was idle\n    # tail of t1\n\n  # second\n  t2:\n    status: pending\n# end\n",
        &[
            set("sessions.t1.status", "blocked"),
            set("sessions.t2.focus", "ui"),
            set("sessions.t1.focus", "api"),
        ],
        "# head\n\nsessions: # all\n  # first\n  t1: # one\n    status: \"blocked\"   # was idle\n    # tail of t1\n    focus: \"api\"\n\n  # second\n  t2:\n    status: pending\n    focus: \"ui\"\n# end\n",
    );
}

#[test]
fn a_new_session_comes_behind_the_comments_of_the_last_one() {
    check(
        "sessions:\n  t1:\n    status: a\n    # todo: focus\n\n    # and more\n\n# about coordination\ncoordination:\n  ready_to_merge: false\n",
        &[set("sessions.t2", map(&[("status", "pending".into())]))],
        "sessions:\n  t1:\n    status: a\n    # todo: focus\n\n    # and more\n\n  t2:\n    status: \"pending\"\n\n# about coordination\ncoordination:\n  ready_to_merge: false\n",
    );
}

#[test]
fn windows_line_ends_stay() {
    check(
        "sessions:\r\n  t1:\r\n    status: \"a\"\r\n    tasks:\r\n      - \"x\"\r\ncoordination:\r\n  conflicts: []\r\n",
        &[
            set("sessions.t1.status", "b"),
            append("sessions.t1.tasks", "y"),
            append("coordination.conflicts", conflict("f")),
            set("sessions.t1.focus", "api"),
        ],
        "sessions:\r\n  t1:\r\n    status: \"b\"\r\n    tasks:\r\n      - \"x\"\r\n      - \"y\"\r\n    focus: \"api\"\r\ncoordination:\r\n  conflicts:\r\n    - type: \"file_overlap\"\r\n      file: \"f\"\r\n      terminals: [\"a\", \"b\"]\r\n",
    );
    check("a:\r\n  b: 1\r\n  c: 2\r\nd: 3\r\n", &[remove("a.b"), remove("d")], "a:\r\n  c: 2\r\n");
}

#[test]
fn a_file_of_mixed_line_ends_keeps_each() {
    check("a: \"1\"\r\nb: \"2\"\nc: \"3\"\r\n", &[set("b", "9")], "a: \"1\"\r\nb: \"9\"\nc: \"3\"\r\n");
}

#[test]
fn a_byte_order_mark_stays() {
    check(
        "\u{feff}sessions:\n  t1:\n    a: 1\n",
        &[set("sessions.t1.b", "x")],
        "\u{feff}sessions:\n  t1:\n    a: 1\n    b: \"x\"\n",
    );
    check("\u{feff}a: 'x'\n", &[set("a", "y"), set("b", true)], "\u{feff}a: 'y'\nb: true\n");
}

#[test]
fn a_missing_last_line_end_stays_missing() {
    check(
        "sessions:\n  t1:\n    a: x",
        &[set("sessions.t1.b", "y")],
        "sessions:\n  t1:\n    a: x\n    b: \"y\"",
    );
    check("a: 1\nb: 2", &[remove("b")], "a: 1");
    check("a: 1\nb:\n  - x\n  - y", &[remove("b.1")], "a: 1\nb:\n  - x");
    check("a: 1\nb: x # c", &[set("b", "z")], "a: 1\nb: z # c");
    check("a:\n  - x\n  - y", &[set("a", Value::List(vec![]))], "a: []");
}

#[test]
fn quoted_keys_are_found_and_kept() {
    check(
        "\"sessions\":\n  't-1':\n    \"status\": 'a'\n",
        &[
            set("sessions.t-1.status", "it's"),
            set("sessions.t-1.focus", "x"),
            set("sessions.t-2.status", "b"),
        ],
        "\"sessions\":\n  't-1':\n    \"status\": 'it''s'\n    \"focus\": \"x\"\n\n  \"t-2\":\n    status: \"b\"\n",
    );
}

#[test]
fn keys_that_yaml_takes_for_numbers_are_found() {
    use track_work::model::{Edit, Step};
    let at = [Step::from("sessions"), Step::from("1"), Step::from("status")];
    let edit = Edit::set("active-sessions.yaml", &at, "b");
    check("sessions:\n  1:\n    status: a\n", &[edit], "sessions:\n  1:\n    status: b\n");
}

#[test]
fn scalars_keep_their_quotes() {
    check(
        "a: plain\nb: 'single'\nc: \"double\"\n",
        &[set("a", "other"), set("b", "other"), set("c", "other")],
        "a: other\nb: 'other'\nc: \"other\"\n",
    );
    // What would not stay a text without quotes gets some.
    check(
        "a: plain\nb: plain\nc: plain\nd: plain\ne: plain\n",
        &[set("a", "yes"), set("b", "12"), set("c", "x: y"), set("d", "2025-11-15T10:00:00Z"), set("e", "")],
        "a: \"yes\"\nb: \"12\"\nc: \"x: y\"\nd: \"2025-11-15T10:00:00Z\"\ne: \"\"\n",
    );
    // A time without quotes was a time for other readers; it stays one.
    check("a: 2025-11-15T10:00:00Z\n", &[set("a", "2025-11-16T10:00:00Z")], "a: 2025-11-16T10:00:00Z\n");
    check("a: 'x'\n", &[set("a", "two\nlines")], "a: \"two\\nlines\"\n");
}

#[test]
fn truths_numbers_and_nothing_are_written_plain() {
    check(
        "a: \"x\"\nb: x\nc: x\nd: false # d\n",
        &[set("a", true), set("b", Value::Int(-3)), set("c", Value::Null), set("d", true)],
        "a: true\nb: -3\nc: null\nd: true # d\n",
    );
}

#[test]
fn what_is_there_already_changes_no_byte() {
    for text in [
        "sessions:\n    t1: {status: 'a', tasks: [x,y]}\ncoordination: {conflicts: []}\n",
        "sessions:\n    t1:\n        status: >-\n            a\n        tasks:\n        - x\n        - \"y\" \ncoordination:\n  conflicts: [ ]\n",
    ] {
        check(
            text,
            &[
                set("sessions.t1.status", "a"),
                set("sessions.t1.tasks", list(&["x", "y"])),
                set("sessions.t1", map(&[("tasks", list(&["x", "y"])), ("status", "a".into())])),
                set("coordination.conflicts", Value::List(vec![])),
                remove("sessions.t9"),
                remove("nothing.there.0"),
            ],
            text,
        );
    }
}

#[test]
fn an_empty_list_in_brackets_becomes_a_block_list_of_mappings() {
    check(
        "coordination:\n  conflicts: []   # none yet\n  ready_to_merge: false\n",
        &[append("coordination.conflicts", conflict("f")), append("coordination.conflicts", conflict("g"))],
        "coordination:\n  conflicts:   # none yet\n    - type: \"file_overlap\"\n      file: \"f\"\n      terminals: [\"a\", \"b\"]\n    - type: \"file_overlap\"\n      file: \"g\"\n      terminals: [\"a\", \"b\"]\n  ready_to_merge: false\n",
    );
}

#[test]
fn a_list_that_loses_all_becomes_brackets_again() {
    let text = "coordination:\n  conflicts: # c\n    # about f\n    - type: x # f\n      file: f\n\n    # about g\n    - type: y\n  ready_to_merge: false\n";
    check(
        text,
        &[set("coordination.conflicts", Value::List(vec![]))],
        "coordination:\n  conflicts: [] # c\n    # about f\n\n    # about g\n  ready_to_merge: false\n",
    );
    check(
        text,
        &[remove("coordination.conflicts.0"), remove("coordination.conflicts.0")],
        "coordination:\n  conflicts: [] # c\n    # about f\n\n    # about g\n  ready_to_merge: false\n",
    );
}

#[test]
fn nothing_becomes_a_collection() {
    check(
        "sessions:\ncoordination:\n  conflicts: ~ # c\n  merge_points:   # m\n",
        &[
            set("sessions.t1.status", "a"),
            append("coordination.conflicts", conflict("f")),
            append("coordination.merge_points", "m1"),
        ],
        "sessions:\n  t1:\n    status: \"a\"\ncoordination:\n  conflicts: # c\n    - type: \"file_overlap\"\n      file: \"f\"\n      terminals: [\"a\", \"b\"]\n  merge_points:   # m\n    - \"m1\"\n",
    );
    check(
        "a:\nb: # c\nc: null\n",
        &[set("a", "x"), set("b", "y"), set("c", "z")],
        "a: \"x\"\nb: \"y\" # c\nc: \"z\"\n",
    );
    check("sessions: {}\n", &[set("sessions.t1.status", "a")], "sessions:\n  t1:\n    status: \"a\"\n");
    check(
        "sessions:\n  t1:\n  t2:\n",
        &[set("sessions.t1.status", "a")],
        "sessions:\n  t1:\n    status: \"a\"\n  t2:\n",
    );
}

#[test]
fn an_empty_file_gets_its_first_key() {
    check("", &[set("sessions.t1.status", "a")], "sessions:\n  t1:\n    status: \"a\"\n");
    check(
        "# only this\n",
        &[set("sessions.t1.status", "a")],
        "# only this\nsessions:\n  t1:\n    status: \"a\"\n",
    );
    check("# only this", &[set("a", "b")], "# only this\na: \"b\"");
    check("\u{feff}", &[set("a", "b")], "\u{feff}a: \"b\"\n");
    check("---\n", &[set("a", "b")], "---\na: \"b\"\n");
}

#[test]
fn four_spaces_stay_four() {
    check(
        "sessions:\n    t1:\n        tasks:\n            - \"x\"\n",
        &[
            set("sessions.t1.observed", map(&[("head", "abc".into()), ("touched_files", list(&["f"]))])),
            set("sessions.t2.tasks", list(&["y"])),
        ],
        "sessions:\n    t1:\n        tasks:\n            - \"x\"\n        observed:\n            head: \"abc\"\n            touched_files:\n                - \"f\"\n\n    t2:\n        tasks:\n            - \"y\"\n",
    );
}

#[test]
fn lists_that_are_not_indented_stay_so() {
    check(
        "sessions:\n  t1:\n    tasks:\n    - x\n    - y\n    status: a\n",
        &[
            append("sessions.t1.tasks", "z"),
            set("sessions.t1.observed.touched_files", list(&["f"])),
            remove("sessions.t1.tasks.0"),
        ],
        "sessions:\n  t1:\n    tasks:\n    - y\n    - \"z\"\n    status: a\n    observed:\n      touched_files:\n      - \"f\"\n",
    );
    check("a:\n- x\n", &[set("a", Value::List(vec![]))], "a: []\n");
    check("a:\n- x\nb: 1\n", &[append("a", "y")], "a:\n- x\n- \"y\"\nb: 1\n");
}

#[test]
fn lists_in_brackets_grow_and_shrink_in_place() {
    check(
        "a: [ \"x\", y ] # c\nb: [x]\nc: ['x', 'y', 'z']\nd: [\n  x, # first\n  y\n]\n",
        &[append("a", "z"), remove("b.0"), remove("c.1"), set("c.0", "w"), append("d", "z")],
        "a: [ \"x\", y, \"z\" ] # c\nb: []\nc: ['w', 'z']\nd: [\n  x, # first\n  y, \"z\"\n]\n",
    );
    check("a: [x, y,]\n", &[append("a", "z")], "a: [x, y, \"z\",]\n");
    check("a: [x, y]\n", &[set("a", list(&["w", "x", "y"]))], "a: [\"w\", x, y]\n");
    check("a: [x, y]\n", &[set("a", Value::List(vec![]))], "a: []\n");
    check(
        "a: [{file: f}]\n",
        &[append("a", conflict("g"))],
        "a: [{file: f}, {type: \"file_overlap\", file: \"g\", terminals: [\"a\", \"b\"]}]\n",
    );
}

#[test]
fn sessions_in_braces_are_edited_in_braces() {
    check(
        "sessions: {t1: {status: a, tasks: []}, t2: {}} # flow\n",
        &[
            set("sessions.t1.status", "b"),
            set("sessions.t1.focus", "x y"),
            append("sessions.t1.tasks", "t"),
            set("sessions.t2.status", "c"),
            set("sessions.t3.status", "d"),
            remove("sessions.t1.status"),
        ],
        "sessions: {t1: {tasks: [\"t\"], focus: \"x y\"}, t2: {status: \"c\"}, t3: {status: \"d\"}} # flow\n",
    );
    check(
        "{sessions: {t1: {status: a}}}\n",
        &[set("sessions.t1.status", "b")],
        "{sessions: {t1: {status: b}}}\n",
    );
    check("a: {b: , c}\n", &[set("a.b", "x")], "a: {b: \"x\" , c}\n");
}

#[test]
fn texts_over_several_lines_are_left_or_replaced_whole() {
    let text = "a: |\n  one\n  # no comment\n\n  two\nb: >-\n  folded\n  text\n# c\nc: \"quoted\n  text\"\nd: plain\n  text # d\ne: |+\n  keep\n\nf: x\n";
    check(text, &[set("f", "new")], &text.replace("f: x", "f: new"));
    check(
        text,
        &[set("a", "1"), set("b", "2"), set("c", "3"), set("d", "four"), set("e", "5")],
        "a: \"1\"\nb: \"2\"\n# c\nc: \"3\"\nd: four # d\ne: \"5\"\nf: x\n",
    );
    check(
        text,
        &[remove("a"), remove("e")],
        "b: >-\n  folded\n  text\n# c\nc: \"quoted\n  text\"\nd: plain\n  text # d\nf: x\n",
    );
    check(
        "s:\n  t:\n    note: |+\n      keep\n\n",
        &[set("s.t.a", "b")],
        "s:\n  t:\n    note: |+\n      keep\n\n    a: \"b\"\n",
    );
    check(
        "s:\n  t:\n    note: |\n      clip\n\n\nx: 1\n",
        &[set("s.t.a", "b")],
        "s:\n  t:\n    note: |\n      clip\n    a: \"b\"\n\n\nx: 1\n",
    );
}

#[test]
fn tabs_and_wide_letters_do_not_matter() {
    check(
        "a: x\t# tab\nb:\tx\nä: 😀 # 😀\nc: \"é\" # ü\n",
        &[set("a", "new"), set("b", "new"), set("c", "日本")],
        "a: new\t# tab\nb:\tnew\nä: 😀 # 😀\nc: \"日本\" # ü\n",
    );
    check("ä😀: [é]\n", &[append("ä😀", "→")], "ä😀: [é, \"→\"]\n");
}

#[test]
fn anchors_and_aliases_are_kept_or_refused() {
    let text =
        "base: &b\n  status: a\n  tasks: &t [x]\nsessions:\n  t1: *b\n  t2:\n    <<: *b\n    tasks: *t\n";
    // Beside them, all is well; a merged key gets an own one that overrides it.
    check(text, &[set("sessions.t2.status", "c")], &format!("{text}    status: \"c\"\n"));
    check(
        text,
        &[set("sessions.t2.tasks", list(&["y"]))],
        &text.replace("tasks: *t", "tasks:\n      - \"y\""),
    );
    // Through them, two places would change.
    assert!(edited(text, &[set("sessions.t1.status", "c")]).expect_err("alias").contains("alias"));
    assert!(edited(text, &[append("sessions.t2.tasks", "y")]).expect_err("alias").contains("alias"));
    assert!(edited(text, &[set("base.status", "c")]).is_err());
    assert!(edited(text, &[remove("base")]).is_err());
    check("a: &x one\nb: two\n", &[set("a", "three")], "a: &x three\nb: two\n");
    check("s:\n  t: &x\n    a: 1\n", &[set("s.t.b", "c")], "s:\n  t: &x\n    a: 1\n    b: \"c\"\n");
}

#[test]
fn tags_are_kept_or_refused() {
    check("a: !x {b: c}\nd: e\n", &[set("d", "f")], "a: !x {b: c}\nd: f\n");
    assert!(edited("a: !x {b: c}\n", &[set("a.b", "f")]).is_err());
}

#[test]
fn document_marks_and_directives_stay() {
    check("---\na: x\n...\n", &[set("a", "new"), set("b", "z")], "---\na: new\nb: \"z\"\n...\n");
    check("%YAML 1.2\n---\na: x\n", &[set("a", "new")], "%YAML 1.2\n---\na: new\n");
    check("--- # first\na: x\n", &[set("a", "new")], "--- # first\na: new\n");
    assert!(edited("a: x\n---\nb: y\n", &[set("a", "z")]).expect_err("two").contains("more than one"));
}

#[test]
fn a_key_goes_with_its_own_line_alone() {
    let text = "s:\n  # about a\n  a: 1 # one\n  # about b\n  b:\n    - x\n    # in b\n    - y\n\n  # about c\n  c: 3\n";
    check(text, &[remove("s.a")], &text.replace("  a: 1 # one\n", ""));
    check(text, &[remove("s.b")], "s:\n  # about a\n  a: 1 # one\n  # about b\n\n  # about c\n  c: 3\n");
    check(text, &[remove("s.c")], &text.replace("  c: 3\n", ""));
}

#[test]
fn a_session_goes_with_one_of_its_blank_lines() {
    let text = "sessions:\n  t1:\n    a: 1\n\n  t2:\n    a: 2\n\n  t3:\n    a: 3\n\nz: 1\n";
    check(text, &[remove("sessions.t1")], &text.replace("  t1:\n    a: 1\n\n", ""));
    check(text, &[remove("sessions.t2")], &text.replace("  t2:\n    a: 2\n\n", ""));
    check(text, &[remove("sessions.t3")], &text.replace("  t3:\n    a: 3\n\n", ""));
    check("sessions:\n  t1:\n    a: 1\n\nz: 1\n", &[remove("sessions.t1")], "sessions: {}\n\nz: 1\n");
}

#[test]
fn the_first_key_of_an_item_goes_without_its_dash() {
    check("l:\n  - a: 1\n    b: 2\n  - c: 3\n", &[remove("l.0.a")], "l:\n  - b: 2\n  - c: 3\n");
    check("l:\n  - a: 1 # one\n    # two\n    b: 2\n", &[remove("l.0.a")], "l:\n  -\n    # two\n    b: 2\n");
    check("l:\n  - a: 1\n", &[remove("l.0.a")], "l:\n  - {}\n");
    check("l:\n  -\n    a: 1\n", &[remove("l.0.a")], "l:\n  - {}\n");
}

#[test]
fn items_change_where_they_stand() {
    let text = "l:\n  - type: x # t\n    file: f\n    resolution: \"mine\"\n  -   type: y\n      file: g\n";
    check(
        text,
        &[set("l.0.lines", "1-2"), set("l.1.file", "h"), set("l.1.lines", "3"), append("l", conflict("i"))],
        "l:\n  - type: x # t\n    file: f\n    resolution: \"mine\"\n    lines: \"1-2\"\n  -   type: y\n      file: h\n      lines: \"3\"\n  - type: \"file_overlap\"\n    file: \"i\"\n    terminals: [\"a\", \"b\"]\n",
    );
    check(text, &[remove("l.0")], "l:\n  -   type: y\n      file: g\n");
    check(text, &[remove("l.1")], "l:\n  - type: x # t\n    file: f\n    resolution: \"mine\"\n");
    check(
        "l:\n  - a\n  -\n  - ~\n  - - x\n    - y\n",
        &[set("l.1", "b"), set("l.2", conflict("f")), remove("l.3.0"), set("l.0", "c")],
        "l:\n  - c\n  - \"b\"\n  - type: \"file_overlap\"\n    file: \"f\"\n    terminals: [\"a\", \"b\"]\n  - - y\n",
    );
}

#[test]
fn a_list_that_is_set_keeps_the_lines_it_has_in_common() {
    let text = "l:\n  - a # 1\n  - b # 2\n  # three\n  - c # 3\n  - d # 4\n";
    check(text, &[set("l", list(&["a", "c", "d"]))], "l:\n  - a # 1\n  # three\n  - c # 3\n  - d # 4\n");
    check(
        text,
        &[set("l", list(&["z", "a", "b", "y", "c", "d", "x"]))],
        "l:\n  - \"z\"\n  - a # 1\n  - b # 2\n  - \"y\"\n  # three\n  - c # 3\n  - d # 4\n  - \"x\"\n",
    );
    check(text, &[set("l", list(&["d"]))], "l:\n  # three\n  - d # 4\n");
}

#[test]
fn a_mapping_that_is_set_keeps_the_lines_it_has_in_common() {
    check(
        "o:\n  head: \"a\" # h\n  # n\n  ahead: 1\n  gone: x\n  touched_files:\n    - \"f\" # mine\n",
        &[set(
            "o",
            map(&[
                ("head", "b".into()),
                ("ahead", Value::Int(1)),
                ("touched_files", list(&["f", "g"])),
                ("merged", false.into()),
            ]),
        )],
        "o:\n  head: \"b\" # h\n  # n\n  ahead: 1\n  touched_files:\n    - \"f\" # mine\n    - \"g\"\n  merged: false\n",
    );
}

#[test]
fn short_lists_stand_on_their_keys_line() {
    let long: Vec<String> = (0..12).map(|n| format!("src/module-{n}/**")).collect();
    check(
        "s:\n  t:\n    a: 1\n",
        &[
            set("s.t.scope", list(&["src/**"])),
            set("s.t.tasks", list(&["x"])),
            set("s.u.scope", Value::texts(&long[..7])),
        ],
        &format!(
            "s:\n  t:\n    a: 1\n    scope: [\"src/**\"]\n    tasks:\n      - \"x\"\n  u:\n    scope:\n{}",
            long[..7].iter().map(|glob| format!("      - \"{glob}\"\n")).collect::<String>()
        ),
    );
}

#[test]
fn dependency_keys_are_quoted_and_apart() {
    check(
        "sessions: {}\n",
        &[
            set("dependencies.1-3-b", map(&[("depends_on", list(&["1-2-a"])), ("status", "blocked".into())])),
            set("dependencies.1-2-a.depends_on", Value::List(vec![])),
        ],
        "sessions: {}\n\ndependencies:\n  \"1-3-b\":\n    depends_on: [\"1-2-a\"]\n    status: \"blocked\"\n\n  \"1-2-a\":\n    depends_on: []\n",
    );
}

#[test]
fn files_without_blank_lines_get_none() {
    check(
        "sessions:\n  t1:\n    a: 1\n  t2:\n    a: 2\nother:\n  b: 1\n",
        &[set("sessions.t3.a", Value::Int(3)), set("coordination.conflicts", Value::List(vec![]))],
        "sessions:\n  t1:\n    a: 1\n  t2:\n    a: 2\n  t3:\n    a: 3\nother:\n  b: 1\ncoordination:\n  conflicts: []\n",
    );
}

#[test]
fn unusual_keys_are_kept_or_refused() {
    check("? a\n: 1\nb: x\n", &[set("b", "new")], "? a\n: 1\nb: new\n");
    check("a : x\nb:   w\n", &[set("a", "z"), set("b", "z")], "a : z\nb:   z\n");
    assert!(
        edited("a: x\n", &[set("a.b", "c")])
            .expect_err("a text")
            .contains("\"a\" is a string, so it has no key \"b\"")
    );
    assert!(edited("a: x\n", &[append("a", "c")]).expect_err("a text").contains("not a list"));
    assert!(edited("a: [x]\n", &[set("a.5", "c")]).expect_err("short").contains("so no item 5"));
    assert!(edited("- a\n", &[set("a", "c")]).expect_err("a list").contains("no key"));
    let _ = way("a");
}

#[test]
fn an_edit_sees_the_one_before() {
    check(
        "sessions: {}\n",
        &[
            set("sessions.t1", map(&[])),
            set("sessions.t1.status", "a"),
            set("sessions.t1.status", "b"),
            append("sessions.t1.tasks", "x"),
            append("sessions.t1.tasks", "y"),
            remove("sessions.t1.tasks.0"),
            set("sessions.t2.status", "c"),
            remove("sessions.t1.status"),
        ],
        "sessions:\n  t1:\n    tasks:\n      - \"y\"\n\n  t2:\n    status: \"c\"\n",
    );
}

#[test]
fn what_is_added_needs_whatever_escapes_it_needs() {
    check(
        "s: {}\n",
        &[set("s.a b", "x\ny\t\"\\\u{1}\u{2028}"), set("s.true", "- x"), set("s.ok", "# no")],
        "s:\n  \"a b\": \"x\\ny\\t\\\"\\\\\\x01\\u2028\"\n  \"true\": \"- x\"\n  ok: \"# no\"\n",
    );
}

#[test]
fn a_text_over_several_lines_beside_a_comment_is_no_comment() {
    let text = "a: 'it is #1\n  # not a comment'\nb: \"x # y\" # z\nc: x\n";
    check(text, &[set("c", "d"), set("b", "e")], "a: 'it is #1\n  # not a comment'\nb: \"e\" # z\nc: d\n");
}

#[test]
fn the_width_of_spaces_between_stays() {
    check(
        "a:    x   # c\nb:\n    c:   'y'\n",
        &[set("a", "z"), set("b.c", "z")],
        "a:    z   # c\nb:\n    c:   'z'\n",
    );
}

#[test]
fn trailing_spaces_stay() {
    check(
        "a: x  \nb:  \n  c: w \n",
        &[set("b.c", "new"), set("b.d", "w")],
        "a: x  \nb:  \n  c: new \n  d: \"w\"\n",
    );
}

#[test]
fn comments_inside_brackets_stay() {
    let text = "a: [ # all\n  x, # first\n  # middle\n  y, # second\n  z # third\n  # end\n]\n";
    check(text, &[remove("a.1")], "a: [ # all\n  x, # first\n  # middle\n  z # third\n  # end\n]\n");
    check(
        text,
        &[remove("a.2")],
        "a: [ # all\n  x, # first\n  # middle\n  y, # second\n   # third\n  # end\n]\n",
    );
    check(text, &[remove("a.0")], "a: [ # all\n  # middle\n  y, # second\n  z # third\n  # end\n]\n");
}
