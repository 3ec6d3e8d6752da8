//! What is wrong is told in a sentence, by a code, and leaves nothing behind.

use std::io::{Read, Write};
use std::process::Stdio;

use super::support::*;

#[test]
fn what_is_wrong_with_the_input_is_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[u8], &[&str]); 7] = [
        (b"fine\n\xff\xfe\n", &["line 2", "UTF-8"]),
        (b"\"fine\"\n\"fine\"\n{\"text\": \"cut\n", &["line 3", "not valid JSON"]),
        (
            b"{\"body\": \"x\"}\n",
            &["line 1", "no field \"text\"", "\"body\"", "--field"],
        ),
        (b"{\"text\": 7}\n", &["line 1", "a string is wanted"]),
        (b"\"fine\"\n7\n", &["line 2", "neither a JSON string nor an object"]),
        (b"\"fine\"\n\n", &["line 2", "empty"]),
        (
            b"{\"text\": \"x\", \"embedding\": 1}\n",
            &["line 1", "\"embedding\" already"],
        ),
    ];
    for (i, (bytes, parts)) in cases.into_iter().enumerate() {
        let input = folder.path().join(if i == 0 { "input.txt" } else { "input.jsonl" });
        std::fs::write(&input, bytes).unwrap();
        let output = folder.path().join("output.npy");
        let arguments = [
            input.to_str().unwrap(),
            "-o",
            output.to_str().unwrap(),
            "--format",
            "jsonl",
        ];
        let sentence = failed(run(&mut on_fixture("embed", &arguments), ""), 1);
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
        assert!(!output.exists());
        std::fs::remove_file(&input).unwrap();
        assert_eq!(files(folder.path()), [""; 0]);
    }
}

#[test]
fn a_failure_leaves_the_old_output_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.jsonl");
    std::fs::write(&output, "old").unwrap();
    let arguments = ["--input", "jsonl", "-o", output.to_str().unwrap()];
    failed(run(&mut on_fixture("embed", &arguments), "\"fine\"\nnot\n"), 1);
    assert_eq!(std::fs::read(&output).unwrap(), b"old");
    assert_eq!(text(run(&mut on_fixture("embed", &arguments), "\"fine\"\n")), "");
    assert_eq!(json_lines(&std::fs::read_to_string(&output).unwrap()).len(), 1);
    assert_eq!(files(folder.path()), ["out.jsonl"]);
}

#[test]
fn what_is_asked_for_wrongly_is_told_from_what_fails() {
    for arguments in [
        &["embed"][..],
        &["embde", "x"],
        &[],
        &["search", "a", "b"],
        &["similarity", "m"],
    ] {
        failed(run(&mut glyxel(arguments), ""), 2);
    }
    failed(run(&mut on_fixture("embed", &["--device", "gpu"]), ""), 2);
    failed(run(&mut on_fixture("embed", &["--threads", "0"]), ""), 2);
    failed(run(&mut on_fixture("similarity", &["a", "--plot", "a.gif"]), ""), 2);
    failed(run(&mut on_fixture("search", &["-", "-"]), ""), 2);
    let sentence = failed(run(&mut on_fixture("embed", &["/no/such/file"]), ""), 1);
    assert!(sentence.contains("/no/such/file"), "{sentence}");
    failed(run(&mut glyxel(&["info", "/no/such/model"]), ""), 1);
    failed(run(&mut on_fixture("convert", &["-o", "/no/such/folder/a.pt"]), ""), 1);
    assert!(text(run(&mut glyxel(&["--help"]), "")).contains("similarity"));
    assert!(text(run(&mut glyxel(&["--version"]), "")).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_stops_is_no_failure() {
    let mut child = on_fixture("embed", &[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let lines = "a text\n".repeat(20_000);
        let _ = stdin.write_all(lines.as_bytes());
    });
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(succeeded(output), b"");
}
