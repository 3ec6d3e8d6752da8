//! `info`, `convert` and `doctor`.

use std::path::Path;
use std::process::{Command, Stdio};

use glyxel::tasks::embed::EmbedOptions;
use serde_json::Value;

use super::support::*;

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

/// Where no file may have more than 20 KB, weights cannot be unpacked.
#[test]
fn a_bundle_that_cannot_become_another_size_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("vit.pt");
    let vit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images/vit");
    let arguments = ["convert", vit.to_str().unwrap(), "-o", bundle.to_str().unwrap()];
    succeeded(run(&mut glyxel(&arguments), ""));
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            "ulimit -f 40; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_glyxel"),
            "info",
        ])
        .args(["--image-size", "64", bundle.to_str().unwrap()])
        .env("GLYXEL_CACHE", cache())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let sentence = failed(run(&mut limited, ""), 2);
    assert!(sentence.contains("32×32 only"), "{sentence}");
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
