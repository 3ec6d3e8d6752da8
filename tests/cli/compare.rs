//! `search` and `similarity`.

use std::path::Path;

use glyxel::tasks::embed::{EmbedOptions, Normalize};
use serde_json::{json, Value};

use super::support::*;

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
fn duplicates_are_found_in_lines() {
    let [sun, stadium] = ["It's so sunny outside!", "He drove to the stadium."];
    let lines = [sun, stadium, sun, "one", stadium].join("\n");
    let found = text(run(
        &mut on_fixture("duplicates", &["-", "-t", "0.9999", "--json"]),
        &lines,
    ));
    let found = json_lines(&found);
    let places: Vec<_> = found
        .iter()
        .map(|pair| [&pair["first"]["line"], &pair["second"]["line"]])
        .collect();
    assert_eq!(places, [[&json!(1), &json!(3)], [&json!(2), &json!(5)]]);
    assert_eq!(found[1]["second"]["text"], stadium);
    let shown = text(run(&mut on_fixture("duplicates", &["-", "--max-pairs", "1"]), &lines));
    assert_eq!(shown, format!("1.0000       1  {sun}\n             3  {sun}\n"));
    let refused = run(&mut on_fixture("duplicates", &["-", "-t", "2"]), &lines);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("from -1 to 1"));
}
