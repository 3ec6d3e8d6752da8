//! The command line, as it is run: the built program on a small model, its output, its exit codes, and what it leaves behind.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use glyxel::control::Call;
use glyxel::options::Options;
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::Model;
use serde_json::{json, Value};

const TEXTS: [&str; 4] = [
    "The weather is lovely today.",
    "",
    "It's so sunny <outside> & \"warm\"!",
    "日本語の文",
];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bert/plain")
}

/// A cache that all tests of one run share.
fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
        let _ = std::fs::remove_dir_all(&cache);
        std::fs::create_dir_all(&cache).unwrap();
        cache
    })
}

fn glyxel(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glyxel"));
    command
        .args(arguments)
        .env("GLYXEL_CACHE", cache())
        .env_remove("GLYXEL_LOG");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A command on the fixture.
fn on_fixture(command: &str, arguments: &[&str]) -> Command {
    let fixture = fixture();
    let mut all = vec![command, fixture.to_str().unwrap()];
    all.extend(arguments);
    glyxel(&all)
}

fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_string();
    let writer = std::thread::spawn(move || {
        // A program that does not want all of it closes the pipe.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The output of a command that must succeed and have nothing to complain about.
#[track_caller]
fn succeeded(output: Output) -> Vec<u8> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    output.stdout
}

#[track_caller]
fn text(output: Output) -> String {
    String::from_utf8(succeeded(output)).unwrap()
}

/// The sentence of a command that must fail.
#[track_caller]
fn failed(output: Output, code: i32) -> String {
    let sentence = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{sentence}");
    assert!(sentence.starts_with("glyxel: "), "{sentence}");
    sentence
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn floats(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

/// What the library says of the same texts.
fn expected(texts: &[&str], options: &EmbedOptions) -> Vec<Vec<f32>> {
    let mut settings = Options::default();
    settings.set("cache_dir", cache().to_str().unwrap()).unwrap();
    let model = Model::load(fixture().to_str().unwrap(), &settings, &Call::unwatched()).unwrap();
    let texts = texts.iter().map(|text| text.to_string()).collect();
    let model = Arc::new(model);
    let vectors = embed::texts(&model, texts, options, &Call::unwatched()).unwrap();
    let dim = if options.dim == 0 { model.dim() } else { options.dim };
    vectors.chunks_exact(dim).map(<[f32]>::to_vec).collect()
}

/// Shape and values of a .npy file.
fn npy(bytes: &[u8]) -> (Vec<usize>, Vec<Vec<f32>>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False") && header.ends_with('\n'));
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let shape: Vec<usize> = shape.split(", ").map(|n| n.parse().unwrap()).collect();
    let values: Vec<f32> = bytes[10 + length..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    assert_eq!(values.len(), shape[0] * shape[1]);
    let rows = values.chunks_exact(shape[1]).map(<[f32]>::to_vec).collect();
    (shape, rows)
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

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

/// Interrupts a program that is busy embedding without end.
#[cfg(unix)]
fn interrupt(arguments: &[&str], folder: &Path, times: usize) -> Output {
    let mut child = on_fixture("embed", arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || while stdin.write_all(&b"a text of some length\n".repeat(100)).is_ok() {});
    // Busy once it has written something to the temporary file.
    let busy = || {
        std::fs::read_dir(folder)
            .unwrap()
            .any(|e| e.unwrap().metadata().is_ok_and(|m| m.len() > 4096))
    };
    while !busy() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for _ in 0..times {
        // SAFETY: sends a signal to the child, which has not been waited for.
        unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    }
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_and_leaves_nothing() {
    for name in ["out.npy", "out.jsonl"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join(name);
        let output = interrupt(&["-o", out.to_str().unwrap()], folder.path(), 1);
        assert_eq!(failed(output, 130), "glyxel: cancelled\n");
        assert_eq!(files(folder.path()), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_program_that_waits_for_its_input() {
    let mut child = on_fixture("embed", &[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A whole chunk: its results show that the next is waited for.
    stdin.write_all("a text\n".repeat(1024).as_bytes()).unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..1024 {
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    }
    // SAFETY: as above.
    unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy");
    let output = interrupt(&["-o", out.to_str().unwrap()], folder.path(), 2);
    assert_eq!(output.status.code(), Some(130));
    assert!(!out.exists());
}

#[test]
fn info_says_what_the_library_says() {
    let info: Value = serde_json::from_str(&text(run(&mut on_fixture("info", &["--json"]), ""))).unwrap();
    assert_eq!(info["architecture"], "bert");
    assert_eq!(info["dim"], expected(&["x"], &EmbedOptions::default())[0].len());
    let shown = text(run(&mut on_fixture("info", &["--max-length", "7"]), ""));
    for part in [
        "architecture  bert\n",
        "max length    7 tokens\n",
        "runs on       cpu in f32\n",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_converted_bundle_embeds_as_its_checkpoint_does() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("plain.pt");
    let said = text(run(&mut on_fixture("convert", &["-o", bundle.to_str().unwrap()]), ""));
    assert!(said.contains("plain.pt") && said.contains("kB"), "{said}");
    assert_eq!(files(folder.path()), ["plain.pt"]);
    let input = TEXTS.join("\n");
    let of_bundle = text(run(&mut glyxel(&["embed", bundle.to_str().unwrap()]), &input));
    assert_eq!(of_bundle, text(run(&mut on_fixture("embed", &[]), &input)));
}

#[test]
fn search_finds_the_nearest_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines.txt");
    let mut lines: Vec<String> = (0..2000).map(|i| format!("line of number {i}")).collect();
    lines[1234] = "It's so sunny outside!".into();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let (path, query) = (file.to_str().unwrap(), lines[1234].as_str());
    let found = text(run(&mut on_fixture("search", &[query, path, "-k", "3", "--json"]), ""));
    let found = &json_lines(&found)[0];
    assert_eq!(found["query"], query);
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(
        (hits[0]["line"].clone(), hits[0]["text"].clone()),
        (json!(1235), json!(query))
    );

    // The same by the library alone.
    let borrowed: Vec<&str> = lines.iter().map(String::as_str).collect();
    let options = EmbedOptions {
        normalize: Normalize::Yes,
        ..Default::default()
    };
    let vectors = expected(&borrowed, &options);
    let mut scores: Vec<f32> = vectors
        .iter()
        .map(|v| v.iter().zip(&vectors[1234]).map(|(a, b)| a * b).sum())
        .collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(hits.len(), 3);
    for (hit, score) in hits.iter().zip(scores) {
        assert!((hit["score"].as_f64().unwrap() as f32 - score).abs() < 1e-5);
    }

    let shown = text(run(
        &mut on_fixture("search", &["-", path, "-k", "2"]),
        &format!("{}\n{query}\n", lines[0]),
    ));
    let shown: Vec<&str> = shown.lines().collect();
    assert_eq!((shown.len(), shown[0], shown[3]), (6, lines[0].as_str(), query));
    assert!(shown[4].starts_with("  1.0000  1235  "), "{shown:?}");
}

#[test]
fn similarity_is_a_table_and_json() {
    let shown = text(run(&mut on_fixture("similarity", &["one", "two"]), ""));
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["1", "2"]);
    assert_eq!(
        (rows[1][..3].to_vec(), rows[2][3]),
        (vec!["1", "one", "1.000"], "1.000")
    );
    assert_eq!(rows[1][3], rows[2][2]);
    let json: Value = serde_json::from_str(&text(run(
        &mut on_fixture("similarity", &["--file", "-", "--json"]),
        "one\ntwo\n",
    )))
    .unwrap();
    assert_eq!(json["texts"], json!(["one", "two"]));
    let score: f64 = rows[1][3].parse().unwrap();
    assert!((json["scores"][0][1].as_f64().unwrap() - score).abs() < 6e-4);
}

#[test]
fn a_plot_is_drawn_as_svg_and_as_png() {
    let folder = tempfile::tempdir().unwrap();
    let [svg, png] = ["plot.svg", "plot.png"].map(|name| folder.path().join(name));
    let plot = |path: &Path| {
        let texts_and_plot = [&TEXTS[..], &["--plot", path.to_str().unwrap()]].concat();
        run(&mut on_fixture("similarity", &texts_and_plot), "")
    };
    text(plot(&svg));
    let drawn = std::fs::read_to_string(&svg).unwrap();
    assert!(drawn.contains(">It's so sunny &lt;outside&gt; &amp; &quot;warm&quot;!<"));
    assert!(drawn.contains(">日本語の文<") && drawn.contains(">1.00<"));
    well_formed(&drawn);

    let output = plot(&png);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("an SVG shows all"), "the font has no Japanese");
    let mut reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&png).unwrap()))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let size = |name: &str| -> u32 {
        let value = drawn.split_once(&format!(" {name}=\"")).unwrap().1;
        value.split_once('"').unwrap().0.parse().unwrap()
    };
    assert_eq!(frame.height, 2 * size("height"));
    assert!(frame.width > 1000 && frame.width < 4000);
    let colours: std::collections::HashSet<&[u8]> = pixels.chunks_exact(3).collect();
    assert!(colours.len() > 50, "{} colours", colours.len());
    assert_eq!(files(folder.path()), ["plot.png", "plot.svg"]);
}

/// Every element is closed, and no text holds what would open another.
fn well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>'), "{text}");
        for entity in text.split('&').skip(1) {
            assert!(
                ["amp;", "lt;", "gt;", "quot;"].iter().any(|e| entity.starts_with(e)),
                "{text}"
            );
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn doctor_reports_in_any_environment() {
    let report: Value = serde_json::from_str(&text(run(&mut glyxel(&["doctor", "--json"]), ""))).unwrap();
    assert_eq!(report["ok"], true);
    assert!(report["libtorch"]["version"].as_str().unwrap().starts_with("2.11."));
    let folder = report["libtorch"]["loaded_from"].as_str().unwrap();
    assert!(Path::new(folder).join("libtorch_cpu.so").is_file(), "{folder}");
    assert!(report["cpu"]["threads"].as_u64().unwrap() > 0);
    assert_eq!(
        report["converted_models"]["folder"],
        cache().join("bundles").to_str().unwrap()
    );

    let secret = "hf_verysecret";
    let output = run(
        glyxel(&["doctor"]).env("HF_TOKEN", secret).env("HF_HUB_OFFLINE", "1"),
        "",
    );
    let shown = text(output);
    let holds = |name: &str, value: &str| shown.lines().any(|l| l.split_whitespace().eq([name, value]));
    assert!(holds("token", "found") && !shown.contains(secret), "{shown}");
    assert!(holds("offline", "yes") && shown.contains("✓"), "{shown}");

    let output = run(glyxel(&["doctor"]).env_clear(), "");
    assert_eq!(output.status.code(), Some(1), "without a home there is no cache");
    assert!(String::from_utf8(output.stdout)
        .unwrap()
        .contains("✗ there is no cache folder"));
    let output = run(glyxel(&["doctor", "--cache-dir", "/dev/null/cache"]).env_clear(), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("cannot be written"));
}

/// Python's pty gives the program a terminal; what it writes there is this output.
#[test]
fn a_terminal_sees_a_bar_that_goes_away_again() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("texts.txt"), folder.path().join("vectors.npy"));
    std::fs::write(&input, "a text that takes its time\n".repeat(100_000)).unwrap();
    let script = "import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))";
    let output = Command::new("python3")
        .args(["-c", script, env!("CARGO_BIN_EXE_glyxel"), "embed"])
        .args([fixture(), input, "-o".into(), out.clone()])
        .env("GLYXEL_CACHE", cache())
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(out.is_file());
    let shown = String::from_utf8_lossy(&output.stdout);
    let (bars, after) = shown.rsplit_once(" texts").expect("a bar counts texts");
    assert!(bars.contains('━'), "{bars}");
    // It is erased at the end, and the terminal holds nothing else.
    assert!(after.ends_with("\u{1b}[2K"), "{after:?}");
}
