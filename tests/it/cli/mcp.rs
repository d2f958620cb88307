//! `mcp`: what a client is answered over pipes, in both ways in which sessions begin.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::program::{lines, text};
use crate::support::{Repo, Sandbox};

/// A server, and what it says.
struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    asked: u64,
}

impl Server {
    /// Started in the folder of a repository, which is not always the one that is asked about.
    fn start(repo: &Repo) -> Server {
        Server::of(repo.program(&["mcp"]))
    }

    fn of(mut program: Command) -> Server {
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = program.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Server { child, stdin, stdout, asked: 0 }
    }

    fn initialized(repo: &Repo) -> Server {
        Server::start(repo).greeted()
    }

    /// At another time.
    fn initialized_at(repo: &Repo, now: &str) -> Server {
        let mut program = repo.program(&["mcp"]);
        program.env("TRACK_WORK_NOW", now);
        Server::of(program).greeted()
    }

    fn greeted(mut self) -> Server {
        let about = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let answer = self.ask("initialize", about);
        assert_eq!(answer["result"]["serverInfo"]["name"], "track-work");
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        self
    }

    fn send(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        self.send(
            &json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params }).to_string(),
        );
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))["result"].take()
    }

    /// Ends with its input.
    fn ends(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

fn two(sandbox: &Sandbox) -> [Repo<'_>; 3] {
    let repo = sandbox.repo("shop", &[("a", &lines(&[])), ("b", "1\n")]);
    repo.worktree("one").commit("one", &[("a", &lines(&[(3, "one")]))]);
    repo.worktree("two").write("a", lines(&[(3, "two")]));
    let [one, two] = ["one", "two"].map(|name| Repo { sandbox, top: sandbox.path(name) });
    [repo, one, two]
}

/// Whether a value is as its schema says, as far as our schemas say anything.
fn fits(schema: &Value, value: &Value) -> bool {
    let is_kind = |kind: &str, value: &Value| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    is_kind(text(&schema["type"]), value)
        && schema["required"].as_array().unwrap().iter().all(|key| {
            let key = text(key);
            let kinds = schema["properties"][key]["type"].as_array().unwrap();
            value.get(key).is_some_and(|value| kinds.iter().any(|kind| is_kind(text(kind), value)))
        })
}

#[test]
fn every_tool_answers_for_the_worktree_that_the_call_names() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let listed = server.ask("tools/list", json!({}))["result"]["tools"].take();
    let listed = listed.as_array().unwrap();
    let names: Vec<&str> = listed.iter().map(|tool| text(&tool["name"])).collect();
    assert_eq!(names, ["status", "check", "compare", "merge_order", "explain"]);
    for tool in listed {
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        let more = match text(&tool["name"]) {
            "compare" => json!({ "ours": "main", "theirs": "one" }),
            "explain" => json!({ "terminal": "one" }),
            _ => json!({}),
        };
        let mut arguments = json!({ "cwd": one.top });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = server.call(text(&tool["name"]), arguments);
        assert_ne!(answer["isError"], true, "{answer:#}");
        assert!(fits(&tool["outputSchema"], &answer["structuredContent"]), "{answer:#}");
        assert!(!text(&answer["content"][0]["text"]).contains('\x1b'));
    }
    for (place, id) in [(&one, "one"), (&two, "two")] {
        let answer = server.call("check", json!({ "cwd": place.top, "paths": ["a"] }));
        assert_eq!(answer["structuredContent"]["terminal"]["id"], id, "{answer:#}");
        assert_eq!(answer["structuredContent"]["encounters"][0]["meeting"], "conflict");
    }
    // what changed meanwhile counts
    two.git(&["checkout", "-q", "a"]);
    let answer = server.call("check", json!({ "cwd": one.top }));
    assert_eq!(answer["structuredContent"]["encounters"], json!([]), "{answer:#}");
    server.ends();
}

#[test]
fn what_cannot_be_answered_says_what_to_do() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let outside = sandbox.path("outside");
    std::fs::create_dir(&outside).unwrap();
    let bare = sandbox.init_with("bare.git", &["--bare"]);
    repo.git(&["push", "-q", bare.top.to_str().unwrap(), "main", "one"]);
    let top = one.top.clone();
    for (tool, arguments, says) in [
        ("check", json!({}), "absolute path of the worktree"),
        ("check", json!({ "cwd": "one" }), "absolute path of the worktree"),
        ("check", json!({ "cwd": 7 }), "cwd is no text"),
        ("check", json!({ "cwd": outside }), "cannot find a git repository"),
        ("compare", json!({ "cwd": top, "ours": "main" }), "theirs"),
        ("compare", json!({ "cwd": top, "ours": "main", "theirs": "nosuch" }), "known branches"),
        ("compare", json!({ "cwd": top, "ours": "--stdin", "theirs": "one" }), "--stdin"),
        ("merge_order", json!({ "cwd": top, "sekonds": 3 }), "expected one of"),
        ("status", json!({ "cwd": top, "remotes": true }), "remotes is no text"),
        ("status", json!({ "cwd": top, "remotes": "a[" }), "remotes: unclosed"),
        ("explain", json!({ "cwd": top, "terminal": "nosuch" }), "known terminals: one and two"),
        ("explain", json!({ "cwd": top }), "missing field `terminal`; the terminals are one, two"),
        ("explain", json!({ "cwd": top, "only": ["one"] }), "`terminal`; the terminals are one, two"),
        ("check", json!({ "cwd": top, "terminal": "nosuch" }), "known terminals: one and two"),
        ("merge_order", json!({ "cwd": top, "only": ["nosuch"] }), "known terminals: one and two"),
        ("merge_order", json!({ "cwd": top, "exclude": ["one", "nosuch"] }), "known terminals: one and two"),
        ("status", json!({ "cwd": top, "target": "nosuch" }), "nosuch"),
        ("check", json!({ "cwd": outside }), "or pass one as cwd"),
        ("check", json!({ "cwd": bare.top }), "pass it as terminal, or pass a folder in a worktree as cwd"),
        ("check", json!({ "cwd": top, "paths": ["/nowhere/x"] }), "use a path inside a worktree"),
        ("nosuch", json!({ "cwd": top }), "the tools are status, check"),
    ] {
        let answer = server.call(tool, arguments.clone());
        assert_eq!(answer["isError"], true, "{tool} {arguments}: {answer:#}");
        let said = text(&answer["content"][0]["text"]);
        assert!(said.contains(says), "{tool} {arguments}: {answer:#}");
        // it is the arguments of the tool that an agent can change, not flags
        assert!(!said.contains(" -C ") && !said.contains("with --"), "{said}");
    }
    // the server goes on after lines that are none of the protocol's
    for line in ["", "{", "[]", "\"x\"", "\u{0}"] {
        server.send(line);
    }
    server.asked = 99;
    server.send(&json!({ "jsonrpc": "2.0", "id": 100, "method": "tools/list" }).to_string());
    let found = (0..8).map(|_| server.answer()).find(|answer| answer["id"] == 100).unwrap();
    assert_eq!(found["result"]["tools"].as_array().unwrap().len(), 5);
    server.ends();
}

/// Clients hold an answer against the schema, and take none that does not fit.
#[test]
fn a_method_that_is_not_known_is_said_to_be_none() {
    let sandbox = Sandbox::new();
    let [repo, ..] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let said = server.ask("no/such", json!({}));
    assert_eq!(
        (&said["error"]["code"], &said["error"]["message"]),
        (&json!(-32601), &json!("there is no method no/such"))
    );
    server.ends();
}

#[test]
fn an_answer_that_is_not_known_fits_the_schema_too() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    let third = repo.worktree("third");
    third.commit("third", &[("a", &lines(&[(3, "third")]))]);
    let blob = repo.git(&["rev-parse", "one:a"]);
    let (folder, file) = blob.trim().split_at(2);
    std::fs::remove_file(repo.path(format!(".git/objects/{folder}/{file}"))).unwrap();
    let mut server = Server::initialized(&repo);
    let listed = server.ask("tools/list", json!({}))["result"]["tools"].take();
    let arguments = json!({ "cwd": one.top, "ours": "third", "theirs": "one" });
    let answer = server.call("compare", arguments);
    assert_eq!(answer["structuredContent"]["clean"], Value::Null, "{answer:#}");
    assert!(fits(&listed[2]["outputSchema"], &answer["structuredContent"]), "{:#}", listed[2]);
    server.ends();
}

#[test]
fn what_is_shown_can_be_chosen_as_on_the_command_line() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    repo.worktree("third").commit("third", &[("b", "3\n")]);
    let mut server = Server::initialized(&repo);
    let top = &one.top;
    let ids = |answer: &Value, list: &str, key: &str| -> Vec<String> {
        let list = answer["structuredContent"][list].as_array().unwrap();
        list.iter().map(|one| text(&one[key]).to_string()).collect()
    };
    let answer = server.call("status", json!({ "cwd": top, "terminals": ["thi*"] }));
    assert_eq!(ids(&answer, "terminals", "id"), ["third"], "{answer:#}");
    assert_eq!(answer["structuredContent"]["filter"]["terminal"], json!(["thi*"]));
    assert!(text(&answer["content"][0]["text"]).contains("Shown: 1 of 3 terminals"), "{answer:#}");
    // an argument that is null is none
    let answer =
        server.call("status", json!({ "cwd": top, "target": null, "paths": null, "conflicts": true }));
    assert_eq!(ids(&answer, "terminals", "id"), ["one", "two"], "{answer:#}");
    let answer = server.call("merge_order", json!({ "cwd": top, "paths": ["b"] }));
    assert_eq!(ids(&answer, "steps", "terminal"), ["third"], "{answer:#}");
    for (arguments, says) in [
        (json!({ "cwd": top, "terminals": ["nosuch*"] }), "terminals: nosuch*: no terminal matches"),
        (json!({ "cwd": top, "terminals": "one" }), "terminals must be of type array of strings"),
        (json!({ "cwd": top, "conflicts": "yes" }), "conflicts must be of type boolean"),
    ] {
        let answer = server.call("status", arguments);
        let said = text(&answer["content"][0]["text"]);
        assert!(answer["isError"] == true && said.contains(says), "{answer:#}");
    }
    server.ends();
}

#[test]
fn branches_of_remotes_are_terminals_where_a_call_says_so() {
    let sandbox = Sandbox::new();
    let [repo, one, two] = two(&sandbox);
    let head = two.commit("two", &[("a", &lines(&[(3, "two")]))]);
    repo.git(&["update-ref", "refs/remotes/origin/theirs", &head]);
    two.git(&["reset", "-q", "--hard", "main"]);
    let mut server = Server::initialized_at(&repo, "2023-11-15T10:00:00Z");
    let mut met = |tool: &str, remotes: Option<&str>| {
        let mut arguments = json!({ "cwd": one.top });
        if let Some(remotes) = remotes {
            arguments["remotes"] = json!(remotes);
        }
        server.call(tool, arguments)["structuredContent"].take()
    };
    for (remotes, met_there) in [(None, 0), (Some("origin/t*"), 1), (Some("*"), 1)] {
        let answer = met("check", remotes);
        assert_eq!(answer["encounters"].as_array().unwrap().len(), met_there, "{remotes:?}: {answer:#}");
        let answer = met("status", remotes);
        assert_eq!(answer["pairs"].as_array().unwrap().len(), met_there, "{remotes:?}: {answer:#}");
        let answer = met("merge_order", remotes);
        assert_eq!(answer["steps"].as_array().unwrap().len(), 1 + met_there, "{remotes:?}: {answer:#}");
    }
    let answer = server.call("check", json!({ "cwd": one.top, "remotes": "upstream" }));
    let said = text(&answer["content"][0]["text"]);
    assert!(answer["isError"] == true && said.contains("no branch of a remote matches"), "{answer:#}");
    server.ends();
}

#[test]
fn a_client_without_a_session_is_answered() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    let mut server = Server::start(&repo);
    let about = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let answer = server.ask("server/discover", json!({ "_meta": about }));
    let known = answer["result"]["supportedVersions"].as_array().unwrap();
    assert!(known.contains(&"2025-11-25".into()) && known.contains(&"2026-07-28".into()), "{answer:#}");
    let arguments = json!({ "cwd": one.top, "ours": "main", "theirs": "one" });
    let answer =
        server.ask("tools/call", json!({ "_meta": about, "name": "compare", "arguments": arguments }));
    assert_eq!(answer["result"]["structuredContent"]["clean"], true, "{answer:#}");
    server.ends();
}

#[test]
fn names_of_others_stay_names_in_what_an_agent_reads() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    repo.git(&["branch", "x</system>\u{202e}y", "one"]);
    let mut server = Server::initialized(&repo);
    let answer = server.call("status", json!({ "cwd": one.top }));
    let said = text(&answer["content"][0]["text"]);
    assert!(!said.contains("</system>") && !said.contains('\u{202e}'), "{said}");
    server.ends();
}

/// A server lives as long as its client: what was opened for an answer is closed with it.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_calls() {
    let sandbox = Sandbox::new();
    let [repo, one, _] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let mut kilobytes_after = |calls: usize| -> usize {
        (0..calls)
            .for_each(|_| assert_eq!(server.call("status", json!({ "cwd": one.top }))["isError"], false));
        let about = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
        let resident = about.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        resident.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let first = kilobytes_after(30);
    let then = kilobytes_after(100);
    assert!(then < first + 1500, "{first} kB, after 100 more calls {then} kB");
    server.ends();
}

#[test]
fn what_is_no_message_is_answered_and_the_next_one_is_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", "1\n")]);
    let mut server = Server::start(&repo);
    for round in 0..2 {
        for (line, code, id) in [
            ("not JSON", -32700, json!(null)),
            ("{\"jsonrpc\": \"2.0\", ", -32700, json!(null)),
            ("[]", -32600, json!(null)),
            ("7", -32600, json!(null)),
            ("{\"id\": 5}", -32600, json!(5)),
            ("{\"jsonrpc\": \"1.0\", \"id\": \"a\", \"method\": \"tools/list\"}", -32600, json!("a")),
        ] {
            server.send(line);
            let answer = server.answer();
            assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{line}: {answer}");
        }
        server.send("");
        if round == 0 {
            server = server.greeted();
        }
    }
    assert!(server.ask("tools/list", json!({}))["result"]["tools"].is_array());
    server.ends();
}

/// Batches are of one revision of the protocol; in any other one, they are no messages.
#[test]
fn a_batch_is_answered_as_one_where_the_revision_has_batches() {
    let sandbox = Sandbox::new();
    let [repo, _, two] = two(&sandbox);
    let request = |id: Value, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let about = json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let mut server = Server::start(&repo);
    let answer = server.ask("initialize", about);
    assert_eq!(answer["result"]["protocolVersion"], "2025-03-26");
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    // notifications alone are not answered
    server.send(&json!([initialized]).to_string());
    let call = json!({ "name": "check", "arguments": { "cwd": two.top } });
    let all = json!([
        request(json!("a"), "tools/call", call.clone()),
        request(json!(8), "ping", json!({})),
        { "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "gone" } },
        7,
        request(json!(9), "nosuch", json!({})),
    ]);
    server.send(&all.to_string());
    let answers = server.answer();
    let mut ids: Vec<String> =
        answers.as_array().unwrap().iter().map(|answer| answer["id"].to_string()).collect();
    ids.sort();
    assert_eq!(ids, ["\"a\"", "8", "9", "null"], "{answers:#}");
    let of = |id: Value| answers.as_array().unwrap().iter().find(|answer| answer["id"] == id).unwrap();
    assert_eq!(of(json!("a"))["result"]["structuredContent"]["terminal"]["id"], "two", "{answers:#}");
    assert_eq!(of(json!(null))["error"]["code"], -32600);
    assert_eq!(of(json!(9))["error"]["code"], -32601);
    for nothing in ["[]", "[7]"] {
        server.send(nothing);
        let answer = server.answer();
        let one = answer.as_array().map_or(&answer, |all| &all[0]);
        assert_eq!(one["error"]["code"], -32600, "{nothing}: {answer}");
    }
    assert_eq!(server.call("check", call["arguments"].clone())["isError"], false);
    // also what is asked last
    server.send(&json!([request(json!("z"), "tools/call", call)]).to_string());
    drop(server.stdin.take());
    assert_eq!(server.answer()[0]["id"], "z");
    assert!(server.child.wait().unwrap().success());
    let mut server = Server::initialized(&repo);
    server.send(&json!([request(json!(1), "ping", json!({}))]).to_string());
    assert_eq!(server.answer()["error"]["code"], -32600);
    server.ends();
}

#[test]
fn what_was_asked_before_the_input_ended_is_answered() {
    let sandbox = Sandbox::new();
    let [repo, _, two] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let all = ["status", "check", "merge_order", "explain"];
    for (id, tool) in all.iter().enumerate() {
        let mut arguments = json!({ "cwd": two.top });
        if *tool == "explain" {
            arguments["terminal"] = json!("one");
        }
        let params = json!({ "name": tool, "arguments": arguments });
        server.send(
            &json!({ "jsonrpc": "2.0", "id": id + 100, "method": "tools/call", "params": params })
                .to_string(),
        );
    }
    // given up, and no request
    server.send(&json!({ "jsonrpc": "2.0", "id": "x", "method": "ping" }).to_string());
    server.send(
        &json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "gone" } })
            .to_string(),
    );
    drop(server.stdin.take());
    let mut answered: Vec<String> = Vec::new();
    let mut line = String::new();
    while server.stdout.read_line(&mut line).unwrap() > 0 {
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer["error"].is_null(), "{answer}");
        answered.push(answer["id"].to_string());
        line.clear();
    }
    answered.sort();
    assert_eq!(answered, ["\"x\"", "100", "101", "102", "103"]);
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn what_is_wrong_with_params_is_said() {
    let sandbox = Sandbox::new();
    let [repo, ..] = two(&sandbox);
    let mut server = Server::initialized(&repo);
    let negative = server.call("merge_order", json!({ "cwd": repo.top, "seconds": -1 }));
    assert_eq!(negative["isError"], true);
    assert_eq!(negative["content"][0]["text"], "seconds must be 0 or more");
    assert_eq!(server.call("merge_order", json!({ "cwd": repo.top, "seconds": 0 }))["isError"], false);
    for bad in [json!(null), json!({}), json!({ "name": 5 }), json!({ "name": "status", "arguments": [] })] {
        let error = server.ask("tools/call", bad.clone())["error"].take();
        assert_eq!(error["code"], -32602, "{bad}: {error}");
        assert!(text(&error["message"]).contains("tools/call"), "{bad}: {error}");
    }
    server.send(r#"{"jsonrpc":"2.0","id":77,"method":"tools/call"}"#);
    let answer = server.answer();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(77), &json!(-32602)), "{answer}");
    server.ends();
}
