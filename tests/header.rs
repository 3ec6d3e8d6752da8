//! include/glyxel.h is what src/ffi says. `GLYXEL_UPDATE_HEADER=1 cargo test --release --test header` writes it.

use std::path::Path;
use std::process::Command;
use std::sync::Once;

/// In the order in which a reader meets them.
const SOURCES: [&str; 20] = [
    "str",
    "error",
    "library",
    "log",
    "options",
    "control",
    "model",
    "image",
    "embed",
    "tokens",
    "task",
    "predictions",
    "classify",
    "pairs",
    "zero_shot",
    "similarity",
    "max_sim",
    "duplicates",
    "centroids",
    "quantize",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The header that is there, written anew before if that is asked for.
fn header() -> String {
    static UPDATE: Once = Once::new();
    let path = root().join("include/glyxel.h");
    UPDATE.call_once(|| {
        if std::env::var_os("GLYXEL_UPDATE_HEADER").is_some() {
            std::fs::write(&path, generated()).unwrap();
        }
    });
    std::fs::read_to_string(path).unwrap_or_default()
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(root().join(format!("src/ffi/{source}.rs")));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    // Every struct has a typedef of its name: `struct` is needed only where it is declared.
    let short = |line: &str| {
        if line.starts_with("typedef struct") {
            line.into()
        } else {
            line.replace("struct glyxel_", "glyxel_")
        }
    };
    String::from_utf8(text)
        .unwrap()
        .lines()
        .map(|line| short(line) + "\n")
        .collect()
}

#[test]
fn the_header_is_in_line_with_the_sources() {
    assert!(
        header() == generated(),
        "include/glyxel.h is not what src/ffi says; run `make header` and look at the change"
    );
}

/// A file of src/ffi with exported functions that the list above lacks would be missing from the header.
#[test]
fn every_exported_function_is_declared() {
    let header = header();
    let mut functions = 0;
    for file in std::fs::read_dir(root().join("src/ffi")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for rest in source.split("extern \"C\" fn glyxel_").skip(1) {
            let name = format!("glyxel_{}(", rest.split('(').next().unwrap());
            assert!(header.contains(&name), "{name}) is not in include/glyxel.h");
            functions += 1;
        }
    }
    assert!(functions >= 48, "only {functions} functions were found");
}

/// Alone, twice over, and without a warning, as C and as C++.
#[test]
fn the_header_compiles_by_itself() {
    assert!(!header().is_empty());
    let scratch = tempfile::tempdir().unwrap();
    for (compiler, standard, file) in [("cc", "c99", "twice.c"), ("c++", "c++17", "twice.cpp")] {
        let program = scratch.path().join(file);
        let use_it = "#include \"glyxel.h\"\n#include \"glyxel.h\"\n\
            int main(void) { return glyxel_cstr(\"four\").len == 4 && glyxel_cstr(NULL).len == 0 ? GLYXEL_OK : GLYXEL_INTERNAL; }\n";
        std::fs::write(&program, use_it).unwrap();
        let compiled = Command::new(compiler)
            .args([
                &format!("-std={standard}"),
                "-Wall",
                "-Wextra",
                "-Werror",
                "-pedantic",
                "-Wconversion",
                "-fsyntax-only",
            ])
            .arg("-I")
            .arg(root().join("include"))
            .arg(&program)
            .output()
            .unwrap();
        assert!(
            compiled.status.success(),
            "{compiler}: {}",
            String::from_utf8_lossy(&compiled.stderr)
        );
    }
}
