//! `embed`: what goes in and what comes out.

use glyxel::tasks::embed::{EmbedOptions, Normalize};

use super::support::*;

#[test]
fn lines_from_stdin_become_json_lines_an_empty_line_too() {
    let input = format!("\u{feff}{}", TEXTS.join("\r\n"));
    let lines = json_lines(&text(run(&mut on_fixture("embed", &[]), &input)));
    let expected = expected(&TEXTS, &EmbedOptions::default());
    assert_eq!(lines.len(), TEXTS.len());
    for ((line, text), vector) in lines.iter().zip(TEXTS).zip(expected) {
        assert_eq!(line["text"], text);
        assert_eq!(floats(&line["embedding"]), vector);
    }
}

#[test]
fn a_file_becomes_npy_of_the_same_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("texts.txt"), folder.path().join("vectors.npy"));
    // More than one chunk.
    let texts: Vec<String> = (0..1500).map(|i| format!("text number {i}")).collect();
    std::fs::write(&input, texts.join("\n") + "\n").unwrap();
    let arguments = [input.to_str().unwrap(), "-o", output.to_str().unwrap()];
    assert_eq!(text(run(&mut on_fixture("embed", &arguments), "")), "");
    let (shape, rows) = npy(&std::fs::read(&output).unwrap());
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = expected(&borrowed, &EmbedOptions::default());
    assert_eq!(shape, [1500, expected[0].len()]);
    for (got, expected) in rows.iter().flatten().zip(expected.iter().flatten()) {
        assert!((got - expected).abs() < 1e-5);
    }
    let to_stdout = succeeded(run(
        &mut on_fixture("embed", &[input.to_str().unwrap(), "--format", "npy"]),
        "",
    ));
    assert_eq!(to_stdout, std::fs::read(&output).unwrap());
    assert_eq!(files(folder.path()), ["texts.txt", "vectors.npy"]);
}

#[test]
fn json_lines_keep_what_they_hold_byte_for_byte() {
    let input =
        "\"alone\"\n { \"id\": 123456789012345678901234567890, \"body\" : \"a\\u0041\\n\", \"x\":[1.10,  {}] } \n";
    let output = text(run(
        &mut on_fixture("embed", &["--input", "jsonl", "--field", "body"]),
        input,
    ));
    let (first, second) = output.split_once('\n').unwrap();
    assert!(first.starts_with("{\"text\":\"alone\",\"embedding\":["), "{first}");
    let kept =
        " { \"id\": 123456789012345678901234567890, \"body\" : \"a\\u0041\\n\", \"x\":[1.10,  {}],\"embedding\":[";
    assert!(second.starts_with(kept), "{second}");
    let expected = expected(&["alone", "aA\n"], &EmbedOptions::default());
    let got: Vec<_> = json_lines(&output)
        .iter()
        .map(|line| floats(&line["embedding"]))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn prompt_dim_and_normalize_are_passed_on() {
    let cases: [(&[&str], EmbedOptions); 3] = [
        (
            &["--prompt", "query: "],
            EmbedOptions {
                prompt: "query: ".into(),
                ..Default::default()
            },
        ),
        (
            &["--dim", "5", "--normalize"],
            EmbedOptions {
                dim: 5,
                normalize: Normalize::Yes,
                ..Default::default()
            },
        ),
        (
            &["--no-normalize"],
            EmbedOptions {
                normalize: Normalize::No,
                ..Default::default()
            },
        ),
    ];
    for (arguments, options) in cases {
        let lines = json_lines(&text(run(&mut on_fixture("embed", arguments), "hello\n")));
        assert_eq!(
            floats(&lines[0]["embedding"]),
            expected(&["hello"], &options)[0],
            "{arguments:?}"
        );
    }
    let sentence = failed(run(&mut on_fixture("embed", &["--dim", "100000"]), "hello\n"), 2);
    assert!(sentence.contains("100000"), "{sentence}");
    failed(run(&mut on_fixture("embed", &["--prompt", "@none such"]), ""), 2);
}

#[test]
fn no_input_gives_no_output_and_no_rows() {
    assert_eq!(text(run(&mut on_fixture("embed", &[]), "")), "");
    let (shape, _) = npy(&succeeded(run(&mut on_fixture("embed", &["--format", "npy"]), "")));
    assert_eq!(shape[0], 0);
    assert!(shape[1] > 0);
}
